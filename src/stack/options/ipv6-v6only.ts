import { Errno } from '../../base/index.ts'
import { Ipv6Option, Level } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * IPV6_V6ONLY: an IPv6 socket leaves IPv4 alone; otherwise [::] hears 0.0.0.0 too and mapped addresses reach IPv4.
 *
 *     before bind() and connect()  | taken
 *     afterwards                   | EINVAL
 *     on an IPv4 socket            | set ENOPROTOOPT, get EOPNOTSUPP
 *     on, bind(::ffff:10.0.0.1)    | EINVAL
 *     on, connect(::ffff:10.0.0.2) | ENETUNREACH
 */
export const ipv6V6only: SocketOption = {
  name: 'IPV6_V6ONLY',
  level: Level.IPPROTO_IPV6,
  number: Ipv6Option.V6ONLY,
  length: 4,
  set(socket, value) {
    if (socket.isBound) return -Errno.EINVAL
    socket.options.v6only = value !== 0
    return 0
  },
  get: (socket) => Number(socket.options.v6only),
}
