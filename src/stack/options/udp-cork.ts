import { Level, UdpOption } from '../constants.ts'
import { UdpSocket } from '../sockets/udp-socket.ts'
import type { SocketOption } from './option.ts'

/**
 * UDP_CORK: what is sent becomes one datagram, until the cork is drawn.
 *
 *     1 | parts are kept back, as if each came with MSG_MORE
 *     0 | what waits leaves, if anything does
 */
export const udpCork: SocketOption = {
  name: 'UDP_CORK',
  level: Level.IPPROTO_UDP,
  number: UdpOption.CORK,
  length: 4,
  set(socket, value) {
    socket.options.cork = value !== 0
    if (value === 0 && socket instanceof UdpSocket) socket.uncork()
    return 0
  },
  get: (socket) => Number(socket.options.cork),
}
