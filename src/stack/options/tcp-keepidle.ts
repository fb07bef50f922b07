import { Errno, SECOND } from '../../base/index.ts'
import { keepIdleChanged } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_KEEPIDLE: seconds of silence before the first keep-alive probe, in place of the system's. It moves a timer that runs.
 *
 *     1 to 32767   | taken
 *     0, −1, 32768 | EINVAL
 *     not set      | the system's, as it is at the time of asking
 */
export const tcpKeepIdle: SocketOption = {
  name: 'TCP_KEEPIDLE',
  level: Level.IPPROTO_TCP,
  number: TcpOption.KEEPIDLE,
  length: 4,
  set(socket, value) {
    const [least, most] = socket.host.personality.sockets.keepSeconds
    if (value < least || value > most) return -Errno.EINVAL
    socket.options.keepIdleUs = value * SECOND
    const { tcb } = stream(socket)
    if (tcb !== null) keepIdleChanged(tcb)
    return 0
  },
  get: ({ options, host }) => Math.floor((options.keepIdleUs || host.config.keepaliveIdleUs) / SECOND),
}
