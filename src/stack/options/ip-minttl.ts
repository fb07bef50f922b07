import { Errno } from '../../base/index.ts'
import { IpOption, Ipv6Option, Level } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * IP_MINTTL (RFC 5082): segments that arrive with less are dropped, so that only near peers are heard.
 *
 *     0 to 255 | taken
 *     else     | EINVAL
 */
export const ipMinTtl: SocketOption = {
  name: 'IP_MINTTL',
  level: Level.IPPROTO_IP,
  number: IpOption.MINTTL,
  length: 4,
  leastOctets: 1,
  set(socket, value) {
    if (value < 0 || value > 255) return -Errno.EINVAL
    socket.options.minTtl = value
    return 0
  },
  get: ({ options }) => options.minTtl,
}

/** IPV6_MINHOPCOUNT: the same of an IPv6 socket. */
export const ipv6MinHopCount: SocketOption = {
  name: 'IPV6_MINHOPCOUNT',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.MINHOPCOUNT,
  length: 4,
  set(socket, value) {
    if (value < 0 || value > 255) return -Errno.EINVAL
    socket.options.minHopLimit = value
    return 0
  },
  get: ({ options }) => options.minHopLimit,
}
