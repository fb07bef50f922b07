import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

/**
 * SO_ZEROCOPY: send(MSG_ZEROCOPY) lends its octets, and the error queue tells when they are the program's again.
 *
 *     0, 1   | taken
 *     others | EINVAL
 */
export const soZerocopy: SocketOption = {
  name: 'SO_ZEROCOPY',
  level: Level.SOL_SOCKET,
  number: So.ZEROCOPY,
  length: 4,
  set(socket, value) {
    if (value !== 0 && value !== 1) return -Errno.EINVAL
    socket.options.zerocopy = value === 1
    return 0
  },
  get: ({ options }) => Number(options.zerocopy),
}
