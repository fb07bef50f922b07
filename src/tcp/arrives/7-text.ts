import { type Seq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { takeMark } from '../ecn/received.ts'
import { scheduleAck } from '../output/ack.ts'
import { reportDuplicate } from '../output/duplicate-report.ts'
import { paceAcks, stopDelaying } from '../output/quick-acks.ts'
import type { SackListRules } from '../output/sack-report.ts'
import { measureByEcho, measureByWindow } from '../right-sizing.ts'
import type { Tcb } from '../tcb.ts'
import { appendTextOfSyn, queuePacket } from './queue-packet.ts'
import { duplicate, measureSegment, outsideWindow, QUICK } from './text-rules.ts'

/** RFC 9293 §3.10.7.4, seventh: process the segment text. After the peer's FIN there can be none. */
export function processText(tcb: Tcb, segment: TcpSegment): void {
  if (segment.len === 0) return
  const { acceptFromLastAck, trimming } = tcb.host.policy
  if (tcb.rcv.wnd === 0 && segment.seq === tcb.rcv.nxt && !acceptFromLastAck && trimming === null) {
    segment.ctl &= ~Ctl.FIN
    return outsideWindow(tcb)
  }
  if (tcb.finReceived) {
    // Only what was sent before the FIN can come now, the FIN included: our ACK of it was lost.
    if (!seqLt(segment.seq, tcb.rcv.nxt)) return
    const end = (segment.seq + segment.len) | 0
    if (seqGt(end, tcb.rcv.nxt) && tcb.host.policy.packetBuffers !== null) takeSecondFin(tcb, segment)
    else duplicate(tcb, segment.seq, end)
  } else if (tcb.host.policy.packetBuffers !== null && (segment.ctl & Ctl.SYN) === 0) {
    queuePacket(tcb, segment, tcb.host.policy.packetBuffers)
  } else if (segment.dataLength > 0) {
    takeText(tcb, segment)
  } else if ((segment.ctl & Ctl.SYN) !== 0 && tcb.host.policy.acknowledgesCrossedSynAck) {
    duplicate(tcb, segment.seq, (segment.seq + 1) | 0)
  }
}

/** DIFFERS: from §3.10.7.4 eighth, because Linux does: where old text ends behind the FIN, another FIN there has a number too. */
function takeSecondFin(tcb: Tcb, segment: TcpSegment): void {
  if (segment.dataLength > 0) {
    measureSegment(tcb, segment, 0)
    paceAcks(tcb)
  }
  tcb.rcv.nxt = (tcb.rcv.nxt + 1) | 0
  tcb.octetsReceived++
  tcb.sackReport.clear()
  acknowledgeNow(tcb)
}

function takeText(tcb: Tcb, segment: TcpSegment): void {
  const rcv = tcb.rcv
  let seq = segment.seq
  let start = segment.dataStart
  let length = segment.dataLength
  const old = (rcv.nxt - seq) | 0
  if (old >= length) return duplicate(tcb, seq, (seq + length) | 0)
  if (old > 0) {
    reportDuplicate(tcb, seq, rcv.nxt)
    seq = rcv.nxt
    start += old
    length -= old
    stopDelaying(tcb, QUICK)
  }
  // What was cut to the window already may go beyond what was offered: the program has read meanwhile.
  const beyond = tcb.host.policy.trimming !== null ? 0 : (seq + length - rcv.edge) | 0
  // DIFFERS: from §3.10.7.4, because a FIN that the window has no room for may acknowledge ours, and no system refuses it: it takes no room.
  const excess = Math.max(beyond, beyondFin(tcb, seq, length))
  if (excess > 0) length -= excess
  if (length <= 0) return outsideWindow(tcb)
  // The tail beyond the window was cut off, or what there cannot be behind the end, and a FIN behind it with it.
  if (excess > 0) segment.ctl &= ~Ctl.FIN
  segment.dataLength = (seq + length - segment.seq) | 0
  store(tcb, segment, seq, start, length)
}

/** Octets that come beyond a FIN which came early: §3.10.7.4 seventh has them ignored. What is judged by the queue as a whole is so (BSD). */
function beyondFin({ finEarly, finEarlyAt, host }: Tcb, seq: Seq, length: number): number {
  return finEarly && host.policy.queueRules === null ? (seq + length - finEarlyAt) | 0 : 0
}

function store(tcb: Tcb, segment: TcpSegment, seq: Seq, start: number, length: number): void {
  const { rcv, receiveBuffer: buffer } = tcb
  const early = seqGt(seq, rcv.nxt)
  const end = (seq + length) | 0
  const fin = (segment.ctl & Ctl.FIN) !== 0 ? 1 : 0
  const { bufferSteps, queueRules, sackList } = tcb.host.policy
  if (queueRules !== null && (buffer.hasGap || tcb.finEarly)) {
    if (queueRules.contradicts(tcb, seq, end, fin === 1)) {
      segment.ctl &= ~Ctl.FIN
      return acknowledgeNow(tcb)
    }
    if (queueRules.hidesEnd(tcb, seq, end)) segment.ctl &= ~Ctl.FIN
    // What meets the queue is acknowledged at once, whatever comes of it.
    tcb.acknowledging.atOnce = true
  }
  if (early && queueRules?.hasNoPlace(tcb, seq, end)) {
    segment.ctl &= ~Ctl.FIN
    return acknowledgeNow(tcb)
  }
  if (early && takeEarly(tcb, seq, end, fin)) return
  const overlap = early || !buffer.hasGap || sackList !== null ? null : buffer.overlap(seq, end)
  // SHLD-31: early text too
  const grown = buffer.insert(seq, segment.buf, start, length)
  appendTextOfSyn(tcb, segment, seq, end)
  tcb.octetsReceived += length
  scheduleAck(tcb)
  measureSegment(tcb, segment, 0)
  // A hole was filled, before text or before a FIN: the peer's retransmission must be confirmed at once (RFC 5681 §4.2).
  if (grown > length || (grown > 0 && tcb.finEarly)) tcb.acknowledging.atOnce = true
  if (!early) paceAcks(tcb)
  takeMark(tcb)
  if (grown > 0) {
    rcv.nxt = (rcv.nxt + grown) | 0
    if (seqGt(rcv.nxt, rcv.edge)) rcv.edge = rcv.nxt
    if (overlap !== null) reportDuplicate(tcb, overlap[0], overlap[1])
    if (sackList !== null) listArrival(tcb, sackList, seq, end, true)
    else if (tcb.sackReport.count > 0) tcb.sackReport.covered(rcv.nxt)
    if (tcb.receiveShutdown && tcb.host.policy.discardsUnwanted && buffer.length === grown) buffer.drop(grown)
    tcb.owner?.ready(tcb)
  }
  if (bufferSteps !== null) {
    if (tcb.autotuning.plain) bufferSteps.count(tcb, length)
  } else if (tcb.timestamps && segment.timestamps && segment.tsEcr !== 0) measureByEcho(tcb, segment)
  else measureByWindow(tcb)
}

/**
 * Text behind a gap: what the next ACK will say of it.
 * @param fin 1: a FIN follows it, and lies behind the gap too
 * @returns true: all of it is here already
 */
function takeEarly(tcb: Tcb, seq: Seq, end: Seq, fin: number): boolean {
  const buffer = tcb.receiveBuffer
  const { sackList } = tcb.host.policy
  if (sackList !== null) listArrival(tcb, sackList, seq, end, false)
  else {
    const overlap = buffer.overlap(seq, end)
    if (overlap !== null) reportDuplicate(tcb, overlap[0], overlap[1])
    tcb.sackReport.arrived(seq, (end + fin) | 0)
  }
  tcb.host.counters.TCPOFOQueue++
  // What joins a stretch that waits already is no packet of its own there (BSD).
  if (sackList === null || !buffer.meets(seq, end)) tcb.earlySegments++
  if (!buffer.holds(seq, end)) return false
  stopDelaying(tcb, QUICK)
  scheduleAck(tcb)
  return true
}

/** An ACK at once, and nothing else. */
export function acknowledgeNow(tcb: Tcb): void {
  scheduleAck(tcb)
  tcb.acknowledging.atOnce = true
}

function listArrival(tcb: Tcb, rules: SackListRules, seq: Seq, end: Seq, grew: boolean): void {
  const { sackReport, sackPermitted, receiveBuffer, rcv } = tcb
  if (sackPermitted && (sackReport.count > 0 || receiveBuffer.hasGap || !grew))
    sackReport.listArrival(rules, seq, end, rcv.nxt, grew)
}

/** Whether the in-order text now reaches the place of an early FIN. */
export function reachesEarlyFin(tcb: Tcb): boolean {
  return tcb.finEarly && seqLeq(tcb.finEarlyAt, tcb.rcv.nxt)
}
