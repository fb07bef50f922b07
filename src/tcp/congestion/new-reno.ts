import type { Tcb } from '../tcb.ts'
import type { CongestionControl } from './interface.ts'

/** RFC 5681 §3.1 with RFC 6582's recovery: one more segment per acknowledged one, then one more per round trip. */
export const newReno: CongestionControl = {
  name: 'reno',

  threshold(tcb: Tcb): number {
    return Math.max(tcb.congestion.window >> 1, 2)
  },

  opened(tcb: Tcb, segments: number): void {
    const c = tcb.congestion
    let left = segments
    if (c.window < c.threshold) {
      const step = Math.min(left, c.threshold - c.window)
      c.window += step
      left -= step
    }
    if (left === 0) return
    c.credit += left
    while (c.credit >= c.window) {
      c.credit -= c.window
      c.window++
    }
  },
}
