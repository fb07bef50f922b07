import { Level, So } from '../constants.ts'
import type { ClaimingSocket, SocketOption } from './option.ts'

/**
 * SO_REUSEADDR: bind() to a port of which something is left, or which others hold too. The rules are the personality's
 * (`bind-rules.ts`); in short, for the same or an overlapping address:
 *
 *     old option, new option   | 0, 0 | 0, 1 | 1, 0 | 1, 1
 *     Linux: leftover          | in use | in use | in use | allowed     leftover: TIME-WAIT, FIN-WAIT, CLOSE-WAIT, …
 *     Linux: bound             | in use | in use | in use | allowed
 *     Linux: listener          | in use | in use | in use | in use
 *     BSD, macOS: leftover     | in use | allowed | in use | allowed
 *     BSD, macOS: listener     | in use | in use | in use | in use
 *     Windows: leftover        | allowed | allowed | allowed | allowed
 *     Windows: listener        | in use | allowed | in use | allowed
 *
 * A connection keeps the option of the listener it came through, and so does its TIME-WAIT.
 */
export const soReuseAddr: SocketOption = {
  name: 'SO_REUSEADDR',
  level: Level.SOL_SOCKET,
  number: So.REUSEADDR,
  length: 4,
  set(socket, value) {
    ;(socket as ClaimingSocket).changeClaim((options) => {
      options.reuseAddress = value !== 0
    })
    return 0
  },
  get: (socket) => Number(socket.options.reuseAddress),
}
