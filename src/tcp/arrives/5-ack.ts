import { Errno, seqGt, seqLt } from '../../base/index.ts'
import { Ctl, type IpHeader, type TcpSegment } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { seeThirdAck, takeThirdAck } from '../ecn/handshake.ts'
import { isEarly, leaveEarly } from '../fast-open/early.ts'
import { isPlain } from '../header-prediction.ts'
import { heirOfRequest, migrateRequest } from '../migration.ts'
import { sendAck, sendChallengeAck } from '../output/ack.ts'
import { resetSegment } from '../output/reset.ts'
import { transmitLost, transmitPending } from '../output/send.ts'
import { savePathMetrics } from '../path-metrics.ts'
import { endTimeouts } from '../recovery/timeout.ts'
import { undoEarlyLoss } from '../recovery/undo.ts'
import { isClosedEarly, isRequest, speakerOf } from '../request.ts'
import { echoedRoundTrip, measured } from '../rtt.ts'
import { Limit } from '../sending-time.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { boundFinWait2, orphanInFinWait2 } from '../timeouts/fin-wait-2.ts'
import { enterTimeWait } from '../timeouts/time-wait.ts'
import { Note } from '../trace-sink.ts'
import { setState } from '../transition.ts'
import { isWithinWindow } from './1-sequence.ts'
import { checkUrgent } from './6-urgent.ts'
import { processText } from './7-text.ts'
import { takeAcknowledgment } from './ack-arrived.ts'
import { afterArrival } from './after.ts'
import { becomeAcceptable, becomeConfirmed, becomeEstablished } from './established.ts'
import { takeHeldText } from './held-text.ts'
import { forgiveLostSyn, settleCrossedLoss } from './lost-syn.ts'
import { rememberTimestamp } from './paws.ts'
import { isForeseenText } from './queue-packet.ts'

/** RFC 9293 §3.10.7.4, fifth: check the ACK field. */
export function checkAck(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  if ((segment.ctl & Ctl.ACK) === 0) return false
  const opening = tcb.state === State.SYN_RECEIVED
  const { una, nxt } = tcb.snd
  const old = !opening && (seqLt(segment.ack, una) || seqGt(segment.ack, nxt))
  if (isRequest(tcb)) return completeOpen(tcb, segment, ip)
  const timed = !(old && isTooOld(tcb, segment)) || isForeseen(tcb, segment)
  if (timed && tcb.host.policy.trimming === null) rememberTimestamp(tcb, segment, old)
  if (opening) return completeOpen(tcb, segment, ip)
  if (tcb.probedAhead && segment.ack === ((tcb.snd.nxt + 1) | 0)) takeProbedOctet(tcb)
  if (seqGt(segment.ack, tcb.snd.nxt)) return refuseUnsent(tcb)
  // MAY-12: it was not meant for us
  if (isTooOld(tcb, segment)) {
    // Of what was foreseen the text is taken before anybody looks at the ACK, and what waits is looked at behind it (Linux).
    const foreseen = segment.dataLength > 0 && isForeseen(tcb, segment)
    if (foreseen) processText(tcb, segment)
    sendChallengeAck(tcb)
    if (foreseen) afterArrival(tcb)
    return false
  }
  const foreseen = isForeseen(tcb, segment)
  const early = tcb.sent.uncounted > 0
  // Of text that was foreseen nobody looks at an acknowledgment that is no news.
  const looked = !foreseen || segment.ack !== una || segment.dataLength === 0
  if (looked && !takeAcknowledgment(tcb, segment, foreseen)) return false
  // Fast Open: it was closed before its handshake was complete.
  if (early && tcb.sent.uncounted === 0) handshakeComplete(tcb)
  return afterAcknowledgment(tcb, segment, ip)
}

/** Header prediction: nothing of the segment is new but its text, or what it acknowledges. */
function isForeseen(tcb: Tcb, segment: TcpSegment): boolean {
  if (tcb.host.policy.packetBuffers === null) return false
  return segment.dataLength > 0 ? isForeseenText(tcb, segment) : segment.len === 0 && isPlain(tcb, segment)
}

/** The window was open after all, and the probe's octet was taken (RFC 9293 §3.8.6.1): now it counts as sent. */
function takeProbedOctet(tcb: Tcb): void {
  tcb.probedAhead = false
  tcb.snd.nxt = (tcb.snd.nxt + 1) | 0
  tcb.sendBuffer.sentTo(tcb.snd.nxt)
}

