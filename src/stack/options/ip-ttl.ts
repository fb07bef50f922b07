import { Errno } from '../../base/index.ts'
import { IpOption, Ipv6Option, Level } from '../constants.ts'
import type { SocketOption } from './option.ts'

const MOST = 255

/**
 * IP_TTL: TTL of the IPv4 packets that this socket sends; on an IPv6 socket, of those to mapped addresses.
 *
 *     1 to 255       | taken
 *     −1             | the system's again
 *     0, −2, 256     | EINVAL
 *     FreeBSD        | the lower eight bits of any number
 */
export const ipTtl: SocketOption = {
  name: 'IP_TTL',
  level: Level.IPPROTO_IP,
  number: IpOption.TTL,
  length: 4,
  set(socket, value) {
    if (socket.host.personality.sockets.hopsAreTakenAsGiven) {
      socket.options.ttl = value & MOST
      return 0
    }
    if (value !== -1 && (value < 1 || value > MOST)) return -Errno.EINVAL
    // MUST-49: for a connection; the sysctl is for the host
    socket.options.ttl = value
    return 0
  },
  get: ({ options, host }) => (options.ttl < 0 ? host.config.ttl : options.ttl),
}

/** IPV6_UNICAST_HOPS: the same for IPv6 packets, where 0 is allowed, and the next router drops the packet. */
export const ipv6UnicastHops: SocketOption = {
  name: 'IPV6_UNICAST_HOPS',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.UNICAST_HOPS,
  length: 4,
  set(socket, value) {
    if (value < -1 || value > MOST) return -Errno.EINVAL
    socket.options.hopLimit = value
    // BSD's are those of mapped addresses, too, where the socket reaches these.
    const { hopsAreTakenAsGiven } = socket.host.personality.sockets
    if (hopsAreTakenAsGiven && !socket.options.v6only) socket.options.ttl = value & MOST
    return 0
  },
  // BSD tells what was set, and -1 of what was not.
  get: ({ options, host }) =>
    options.hopLimit < 0 && !host.personality.sockets.hopsAreTakenAsGiven ? host.config.hopLimit : options.hopLimit,
}
