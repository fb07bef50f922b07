import { flight, oneSegment } from '../congestion/unit.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { Phase } from './loss-recovery.ts'

/**
 * Proportional rate reduction (RFC 6937) as FreeBSD reckons it, in octets: an ACK lets whole segments leave, what is in flight is as it was
 * before the ACK moved SND.UNA, and recovery begins with one retransmission.
 */

/** Segments that limited transmit sends at most. */
const LIMITED_MOST = 2

/** A reduction begins: RecoverFS, and what the duplicates have delivered that limited transmit answered. `highSeq` is yet where they began. */
export function beginByOctets(tcb: Tcb): void {
  const { recovery: r, snd } = tcb
  const mss = oneSegment(tcb)
  const inFlight = (snd.nxt - snd.una) | 0
  const since = r.phase === Phase.DISORDER && tcb.sackPermitted ? Math.ceil(((snd.nxt - r.highSeq) | 0) / mss) : 0
  r.priorWindow = Math.max(inFlight, 1)
  r.prrDelivered = Math.min(inFlight, (Math.min(since, LIMITED_MOST) + 1) * mss)
}

/** One ACK of the reduction: `segments` have arrived, where only duplicates tell, and `lost` were newly believed lost. */
export function reduceByOctets(tcb: Tcb, segments: number, lost: number, event: AckEvent): void {
  const { recovery: r, congestion: c, snd } = tcb
  const mss = oneSegment(tcb)
  const inFlight = flight(tcb)
  const recovers = r.phase === Phase.RECOVERY
  // The first retransmission always leaves, and without SACK one with each partial ACK (RFC 6582 §3.2).
  if (recovers && (r.prrOut === 0 || (event.advanced && !tcb.sackPermitted))) {
    c.window = inFlight + mss
    return
  }
  const taken = (snd.una - event.unaBefore) | 0
  // A partial ACK that tells of no block.
  if (recovers && event.advanced && !event.reports) {
    c.window = inFlight + (taken >= 2 * mss ? 2 : 1) * mss
    return
  }
  // Without SACK a duplicate stands for a segment; while nothing is lost there is none.
  const counted = recovers && !tcb.sackPermitted
  const sacked = tcb.sent.sackedOctets - event.sackedBefore
  const delivered = counted ? segments * mss : Math.max(taken + (tcb.sackPermitted ? sacked : 0), 0)
  // A duplicate that says nothing new.
  if (delivered === 0) return
  r.prrDelivered += delivered
  const send = allowance(tcb, inFlight + taken, delivered, lost)
  c.window = Math.max(inFlight + Math.floor(Math.max(send, 0) / mss) * mss, mss)
}

/** Octets that may leave now. */
function allowance(tcb: Tcb, pipe: number, delivered: number, lost: number): number {
  const { recovery: r, congestion: c, host } = tcb
  const { rateReduction, reductionIsConservative } = host.config
  const mss = oneSegment(tcb)
  const room = c.threshold - pipe
  if (!rateReduction) return Math.min(Math.max(room, 0), Math.max(mss, Math.min(2 * mss, delivered)))
  // Proportional: the flight shrinks by the share by which the window does.
  if (room <= 0) return Math.ceil((r.prrDelivered * c.threshold) / r.priorWindow) - r.prrOut + mss - 1
  const balance = r.prrDelivered - r.prrOut
  return Math.min(room, reductionIsConservative || lost > 0 ? balance : Math.max(balance, delivered) + mss)
}
