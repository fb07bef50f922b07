import { seqGt } from '../../base/index.ts'
import { usualMss } from '../output/mss.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import { timeDeparture } from '../rtt.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'

/**
 * How fast data arrive at the peer, as draft-cheng-iccrg-delivery-rate-estimation measures it: what was delivered between the
 * sending of a segment and its acknowledgment, by the longer of the times that sending and acknowledging took.
 */

/**
 * Notes on a segment that leaves now how things stand.
 * @param alone nothing else is in flight: the connection was idle
 */
export function noteSending(tcb: Tcb, segment: SentSegment, alone: boolean): void {
  const r = tcb.recovery
  const now = tcb.host.now
  timeDeparture(tcb, segment)
  if (alone) {
    r.firstSentAt = now
    r.deliveredAt = Math.max(now, 1)
    tcb.progressAt = now
  }
  segment.firstSentAt = r.firstSentAt
  segment.deliveredAt = r.deliveredAt
  segment.delivered = r.delivered
  segment.appLimited = r.appLimited !== 0
}

/** A segment has arrived; the most recently sent one gives the sample. */
export function sampleDelivery(tcb: Tcb, segment: SentSegment, event: AckEvent): void {
  if (segment.deliveredAt === 0) return
  const r = tcb.recovery
  const first = event.priorDeliveredAt === 0 && event.rateInterval === 0 && event.priorDelivered === 0
  const newer =
    segment.sentAt > r.firstSentAt || (segment.sentAt === r.firstSentAt && seqGt(segment.end, event.rateEnd))
  if (first || newer) {
    event.priorDelivered = segment.delivered
    event.priorDeliveredAt = Math.max(segment.deliveredAt, 1)
    event.rateAppLimited = segment.appLimited
    event.rateEnd = segment.end
    event.rateInterval = segment.sentAt - segment.firstSentAt
    r.firstSentAt = segment.sentAt
  }
  // Selectively acknowledged: it must not count again when SND.UNA passes it.
  if (segment.sacked) segment.deliveredAt = 0
}

/** The ACK is judged: the sample stands, unless it says less than the one there is. */
export function concludeSample(tcb: Tcb, event: AckEvent): void {
  const r = tcb.recovery
  const now = tcb.host.now
  // The SYN-ACK of a passive open was not yet the connection's.
  if (event.synAcked && !tcb.active && !event.dataAcked) return
  if (r.appLimited !== 0 && r.delivered > r.appLimited) r.appLimited = 0
  if (r.delivered > event.deliveredBefore) r.deliveredAt = now
  if (event.priorDeliveredAt === 0 || event.reneged) return
  const delivered = r.delivered - event.priorDelivered
  const interval = Math.max(event.rateInterval, now - event.priorDeliveredAt)
  if (interval < tcb.minRtt) return
  if (event.rateAppLimited && delivered * r.rateIntervalUs < r.rateDelivered * interval) return
  r.rateDelivered = delivered
  r.rateIntervalUs = interval
  r.rateAppLimited = event.rateAppLimited
}

/** send(): the program had nothing for the wire; what is measured now is its pace, not the path's. */
export function noteAppLimited(tcb: Tcb): void {
  const r = tcb.recovery
  const sent = tcb.sent
  const unsent = (tcb.sendBuffer.end - tcb.snd.nxt) | 0
  if (unsent >= usualMss(tcb) || sent.inFlight >= tcb.congestion.window || sent.lostOut > sent.retransOut) return
  r.appLimited = Math.max(r.delivered + sent.inFlight, 1)
}
