import { type Micros, seqGt } from '../base/index.ts'
import { updatePacingRate } from './congestion/pacing.ts'
import { LeastRoundTrip } from './least-round-trip.ts'
import type { OctetSender } from './octets/octet-sender.ts'
import type { SentSegment } from './retransmission-queue.ts'
import type { Tcb } from './tcb.ts'
import { rtoMax, rtoMin } from './timeout-bounds.ts'

/**
 * RFC 6298 §2: a round trip was measured; SRTT, RTTVAR and RTO follow.
 * @param rtt of the oldest segment that was acknowledged, µs
 * @param newest of the newest one: the least of these is the path's own time; −1: unknown
 * @param maybeDelayed the ACK may have been delayed, so that this round trip is no candidate for the least
 */
export function measured(tcb: Tcb, rtt: Micros, newest: Micros, maybeDelayed: boolean): void {
  const r = Math.max(rtt, 1)
  noteLeast(tcb, Math.max(newest, 1), maybeDelayed)
  if (tcb.octets !== null) smoothInTicks(tcb, tcb.octets, rtt)
  else if (tcb.host.policy.rtoFloor === 'variance') smoothByRound(tcb, r)
  else smooth(tcb, r)
  tcb.rto = measuredTimeout(tcb)
  tcb.backoff = 0
  // What routers said is out of date (where they are doubted, no sooner than this).
  tcb.softError = 0
}

/** The least round trip of the last `tcp_min_rtt_wlen` seconds. An ACK that was held back tells of none but the first. */
function noteLeast(tcb: Tcb, rtt: Micros, maybeDelayed: boolean): void {
  if (maybeDelayed && rtt > tcb.minRtt) return
  tcb.roundTrips ??= new LeastRoundTrip()
  tcb.minRtt = tcb.roundTrips.note(rtt, tcb.host.now, tcb.host.config.minRttWindowUs)
}

/** With more timeouts than this in a row the BSDs do not believe in what was measured before. */
const TIMEOUTS_INVALIDATING = 3

/** RFC 6298 §2.2 and §2.3. */
function smooth(tcb: Tcb, r: Micros): void {
  if (tcb.srtt < 0) {
    tcb.srtt = r
    tcb.rttvar = r / 2
  } else {
    // MUST-18: RFC 6298 §2.3, beta
    tcb.rttvar += (Math.abs(tcb.srtt - r) - tcb.rttvar) / 4
    // MUST-18: RFC 6298 §2.3, alpha
    tcb.srtt += (r - tcb.srtt) / 8
  }
  tcb.srtt = Math.round(tcb.srtt)
  tcb.rttvar = Math.round(tcb.rttvar)
}

/**
 * The same in whole numbers of 32nds and 16ths of a tick: a tick is taken off what was measured, but the first time. One of no tick is none.
 * @param rtt µs
 */
function smoothInTicks(tcb: Tcb, octets: OctetSender, rtt: Micros): void {
  const tick = tcb.host.policy.timestampTickUs
  const ticks = Math.floor(rtt / tick)
  octets.samples++
  if (octets.srtt === 0 || tcb.backoff > TIMEOUTS_INVALIDATING) {
    octets.srtt = ticks << 5
    octets.rttvar = ticks << 3
  } else {
    const delta = ((ticks - 1) << 2) - (octets.srtt >> 3)
    octets.srtt = Math.max(octets.srtt + delta, 1)
    octets.rttvar = Math.max(octets.rttvar + Math.abs(delta) - (octets.rttvar >> 2), 1)
  }
  tcb.srtt = Math.max(Math.floor((octets.srtt * tick) / 32), 1)
  tcb.rttvar = Math.floor((octets.rttvar * tick) / 16)
  tcb.retransmits = 0
}

/**
 * As Linux smooths: the deviation that the RTO is made from rises at once and falls at most once a round trip, and a round trip that
 * became shorter hardly counts as deviation. `rtoVariance` is four deviations, at least the floor.
 */
