import { Level, So } from '../constants.ts'
import type { ClaimingSocket, SocketOption } from './option.ts'

/**
 * SO_REUSEPORT: several sockets of one user bind, and listen, at one address and port; arrivals are shared among them by
 * the sender's address and port.
 *
 *     old, new       | 0, 0 | 0, 1 | 1, 0 | 1, 1
 *     same user      | in use | in use | in use | allowed, listeners included
 *     another user   | in use | in use | in use | in use
 */
export const soReusePort: SocketOption = {
  name: 'SO_REUSEPORT',
  level: Level.SOL_SOCKET,
  number: So.REUSEPORT,
  length: 4,
  set(socket, value) {
    ;(socket as ClaimingSocket).changeClaim((options) => {
      options.reusePort = value !== 0
    })
    return 0
  },
  get: (socket) => Number(socket.options.reusePort),
}
