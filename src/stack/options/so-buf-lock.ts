import { Errno } from '../../base/index.ts'
import { Level, So } from '../constants.ts'
import type { SocketOption } from './option.ts'

const SEND = 1
const RECEIVE = 2

/**
 * SO_BUF_LOCK: which of the two buffers no longer adapt by themselves; SO_SNDBUF and SO_RCVBUF set theirs, and here it can be taken back.
 *
 *     0 to 3         | a sum: 1 the send buffer, 2 the receive buffer
 *     another number | EINVAL
 */
export const soBufLock: SocketOption = {
  name: 'SO_BUF_LOCK',
  level: Level.SOL_SOCKET,
  number: So.BUF_LOCK,
  length: 4,
  set({ options }, value) {
    if ((value & ~(SEND | RECEIVE)) !== 0) return -Errno.EINVAL
    options.sendBufferFixed = (value & SEND) !== 0
    options.receiveBufferFixed = (value & RECEIVE) !== 0
    return 0
  },
  get: ({ options }) => (options.sendBufferFixed ? SEND : 0) | (options.receiveBufferFixed ? RECEIVE : 0),
}
