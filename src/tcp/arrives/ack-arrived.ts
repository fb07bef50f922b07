import { type Seq, seqGeq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { restartAfterIdle } from '../congestion/idle.ts'
import { openByOctets, openWindow } from '../congestion/open-window.ts'
import { flight } from '../congestion/unit.ts'
import { takeFeedback } from '../ecn/feedback.ts'
import { takeReduction } from '../ecn/received.ts'
import { mayForesee } from '../header-prediction.ts'
import { updateSendMss } from '../negotiate.ts'
import type { OctetSender } from '../octets/octet-sender.ts'
import { moveRecover } from '../octets/pipe.ts'
import { AckEvent } from '../recovery/ack-event.ts'
import { takeAcknowledged } from '../recovery/acknowledged.ts'
import { alertRecovery, judgeProbe } from '../recovery/alert.ts'
import { concludeSample } from '../recovery/delivery-rate.ts'
import { adaptReorderingWindow } from '../recovery/rack.ts'
import { highestArrived } from '../recovery/reordering.ts'
import { Resend } from '../recovery/resend.ts'
import { resendAfterAck } from '../recovery/resend-after-ack.ts'
import { takeSackBlocks } from '../recovery/sack.ts'
import { scheduleProbe } from '../recovery/tail-loss-probe.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit, startPersist } from '../timeouts/arm.ts'
import { stop } from '../timers.ts'
import { Note } from '../trace-sink.ts'

const event = new AckEvent()

/**
 * What a valid ACK field does (§3.10.7.4 fifth, ESTABLISHED): SND.UNA, the send window, the retransmission queue, the round-trip
 * time, loss recovery and the congestion window follow it, in this order. SEG.ACK =< SND.NXT has been checked.
 * @param foreseen nothing else of the segment is new (header prediction)
 * @returns false: nothing else of the segment counts
 */
export function takeAcknowledgment(tcb: Tcb, segment: TcpSegment, foreseen = false): boolean {
  if (tcb.octets !== null) return takeByOctets(tcb, tcb.octets, segment)
  if (seqLt(segment.ack, tcb.snd.una)) {
    takeOldAcknowledgment(tcb, segment)
    return true
  }
  tcb.lastAckReceivedAt = tcb.host.now
  if (!tcb.host.policy.icmpIsDoubted) tcb.softError = 0
  // MUST-37: only probes in a row without an answer count
  tcb.probes = 0
  const una = tcb.snd.una
  begin(tcb, segment)
  event.foreseen = foreseen
  if (seqGt(segment.ack, una)) advance(tcb, segment.ack)
  if (foreseen && event.advanced) tcb.host.counters.TCPHPAcks++
  else if (segment.len === 0) tcb.host.counters.TCPPureAcks++
  updateWindow(tcb, segment)
  if (segment.sackCount > 0 && tcb.sackPermitted) takeSackBlocks(tcb, segment, una, event)
  takeReduction(tcb, segment)
  if (tcb.persistTimer?.armed && tcb.sent.packetsOut === 0) answerToProbe(tcb)
  if (tcb.sent.packetsOut > 0) judge(tcb, segment, una)
  else judgeIdle(tcb, segment, una)
  if (event.advanced) afterAdvance(tcb, una)
  return true
}

/** The same where octets are counted: losses are judged, and answered, before SND.UNA moves. */
function takeByOctets(tcb: Tcb, octets: OctetSender, segment: TcpSegment): boolean {
  const { snd } = tcb
  const { sending } = octets
  const { una } = snd
  const opens = tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED
  begin(tcb, segment)
  if (opens) octets.recover = tcb.active && tcb.retransmits > 0 ? una : tcb.iss
  const wnd = scaledWindow(tcb, segment)
  const news = seqGt(segment.ack, una)
  const plain = !opens && sending.isForeseen(tcb, octets, segment, wnd)
  if (plain && news) octets.duplicates = 0
  else if (!opens && !plain && sending.judgeBefore(tcb, octets, segment, wnd)) return false
  tcb.lastAckReceivedAt = tcb.host.now
  tcb.probes = 0
  if (news) {
    sending.takeTimeoutBack(tcb, octets, segment, plain)
    event.resending = octets.resendFrom !== null
    advance(tcb, segment.ack)
  }
  if (plain) pullWindow(tcb, segment)
  else followSequence(tcb, segment, una)
  takeReduction(tcb, segment)
  octets.due = opens || (plain ? news : event.windowUpdated || (news && snd.una === snd.nxt))
  // What lets nothing leave leaves the next probe where it is.
  if (tcb.persistTimer?.armed && octets.due) answerToProbe(tcb)
  if (!news) return true
  takeAcknowledged(tcb, segment, una, event)
  if (event.restartTimer) restartRetransmit(tcb)
  openByOctets(tcb, octets, event)
  sending.judgeBehind(tcb, octets, una)
  // Of a handshake's end nothing is reckoned.
  if (!plain && ((snd.una - una) | 0) > (opens ? 1 : 0)) moveRecover(tcb, octets)
  afterAdvance(tcb, una)
  return true
}

function begin(tcb: Tcb, segment: TcpSegment): void {
  const r = tcb.recovery
  event.clear()
  event.carriesData = segment.len > 0
  event.ece = tcb.ecn.on && (segment.ctl & (Ctl.ECE | Ctl.SYN)) === Ctl.ECE && !isOfSynAck(tcb)
  event.deliveredBefore = r.delivered
  event.lostBefore = r.lost
  event.inFlightBefore = flight(tcb)
  event.reneged = r.reneged
  event.unaBefore = tcb.snd.una
  event.windowBefore = tcb.state === State.SYN_RECEIVED ? scaledWindow(tcb, segment) : tcb.snd.wnd
  event.highestBefore = highestArrived(tcb)
  tcb.lastEcho = tcb.timestamps && segment.timestamps ? segment.tsEcr : 0
}

/** Of a passive open nothing has left but the SYN-ACK, which was not yet the connection's: an echo is about nothing of its own (Linux). */
function isOfSynAck(tcb: Tcb): boolean {
  const passive = tcb.state === State.SYN_RECEIVED && !tcb.active && tcb.host.policy.halfOpenIsRequest
  return passive && tcb.snd.nxt === ((tcb.iss + 1) | 0)
}

/** An ACK older than SND.UNA may still bring SACK blocks (RFC 2018 §3 lets ACKs overtake each other). */
function takeOldAcknowledgment(tcb: Tcb, segment: TcpSegment): void {
  if (segment.sackCount === 0 || !tcb.sackPermitted) return
  const una = tcb.snd.una
  begin(tcb, segment)
  event.carriesData = true
  // Nor does anybody ask it about congestion.
  event.ece = false
  takeSackBlocks(tcb, segment, una, event)
  // What it brings was delivered long ago, and opens no window now.
  tcb.recovery.delivered = event.deliveredBefore
  // A duplicate that it reports may be the last one needed to take a reduction back.
  resendAfterAck(tcb, alertRecovery(tcb, una, event))
}

function advance(tcb: Tcb, una: Seq): void {
  // As Linux counts: our FIN is an octet, and so is the SYN of an active open.
  const passiveSyn = tcb.state === State.SYN_RECEIVED && !tcb.active ? 1 : 0
  tcb.octetsAcknowledged += ((una - tcb.snd.una) | 0) - passiveSyn
  tcb.snd.una = una
  tcb.progressAt = tcb.host.now
  if (tcb.octets === null) tcb.retransmits = 0
  event.advanced = true
}

/** Something was in flight: what of it has arrived, what is lost, and how much may leave now. */
function judge(tcb: Tcb, segment: TcpSegment, una: Seq): void {
  const r = tcb.recovery
  takeAcknowledged(tcb, segment, una, event)
  adaptReorderingWindow(tcb, event)
  const marks = takeFeedback(tcb, segment, event)
  if (r.probed) judgeProbe(tcb, segment.ack, event)
  let resend: Resend = Resend.NOTHING
  if (event.dubious() || r.phase !== 0) resend = alertRecovery(tcb, una, event)
  // Where its SYN-ACK had the timer, what left behind that is waited for as a whole timeout.
  if (event.restartTimer && (event.requestTaken || !scheduleProbe(tcb, true))) restartRetransmit(tcb)
  const delivered = r.delivered - event.deliveredBefore
  // The SYN-ACK of a passive open was not yet the connection's.
  tcb.host.counters.TCPDelivered += delivered - Number(event.synAcked && !tcb.active && !event.requestTaken)
  if (event.ece) tcb.host.counters.TCPDeliveredCE += tcb.ecn.on ? delivered : marks
  concludeSample(tcb, event)
  openWindow(tcb, event)
  resendAfterAck(tcb, resend)
  if (event.requestTaken) r.delivered++
}

/** Nothing was in flight: only what the ACK says beside can mean something. */
function judgeIdle(tcb: Tcb, segment: TcpSegment, una: Seq): void {
  const marks = takeFeedback(tcb, segment, event)
  if (event.dsack) {
    alertRecovery(tcb, una, event)
    tcb.host.counters.TCPDelivered += tcb.recovery.delivered - event.deliveredBefore
    tcb.host.counters.TCPDeliveredCE += marks
  }
  if (tcb.recovery.probed) judgeProbe(tcb, segment.ack, event)
}

/** The peer is there. Its window is open now, or the next probe waits anew (RFC 9293 §3.8.6.1). */
function answerToProbe(tcb: Tcb): void {
  if (!windowTakesWaiting(tcb)) {
    if (!tcb.host.policy.closedWindowEndsTimeouts) return startPersist(tcb)
    // BSD: answers do not put off the next probe, as long as there is something to ask for.
    if (seqLt(tcb.snd.una, tcb.sendBuffer.end)) return
  }
  tcb.backoff = 0
  tcb.probesSince = 0
  stop(tcb, tcb.persistTimer)
}

/** Whether the window is open: where only what fits whole is sent, whether it holds what waits. */
function windowTakesWaiting(tcb: Tcb): boolean {
  const { una, wnd } = tcb.snd
  if (!tcb.host.policy.mssWithinHalfWindow) return wnd > 0
  return wnd > 0 && ((tcb.sendBuffer.chunkEnd() - una) | 0) <= wnd
}

function afterAdvance(tcb: Tcb, una: Seq): void {
  const octets = tcb.sendBuffer.acknowledge(tcb.snd.una)
  if (tcb.urgentSend && seqLeq(tcb.snd.up, tcb.snd.una)) tcb.urgentSend = false
  if (tcb.sent.packetsOut === 0) {
    if (tcb.sendBuffer.length === 0 && tcb.finQueued === tcb.finSent) tcb.sendingTime.rest(tcb.host.now)
    stop(tcb, tcb.retransmitTimer)
    stop(tcb, tcb.userTimer)
  }
  if (octets > 0 && seqGt(tcb.snd.una, una)) tcb.owner?.ready(tcb)
}

/** SND.WND follows the newest segment only, by WL1 and WL2. */
function updateWindow(tcb: Tcb, segment: TcpSegment): void {
  const snd = tcb.snd
  const wnd = scaledWindow(tcb, segment)
  if (!isNewer(tcb, segment, wnd)) return
  event.windowUpdated = true
  const before = snd.wnd
  // REC-1: scaled
  snd.wnd = wnd
  snd.wl1 = segment.seq
  snd.wl2 = segment.ack
  if (wnd > snd.maxWnd) {
    snd.maxWnd = wnd
    updateSendMss(tcb)
  }
  if (wnd !== before) tcb.foresees = mayForesee(tcb)
  if (wnd !== before && hasUnsent(tcb)) restartAfterIdle(tcb)
  if (wnd > 0 && before === 0) tcb.host.trace?.note(tcb.host.now, tcb.id, Note.WINDOW_OPENED, wnd)
  else if (wnd === 0 && before > 0) tcb.host.trace?.note(tcb.host.now, tcb.id, Note.ZERO_WINDOW, 0)
}

/**
 * RFC 9293 §3.10.7.4: SND.WL1 < SEG.SEQ, or SND.WL1 = SEG.SEQ and SND.WL2 =< SEG.ACK. A system may ask more of an ACK that repeats
 * both numbers: it could be older than the last.
 */
function isNewer(tcb: Tcb, segment: TcpSegment, wnd: number): boolean {
  const snd = tcb.snd
  if (seqLt(snd.wl1, segment.seq)) return true
  if (tcb.host.policy.windowFollowsSequence) {
    return snd.wl1 === segment.seq && (seqLt(snd.wl2, segment.ack) || (snd.wl2 === segment.ack && wnd > snd.wnd))
  }
  if (tcb.host.policy.repeatedAckNarrowsWindow) {
    if (snd.wl1 === segment.seq && seqLeq(snd.wl2, segment.ack)) return wnd !== snd.wnd || event.advanced
    return false
  }
  return event.advanced || (snd.wl1 === segment.seq && seqGeq(segment.ack, snd.una) && (wnd > snd.wnd || wnd === 0))
}

/** The window is the same, and judged by this segment's numbers from now on. */
function pullWindow({ snd }: Tcb, segment: TcpSegment): void {
  if (segment.dataLength > 0) snd.wl1 = segment.seq
  else snd.wl2 = segment.ack
}

/** What was acknowledged is room no longer, unless the segment says anew how much there is. */
function followSequence(tcb: Tcb, segment: TcpSegment, una: Seq): void {
  const { snd } = tcb
  const taken = (snd.una - una) | 0
  updateWindow(tcb, segment)
  if (!event.windowUpdated && tcb.state !== State.SYN_SENT) snd.wnd = Math.max(snd.wnd - taken, 0)
}

/** The window on SYN segments is never scaled (RFC 7323 §2.2). */
function scaledWindow(tcb: Tcb, segment: TcpSegment): number {
  return (segment.ctl & Ctl.SYN) !== 0 ? segment.wnd : segment.wnd << tcb.sndScale
}

function hasUnsent(tcb: Tcb): boolean {
  if (((tcb.sendBuffer.end - tcb.snd.nxt) | 0) > 0) return true
  return tcb.finQueued && !tcb.finSent && !tcb.host.policy.windowGrowsUnused
}
