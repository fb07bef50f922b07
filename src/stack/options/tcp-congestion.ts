import { Errno } from '../../base/index.ts'
import { congestionControl, setCongestionControl } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { stream, type TextOption } from './option.ts'

/**
 * TCP_CONGESTION: the algorithm of the congestion window, by name.
 *
 *     cubic, reno | taken, at once
 *     else        | ENOENT
 */
export const tcpCongestion: TextOption = {
  name: 'TCP_CONGESTION',
  level: Level.IPPROTO_TCP,
  number: TcpOption.CONGESTION,
  length: 16,
  setText(socket, name) {
    const algorithm = congestionControl(name)
    if (algorithm === undefined) return -Errno.ENOENT
    socket.options.congestion = algorithm
    const { tcb } = stream(socket)
    if (tcb !== null) setCongestionControl(tcb, algorithm)
    return 0
  },
  get: ({ options }) => options.congestion.name,
}
