import { Errno } from '../../base/index.ts'
import { makeRoomAhead, makeRoomFor, receivable } from '../../tcp/index.ts'
import { Level, So } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/** What a negative number asks for: as much as the bound below allows. */
const INT_MAX = 2_147_483_647

/**
 * SO_RCVLOWAT: how many octets make a socket readable for poll().
 *
 *     0         | 1
 *     negative  | as many as fit
 *     FreeBSD   | at most SO_RCVBUF; below 1 EINVAL
 */
export const soRcvLowat: SocketOption = {
  name: 'SO_RCVLOWAT',
  level: Level.SOL_SOCKET,
  number: So.RCVLOWAT,
  length: 4,
  set(socket, value) {
    const wanted = value < 0 ? INT_MAX : Math.max(value, 1)
    const { options, host } = socket
    if (host.personality.sockets.lowWaterIsBounded) {
      if (value < 1) return -Errno.EINVAL
      options.receiveLowat = Math.min(value, options.receiveBuffer)
      return 0
    }
    if (socket.protocol !== 'tcp') {
      options.receiveLowat = wanted
      return 0
    }
    const { tcb } = stream(socket)
    const most = options.receiveBufferFixed ? options.receiveBuffer : host.config.receiveBufferMax
    options.receiveLowat = Math.max(1, Math.min(wanted, most >> 1))
    if (tcb === null) {
      makeRoomAhead(options, host.policy, options.receiveLowat)
      return 0
    }
    makeRoomFor(tcb, options.receiveLowat)
    if (tcb.finReceived || receivable(tcb) >= options.receiveLowat) stream(socket).wakes++
    return 0
  },
  get: ({ options }) => options.receiveLowat,
}
