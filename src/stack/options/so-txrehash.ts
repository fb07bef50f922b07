import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/** The system's default, as a value. */
const DEFAULT = -1

/**
 * SO_TXREHASH: whether a retransmission timeout gives IPv6 packets another flow label, by which routers that share out load choose another
 * path (RFC 6438).
 *
 *     1              | yes
 *     0              | no
 *     −1             | as the system has it (net.core.txrehash)
 *     another number | EINVAL
 */
export const soTxRehash: SocketOption = {
  name: 'SO_TXREHASH',
  level: Level.SOL_SOCKET,
  number: So.TXREHASH,
  length: 4,
  set(socket, value) {
    if (value < DEFAULT || value > 1) return -Errno.EINVAL
    socket.options.changesPath = value === DEFAULT ? socket.host.config.changesPath : value === 1
    return 0
  },
  get: ({ options }) => Number(options.changesPath),
}