/** SYN-RECEIVED: only an ACK of our SYN completes the handshake; a wrong one is an old connection's. */
function completeOpen(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  if (!acknowledgesSyn(tcb, segment) || seqGt(segment.ack, tcb.snd.nxt)) {
    resetSegment(tcb.host, segment, ip)
    return false
  }
  const early = isEarly(tcb)
  if (early && !isWithinWindow(tcb, segment)) {
    tcb.host.counters.BeyondWindow++
    tcb.host.trace?.note(tcb.host.now, tcb.id, Note.UNACCEPTABLE_SEQUENCE, 0)
    sendAck(tcb)
    return false
  }
  if (!early && tcb.listener !== null) seeThirdAck(tcb, segment)
  if (!early && tcb.listener !== null && (isDeferred(tcb, segment) || !mayBeAccepted(tcb, tcb.listener, segment, ip)))
    return false
  // What is repeated to a request's peer echoes its SYN, whatever came meanwhile.
  if (isRequest(tcb)) rememberTimestamp(tcb, segment, false)
  if (!early && !tcb.active) takeThirdAck(tcb, segment, ip)
  // The window is this segment's, whatever it says.
  const news = seqGt(segment.ack, tcb.snd.una)
  if (news) {
    tcb.snd.wl1 = tcb.host.policy.windowFollowsSequence ? (segment.seq - 1) | 0 : segment.seq
    tcb.snd.wl2 = segment.ack
  }
  if (tcb.listener !== null && !early) {
    beginCounting(tcb, segment)
    tcb.openingHops = ip.ttl
    tcb.snd.maxWnd = 0
  }
  // What a router had sent again was no timeout, and its text leaves now.
  const lost = tcb.active && tcb.retransmits > 0 && forgiveLostSyn(tcb)
  if (early && segment.timestamps) undoEarlyLoss(tcb, segment.tsEcr)
  takeAcknowledgment(tcb, segment)
  const more = tcb.snd.una !== tcb.snd.nxt
  if (!news) timeCrossedOpen(tcb, segment)
  // Segments were cut by the window as a SYN-ACK tells it; to send, Linux takes even that for a scaled one.
  if (tcb.active && tcb.host.policy.crossedOpenIsSynchronised) tcb.snd.wnd = segment.wnd << tcb.sndScale
  if (early || tcb.active) takeThirdAck(tcb, segment, ip)
  // A FIN may have been queued before the handshake was complete: then this ACK leads straight to FIN-WAIT-1.
  if (early) handshakeComplete(tcb)
  // Linux counts a SYN that crossed another one twice.
  if (tcb.active && tcb.host.policy.crossedOpenIsSynchronised) tcb.recovery.delivered++
  tcb.foresees = true
  tcb.lastDataSentAt = tcb.host.now
  takeHeldText(tcb)
  if (tcb.finQueued) finishOpen(tcb)
  else if (!early && tcb.listener !== null) becomeAcceptable(tcb)
  // Of SYNs that crossed, the peer's has said by now whether there is an MSS to round buffers by.
  else if (tcb.state === State.SYN_RECEIVED) becomeEstablished(tcb, !tcb.active)
  // What was lost with the SYN-ACK has waited for this, where nothing may follow that.
  if (early) transmitLost(tcb)
  if (lost) settleCrossedLoss(tcb, news, more)
  return !tcb.finQueued || !refusesText(tcb, segment, ip)
}

/** What acknowledges nothing new may echo our SYN all the same: Linux takes that for a measure of its time. */
function timeCrossedOpen(tcb: Tcb, segment: TcpSegment): void {
  if (!tcb.active || tcb.srtt >= 0 || !tcb.timestamps || !segment.timestamps || segment.tsEcr === 0) return
  const rtt = echoedRoundTrip(tcb, segment.tsEcr)
  if (rtt >= 0) measured(tcb, rtt, rtt, false)
}

/** News of our SYN; or, where a system takes the crossing itself for news, no less than was acknowledged before. */
function acknowledgesSyn(tcb: Tcb, { ack }: TcpSegment): boolean {
  if (seqGt(ack, tcb.snd.una)) return true
  return ack === tcb.snd.una && tcb.active && tcb.host.policy.crossedAckNeedsNoNews
}

/** The FIN that waited for the handshake leaves before what else the segment brings is looked at; what close() sent early did not wait. */
function finishOpen(tcb: Tcb): void {
  if (tcb.state !== State.SYN_RECEIVED) return
  if (tcb.active && tcb.host.policy.crossedOpenIsSynchronised) becomeEstablished(tcb, false)
  setState(tcb, State.FIN_WAIT_1)
  tcb.sendingTime.raise(Limit.BUSY, tcb.host.now)
  if (tcb.host.policy.finWaitsForHandshake) transmitPending(tcb)
}

