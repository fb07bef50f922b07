import { Errno } from '../../base/index.ts'
import { isDeferred, State } from '../../tcp/index.ts'
import { AF_INET6, Level, TcpOption } from '../constants.ts'
import type { StatusSubject } from '../personalities/personality.ts'
import type { TcpSocket } from '../sockets/tcp-socket.ts'
import { type SocketOption, stream } from './option.ts'

const LEAST = 88
const MOST = 32_767
/** What every host takes (RFC 9293 §3.7.1), before anything was agreed. */
const DEFAULT = 536
const DEFAULT_V6 = 1220
/** Of IP and TCP, which BSD counts in where it asks for the least. */
const HEADERS = 40
/** NOP, NOP, timestamps. */
const TIMESTAMPS = 12

/** What a socket sends at most where TCP_MAXSEG is about sending alone (BSD): the MSS that was agreed, before that every host's. */
export function ownNow(socket: StatusSubject): number {
  const { tcb, state, options, host } = socket
  const agreed = tcb?.state === State.TIME_WAIT || (state !== State.CLOSED && state !== State.SYN_SENT)
  if (tcb !== null && state !== State.LISTEN && agreed) return tcb.sendMss
  const { mssDefaultV4, mssDefaultV6 } = host.config
  return options.maxSegment || (socket.family === AF_INET6 ? mssDefaultV6 || DEFAULT_V6 : mssDefaultV4 || DEFAULT)
}

/** It can only become less, down to what the system takes from peers, headers included. */
function setOwn(socket: TcpSocket, value: number): number {
  const least = socket.host.config.leastMss - HEADERS
  if (value <= 0 || value < least || value > ownNow(socket)) return -Errno.EINVAL
  socket.options.maxSegment = value
  // Before a connection it is only remembered: what the SYNs agree to takes its place.
  const { tcb } = socket
  if (tcb === null) return 0
  tcb.peerMss = Math.min(tcb.peerMss, value)
  tcb.sendMss = Math.min(tcb.sendMss, value)
  return 0
}

/**
 * TCP_MAXSEG: the largest segment to announce and to send. It works before the SYN; a connection tells what it uses.
 *
 *     set, closed or listening | 88 to 32767: taken; 0: as if never set; else EINVAL
 *     set, connected           | 0, without effect on the segments
 *     get, closed              | what was set, or 536
 *     get, connected           | the segment in use: peer's, path's and own least, less timestamps
 *     BSD, set                 | no more than is sent now (536 before a connection), no less than 176; else EINVAL
 */
export const tcpMaxSeg: SocketOption = {
  name: 'TCP_MAXSEG',
  level: Level.IPPROTO_TCP,
  number: TcpOption.MAXSEG,
  length: 4,
  set(socket, value) {
    if (!socket.host.policy.maxSegmentIsAnnounced) return setOwn(stream(socket), value)
    if (value !== 0 && (value < LEAST || value > MOST)) return -Errno.EINVAL
    socket.options.maxSegment = value
    // A listener's half-open connections have none of their own.
    for (const request of stream(socket).tcb?.listen?.embryonic ?? []) request.options.maxSegment = value
    return 0
  },
  get(socket) {
    const { tcb, state, left } = stream(socket)
    if (!socket.host.policy.maxSegmentIsAnnounced) return ownNow(stream(socket))
    const set = socket.options.maxSegment
    if (set > 0 && (state === State.CLOSED || state === State.LISTEN)) return set
    if (tcb === null || state === State.LISTEN) return left?.status.snd_mss ?? DEFAULT
    const begun = tcb.remote.v4 || isDeferred(tcb) ? DEFAULT : DEFAULT_V6
    const agreed = state === State.SYN_SENT ? begun : tcb.sendMss
    return agreed - (tcb.timestamps ? TIMESTAMPS : 0)
  },
}
