import { Errno } from '../../base/index.ts'
import { State, updateSendMss } from '../../tcp/index.ts'
import {
  type Address,
  paddedIpOptions,
  readSourceRoute,
  type SourceRoute,
  sourceRouteLength,
  writeSourceRoute,
} from '../../wire/index.ts'
import { IpOption, Level } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { octetText } from './octet-text.ts'
import { isStream, type OctetsOption } from './option.ts'

const MOST = 40
const NOTHING = new Uint8Array(0)

/** A route as it was given. */
function routeOctets(route: SourceRoute): Uint8Array {
  const octets = new Uint8Array(sourceRouteLength(route))
  const [first, last] = [route.hops[0], route.hops.at(-1)] as [Address, Address]
  // What is written has its first hop elsewhere, as the address that the packet goes to.
  writeSourceRoute(octets, 0, { strict: route.strict, hops: [first, ...route.hops.slice(0, -1)] }, last)
  return octets
}

/** Whether there is a source route among options that can be read. */
function isAboutRoutes(given: Uint8Array): boolean {
  const octets = paddedIpOptions(given)
  return octets !== undefined && readSourceRoute(octets, 0, octets.length) !== null
}

/** What `setOthers` leaves to the routes. */
const ROUTE = 1

/** Options without a route: they are taken at any time, and a connection has room for so much less text at once. */
function setOthers(socket: Socket, given: Uint8Array): number {
  const { options, host } = socket
  if (given.length > MOST) return -Errno.EINVAL
  if (isAboutRoutes(given) || (host.personality.sockets.takesRoutesAlone && given.length > 0)) return ROUTE
  const octets = paddedIpOptions(given)
  if (octets === undefined) return -Errno.EINVAL
  options.ipOptions = octets.length === 0 ? null : octets
  const tcb = isStream(socket) ? socket.tcb : null
  if (tcb !== null && tcb.state !== State.CLOSED && tcb.state !== State.LISTEN) updateSendMss(tcb)
  return 0
}

/**
 * IP_OPTIONS: options of the header of IPv4 packets (RFC 791 §3.1), as octets. Of a source route the routers in their order, the destination not
 * among them.
 *
 *     a route, loose or strict     | taken; a listener's is its connections'
 *     nothing                      | none any more
 *     other options                | taken, on a connection too, padded to whole words; BSD: EINVAL
 *     two routes, unsound ones     | EINVAL
 *     more than 40 octets          | EINVAL
 *     a route, of a connection     | EINVAL
 */
export const ipOptions: OctetsOption = {
  name: 'IP_OPTIONS',
  level: Level.IPPROTO_IP,
  number: IpOption.OPTIONS,
  length: MOST,
  get: ({ options: { sourceRoute, ipOptions } }) =>
    octetText(sourceRoute === null ? (ipOptions ?? NOTHING) : routeOctets(sourceRoute)),
  setOctets(socket, octets) {
    if (socket.options.sourceRoute === null) {
      const set = setOthers(socket, octets)
      if (set !== ROUTE) return set
    }
    if (octets.length > MOST || socket.conn !== 0) return -Errno.EINVAL
    const record = readSourceRoute(octets, 0, octets.length)
    if (record === undefined || (record === null && octets.length > 0)) return -Errno.EINVAL
    // MUST-51: for the connection that is going to be opened
    socket.options.sourceRoute = record
    socket.options.ipOptions = null
    return 0
  },
}
