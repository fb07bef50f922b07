import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_NOTSENT_LOWAT: the socket is writable only while fewer unsent octets than this wait; what is in flight does not count.
 *
 *     0 | `tcp_notsent_lowat`, which is no bound by default
 */
export const tcpNotSentLowat: SocketOption = {
  name: 'TCP_NOTSENT_LOWAT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.NOTSENT_LOWAT,
  length: 4,
  set(socket, value) {
    socket.options.notSentLowat = value >>> 0
    stream(socket).writableChanged()
    return 0
  },
  get: ({ options }) => options.notSentLowat | 0,
}
