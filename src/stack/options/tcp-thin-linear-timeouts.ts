import { Errno } from '../../base/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * TCP_THIN_LINEAR_TIMEOUTS: the first six timeouts in a row of a connection with little in flight do not double, whatever
 * `tcp_thin_linear_timeouts` says.
 *
 *     0 or 1         | taken
 *     another number | EINVAL
 */
export const tcpThinLinearTimeouts: SocketOption = {
  name: 'TCP_THIN_LINEAR_TIMEOUTS',
  level: Level.IPPROTO_TCP,
  number: TcpOption.THIN_LINEAR_TIMEOUTS,
  length: 4,
  set(socket, value) {
    if (value !== 0 && value !== 1) return -Errno.EINVAL
    socket.options.thinLinearTimeouts = value === 1
    return 0
  },
  get: ({ options }) => Number(options.thinLinearTimeouts),
}
