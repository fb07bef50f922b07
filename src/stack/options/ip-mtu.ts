import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { IpOption, Ipv6Option, Level } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { UdpSocket } from '../sockets/udp-socket.ts'
import { isStream, type SocketOption } from './option.ts'

/** RFC 8200 §5. */
const LEAST_V6 = 1280

/** The path's MTU towards the peer, or −ENOTCONN; who is about to connect has a path already. */
export function pathMtu(socket: Socket): number {
  if (socket instanceof UdpSocket) return socket.remote === null ? -Errno.ENOTCONN : socket.host.pathMtu(socket.remote)
  const tcb = isStream(socket) ? socket.tcb : null
  // Who had a connection has its path still.
  const leads = tcb !== null && tcb.state !== State.LISTEN && tcb.remotePort !== 0
  return leads ? socket.host.pathMtu(tcb.remote) : -Errno.ENOTCONN
}

/** IP_MTU: what the path of a connected socket carries at most, octets; ENOTCONN without a connection. Read only. */
export const ipMtu: SocketOption = {
  name: 'IP_MTU',
  level: Level.IPPROTO_IP,
  number: IpOption.MTU,
  length: 4,
  ask: pathMtu,
}

/** IPV6_MTU: the same of an IPv6 socket. Set, it bounds the fragments of datagrams: 0 or at least 1280, else EINVAL. */
export const ipv6Mtu: SocketOption = {
  name: 'IPV6_MTU',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.MTU,
  length: 4,
  set({ options }, value) {
    if (value !== 0 && value < LEAST_V6) return -Errno.EINVAL
    options.kept = new Map([...options.kept, ['IPV6_MTU', value]])
    return 0
  },
  ask: pathMtu,
}
