import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * SO_OOBINLINE: the urgent octet stays in the stream (RFC 6093 advises it) instead of being read by MSG_OOB.
 *
 *     3 octets arrive, the last one urgent | recv(8), recv(8)  | recv(MSG_OOB)
 *     off                                  | 2, EAGAIN         | the octet, then EINVAL
 *     on                                   | 2, 1              | EINVAL
 */
export const soOobInline: SocketOption = {
  name: 'SO_OOBINLINE',
  level: Level.SOL_SOCKET,
  number: So.OOBINLINE,
  length: 4,
  set(socket, value) {
    socket.options.oobInline = value !== 0
    return 0
  },
  get: (socket) => Number(socket.options.oobInline),
}
