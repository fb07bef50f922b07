import type { Tcb } from '../tcb.ts'
import type { CongestionControl } from './interface.ts'

/** RFC 5681 §3.1: one more segment per acknowledged one; returns what is left once the threshold is reached. */
export function slowStart(tcb: Tcb, segments: number): number {
  const c = tcb.congestion
  const step = Math.min(segments, c.threshold - c.window)
  // MUST-19: slow start
  c.window += step
  return c.inSlowStart ? 0 : segments - step
}

/** RFC 5681 §3.1: one more segment per `per` acknowledged ones. */
export function additiveIncrease(tcb: Tcb, per: number, segments: number): void {
  const c = tcb.congestion
  // `per` may have shrunk since the credit was given.
  if (c.credit >= per) {
    c.credit = 0
    c.window++
  }
  c.credit += segments
  const more = Math.floor(c.credit / per)
  c.credit -= more * per
  c.window += more
}

/** RFC 5681: slow start, then one more segment per round trip; halved by loss. */
export const newReno: CongestionControl = {
  name: 'reno',

  threshold(tcb: Tcb): number {
    // MUST-19: half of what was too much
    return Math.max(tcb.congestion.window >> 1, 2)
  },

  opened(tcb: Tcb, segments: number): void {
    const c = tcb.congestion
    const left = c.inSlowStart ? slowStart(tcb, segments) : segments
    // MUST-19: congestion avoidance
    if (left > 0) additiveIncrease(tcb, c.window, left)
  },

  undone(tcb: Tcb): number {
    return Math.max(tcb.congestion.window, tcb.recovery.priorWindow)
  },

  measured(): void {
    // Loss alone guides it.
  },

  lost(): void {
    // It remembers nothing.
  },

  resumed(): void {
    // It knows no clock.
  },
}
