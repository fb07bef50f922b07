import { Ctl } from '../../wire/index.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { arm } from '../timers.ts'
import { Note } from '../trace-sink.ts'
import { emit } from './emit.ts'

/** One tick of a 250 Hz clock. */
const TICK_US = 4000

/** <SEQ=SND.NXT><ACK=RCV.NXT><CTL=ACK>, now. */
export function sendAck(tcb: Tcb): void {
  emit(tcb, tcb.snd.nxt, Ctl.ACK, 0, false)
}

/** Something was received that must be acknowledged: now or later (RFC 1122 §4.2.3.2, RFC 5681 §4.2). */
export function scheduleAck(tcb: Tcb): void {
  tcb.acknowledging.scheduled = true
}

/** At the end of an arrival: sends the ACK that is owed, or arms its delay. */
export function acknowledge(tcb: Tcb): void {
  const a = tcb.acknowledging
  if (!a.scheduled) return
  if (mustAckNow(tcb)) return sendAck(tcb)
  if (isSecondFullSegment(tcb)) return ackSoon(tcb)
  if (tcb.delayedAckTimer.armed) {
    if (isNearlyDue(tcb)) sendAck(tcb)
    return
  }
  arm(tcb, tcb.delayedAckTimer, ackDelay(tcb))
}

function mustAckNow(tcb: Tcb): boolean {
  const a = tcb.acknowledging
  if (a.atOnce || tcb.receiveBuffer.hasGap) return true
  return a.quick > 0 && !a.interactive
}

/** RFC 5681 §4.2: at least every second full-sized segment. */
function isSecondFullSegment(tcb: Tcb): boolean {
  return ((tcb.rcv.nxt - tcb.rcv.wup) | 0) > tcb.receiveMss
}

/** Of segments that were handed over together one ACK tells as much as one for every second: it goes behind the last. */
function ackSoon(tcb: Tcb): void {
  const a = tcb.acknowledging
  if (a.promised) return
  if (tcb.host.ackAfterBatch(tcb)) a.promised = true
  else sendAck(tcb)
}

/** The batch is over: sends the ACK, unless something has carried it meanwhile. */
export function sendOwedAck(tcb: Tcb): void {
  const a = tcb.acknowledging
  a.promised = false
  if (a.scheduled && tcb.state !== State.CLOSED && tcb.state !== State.TIME_WAIT) sendAck(tcb)
}

/** Linux does not wait for the last quarter of the delay when something more arrives. */
function isNearlyDue(tcb: Tcb): boolean {
  const left = tcb.delayedAckTimer.deadline - tcb.host.now
  const pace = tcb.acknowledging.delayUs
  return tcb.host.policy.quickAcks > 0 && (pace === 0 || left <= pace / 4)
}

/** At most half a second (RFC 1122); Linux follows the pace of arrivals between its bounds. */
function ackDelay(tcb: Tcb): number {
  const { delayedAckMinUs, delayedAckMaxUs } = tcb.host.config
  const pace = tcb.acknowledging.delayUs
  if (tcb.host.policy.quickAcks === 0) return delayedAckMaxUs
  // Nothing but a FIN has come: Linux waits for no pace, only for its next tick.
  if (pace === 0) return TICK_US
  return Math.min(Math.max(pace, delayedAckMinUs), delayedAckMaxUs)
}

/** Adapts the delay to the pace at which data arrives, as Linux does; the first data brings the quick ACKs. */
export function paceAcks(tcb: Tcb): void {
  const a = tcb.acknowledging
  const { delayedAckMinUs } = tcb.host.config
  const now = tcb.host.now
  if (a.delayUs === 0) {
    a.delayUs = delayedAckMinUs
    enterQuickAcks(tcb, tcb.host.policy.quickAcks)
  } else {
    const gap = now - tcb.lastDataReceivedAt
    if (gap <= delayedAckMinUs / 2) a.delayUs = (a.delayUs >> 1) + delayedAckMinUs / 2
    else if (gap < a.delayUs) a.delayUs = Math.min((a.delayUs >> 1) + gap, tcb.rto)
    else if (gap > tcb.rto) enterQuickAcks(tcb, tcb.host.policy.quickAcks)
  }
  tcb.lastDataReceivedAt = now
}

/** The next ACKs go at once: as many as half the window has segments, `most` at most. */
export function enterQuickAcks(tcb: Tcb, most: number): void {
  if (most === 0) return
  const segments = Math.max(2, Math.floor(tcb.rcv.wnd / (2 * tcb.receiveMss)))
  tcb.acknowledging.quick = Math.max(tcb.acknowledging.quick, Math.min(segments, most))
}

/**
 * RFC 9293 §3.10.7.4 first: an unacceptable segment is answered by an ACK, at most one per connection and
 * `invalidRateLimitUs`, so that two confused ends cannot feed each other. Segments that carry text are always answered.
 */
export function answerUnacceptable(tcb: Tcb, hasText: boolean, note: Note): void {
  const host = tcb.host
  host.trace?.note(host.now, tcb.id, note, 0)
  if (!hasText && limited(tcb)) {
    host.counters[note === Note.PAWS ? 'TCPACKSkippedPAWS' : 'TCPACKSkippedSeq']++
    return
  }
  sendAck(tcb)
}

function limited(tcb: Tcb): boolean {
  const host = tcb.host
  if (host.now - tcb.lastOutOfWindowReplyAt < host.config.invalidRateLimitUs) return true
  tcb.lastOutOfWindowReplyAt = host.now
  return false
}

/** RFC 5961: asks the peer to prove itself; limited per connection and per host (§7). */
export function sendChallengeAck(tcb: Tcb): void {
  const host = tcb.host
  if (limited(tcb) || !host.challengeAllowed()) {
    host.counters.TCPACKSkippedChallenge++
    host.trace?.note(host.now, tcb.id, Note.CHALLENGE_ACK_LIMITED, 0)
    return
  }
  host.counters.TCPChallengeACK++
  host.trace?.note(host.now, tcb.id, Note.CHALLENGE_ACK, 0)
  sendAck(tcb)
}
