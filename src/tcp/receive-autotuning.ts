import { type Micros, type Seq, seqLt } from '../base/index.ts'
import type { TcpSegment } from '../wire/index.ts'
import { echoedRoundTrip } from './rtt.ts'
import type { Tcb } from './tcb.ts'

/**
 * How far the offered window may grow, and the buffer behind it (dynamic right-sizing, Fisk and Feng 2001, as Linux does it): the
 * receiver measures its own round trip and offers twice what the program read in the last one, so that the sender can double.
 */
export class ReceiveAutotuning {
  /** The window offered stays within this; it grows with the segments that arrive (`rcv_ssthresh`). */
  threshold = 0
  /** The receiver's round trip in eighths of µs; 0: unknown. */
  rttEighths = 0
  /** Without timestamps: the round trip is over when this arrives. */
  roundEnd: Seq = 0
  roundStart: Micros = -1
  /** TSecr of the last measurement. */
  lastEcho = 0
  /** Octets read in the best round trip so far, and the measurement under way. */
  space = 0
  readSeq: Seq = 0
  readSince: Micros = 0
}

/** The connection is established: what has been offered is the base. */
export function beginAutotuning(tcb: Tcb, initial: number): void {
  const a = tcb.autotuning
  a.threshold = Math.min(a.threshold, tcb.windowClamp)
  a.space = Math.min(a.threshold, initial, 10 * tcb.advertisedMss)
  a.readSeq = tcb.receiveBuffer.first
  a.readSince = tcb.host.now
}

/** Text arrived: the round trip may be measured, and the window may grow by twice its length. */
export function noteArrival(tcb: Tcb, segment: TcpSegment): void {
  const a = tcb.autotuning
  if (tcb.timestamps && segment.timestamps && segment.tsEcr !== 0) measureByEcho(tcb, segment)
  else measureByWindow(tcb)
  if (segment.dataLength < 128) return
  const room = tcb.windowClamp - tcb.receiveBuffer.length - a.threshold
  if (room > 0) a.threshold += Math.min(room, Math.max(2 * tcb.advertisedMss, 2 * segment.dataLength))
}

function measureByEcho(tcb: Tcb, segment: TcpSegment): void {
  const a = tcb.autotuning
  if (segment.tsEcr === a.lastEcho) return
  a.lastEcho = segment.tsEcr
  if (segment.dataLength < tcb.receiveMss) return
  const rtt = echoedRoundTrip(tcb, segment.tsEcr)
  if (rtt > 0) a.rttEighths += a.rttEighths === 0 ? rtt * 8 : rtt - Math.floor(a.rttEighths / 8)
}

/** A window that was offered fills in one round trip at the earliest: the least such time counts. */
function measureByWindow(tcb: Tcb): void {
  const a = tcb.autotuning
  const { now } = tcb.host
  if (a.roundStart >= 0) {
    if (seqLt(tcb.rcv.nxt, a.roundEnd)) return
    const rtt = Math.max(now - a.roundStart, 1) * 8
    a.rttEighths = a.rttEighths === 0 ? rtt : Math.min(rtt, a.rttEighths)
  }
  a.roundEnd = tcb.rcv.edge
  a.roundStart = now
}

/** recv() has taken octets: once a round trip, more of them than ever before make the buffer grow. */
export function noteReading(tcb: Tcb): void {
  const a = tcb.autotuning
  const { now, config } = tcb.host
  const elapsed = now - a.readSince
  if (a.rttEighths === 0 || elapsed < a.rttEighths / 8) return
  const read = (tcb.receiveBuffer.first - a.readSeq) | 0
  a.readSeq = tcb.receiveBuffer.first
  a.readSince = now
  if (read <= a.space) return
  const before = Math.max(a.space, 1)
  a.space = read
  if (!config.moderateReceiveBuffer || tcb.options.receiveBufferFixed) return
  let window = 2 * read
  window += 2 * Math.floor((window * (read - before)) / before)
  if (tcb.receiveBuffer.hasGap) window += (tcb.receiveBuffer.highest - tcb.rcv.nxt) | 0
  const share = tcb.host.policy.windowShare
  const buffer = Math.min(Math.floor((window * 256) / share), config.receiveBufferMax)
  if (buffer <= tcb.options.receiveBuffer) return
  tcb.options.receiveBuffer = buffer
  tcb.windowClamp = Math.floor((buffer * share) / 256)
}
