import { type Micros, type Seq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { algorithm } from '../congestion/algorithms.ts'
import { updateSendMss } from '../negotiate.ts'
import { usualMss } from '../output/mss.ts'
import { judgeProbeArrived } from '../output/mtu-probing.ts'
import { timestampAt } from '../output/options.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import { echoedRoundTrip, measured } from '../rtt.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { sampleDelivery } from './delivery-rate.ts'
import { advanceRack } from './rack.ts'
import { reorderedFrom } from './reordering.ts'
import { noteReordering } from './sack.ts'
import { forgetDuplicates } from './without-sack.ts'

/** When the first and the last segment left that were sent once and are acknowledged now; −1: none. */
let firstSentAt: Micros = -1
let lastSentAt: Micros = -1

/**
 * Takes what SND.UNA has passed off the retransmission queue (RFC 9293 §3.10.7.4 fifth), measures the round trip (RFC 6298) and
 * notes what that says about losses.
 * @param una SND.UNA before
 */
export function takeAcknowledged(tcb: Tcb, segment: TcpSegment, una: Seq, event: AckEvent): void {
  const sent = tcb.sent
  const sackedBefore = sent.sackedOut
  firstSentAt = -1
  lastSentAt = -1
  event.reordered = false
  tcb.watch?.acknowledged(tcb)
  if (tcb.recovery.isPart) completePart(tcb, event)
  let inBurst = false
  while (sent.head !== null && !seqGt(sent.head.end, tcb.snd.una)) {
    inBurst = !sent.isHeadAlone
    takeSegment(tcb, sent.head, event)
    sent.shift()
  }
  // With SACK nothing can be in flight when all is acknowledged, whatever was counted.
  if (sent.retransOut > 0 && sent.head === null && tcb.sackPermitted) sent.retransOut = 0
  if (event.newData && judgeProbeArrived(tcb)) updateSendMss(tcb)
  const head = sent.head
  // A segment that is acknowledged in part stays what it was, but for one of a burst.
  const reached =
    head === null || (seqGt(tcb.snd.una, head.seq) && (inBurst || head.next?.follows)) ? tcb.snd.una : head.seq
  if (head !== null && seqGt(tcb.snd.una, head.seq)) {
    // The last of a burst whose others are acknowledged with it is cut off, as others of it are.
    if (!inBurst && sent.isHeadAlone && tcb.host.policy.sendsBursts) notePart(tcb, head)
    for (let fewer = sent.trim(tcb.snd.una); fewer > 0; fewer--) takeSegment(tcb, head, event)
  }
  if (head?.sacked) event.reneging = true
  // Linux counts by the numbers, and what was selectively acknowledged before once more.
  if (event.newData) event.octets = (reached - una) | 0
  const sole = event.segments === 1 && sackedBefore === 0 && ((tcb.snd.una - una) | 0) < usualMss(tcb)
  // Nor did anything else arrive since it had left.
  if (sole && firstSentAt >= 0 && !event.retransmittedAcked && !event.synAcked)
    event.maybeDelayed = event.priorDelivered + 1 === tcb.recovery.delivered
  const measuredNow = measure(tcb, segment, event)
  if (event.newData) {
    event.restartTimer = true
    noteProgress(tcb, event)
  } else if (event.advanced && tcb.host.policy.windowCountsOctets) {
    // To the BSDs an octet of a segment is progress like all of it.
    event.restartTimer = true
  } else if (measuredNow && head !== null && event.firstSackedAt >= 0 && event.firstSackedAt < head.sentAt) {
    // Only what left before the oldest was last sent may put its timer off: else recovery could do so for ever.
    event.restartTimer = true
  }
  // What the algorithm knows begins with the data: a handshake is no measure of them.
  if (event.rtt >= 0 && (!event.synAcked || event.dataAcked)) algorithm(tcb).measured(tcb, event.rtt)
}

/** A segment that left alone is whole until all of it is acknowledged. */
function notePart({ recovery: r }: Tcb, head: SentSegment): void {
  if (r.isPart && r.partEnd === head.end) return
  r.isPart = true
  r.partFrom = head.seq
  r.partEnd = head.end
}

/** The rest of a segment is acknowledged. It began before what had been acknowledged, and Linux takes that for reordering. */
function completePart({ recovery: r, sent: { head }, snd }: Tcb, event: AckEvent): void {
  if (head !== null && head.end === r.partEnd && seqGt(head.end, snd.una)) return
  r.isPart = false
  if (head !== null && head.end === r.partEnd && !head.everRetransmitted && !head.sacked)
    noteReordering(event, r.partFrom)
}

function takeSegment(tcb: Tcb, s: SentSegment, event: AckEvent): void {
  const r = tcb.recovery
  const isRequests = isRequestsSyn(tcb, s)
  if (!isRequests || isTimed(tcb, s)) noteTime(s, r.highSeq, event)
  if (isRequests) {
    event.requestTaken = true
    event.synAcked = true
    tcb.sent.uncounted = 0
    r.retransmitStamp = 0
    return
  }
  if (!s.sacked && tcb.sackPermitted) {
    r.delivered++
    if (event.ece && tcb.ecn.on) r.deliveredCe++
    if (!isNeedless(tcb, s)) advanceRack(tcb, s)
  }
  sampleDelivery(tcb, s, event)
  event.segments++
  if ((s.ctl & Ctl.SYN) !== 0) {
    event.synAcked = true
    r.retransmitStamp = 0
  } else event.dataAcked = true
}

/** A request's SYN-ACK tells no time where a segment of text is acknowledged with it, nor once the connection was closed (Linux). */
function isTimed(tcb: Tcb, { next }: SentSegment): boolean {
  return tcb.state === State.SYN_RECEIVED && (next === null || seqGt(next.end, tcb.snd.una))
}

function noteTime(s: SentSegment, highSeq: Seq, event: AckEvent): void {
  // MUST-18: what was sent twice is not timed
  if (s.everRetransmitted) event.retransmittedAcked = true
  else if (!s.sacked) {
    lastSentAt = s.sentAt
    if (firstSentAt < 0) firstSentAt = s.sentAt
    noteReordering(event, s.seq)
    if (seqLeq(s.end, highSeq)) event.originalAcked = true
  }
}

/** Where half-open connections are requests, what their SYN-ACK took is not this connection's. */
function isRequestsSyn(tcb: Tcb, s: SentSegment): boolean {
  return (s.ctl & Ctl.SYN) !== 0 && !tcb.active && tcb.host.policy.halfOpenIsRequest
}

/** The retransmission was needless: a timestamp shows that the ACK answers something older. */
function isNeedless(tcb: Tcb, s: SentSegment): boolean {
  if (!s.everRetransmitted || !tcb.timestamps || tcb.lastEcho === 0) return false
  return seqLt(tcb.lastEcho, timestampAt(tcb, s.sentAt))
}

/** RFC 6298 §3 (Karn): what was sent once can be timed; else SACK tells, else the timestamp that the peer echoed. */
function measure(tcb: Tcb, segment: TcpSegment, event: AckEvent): boolean {
  const { now } = tcb.host
  let rtt = -1
  if (firstSentAt >= 0 && !event.retransmittedAcked) {
    rtt = now - firstSentAt
    event.rtt = now - lastSentAt
  }
  if (event.firstSackedAt >= 0) {
    if (rtt < 0) rtt = now - event.firstSackedAt
    event.rtt = now - event.lastSackedAt
  }
  if (rtt < 0 && tcb.timestamps && segment.timestamps && segment.tsEcr !== 0 && event.newData) {
    rtt = echoedRoundTrip(tcb, segment.tsEcr)
    event.rtt = rtt
  }
  if (tcb.host.policy.roundTripsAreTicks) rtt = event.advanced ? timed(tcb, segment) : -1
  if (rtt < 0) return false
  measured(tcb, rtt, event.rtt, event.maybeDelayed)
  return true
}

/** The BSDs take the timestamp that is echoed, whatever it answers, else they time one segment at a time, and none behind a loss. */
function timed(tcb: Tcb, segment: TcpSegment): Micros {
  const echoed = tcb.timestamps && segment.timestamps && segment.tsEcr !== 0
  const tick = tcb.host.policy.timestampTickUs
  // The tick in which an echo comes counts as a whole one.
  const rtt = echoed ? echoedRoundTrip(tcb, segment.tsEcr, 0) : -1
  if (rtt < 0 && (tcb.timedAt < 0 || !seqGt(segment.ack, tcb.timedSeq))) return -1
  const since = (Math.floor(tcb.host.now / tick) - Math.floor(tcb.timedAt / tick)) * tick
  tcb.timedAt = -1
  return rtt < 0 ? since : rtt + tick
}

function noteProgress(tcb: Tcb, event: AckEvent): void {
  if (!tcb.sackPermitted) {
    forgetDuplicates(tcb, event)
    // Without SACK nobody knows which of them was the original.
    if (event.retransmittedAcked) event.originalAcked = false
    return
  }
  // A hole that was never sent again has been filled: it was reordering.
  if (event.reordered && seqLt(event.reorderedFrom, event.highestBefore)) reorderedFrom(tcb, event.reorderedFrom, false)
}
