import { Errno } from '../../base/index.ts'
import {
  type Address,
  readSourceRoute,
  type SourceRoute,
  sourceRouteLength,
  writeSourceRoute,
} from '../../wire/index.ts'
import { IpOption, Level } from '../constants.ts'
import { octetText } from './octet-text.ts'
import type { OctetsOption } from './option.ts'

const MOST = 40

/** A route as it was given. */
function routeOctets(route: SourceRoute): Uint8Array {
  const octets = new Uint8Array(sourceRouteLength(route))
  const [first, last] = [route.hops[0], route.hops.at(-1)] as [Address, Address]
  // What is written has its first hop elsewhere, as the address that the packet goes to.
  writeSourceRoute(octets, 0, { strict: route.strict, hops: [first, ...route.hops.slice(0, -1)] }, last)
  return octets
}

/**
 * IP_OPTIONS: of the options of IPv4 packets the source route, as octets of the header (RFC 791 §3.1); the routers in their order,
 * the destination not among them.
 *
 *     a route, loose or strict     | taken; a listener's is its connections'
 *     nothing                      | none any more
 *     other options, two routes    | EINVAL
 *     more than 40 octets          | EINVAL
 *     the socket is connected      | EINVAL
 */
export const ipOptions: OctetsOption = {
  name: 'IP_OPTIONS',
  level: Level.IPPROTO_IP,
  number: IpOption.OPTIONS,
  length: MOST,
  get: ({ options: { sourceRoute } }) => (sourceRoute === null ? '' : octetText(routeOctets(sourceRoute))),
  setOctets(socket, octets) {
    // Nothing where nothing is: a connection may say so too.
    if (octets.length === 0 && socket.options.sourceRoute === null) return 0
    if (octets.length > MOST || socket.conn !== 0) return -Errno.EINVAL
    const record = readSourceRoute(octets, 0, octets.length)
    if (record === undefined || (record === null && octets.length > 0)) return -Errno.EINVAL
    // MUST-51: for the connection that is going to be opened
    socket.options.sourceRoute = record
    return 0
  },
}
