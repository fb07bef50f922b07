import { Errno } from '../../base/index.ts'
import { IpOption, Ipv6Option, Level, PathMtuDiscovery } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * IP_MTU_DISCOVER: whether packets forbid routers to fragment them (DF), and whether a datagram larger than the path is cut here.
 *
 *     IP_PMTUDISC_DONT (0), OMIT (5)      | routers may, and so do we
 *     IP_PMTUDISC_WANT (1, the default)   | routers may not: DF; what is larger than the path is cut here
 *     IP_PMTUDISC_DO (2), PROBE (3)       | nobody may: DF, and EMSGSIZE
 *     IP_PMTUDISC_INTERFACE (4)           | routers may; what is larger than the interface takes: EMSGSIZE
 *     −1, 6                               | EINVAL
 */
export const ipMtuDiscover: SocketOption = {
  name: 'IP_MTU_DISCOVER',
  level: Level.IPPROTO_IP,
  number: IpOption.MTU_DISCOVER,
  length: 4,
  set(socket, value) {
    if (value < PathMtuDiscovery.DONT || value > PathMtuDiscovery.OMIT) return -Errno.EINVAL
    socket.options.pathMtuDiscovery = value
    return 0
  },
  get: ({ options }) => options.pathMtuDiscovery,
}

/** IPV6_MTU_DISCOVER: the same for IPv6, where no router ever fragments, and only the sender cuts. */
export const ipv6MtuDiscover: SocketOption = {
  name: 'IPV6_MTU_DISCOVER',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.MTU_DISCOVER,
  length: 4,
  set(socket, value) {
    if (value < PathMtuDiscovery.DONT || value > PathMtuDiscovery.OMIT) return -Errno.EINVAL
    socket.options.pathMtuDiscovery6 = value
    return 0
  },
  get: ({ options }) => options.pathMtuDiscovery6,
}
