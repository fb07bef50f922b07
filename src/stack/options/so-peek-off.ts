import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** SO_PEEK_OFF: how many octets MSG_PEEK passes over. Peeking moves it on, reading moves it back; below 0, as at first, it rests. */
export const soPeekOff: SocketOption = {
  name: 'SO_PEEK_OFF',
  level: Level.SOL_SOCKET,
  number: So.PEEK_OFF,
  length: 4,
  set(socket, value) {
    socket.options.peekOffset = value
    return 0
  },
  get: ({ options }) => options.peekOffset,
}
