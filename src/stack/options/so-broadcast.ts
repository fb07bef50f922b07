import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** SO_BROADCAST: sending to a broadcast address is meant. Without it: EACCES. */
export const soBroadcast: SocketOption = {
  name: 'SO_BROADCAST',
  level: Level.SOL_SOCKET,
  number: So.BROADCAST,
  length: 4,
  set(socket, value) {
    socket.options.broadcast = value !== 0
    return 0
  },
  get: (socket) => Number(socket.options.broadcast),
}
