import { type Micros, SECOND, WheelTimer } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'
import { arm } from '../timers.ts'
import { TimerSlot } from '../trace-sink.ts'

/** Segments at the beginning that are not paced. */
const FREE_SEGMENTS = 10
/** A 250 Hz clock's: what timers wait longer for the pace is whole ticks of it. */
const TICK_US = 4000

/** What a connection with SO_MAX_PACING_RATE remembers of its pace. */
export class Pace {
  /** When the next burst may leave, µs, with fractions. */
  until: Micros = 0
  readonly timer: WheelTimer<Tcb>

  constructor(tcb: Tcb) {
    this.timer = new WheelTimer<Tcb>(tcb, TimerSlot.PACING)
  }
}

/** SO_MAX_PACING_RATE: the pace comes down at once, and goes up with the next ACK. @param rate octets a second; infinite: no bound */
export function setMaxPacingRate(tcb: Tcb, rate: number): void {
  tcb.options.maxPacingRate = rate
  const c = tcb.congestion
  if (c.pacingRate > rate) c.pacingRate = rate
}

/** Octets a second at which the connection sends; infinite: nothing bounds it yet. */
export function pacingRate(tcb: Tcb): number {
  return Math.min(tcb.congestion.pacingRate || Number.POSITIVE_INFINITY, tcb.options.maxPacingRate)
}

/** A burst is about to leave: the next one waits for as long as this one takes at the pace, less what of it the last one was late. */
export function notePaced(tcb: Tcb, octets: number, segments: number): void {
  if (tcb.options.maxPacingRate === Number.POSITIVE_INFINITY && tcb.pace === null) return
  tcb.pace ??= new Pace(tcb)
  const { pace, host } = tcb
  const before = Math.max(pace.until, tcb.lastSegmentSentAt)
  pace.until = Math.max(before, host.now)
  const rate = pacingRate(tcb)
  if (rate === Number.POSITIVE_INFINITY || rate === 0 || tcb.dataSegmentsOut + segments < FREE_SEGMENTS) return
  const length = (octets * SECOND) / rate
  pace.until += length - Math.min(length / 2, pace.until - before)
}

/** Whether the next burst has to wait for the pace; then a timer sees to it. */
export function waitsForPace(tcb: Tcb): boolean {
  const { pace } = tcb
  if (pace === null) return false
  const delay = pace.until - tcb.host.now
  if (delay <= 0) return false
  if (!pace.timer.armed) arm(tcb, pace.timer, Math.ceil(delay))
  return true
}

/** What the timers of losses wait longer, µs. */
export function paceDelay(tcb: Tcb): Micros {
  if (tcb.pace === null) return 0
  return Math.max(0, Math.floor((tcb.pace.until - tcb.host.now) / TICK_US) * TICK_US)
}
