import { setCongestionControl } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { stream, type TextOption } from './option.ts'

/**
 * TCP_CONGESTION: the algorithm of the congestion window, by name.
 *
 *     cubic, reno | taken, at once; FreeBSD calls the latter newreno
 *     else        | ENOENT, FreeBSD: ESRCH
 */
export const tcpCongestion: TextOption = {
  name: 'TCP_CONGESTION',
  level: Level.IPPROTO_TCP,
  number: TcpOption.CONGESTION,
  length: 16,
  setText(socket, name) {
    const { congestionNames, unknownAlgorithm } = socket.host.personality.sockets
    const algorithm = Object.hasOwn(congestionNames, name) ? congestionNames[name] : undefined
    if (algorithm === undefined) return -unknownAlgorithm
    socket.options.congestion = algorithm
    const own = stream(socket)
    own.congestionChosen = true
    if (own.tcb !== null) setCongestionControl(own.tcb, algorithm)
    return 0
  },
  get({ options, host }) {
    const names = Object.entries(host.personality.sockets.congestionNames)
    return names.find(([, algorithm]) => algorithm === options.congestion)?.[0] ?? options.congestion.name
  },
}
