import { algorithm } from '../congestion/algorithms.ts'
import { oneSegment } from '../congestion/unit.ts'
import { usualMss } from '../output/mss.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import type { Tcb } from '../tcb.ts'
import type { OctetSender } from './octet-sender.ts'
import { nextOctet, pipe } from './pipe.ts'
import { News } from './scoreboard.ts'
import { DUPLICATES_OF_LOSS } from './transmit.ts'

/** How the window comes down where it counts octets: RFC 6937 and its successor, in whole segments. */

/** TCP_INFO's phase, and what else asks for it. */
export function showPhase({ recovery }: Tcb, { recovering, reducing, resendFrom }: OctetSender): void {
  if (recovering) recovery.phase = Phase.RECOVERY
  else if (reducing) recovery.phase = Phase.CWR
  else recovery.phase = resendFrom === null ? Phase.OPEN : Phase.LOSS
}

/** A loss: the threshold comes down, unless a mark has done so already. */
export function beginRecovery(tcb: Tcb, octets: OctetSender): void {
  if (octets.recovering) return
  octets.recover = tcb.snd.nxt
  tcb.ecn.mustTellReduced = tcb.ecn.on
  if (!octets.reducing) tcb.congestion.threshold = Math.max(algorithm(tcb).threshold(tcb), 2 * oneSegment(tcb))
  octets.recovering = true
  octets.reducing = true
}

/** A router's mark: once a round trip the window comes down, and nothing is sent again (RFC 3168 §6.1.2). */
export function reduceOfMark(tcb: Tcb, octets: OctetSender, ack: number): void {
  const c = tcb.congestion
  if (octets.reducing && ((ack - octets.recover) | 0) < 0) return
  octets.recover = (tcb.snd.nxt + 1) | 0
  tcb.ecn.mustTellReduced = tcb.ecn.on
  const threshold = algorithm(tcb).threshold(tcb, true)
  c.threshold = Math.max(threshold, 2 * oneSegment(tcb))
  c.window = Math.max(threshold, oneSegment(tcb))
  octets.reducing = true
  showPhase(tcb, octets)
}

/** What the reduction begins with. @param delivered octets that the duplicates have told of */
export function beginReduction(tcb: Tcb, octets: OctetSender, delivered: number): void {
  octets.prrDelivered = delivered
  octets.flightBefore = Math.max((nextOctet(tcb, octets) - tcb.snd.una) | 0, 1)
}

/** One ACK of it. @param scored blocks tell what has arrived, not duplicates alone */
export function reduce(tcb: Tcb, octets: OctetSender, scored: boolean, news: News): void {
  const { snd, congestion: c } = tcb
  const mss = usualMss(tcb)
  const told = scored || !octets.recovering
  const guessed = octets.prrDelivered < DUPLICATES_OF_LOSS * mss + ((octets.recover - snd.una) | 0) ? mss : 0
  const delivered = told ? octets.board.delivered : guessed
  const out = (snd.nxt - snd.una) | 0
  const inFlight = told ? pipe(tcb, octets) : Math.max(out - octets.duplicates * mss, 0)
  octets.prrDelivered += delivered
  const allowed = allowance(tcb, octets, inFlight, delivered, news)
  const whole = Math.floor(Math.max(allowed, 0) / mss) * mss
  c.window = Math.max((told ? inFlight - delivered : out) + whole, mss)
}

/** Octets that may leave now. */
function allowance(tcb: Tcb, octets: OctetSender, inFlight: number, delivered: number, news: News): number {
  const { threshold } = tcb.congestion
  const mss = usualMss(tcb)
  const { prrDelivered, prrOut } = octets
  if (inFlight >= threshold) {
    if (octets.flightBefore === 0) beginReduction(tcb, octets, prrDelivered)
    const share = Math.trunc((prrDelivered * threshold + octets.flightBefore - 1) / octets.flightBefore)
    return share - prrOut + mss - 1
  }
  const balance = prrDelivered - prrOut
  // More was lost, or nothing has arrived: one for one.
  const careful = news === News.GAP || delivered === 0 || tcb.host.config.reductionIsConservative
  return Math.min(threshold - inFlight, careful ? balance : Math.max(balance, delivered) + mss)
}

/** Without proportional reduction: what leaves does so while less is in flight than the threshold. */
export function inflate(tcb: Tcb, octets: OctetSender, scored: boolean): void {
  const { congestion: c } = tcb
  const mss = usualMss(tcb)
  const step = Math.max(mss, Math.min(2 * mss, octets.board.delivered))
  if (!scored || !octets.recovering) c.window += mss
  else if (octets.resendFrom !== null) c.window += step
  else if (pipe(tcb, octets) < c.threshold) c.window = Math.min(c.window + step, c.threshold)
}

/** All that was in flight when it began is acknowledged: no burst where little is in flight (RFC 6582 §3.2, step 3, the first way). */
export function endReduction(tcb: Tcb, octets: OctetSender, ack: number): void {
  const { congestion: c, snd } = tcb
  const { board } = octets
  if (((board.highest - ack) | 0) < 0 || ((board.highest - snd.nxt) | 0) > 0) board.highest = ack
  const inFlight = pipe(tcb, octets)
  const one = oneSegment(tcb)
  if (octets.recovering && inFlight < c.threshold) c.window = Math.max(inFlight, one) + one
  else if (octets.recovering) {
    c.window = c.threshold
    algorithm(tcb).recovered?.(tcb)
  }
  algorithm(tcb).episodeOver?.(tcb)
  octets.recovering = false
  octets.reducing = false
  c.credit = 0
  board.delivered = 0
  octets.prrDelivered = 0
  octets.prrOut = 0
}
