import type { Micros, Seq } from '../../base/index.ts'
import type { CongestionControl } from './interface.ts'

/** "Infinitely high" initial ssthresh, as Linux prints it. */
export const THRESHOLD_INFINITE = 0x7fffffff

/** The congestion variables of one connection (RFC 5681 §2), counted in segments, or in octets (`policy.windowCountsOctets`). */
export class Congestion {
  /** What TCP_CONGESTION names. */
  algorithm: CongestionControl
  /** What the algorithm remembers of this connection, made when it first needs to. */
  memory: object | null = null
  /** Congestion window. */
  window: number
  /** Slow-start threshold. */
  threshold: number = THRESHOLD_INFINITE
  /** What was acknowledged and has not yet added up to one more segment of window. */
  credit = 0
  /** The window was what held data back since `usageEnd` was SND.NXT; it grows only then (RFC 7661's spirit, RFC 2861). */
  limited = false
  /** Most segments in flight since then. */
  packetsOutMost = 0
  usageEnd: Seq = 0
  /** Most segments in flight while it was not. */
  used = 0
  /** Octets per second that would spread the window over a round trip; 0: no round trip was measured yet. */
  pacingRate = 0
  /** When the window was last known to fit, µs. */
  stampedAt: Micros = 0

  constructor(initialWindow: number, algorithm: CongestionControl, now: Micros) {
    // Where it follows from the MSS, that is not known yet.
    this.window = Math.max(initialWindow, 1)
    this.algorithm = algorithm
    this.stampedAt = now
  }

  get inSlowStart(): boolean {
    return this.window < this.threshold
  }
}
