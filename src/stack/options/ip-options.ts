import { Errno } from '../../base/index.ts'
import { readSourceRoute } from '../../wire/index.ts'
import { IpOption, Level } from '../constants.ts'
import type { OctetsOption } from './option.ts'

const MOST = 40

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
  setOctets(socket, octets) {
    if (octets.length > MOST || socket.conn !== 0) return -Errno.EINVAL
    const record = readSourceRoute(octets, 0, octets.length)
    if (record === undefined || (record === null && octets.length > 0)) return -Errno.EINVAL
    // MUST-51: for the connection that is going to be opened
    socket.options.sourceRoute = record
    return 0
  },
}
