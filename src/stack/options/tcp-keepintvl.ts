import { Errno, SECOND } from '../../base/index.ts'
import { keepProbesChanged } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_KEEPINTVL: seconds between unanswered keep-alive probes, in place of the system's.
 *
 *     1 to 32767   | taken
 *     0, −1, 32768 | EINVAL
 */
export const tcpKeepIntvl: SocketOption = {
  name: 'TCP_KEEPINTVL',
  level: Level.IPPROTO_TCP,
  number: TcpOption.KEEPINTVL,
  length: 4,
  set(socket, value) {
    const [least, most] = socket.host.personality.sockets.keepSeconds
    if (value < least || value > most) return -Errno.EINVAL
    socket.options.keepIntervalUs = value * SECOND
    const { tcb } = stream(socket)
    if (tcb !== null) keepProbesChanged(tcb)
    return 0
  },
  get: ({ options, host }) => Math.floor((options.keepIntervalUs || host.config.keepaliveIntervalUs) / SECOND),
}