/** As Linux counts: the SYN-ACK was not yet the connection's, nor what came but the SYN; but that it was asked for again was. */
function beginCounting(tcb: Tcb, segment: TcpSegment): void {
  const { now } = tcb.host
  tcb.segmentsOut = 0
  tcb.backoff = 0
  tcb.segmentsIn = 1 + segment.segments
  tcb.dataSegmentsIn = segment.dataLength > 0 ? segment.segments : 0
  tcb.lastDataReceivedAt = now
  if (tcb.retransmits === 0) return
  tcb.totalTimeouts = tcb.retransmits
  tcb.timeoutRecoveries = 1
  tcb.timeoutTime = now - tcb.synSentAt
  // The lost SYN-ACK could be taken back, though it has cost no window: the first time that anything seems amiss this is done.
  tcb.recovery.undoable = true
  tcb.recovery.undoMarker = tcb.iss
}

/** What Fast Open had opened early is now open like any other. */
function handshakeComplete(tcb: Tcb): void {
  leaveEarly(tcb)
  endTimeouts(tcb)
  tcb.sent.uncounted = 0
  if (tcb.host.policy.halfOpenIsRequest) becomeConfirmed(tcb)
}

/** TCP_DEFER_ACCEPT: an ACK without data is passed over, as if it were lost, until so many SYN-ACKs were sent again. */
function isDeferred(tcb: Tcb, segment: TcpSegment): boolean {
  // What a cookie brought back was never kept waiting.
  if (tcb.firstOffer === 0) return false
  // Behind data of the SYN that were not taken, no ACK is a mere one.
  const end = (segment.seq + segment.len) | 0
  if (end !== ((tcb.irs + 1) | 0) || tcb.retransmits >= speakerOf(tcb).options.deferAccept) return false
  tcb.deferred = true
  tcb.host.counters.TCPDeferAcceptDrop++
  return true
}

/**
 * A full accept queue does not take the last ACK: the SYN-ACK is repeated until there is room or it gives up. With
 * `tcp_abort_on_overflow` (`syncache.rst_on_sock_fail`) the peer is told at once.
 */
function mayBeAccepted(tcb: Tcb, listener: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  const host = tcb.host
  const heir = listener.listen === null ? heirOfRequest(tcb) : null
  const queues = (heir ?? listener).listen
  if (queues === null) {
    // The listener has closed.
    resetSegment(host, segment, ip)
    deleteTcb(tcb, 0)
    return false
  }
  if (queues.accept.length < host.policy.acceptQueueLimit(queues.backlog)) {
    if (heir !== null) migrateRequest(tcb, heir)
    return true
  }
  host.counters.ListenOverflows++
  host.counters.ListenDrops++
  host.trace?.note(host.now, tcb.id, Note.ACCEPT_QUEUE_FULL, queues.accept.length)
  if (host.config.abortOnOverflow) {
    resetSegment(host, segment, ip, listener)
    if (host.policy.halfOpenIsRequest) host.counters.EmbryonicRsts++
  } else {
    // The peer has answered: where text is waited for, it is not asked again for as long.
    tcb.deferred = true
  }
  // A small record is used up by what was to complete it.
  if (host.config.abortOnOverflow || host.policy.lightHalfOpen !== null) deleteTcb(tcb, 0)
  return false
}

/** An ACK for what was never sent is answered by an ACK (§3.10.7.4); RFC 5961 counts it among the challenges. */
function refuseUnsent(tcb: Tcb): boolean {
  const host = tcb.host
  host.trace?.note(host.now, tcb.id, Note.ACK_OF_UNSENT, 0)
  if (host.policy.answerAckOfUnsent) sendAck(tcb)
  else sendChallengeAck(tcb)
  return false
}

/** RFC 5961 §5.2: an ACK older than anything we could have had in flight was not meant for us. */
function isTooOld(tcb: Tcb, segment: TcpSegment): boolean {
  // Of Fast Open's the SYN counts as acknowledged by then (Linux).
  if (isClosedEarly(tcb)) return !seqGt(segment.ack, tcb.iss)
  const { policy, config } = tcb.host
  // Our SYN is no octet that an ACK could name again.
  const beginning = policy.trimming !== null && tcb.active ? 1 : 0
  const back = Math.min(tcb.snd.maxWnd, tcb.octetsAcknowledged - beginning)
  return !config.insecureAck && seqLt(segment.ack, (tcb.snd.una - back) | 0)
}

/** What the acknowledgment of our FIN means in each closing state. */
function afterAcknowledgment(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  if (!finIsAcknowledged(tcb)) return !refusesText(tcb, segment, ip)
  switch (tcb.state) {
    case State.FIN_WAIT_1:
      if (hasNoFinWait2(tcb)) return abortOnLinger(tcb, segment, ip)
      // A FIN on this very segment leads straight to TIME-WAIT (eighth step); else wait for it in FIN-WAIT-2.
      if (bringsFin(tcb, segment)) return !refusesText(tcb, segment, ip)
      setState(tcb, State.FIN_WAIT_2)
      return !refusesText(tcb, segment, ip) && waitInFinWait2(tcb)
    case State.FIN_WAIT_2:
      return !refusesText(tcb, segment, ip)
    case State.CLOSING:
      // What the segment repeated is acknowledged before the connection is no more than its numbers.
      if (tcb.host.policy.trimming !== null && tcb.acknowledging.atOnce) sendAck(tcb)
      enterTimeWait(tcb)
      return false
    case State.LAST_ACK:
      return endLastAck(tcb)
    default:
      return true
  }
}

