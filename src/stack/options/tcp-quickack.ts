import { setQuickAck } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

/**
 * TCP_QUICKACK: ACKs are not delayed for now (RFC 1122 §4.2.3.2 allows to delay them). Not for good: the next exchange may switch it
 * off again.
 *
 *     1 | an ACK that is owed leaves at once
 *     0 | ACKs wait for data to travel with
 */
export const tcpQuickAck: SocketOption = {
  name: 'TCP_QUICKACK',
  level: Level.IPPROTO_TCP,
  number: TcpOption.QUICKACK,
  length: 4,
  set(socket, value) {
    const { tcb } = stream(socket)
    socket.options.quickAck = value !== 0
    if (tcb !== null) setQuickAck(tcb, value)
    return 0
  },
  get(socket) {
    const { tcb } = stream(socket)
    return Number(tcb === null ? socket.options.quickAck : !tcb.acknowledging.interactive)
  },
}
