import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_NODELAY: Nagle's algorithm off (RFC 9293 §3.7.4).
 *
 *     a small segment is in flight, send(1) | off: waits for its ACK | on: leaves at once
 *
 * Setting it sends what was held back, on Linux by TCP_CORK, too; FreeBSD leaves that to the next ACK or send(). Taking it back sends
 * nothing.
 */
export const tcpNoDelay: SocketOption = {
  name: 'TCP_NODELAY',
  level: Level.IPPROTO_TCP,
  number: TcpOption.NODELAY,
  length: 4,
  set(socket, value) {
    socket.options.noDelay = value !== 0
    if (value !== 0 && !socket.host.policy.noDelayWaits) stream(socket).push(true)
    return 0
  },
  get: (socket) => Number(socket.options.noDelay),
}
