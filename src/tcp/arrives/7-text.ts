import { seqGt, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { enterQuickAcks, paceAcks, scheduleAck } from '../output/ack.ts'
import type { Tcb } from '../tcb.ts'

/** RFC 9293 §3.10.7.4, seventh: process the segment text. After the peer's FIN there can be none. */
export function processText(tcb: Tcb, segment: TcpSegment): void {
  if (segment.len === 0) return
  if (tcb.finReceived) {
    // Only what was sent before the FIN can come now, the FIN included: our ACK of it was lost.
    if (seqLt(segment.seq, tcb.rcv.nxt)) duplicate(tcb)
  } else if (segment.dataLength > 0) {
    takeText(tcb, segment)
  }
}

function takeText(tcb: Tcb, segment: TcpSegment): void {
  const rcv = tcb.rcv
  let seq = segment.seq
  let start = segment.dataStart
  let length = segment.dataLength
  const old = (rcv.nxt - seq) | 0
  if (old >= length) return duplicate(tcb)
  if (old > 0) {
    seq = rcv.nxt
    start += old
    length -= old
    enterQuickAcks(tcb, 16)
  }
  const beyond = (seq + length - rcv.edge) | 0
  if (beyond > 0) length -= beyond
  if (length <= 0) return outsideWindow(tcb)
  // The tail beyond the window was cut off, and a FIN behind it with it.
  if (beyond > 0) segment.ctl &= ~Ctl.FIN
  segment.dataLength = ((seq + length) | 0) - segment.seq
  store(tcb, segment, seq, start, length)
}

function store(tcb: Tcb, segment: TcpSegment, seq: number, start: number, length: number): void {
  const rcv = tcb.rcv
  const buffer = tcb.receiveBuffer
  const early = seqGt(seq, rcv.nxt)
  if (early && buffer.holds(seq, (seq + length) | 0)) return duplicate(tcb)
  const grown = buffer.insert(seq, segment.buf, start, length)
  tcb.octetsReceived += length
  if (length > tcb.receiveMss || seqLt(tcb.receiveMss, length)) tcb.receiveMss = Math.min(length, tcb.advertisedMss)
  scheduleAck(tcb)
  if (early) {
    tcb.host.counters.TCPOFOQueue++
    enterQuickAcks(tcb, 16)
  }
  // A hole was filled, before text or before a FIN: the peer's retransmission must be confirmed at once (RFC 5681 §4.2).
  if (grown > length || (grown > 0 && tcb.finEarly)) tcb.acknowledging.atOnce = true
  if (grown > 0) {
    rcv.nxt = (rcv.nxt + grown) | 0
    if (seqGt(rcv.nxt, rcv.edge)) rcv.edge = rcv.nxt
    paceAcks(tcb)
    tcb.owner?.ready(tcb)
  }
}

/** All of it is here already: our ACK was lost, or the peer is impatient. */
function duplicate(tcb: Tcb): void {
  enterQuickAcks(tcb, 16)
  scheduleAck(tcb)
  tcb.acknowledging.atOnce = true
}

/** The window is closed: the peer must learn where it stands (§3.8.6.1). */
function outsideWindow(tcb: Tcb): void {
  tcb.host.counters.TCPWantZeroWindowAdv++
  scheduleAck(tcb)
  tcb.acknowledging.atOnce = true
}

/** Whether the in-order text now reaches the place of an early FIN. */
export function reachesEarlyFin(tcb: Tcb): boolean {
  return tcb.finEarly && seqLeq(tcb.finEarlyAt, tcb.rcv.nxt)
}
