import { Level, So } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { granted, refusal } from './buffer.ts'
import { isStream, type SocketOption } from './option.ts'
import { lowerSendLowat } from './so-sndlowat.ts'

/**
 * SO_SNDBUF: octets that send() takes before the peer has acknowledged any. Once set it stays; by itself Linux's grows.
 *
 *     asked                  | Linux gives     | others give
 *     n                      | 2 n             | n
 *     0                      | 4608            | the system's least
 *     −1, or above wmem_max  | 2 × wmem_max    | the most they grant; FreeBSD: EINVAL, ENOBUFS
 */
export const soSndBuf: SocketOption = {
  name: 'SO_SNDBUF',
  level: Level.SOL_SOCKET,
  number: So.SNDBUF,
  length: 4,
  set(socket, value) {
    const { config, personality } = socket.host
    const refused = refusal(socket, value, config.sendBufferGrant)
    if (refused !== 0) return refused
    socket.options.sendBuffer = granted(socket, value, config.sendBufferGrant, personality.sockets.sendBufferLeast)
    socket.options.sendBufferFixed = true
    lowerSendLowat(socket.options)
    tellWriters(socket)
    return 0
  },
  get: (socket) => socket.options.sendBuffer,
}

/** Linux tells who waits for room of any size that is asked for, if there is room then. */
export function tellWriters(socket: Socket): void {
  if (isStream(socket) && socket.host.personality.sockets.largerBufferWakes) socket.writableChanged()
}