/** TCP_LINGER2 −1 of an orphan: while close() lingers it is none, and what ends it then is close() itself. */
function hasNoFinWait2({ orphan, options, lingersUntil, host }: Tcb): boolean {
  return orphan && options.linger2Us < 0 && host.now >= lingersUntil
}

/** @returns whether the connection still lives */
function waitInFinWait2(tcb: Tcb): boolean {
  if (tcb.orphan) return orphanInFinWait2(tcb)
  if (tcb.host.policy.finWait2EndsIdle && tcb.receiveShutdown) boundFinWait2(tcb)
  return true
}

/** The FIN that was to lead straight to TIME-WAIT had no room, or its text had none: it is waited for after all. */
export function waitForFin(tcb: Tcb): void {
  if (tcb.state !== State.FIN_WAIT_1 || !finIsAcknowledged(tcb)) return
  setState(tcb, State.FIN_WAIT_2)
  waitInFinWait2(tcb)
}

/** TCP_LINGER2 −1: there is no FIN-WAIT-2, and this ACK belongs nowhere, whatever it brings. Linux counts it as text behind close(). */
function abortOnLinger(tcb: Tcb, segment: TcpSegment, ip: IpHeader): false {
  setState(tcb, State.FIN_WAIT_2)
  tcb.host.counters.TCPAbortOnData++
  resetSegment(tcb.host, segment, ip)
  deleteTcb(tcb, 0)
  return false
}

/** The connection is over. How far the timer had backed off TCP_INFO goes on to say (Linux). */
function endLastAck(tcb: Tcb): false {
  const { backoff } = tcb
  savePathMetrics(tcb)
  deleteTcb(tcb, 0)
  tcb.backoff = backoff
  return false
}

/** Whether SND.UNA has passed our FIN. */
export function finIsAcknowledged(tcb: Tcb): boolean {
  return tcb.finSent && tcb.snd.una === tcb.snd.nxt
}

/** The FIN stands where RCV.NXT will be after this segment's text. */
function bringsFin(tcb: Tcb, segment: TcpSegment): boolean {
  if ((segment.ctl & Ctl.FIN) === 0) return false
  const end = (segment.seq + segment.dataLength) | 0
  return !seqGt(segment.seq, tcb.rcv.nxt) && !seqLt(end, tcb.rcv.nxt) && !tcb.receiveBuffer.hasGap
}

/**
 * New text, or a FIN that shows that text is missing, for a connection that nobody can read any more (RFC 1122 §4.2.2.13): the
 * peer is told by RST that it is lost.
 */
function refusesText(tcb: Tcb, segment: TcpSegment, ip: IpHeader): boolean {
  // Judged before, with the window.
  if (tcb.host.policy.trimming !== null) return false
  if (!isUnwanted(tcb, segment)) return false
  const end = (segment.seq + segment.dataLength) | 0
  // SHLD-3: after the close
  if (segment.len === 0 || !seqGt(end, tcb.rcv.nxt)) return false
  const host = tcb.host
  host.counters.TCPAbortOnData++
  host.trace?.note(host.now, tcb.id, Note.DATA_AFTER_CLOSE, segment.dataLength)
  if (host.policy.takeUrgentApart === null) checkUrgent(tcb, segment)
  resetSegment(host, segment, ip)
  deleteTcb(tcb, tcb.orphan ? 0 : tcb.state === State.CLOSE_WAIT ? Errno.EPIPE : Errno.ECONNRESET)
  return true
}

/** Nobody can read what comes: the descriptor is gone, or reading was shut down, or (Linux) the peer has ended what it now goes on with. */
function isUnwanted(tcb: Tcb, segment: TcpSegment): boolean {
  const { shutdownRefusesText } = tcb.host.policy
  switch (tcb.state) {
    case State.FIN_WAIT_1:
    case State.FIN_WAIT_2:
      // MAY-1: without a descriptor nobody reads
      return tcb.orphan || (tcb.receiveShutdown && shutdownRefusesText)
    case State.CLOSE_WAIT:
    case State.CLOSING:
    case State.LAST_ACK:
      return shutdownRefusesText && seqLt(segment.seq, tcb.rcv.nxt)
    default:
      return false
  }
}
