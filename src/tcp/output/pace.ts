import { type Micros, SECOND } from '../../base/index.ts'
import { TICK_US } from '../jiffies.ts'
import { NEVER_PACED, type Tcb } from '../tcb.ts'
import { arm, pacingTimer } from '../timers.ts'

/** Segments at the beginning that are not paced. */
const FREE_SEGMENTS = 10

/** SO_MAX_PACING_RATE: the pace comes down at once, and goes up with the next ACK. @param rate octets a second; infinite: no bound */
export function setMaxPacingRate(tcb: Tcb, rate: number): void {
  tcb.options.maxPacingRate = rate
  const c = tcb.congestion
  if (c.pacingRate > rate) c.pacingRate = rate
}

/** SO_MAX_PACING_RATE has bounded what the connection sent. */
export function isPaced(tcb: Tcb): boolean {
  return tcb.pacedUntil !== NEVER_PACED
}

/** Octets a second at which the connection sends; infinite: nothing bounds it yet. */
export function pacingRate(tcb: Tcb): number {
  return Math.min(tcb.congestion.pacingRate || Number.POSITIVE_INFINITY, tcb.options.maxPacingRate)
}

/** A burst is about to leave: the next one waits for as long as this one takes at the pace, less what of it the last one was late. */
export function notePaced(tcb: Tcb, octets: number, segments: number): void {
  if (tcb.options.maxPacingRate === Number.POSITIVE_INFINITY && !isPaced(tcb)) return
  const { host } = tcb
  const before = Math.max(tcb.pacedUntil, tcb.lastSegmentSentAt)
  tcb.pacedUntil = Math.max(before, host.now)
  const rate = pacingRate(tcb)
  if (rate === Number.POSITIVE_INFINITY || rate === 0 || tcb.dataSegmentsOut + segments < FREE_SEGMENTS) return
  const length = (octets * SECOND) / rate
  tcb.pacedUntil += length - Math.min(length / 2, tcb.pacedUntil - before)
}

/** Whether the next burst has to wait for the pace; then a timer sees to it. */
export function waitsForPace(tcb: Tcb): boolean {
  const delay = tcb.pacedUntil - tcb.host.now
  if (delay <= 0) return false
  const timer = pacingTimer(tcb)
  if (!timer.armed) arm(tcb, timer, Math.ceil(delay))
  return true
}

/** What the timers of losses wait longer, µs. */
export function paceDelay(tcb: Tcb): Micros {
  return Math.max(0, Math.floor((tcb.pacedUntil - tcb.host.now) / TICK_US) * TICK_US)
}
