import type { Address } from '../../wire/index.ts'
import { PathMtuDiscovery } from '../constants.ts'
import type { SocketOptions } from '../sockets/socket-options.ts'
import type { StackHost } from '../stack-host.ts'

/** How a socket's datagrams cross a path. */
export interface DatagramSize {
  /** Octets of the largest packet, headers included. */
  readonly mtu: number
  /** What is larger leaves in fragments; else it is refused. */
  readonly cuts: boolean
  /** Routers may cut it too: no DF bit. */
  readonly fragmentable: boolean
}

const { DONT, WANT, PROBE, INTERFACE, OMIT } = PathMtuDiscovery

/** By IP_MTU_DISCOVER, IPV6_MTU_DISCOVER, IPV6_MTU, IPV6_DONTFRAG and BSD's IP_DONTFRAG. */
export function datagramSize(host: StackHost, options: SocketOptions, remote: Address): DatagramSize {
  const { pathMtuDiscovery, pathMtuDiscovery6, kept } = options
  const path = host.pathMtu(remote)
  if (host.personality.sockets.cutsUnlessForbidden) {
    const whole = kept.get(remote.v4 ? 'IP_DONTFRAG' : 'IPV6_DONTFRAG') === 1
    return { mtu: path, cuts: !whole, fragmentable: !whole }
  }
  const discovery = remote.v4 ? pathMtuDiscovery : pathMtuDiscovery6
  const believes = discovery !== PROBE && discovery !== INTERFACE && discovery !== OMIT
  const mtu = believes ? path : host.output.deviceMtu(remote)
  const cuts = discovery === DONT || discovery === WANT || discovery === OMIT
  const fragmentable = discovery === DONT || discovery === INTERFACE || discovery === OMIT
  if (remote.v4) return { mtu, cuts, fragmentable }
  const bound = kept.get('IPV6_MTU') ?? 0
  return { mtu: bound > 0 ? Math.min(bound, mtu) : mtu, cuts: cuts && kept.get('IPV6_DONTFRAG') !== 1, fragmentable }
}