function smoothByRound(tcb: Tcb, r: Micros): void {
  const floor = rtoMin(tcb)
  if (tcb.srtt < 0) {
    tcb.srttEighths = r * 8
    tcb.deviationQuarters = r * 2
    tcb.rtoVariance = Math.max(tcb.deviationQuarters, floor)
    tcb.deviationMost = tcb.rtoVariance
    tcb.rttRoundEnd = tcb.snd.nxt
  } else {
    let m = r - Math.floor(tcb.srttEighths / 8)
    tcb.srttEighths += m
    if (m < 0) {
      m = -m - Math.floor(tcb.deviationQuarters / 4)
      if (m > 0) m = Math.floor(m / 8)
    } else m -= Math.floor(tcb.deviationQuarters / 4)
    tcb.deviationQuarters += m
    if (tcb.deviationQuarters > tcb.deviationMost) {
      tcb.deviationMost = tcb.deviationQuarters
      if (tcb.deviationMost > tcb.rtoVariance) tcb.rtoVariance = tcb.deviationMost
    }
    if (seqGt(tcb.snd.una, tcb.rttRoundEnd)) {
      if (tcb.deviationMost < tcb.rtoVariance) tcb.rtoVariance -= Math.floor((tcb.rtoVariance - tcb.deviationMost) / 4)
      tcb.rttRoundEnd = tcb.snd.nxt
      tcb.deviationMost = floor
    }
  }
  tcb.srtt = Math.max(1, Math.floor(tcb.srttEighths / 8))
  tcb.rttvar = Math.floor(tcb.deviationQuarters / 4)
}

/** The path is so much longer from now on (µs; below 0: shorter): as if round trips had been, and the least of them is unknown. */
export function changeDelay(tcb: Tcb, by: Micros): void {
  if (tcb.srtt < 0) return
  tcb.srttEighths = Math.max(1, tcb.srttEighths + by * 8)
  tcb.srtt = Math.max(1, Math.floor(tcb.srttEighths / 8))
  tcb.rto = measuredTimeout(tcb)
  tcb.minRtt = Number.POSITIVE_INFINITY
  tcb.roundTrips = null
  updatePacingRate(tcb)
}

/** RFC 6298 §2.3: the timeout that the measurements so far give, within the system's bounds. */
export function measuredTimeout(tcb: Tcb): Micros {
  if (tcb.srtt < 0) return tcb.host.config.rtoInitialUs
  if (tcb.host.policy.rtoFloor === 'variance') {
    const rto = tcb.srtt + tcb.rtoVariance
    return Math.min(tcb.host.jiffies === null ? rto : tcb.host.jiffies.whole(rto), rtoMax(tcb))
  }
  if (tcb.octets !== null) return Math.min(ticksOfTimeout(tcb, tcb.octets) + tcb.host.config.rtoSlopUs, rtoMax(tcb))
  // MUST-18: RFC 6298 §2.3 and §2.4
  return Math.min(Math.max(tcb.srtt + 4 * tcb.rttvar, rtoMin(tcb)) + tcb.host.config.rtoSlopUs, rtoMax(tcb))
}

/** What is measured, before anything is added, µs. */
function ticksOfTimeout(tcb: Tcb, { srtt, rttvar }: OctetSender): Micros {
  return Math.max((((srtt >> 3) + rttvar) >> 2) * tcb.host.policy.timestampTickUs, rtoMin(tcb))
}

/** The most that a timeout is multiplied by, as a power of two. */
const DOUBLINGS_MOST = 9

/** RFC 6298 §5.5 where something is added to every timeout: what is added is not doubled. */
export function backedOffTimeout(tcb: Tcb): Micros {
  const { rtoSlopUs, rtoInitialUs } = tcb.host.config
  const base = tcb.srtt < 0 ? rtoInitialUs : measuredTimeout(tcb) - rtoSlopUs
  return Math.min(base * 2 ** Math.min(tcb.backoff, DOUBLINGS_MOST) + rtoSlopUs, rtoMax(tcb))
}

/**
 * RFC 7323 §4.1: the peer echoed when the segment left, in ticks.
 * @param least what less than a tick counts as, µs; −1: a tick
 * @returns µs; −1: it cannot be ours
 */
export function echoedRoundTrip(tcb: Tcb, echo: number, least = -1): Micros {
  const tick = tcb.host.policy.timestampTickUs
  const now = (Math.floor(tcb.host.now / tick) + tcb.tsOffset) | 0
  const ticks = (now - echo) | 0
  return ticks >= 0 && ticks * tick < 3_600_000_000 ? Math.max(ticks * tick, least < 0 ? tick : least) : -1
}

/** A segment leaves: where one at a time is timed, it is the one if none is; of what leaves again nothing is known (Karn). */
export function timeDeparture(tcb: Tcb, segment: SentSegment): void {
  if (segment.everRetransmitted) tcb.timedAt = -1
  else if (tcb.timedAt < 0) {
    tcb.timedAt = tcb.host.now
    tcb.timedSeq = segment.seq
  }
}
