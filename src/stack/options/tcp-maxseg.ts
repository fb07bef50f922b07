import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { Level, TcpOption } from '../constants.ts'
import { type SocketOption, stream } from './option.ts'

const LEAST = 88
const MOST = 32_767
/** What every host takes (RFC 9293 §3.7.1), before anything was agreed. */
const DEFAULT = 536
const DEFAULT_V6 = 1220
/** NOP, NOP, timestamps. */
const TIMESTAMPS = 12

/**
 * TCP_MAXSEG: the largest segment to announce and to send. It works before the SYN; a connection tells what it uses.
 *
 *     set, closed or listening | 88 to 32767: taken; 0: as if never set; else EINVAL
 *     set, connected           | 0, without effect on the segments
 *     get, closed              | what was set, or 536
 *     get, connected           | the segment in use: peer's, path's and own least, less timestamps
 */
export const tcpMaxSeg: SocketOption = {
  name: 'TCP_MAXSEG',
  level: Level.IPPROTO_TCP,
  number: TcpOption.MAXSEG,
  length: 4,
  set(socket, value) {
    if (value !== 0 && (value < LEAST || value > MOST)) return -Errno.EINVAL
    socket.options.maxSegment = value
    return 0
  },
  get(socket) {
    const { tcb, state } = stream(socket)
    const set = socket.options.maxSegment
    if (set > 0 && (state === State.CLOSED || state === State.LISTEN)) return set
    if (tcb === null || state === State.LISTEN) return DEFAULT
    const agreed = state === State.SYN_SENT ? (tcb.remote.v4 ? DEFAULT : DEFAULT_V6) : tcb.sendMss
    return agreed - (tcb.timestamps ? TIMESTAMPS : 0)
  },
}
