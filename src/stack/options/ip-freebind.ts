import { IpOption, Ipv6Option, Level } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * IP_FREEBIND: bind() takes addresses that the host does not have (yet).
 *
 *     0          | off
 *     any other  | on, and reads as 1
 */
export const ipFreebind: SocketOption = {
  name: 'IP_FREEBIND',
  level: Level.IPPROTO_IP,
  number: IpOption.FREEBIND,
  length: 4,
  leastOctets: 1,
  set(socket, value) {
    socket.options.freebind = value !== 0
    return 0
  },
  get: ({ options }) => Number(options.freebind),
}

/** IPV6_FREEBIND: the same switch. */
export const ipv6Freebind: SocketOption = {
  ...ipFreebind,
  name: 'IPV6_FREEBIND',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.FREEBIND,
  leastOctets: 4,
}
