import { Errno } from '../../base/index.ts'
import { keepProbesChanged } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_KEEPCNT: unanswered keep-alive probes before the connection is given up, in place of the system's.
 *
 *     1 to 127   | taken
 *     0, −1, 128 | EINVAL
 */
export const tcpKeepCnt: SocketOption = {
  name: 'TCP_KEEPCNT',
  level: Level.IPPROTO_TCP,
  number: TcpOption.KEEPCNT,
  length: 4,
  set(socket, value) {
    const [least, most] = socket.host.personality.sockets.keepCounts
    if (value < least || value > most) return -Errno.EINVAL
    // BSD reads any number, without a sign.
    socket.options.keepCount = value >>> 0
    const { tcb } = stream(socket)
    if (tcb !== null) keepProbesChanged(tcb)
    return 0
  },
  get: ({ options, host }) => (options.keepCount || host.config.keepaliveProbes) | 0,
}
