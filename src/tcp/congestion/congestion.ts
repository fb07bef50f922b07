import type { Seq } from '../../base/index.ts'

/** Where loss recovery stands, with Linux's numbers as TCP_INFO's `ca_state` prints them. */
export const Recovery = { OPEN: 0, DISORDER: 1, CWR: 2, RECOVERY: 3, LOSS: 4 } as const
export type Recovery = (typeof Recovery)[keyof typeof Recovery]

/** "Infinitely high" initial ssthresh, as Linux prints it. */
const SSTHRESH_INFINITE = 0x7fffffff

/** The congestion variables of one connection (RFC 5681 §2), counted in segments. */
export class Congestion {
  phase: Recovery = Recovery.OPEN
  /** Congestion window, segments. */
  window: number
  /** Slow-start threshold, segments. */
  threshold: number = SSTHRESH_INFINITE
  /** Acknowledged segments that have not yet added up to one more segment of window. */
  credit = 0
  /** RFC 6582's recover: SND.NXT when the loss was noticed; recovery ends beyond it. */
  recover: Seq = 0
  /** Duplicate ACKs that mean loss (RFC 5681: 3). */
  reordering = 3
  /** True while the window was what held data back; it grows only then (RFC 7661's spirit, RFC 2861). */
  limited = false

  constructor(initialWindow: number) {
    this.window = initialWindow
  }
}
