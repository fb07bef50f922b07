import { changeDelay, State } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { kept, upTo } from './kept-rules.ts'
import { isStream, type SocketOption } from './option.ts'

/** It is kept in 28 bits. */
const MOST_US = 2 ** 28 - 1

const plain = kept('TCP_TX_DELAY', Level.IPPROTO_TCP, TcpOption.TX_DELAY, upTo(MOST_US))

/**
 * TCP_TX_DELAY: every segment is to leave so many µs later. That is left to a queue below TCP, and there is none here; but an open
 * connection takes it that its round trips change by as much.
 *
 *     0 to 2^28 − 1  | taken
 *     another number | EINVAL
 */
export const tcpTxDelay: SocketOption = {
  ...plain,
  set(socket, value) {
    const before = socket.options.kept.get(plain.name) ?? 0
    const result = plain.set?.(socket, value) ?? 0
    const tcb = isStream(socket) ? socket.tcb : null
    if (result === 0 && value !== before && tcb?.state === State.ESTABLISHED) changeDelay(tcb, value - before)
    return result
  },
}
