import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_CORK: only whole segments leave, until the cork is drawn.
 *
 *     1 | a small segment waits for more
 *     0 | what waited leaves, unless Nagle's algorithm holds it back
 */
export const tcpCork: SocketOption = {
  name: 'TCP_CORK',
  level: Level.IPPROTO_TCP,
  number: TcpOption.CORK,
  length: 4,
  set(socket, value) {
    socket.options.cork = value !== 0
    if (value === 0) stream(socket).push()
    return 0
  },
  get: (socket) => Number(socket.options.cork),
}
