import { Errno, MS } from '../../base/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * TCP_USER_TIMEOUT (RFC 5482, RFC 9293 §3.10.8): milliseconds that data may stay unacknowledged, in place of
 * `tcp_retries2`; keep-alive obeys it too.
 *
 *     0        | the system's
 *     n        | ETIMEDOUT about n ms after the first transmission that nobody acknowledged
 *     below 0  | EINVAL
 */
export const tcpUserTimeout: SocketOption = {
  name: 'TCP_USER_TIMEOUT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.USER_TIMEOUT,
  length: 4,
  set(socket, value) {
    if (value < 0) return -Errno.EINVAL
    socket.options.userTimeoutUs = value * MS
    return 0
  },
  get: ({ options }) => options.userTimeoutUs / MS,
}
