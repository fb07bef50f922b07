import { Errno } from '../../base/index.ts'
import { Level, TcpOption } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * TCP_INQ: recvmsg() tells, as a control message, how many octets it left unread.
 *
 *     0, 1    | taken
 *     others  | EINVAL
 */
export const tcpInq: SocketOption = {
  name: 'TCP_INQ',
  level: Level.IPPROTO_TCP,
  number: TcpOption.INQ,
  length: 4,
  set(socket, value) {
    if (value !== 0 && value !== 1) return -Errno.EINVAL
    socket.options.inq = value === 1
    return 0
  },
  get: ({ options }) => Number(options.inq),
}
