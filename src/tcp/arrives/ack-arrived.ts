import { seqGeq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { onDuplicateAck, onNewAck } from '../congestion/recovery.ts'
import type { Acknowledged } from '../retransmission-queue.ts'
import { measured, measurementFromEcho } from '../rto.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { stop } from '../timers.ts'
import { Note } from '../trace-sink.ts'

/**
 * What a valid ACK field does (§3.10.7.4 fifth, ESTABLISHED): SND.UNA, the retransmission queue, the round-trip time, the
 * congestion window and the send window follow it. SEG.ACK =< SND.NXT has been checked.
 */
export function takeAcknowledgment(tcb: Tcb, segment: TcpSegment): void {
  tcb.lastAckReceivedAt = tcb.host.now
  tcb.probes = 0
  const windowBefore = tcb.snd.wnd
  const hadInFlight = tcb.sent.packetsOut > 0
  if (seqGt(segment.ack, tcb.snd.una)) {
    advance(tcb, segment)
    updateWindow(tcb, segment)
  } else if (segment.ack === tcb.snd.una) {
    updateWindow(tcb, segment)
    if (hadInFlight && isDuplicate(tcb, segment, windowBefore)) onDuplicateAck(tcb)
  }
  if (segment.dataLength === 0) tcb.host.counters.TCPPureAcks++
}

/** RFC 5681 §2: nothing new in it at all. */
function isDuplicate(tcb: Tcb, segment: TcpSegment, windowBefore: number): boolean {
  return segment.dataLength === 0 && (segment.ctl & (Ctl.SYN | Ctl.FIN)) === 0 && tcb.snd.wnd === windowBefore
}

function advance(tcb: Tcb, segment: TcpSegment): void {
  const una = segment.ack
  // As Linux counts: our FIN is an octet, and so is the SYN of an active open.
  const passiveSyn = tcb.state === State.SYN_RECEIVED && !tcb.active ? 1 : 0
  tcb.octetsAcknowledged += ((una - tcb.snd.una) | 0) - passiveSyn
  tcb.snd.una = una
  const octets = tcb.sendBuffer.acknowledge(una)
  const gone = tcb.sent.acknowledge(una)
  measure(tcb, gone, segment)
  tcb.backoff = 0
  tcb.retransmits = 0
  tcb.retransmitStart = 0
  tcb.softError = 0
  onNewAck(tcb, gone.segments)
  if (tcb.urgentSend && seqLeq(tcb.snd.up, una)) tcb.urgentSend = false
  if (tcb.sent.packetsOut === 0) {
    stop(tcb, tcb.retransmitTimer)
    stop(tcb, tcb.userTimer)
  } else restartRetransmit(tcb)
  if (octets > 0) tcb.owner?.ready(tcb)
}

/** RFC 6298 §3 (Karn): only segments sent once can be timed, unless timestamps tell which transmission is echoed. */
function measure(tcb: Tcb, gone: Acknowledged, segment: TcpSegment): void {
  if (gone.resent === 0 && gone.sentAt >= 0) measured(tcb, tcb.host.now - gone.sentAt)
  else if (tcb.timestamps && segment.timestamps && segment.tsEcr !== 0) measurementFromEcho(tcb, segment.tsEcr)
}

/** SND.WND follows the newest segment only, by WL1 and WL2. */
function updateWindow(tcb: Tcb, segment: TcpSegment): void {
  const snd = tcb.snd
  const newer =
    seqLt(snd.wl1, segment.seq) || (snd.wl1 === segment.seq && seqLeq(snd.wl2, segment.ack)) || isWider(tcb, segment)
  if (!newer) return
  const before = snd.wnd
  snd.wnd = scaledWindow(tcb, segment)
  snd.wl1 = segment.seq
  snd.wl2 = segment.ack
  if (snd.wnd > snd.maxWnd) snd.maxWnd = snd.wnd
  if (snd.wnd > 0 && before === 0) windowOpened(tcb)
  else if (snd.wnd === 0 && before > 0) tcb.host.trace?.note(tcb.host.now, tcb.id, Note.ZERO_WINDOW, 0)
}

function isWider(tcb: Tcb, segment: TcpSegment): boolean {
  return segment.seq === tcb.snd.wl1 && scaledWindow(tcb, segment) > tcb.snd.wnd && seqGeq(segment.ack, tcb.snd.una)
}

/** The window on SYN segments is never scaled (RFC 7323 §2.2). */
function scaledWindow(tcb: Tcb, segment: TcpSegment): number {
  return (segment.ctl & Ctl.SYN) !== 0 ? segment.wnd : segment.wnd << tcb.sndScale
}

function windowOpened(tcb: Tcb): void {
  tcb.backoff = 0
  stop(tcb, tcb.persistTimer)
  tcb.host.trace?.note(tcb.host.now, tcb.id, Note.WINDOW_OPENED, tcb.snd.wnd)
}
