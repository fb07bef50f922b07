import { Level, So } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { isBalanced } from '../sockets/socket-options.ts'
import type { ClaimingSocket, SocketOption } from './option.ts'

const PLAIN = 'SO_REUSEPORT'
const BALANCED = 'SO_REUSEPORT_LB'

/** Both options share a port; which of them was set is kept by name. */
function share(socket: Socket, name: string, value: number): number {
  const kept = new Map([...socket.options.kept, [name, Number(value !== 0)]])
  ;(socket as ClaimingSocket).changeClaim((options) => {
    options.kept = kept
    options.reusePort = kept.get(PLAIN) === 1 || kept.get(BALANCED) === 1
  })
  return 0
}

/** SO_REUSEPORT_LB: listeners of one port share its connections, as Linux's SO_REUSEPORT has them do. */
export const soReusePortLb: SocketOption = {
  name: BALANCED,
  level: Level.SOL_SOCKET,
  number: So.REUSEPORT_LB,
  length: 4,
  rare: true,
  set: (socket, value) => share(socket, BALANCED, value),
  get: (socket) => Number(isBalanced(socket.options)),
}

/**
 * SO_REUSEPORT: several sockets of one user bind, and listen, at one address and port; arrivals are shared among them by
 * the sender's address and port.
 *
 *     old, new       | 0, 0 | 0, 1 | 1, 0 | 1, 1
 *     same user      | in use | in use | in use | allowed, listeners included
 *     another user   | in use | in use | in use | in use
 */
export const soReusePort: SocketOption = {
  name: PLAIN,
  level: Level.SOL_SOCKET,
  number: So.REUSEPORT,
  length: 4,
  set: (socket, value) => share(socket, PLAIN, value),
  get: (socket) => Number(isBalanced(socket.options) ? socket.options.kept.get(PLAIN) === 1 : socket.options.reusePort),
}
