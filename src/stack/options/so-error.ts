import { Level, So } from '../constants.ts'
import { isStream, type SocketOption } from './option.ts'

/**
 * SO_ERROR: why the connection failed, told once; reading it takes it away. It cannot be set.
 *
 *     connect refused          | ECONNREFUSED, then 0
 *     reset                    | ECONNRESET, then 0; in CLOSE-WAIT: EPIPE
 *     given up                 | ETIMEDOUT, then 0
 *     told by recv() or send() | 0
 *     ICMP error while open    | its errno, then 0; the connection lives
 */
export const soError: SocketOption = {
  name: 'SO_ERROR',
  level: Level.SOL_SOCKET,
  number: So.ERROR,
  length: 4,
  get(socket) {
    const error = isStream(socket) ? socket.takeAnyError() : socket.takeError()
    return error === 0 ? 0 : socket.host.errno(error)
  },
}
