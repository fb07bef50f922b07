import { type Micros, type Seq, seqGt } from '../../base/index.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import { TIMER_LEAST_US } from '../timeout-bounds.ts'
import { arm } from '../timers.ts'
import { TimerSlot } from '../trace-sink.ts'
import type { AckEvent } from './ack-event.ts'
import { Phase } from './loss-recovery.ts'

/**
 * RACK (RFC 8985): a segment is lost when one sent sufficiently later has been delivered. It watches the clock instead of counting
 * duplicate ACKs, so that it sees lost retransmissions and lost tails, and is not fooled by reordering.
 */

/** Recoveries that a widened window survives. */
export const RACK_PERSISTS = 16
/** tcp_recovery: keep the reordering window as it is; do without the three duplicate ACKs. */
const STATIC_WINDOW = 2
const NO_DUPLICATES = 4

/** RFC 8985 §6.2 step 2: a segment was delivered. */
export function advanceRack(tcb: Tcb, segment: SentSegment): void {
  const r = tcb.recovery
  const rtt = tcb.host.now - segment.sentAt
  // Too soon for the copy that was sent again: it was the original, and tells nothing about the copy.
  if (segment.everRetransmitted && rtt < tcb.minRtt) return
  r.rackAdvanced = true
  r.rackRtt = rtt
  if (!sentAfter(segment.sentAt, segment.end, r.rackSentAt, r.rackEnd)) return
  r.rackSentAt = segment.sentAt
  r.rackEnd = segment.end
}

function sentAfter(at: Micros, end: Seq, otherAt: Micros, otherEnd: Seq): boolean {
  return at > otherAt || (at === otherAt && seqGt(end, otherEnd))
}

/**
 * RFC 8985 §6.2 step 5, after an ACK: believes lost what is overdue. What may only be late gets a timer.
 * @returns whether that timer now runs
 */
export function detectLossByTime(tcb: Tcb): boolean {
  const r = tcb.recovery
  if (!r.rackAdvanced) return false
  r.rackAdvanced = false
  const wait = markOverdue(tcb)
  if (wait === 0) return false
  armAs(tcb, TimerSlot.REORDERING, Math.min(wait + TIMER_LEAST_US, tcb.rto))
  return true
}

/** Marks every overdue segment lost; returns for how long the others may still be late, 0: none may. */
export function markOverdue(tcb: Tcb): Micros {
  const r = tcb.recovery
  const window = reorderingWindow(tcb)
  let longest = 0
  let s = tcb.sent.earliest
  while (s !== null && sentAfter(r.rackSentAt, r.rackEnd, s.sentAt, s.end)) {
    const next: SentSegment | null = s.later
    const remaining = timeLeft(tcb, s, window)
    if (remaining <= 0) markLost(tcb, s, true)
    else if (remaining > longest) longest = remaining
    s = next
  }
  return longest
}

/** How long a segment may still take: the newest round trip plus the reordering window, less what has passed. */
export function timeLeft(tcb: Tcb, segment: SentSegment, window: Micros): Micros {
  return tcb.recovery.rackRtt + window - (tcb.host.now - segment.sentAt)
}

/** Believes a segment lost, and counts. @param byTime its time is over */
export function markLost(tcb: Tcb, segment: SentSegment, byTime = false): void {
  const again = segment.lost && segment.retransmitted
  if (!tcb.sent.markLost(segment, byTime)) return
  tcb.recovery.lost++
  if (again) tcb.host.counters.TCPLostRetransmit++
}

/** RFC 8985 §6.2 step 4: none while nothing was ever reordered and three have overtaken; else a part of the least RTT. */
function reorderingWindow(tcb: Tcb): Micros {
  const r = tcb.recovery
  if (r.reorderSeen === 0) {
    if (r.phase >= Phase.RECOVERY) return 0
    if (tcb.sent.sackedOut >= r.reordering && (tcb.host.config.recovery & NO_DUPLICATES) === 0) return 0
  }
  const least = Number.isFinite(tcb.minRtt) ? tcb.minRtt : 0
  return Math.min(Math.floor(least / 4) * r.rackSteps, Math.max(tcb.srtt, 0))
}

/** RFC 8985 §6.2 step 4: needless retransmissions widen the window by a quarter of the least RTT, at most once a round trip. */
export function adaptReorderingWindow(tcb: Tcb, event: AckEvent): void {
  const r = tcb.recovery
  if ((tcb.host.config.recovery & STATIC_WINDOW) !== 0 || event.priorDelivered === 0) return
  if (event.priorDelivered < r.rackLastDelivered) r.rackDsackSeen = false
  if (r.rackDsackSeen) {
    r.rackSteps = Math.min(255, r.rackSteps + 1)
    r.rackDsackSeen = false
    r.rackLastDelivered = r.delivered
    r.rackPersist = RACK_PERSISTS
  } else if (r.rackPersist === 0) {
    r.rackSteps = 1
  }
}

/** The retransmission timer serves three purposes, one at a time; its slot says which. */
export function armAs(tcb: Tcb, purpose: TimerSlot, delay: Micros): void {
  tcb.retransmitTimer.slot = purpose
  arm(tcb, tcb.retransmitTimer, delay)
}
