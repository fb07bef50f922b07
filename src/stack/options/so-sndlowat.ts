import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import { type SocketOptions, sendLowat } from '../sockets/socket-options.ts'
import { any, kept } from './kept-rules.ts'
import type { SocketOption } from './option.ts'

const NAME = 'SO_SNDLOWAT'
const INITIAL = 2048

/** A smaller buffer takes the mark down for good, a larger one leaves it. */
export function lowerSendLowat(options: SocketOptions): void {
  const mark = options.kept.get(NAME) ?? INITIAL
  if (mark > options.sendBuffer) options.kept = new Map([...options.kept, [NAME, options.sendBuffer]])
}

/**
 * SO_SNDLOWAT: how many octets must be free before poll() calls a connection writable.
 *
 *     Linux          | 1, ENOPROTOOPT
 *     FreeBSD, n > 0 | at most SO_SNDBUF
 *     FreeBSD, else  | EINVAL
 */
export const soSndLowat: SocketOption = {
  ...kept(NAME, Level.SOL_SOCKET, So.SNDLOWAT, any),
  set(socket, value) {
    const { options, host } = socket
    if (!host.personality.sockets.lowWaterIsBounded) return -Errno.ENOPROTOOPT
    if (value < 1) return -Errno.EINVAL
    options.kept = new Map([...options.kept, [NAME, Math.min(value, options.sendBuffer)]])
    return 0
  },
  get: ({ options, host }) => (host.personality.sockets.lowWaterIsBounded ? sendLowat(options) : 1),
}
