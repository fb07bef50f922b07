import { pipe } from '../octets/pipe.ts'
import type { Tcb } from '../tcb.ts'
import type { CongestionControl } from './interface.ts'
import { newReno } from './new-reno.ts'
import { oneSegment, withinScale } from './unit.ts'

/** Percent. */
const WHOLE = 100

/**
 * RFC 3465 §2.2 and §2.3: as many octets as were acknowledged, and no more than `abc_l_var` segments; one while what a timeout lost is sent again.
 */
export function slowStartByOctets(tcb: Tcb, octets: number, resending: boolean): void {
  const c = tcb.congestion
  const { abcLimit } = tcb.host.config
  const most = (resending ? 1 : abcLimit) * oneSegment(tcb)
  c.window = withinScale(tcb, c.window + Math.min(octets, most))
}

/** RFC 5681 §3.1, with RFC 3465 a segment for each window that was acknowledged: the window that this ACK opens. */
export function windowInAvoidance(tcb: Tcb): number {
  const { congestion: c, octets, host } = tcb
  const mss = oneSegment(tcb)
  if (!host.config.byteCounting) return withinScale(tcb, c.window + Math.max(Math.floor((mss * mss) / c.window), 1))
  if (octets === null || !octets.windowTaken) return c.window
  octets.windowTaken = false
  return withinScale(tcb, c.window + mss)
}

/** A timeout: `share` of what was in flight, in whole segments, remains the threshold, and only the first of a series counts. */
export function thresholdOfTimeout(tcb: Tcb, share: number): void {
  if (tcb.backoff > 0 || tcb.octets === null) return
  const mss = oneSegment(tcb)
  const flight = Math.min(tcb.snd.wnd, pipe(tcb, tcb.octets))
  tcb.congestion.threshold = Math.max(Math.floor(Math.floor(flight * share) / mss), 2) * mss
}

/** `share` percent of the window, in whole segments. */
export function shareOfWindow(tcb: Tcb, share: number): number {
  const mss = oneSegment(tcb)
  return Math.max(Math.floor((tcb.congestion.window * share) / (WHOLE * mss)), 2) * mss
}

/** NewReno as FreeBSD has it, in octets: RFC 5681 with the byte counting of RFC 3465. */
export const octetReno: CongestionControl = {
  name: 'newreno',

  threshold(tcb: Tcb, marked = false): number {
    const { renoShare, renoShareOfMarks, backsOffLessOfMarks } = tcb.host.config
    return shareOfWindow(tcb, marked && backsOffLessOfMarks ? renoShareOfMarks : renoShare)
  },

  opened(tcb: Tcb, octets: number, resending: boolean): void {
    const c = tcb.congestion
    if (c.window > c.threshold) c.window = windowInAvoidance(tcb)
    // Without byte counting each ACK opens the window by a segment.
    else if (!tcb.host.config.byteCounting) c.window = withinScale(tcb, c.window + oneSegment(tcb))
    else slowStartByOctets(tcb, octets, resending)
  },

  undone: (tcb) => newReno.undone(tcb),

  measured(): void {
    // Loss alone guides it.
  },

  lost(tcb: Tcb): void {
    thresholdOfTimeout(tcb, tcb.host.config.renoShare / WHOLE)
  },

  resumed(): void {
    // It knows no clock.
  },
}
