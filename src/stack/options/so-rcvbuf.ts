import { Level, So } from '../constants.ts'
import { granted, refusal } from './buffer.ts'
import type { SocketOption } from './option.ts'

/**
 * SO_RCVBUF: octets that wait for recv(); Linux offers half of them as window. The window scale is fixed by the SYN, so
 * that a larger buffer has to be set before connect() or listen().
 *
 *     asked                  | Linux gives     | others give
 *     n                      | 2 n             | n
 *     0                      | 2304            | the system's least
 *     −1, or above rmem_max  | 2 × rmem_max    | the most they grant; FreeBSD: EINVAL, ENOBUFS
 */
export const soRcvBuf: SocketOption = {
  name: 'SO_RCVBUF',
  level: Level.SOL_SOCKET,
  number: So.RCVBUF,
  length: 4,
  set(socket, value) {
    const { config, personality } = socket.host
    const least = personality.sockets.receiveBufferLeast
    const refused = refusal(socket, value, config.receiveBufferGrant)
    if (refused !== 0) return refused
    socket.options.receiveBufferFixed = true
    socket.options.receiveBuffer = granted(socket, value, config.receiveBufferGrant, least)
    // Nobody can wait for more than there is room for.
    if (personality.sockets.lowWaterIsBounded)
      socket.options.receiveLowat = Math.min(socket.options.receiveLowat, socket.options.receiveBuffer)
    return 0
  },
  get: (socket) => socket.options.receiveBuffer,
}
