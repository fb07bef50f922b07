import { Level, So } from '../constants.ts'
import { granted } from './buffer.ts'
import type { SocketOption } from './option.ts'
import { tellWriters } from './so-sndbuf.ts'

const NO_BOUND = 0x7fffffff

/** SO_SNDBUFFORCE: SO_SNDBUF without the system's bound, for root. Write only. */
export const soSndBufForce: SocketOption = {
  name: 'SO_SNDBUFFORCE',
  level: Level.SOL_SOCKET,
  number: So.SNDBUFFORCE,
  length: 4,
  set(socket, value) {
    const least = socket.host.personality.sockets.sendBufferLeast
    socket.options.sendBuffer = Math.min(granted(socket, Math.max(value, 0), NO_BOUND, least), NO_BOUND)
    socket.options.sendBufferFixed = true
    tellWriters(socket)
    return 0
  },
}

/** SO_RCVBUFFORCE: the same of SO_RCVBUF. */
export const soRcvBufForce: SocketOption = {
  name: 'SO_RCVBUFFORCE',
  level: Level.SOL_SOCKET,
  number: So.RCVBUFFORCE,
  length: 4,
  set(socket, value) {
    const least = socket.host.personality.sockets.receiveBufferLeast
    socket.options.receiveBuffer = Math.min(granted(socket, Math.max(value, 0), NO_BOUND, least), NO_BOUND)
    socket.options.receiveBufferFixed = true
    return 0
  },
}
