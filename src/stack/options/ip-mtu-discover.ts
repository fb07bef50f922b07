import { Errno } from '../../base/index.ts'
import { IpOption, Ipv6Option, Level, PathMtuDiscovery } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * IP_MTU_DISCOVER: whether packets forbid routers to fragment them. Ours are never larger than the path, so that it shows in the DF bit.
 *
 *     IP_PMTUDISC_DONT (0), INTERFACE (4), OMIT (5)   | fragment, if you must
 *     IP_PMTUDISC_WANT (1, the default), DO, PROBE    | do not: DF
 *     −1, 6                                           | EINVAL
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

/** IPV6_MTU_DISCOVER: the same for IPv6, where no router ever fragments: it is kept, and told. */
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
