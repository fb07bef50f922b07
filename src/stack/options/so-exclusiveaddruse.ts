import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import type { ClaimingSocket, SocketOption } from './option.ts'

/**
 * SO_EXCLUSIVEADDRUSE (Windows): nobody else takes this socket's port, whatever options they set.
 *
 *     old, new: SO_REUSEADDR   | live listener
 *     no option, 1             | allowed: the port is stolen
 *     exclusive, 1             | WSAEACCES
 */
export const soExclusiveAddrUse: SocketOption = {
  name: 'SO_EXCLUSIVEADDRUSE',
  level: Level.SOL_SOCKET,
  number: So.EXCLUSIVEADDRUSE,
  length: 4,
  rare: true,
  set(socket, value) {
    if (socket.options.reuseAddress && value !== 0) return -Errno.EINVAL
    ;(socket as ClaimingSocket).changeClaim((options) => {
      options.exclusive = value !== 0
    })
    return 0
  },
  get: (socket) => Number(socket.options.exclusive),
}
