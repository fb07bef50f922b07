import { Errno } from '../../base/index.ts'
import { clampWindowTo, State } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/** Half of the least receive buffer. */
const LEAST = 1152

/**
 * TCP_WINDOW_CLAMP: the largest window offered, octets.
 *
 *     n                | n, at least 1152
 *     0, no connection | no bound of its own
 *     0, connected     | EINVAL
 */
export const tcpWindowClamp: SocketOption = {
  name: 'TCP_WINDOW_CLAMP',
  level: Level.IPPROTO_TCP,
  number: TcpOption.WINDOW_CLAMP,
  length: 4,
  set(socket, value) {
    const { tcb, state } = stream(socket)
    if (value === 0) {
      if (state !== State.CLOSED) return -Errno.EINVAL
      socket.options.windowClamp = Number.POSITIVE_INFINITY
      if (tcb !== null) tcb.windowClamp = 0
      return 0
    }
    socket.options.windowClamp = Math.max(LEAST, value)
    if (tcb !== null) clampWindowTo(tcb, socket.options.windowClamp)
    return 0
  },
  get(socket) {
    const { tcb, options } = stream(socket)
    const asked = Number.isFinite(options.windowClamp) ? options.windowClamp : 0
    if (tcb === null || tcb.state === State.LISTEN) return asked
    return tcb.state === State.SYN_SENT ? tcb.windowMost : tcb.windowClamp
  },
}
