import { keepaliveChanged } from '../../tcp/index.ts'
import { Level, So } from '../constants.ts'
import { isStream, type SocketOption } from './option.ts'

/**
 * SO_KEEPALIVE: an idle connection is probed, and given up when nobody answers. Only sockets that set it are; the sysctls
 * give the times of those that do.
 *
 *     peer alive           | answers; nothing happens
 *     peer vanished        | after TCP_KEEPIDLE + TCP_KEEPCNT × TCP_KEEPINTVL: ETIMEDOUT
 *     peer restarted       | answers RST: ECONNRESET
 *     idle CLOSE-WAIT      | as above: it leaves the table, and the descriptor stays open
 */
export const soKeepalive: SocketOption = {
  name: 'SO_KEEPALIVE',
  level: Level.SOL_SOCKET,
  number: So.KEEPALIVE,
  length: 4,
  set(socket, value) {
    const before = socket.options.keepalive
    // MUST-24: on and off
    socket.options.keepalive = value !== 0
    if (before && value !== 0) return 0
    if (isStream(socket) && socket.tcb !== null) keepaliveChanged(socket.tcb)
    return 0
  },
  get: (socket) => Number(socket.options.keepalive),
}
