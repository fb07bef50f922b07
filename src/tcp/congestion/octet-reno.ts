import type { Tcb } from '../tcb.ts'
import type { CongestionControl } from './interface.ts'
import { newReno } from './new-reno.ts'
import { oneSegment, withinScale } from './unit.ts'

/** Percent. */
const WHOLE = 100
/** The ACK that ends a recovery opens nothing. */
const ENDS_RECOVERY = -1

/** Whether this ACK ended a recovery; the note is taken away. */
export function endsRecovery(tcb: Tcb): boolean {
  const c = tcb.congestion
  const ends = c.credit === ENDS_RECOVERY
  if (ends) c.credit = 0
  return ends
}

/**
 * RFC 3465 §2.2 and §2.3: as many octets as were acknowledged, and no more than `abc_l_var` segments; one while what a timeout lost is sent again.
 */
export function slowStartByOctets(tcb: Tcb, octets: number, resending: boolean): void {
  const c = tcb.congestion
  const { abcLimit, byteCounting } = tcb.host.config
  // RFC 5681 §3.1: without byte counting each ACK opens the window by a segment.
  if (!byteCounting) {
    c.window = withinScale(tcb, c.window + oneSegment(tcb))
    return
  }
  const most = (resending ? 1 : abcLimit) * oneSegment(tcb)
  c.window = withinScale(tcb, c.window + Math.min(octets, most))
}

/** A timeout: `share` of what was in flight, in whole segments, remains the threshold, and only the first of a series counts. */
export function thresholdOfTimeout(tcb: Tcb, share: number): void {
  if (tcb.retransmits > 0) return
  const mss = oneSegment(tcb)
  const { una, nxt, wnd } = tcb.snd
  const pipe = ((nxt - una) | 0) - tcb.sent.sackedOctets
  tcb.congestion.threshold = Math.max(Math.floor(Math.floor(Math.min(wnd, pipe) * share) / mss), 2) * mss
}

/** NewReno as FreeBSD has it, in octets: RFC 5681 with the byte counting of RFC 3465. */
export const octetReno: CongestionControl = {
  name: 'newreno',

  threshold(tcb: Tcb, marked = false): number {
    const mss = oneSegment(tcb)
    const { renoShare, renoShareOfMarks, backsOffLessOfMarks } = tcb.host.config
    const share = marked && backsOffLessOfMarks ? renoShareOfMarks : renoShare
    return Math.max(Math.floor((tcb.congestion.window * share) / (WHOLE * mss)), 2) * mss
  },

  opened(tcb: Tcb, octets: number, resending: boolean): void {
    const c = tcb.congestion
    if (endsRecovery(tcb)) return
    if (c.window <= c.threshold) {
      c.credit = 0
      slowStartByOctets(tcb, octets, resending)
      return
    }
    if (!tcb.host.config.byteCounting) {
      const mss = oneSegment(tcb)
      c.window = withinScale(tcb, c.window + Math.max(Math.floor((mss * mss) / c.window), 1))
      return
    }
    c.credit += octets
    if (c.credit < c.window) return
    c.credit -= c.window
    c.window = withinScale(tcb, c.window + oneSegment(tcb))
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
