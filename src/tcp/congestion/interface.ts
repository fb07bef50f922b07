import type { Tcb } from '../tcb.ts'

/** An algorithm that sets the congestion window; which segments are lost is not its business (`recovery.ts`). */
export interface CongestionControl {
  /** As TCP_CONGESTION names it. */
  readonly name: string
  /** The threshold after a loss, segments. */
  threshold(tcb: Tcb): number
  /** Opens the window for `segments` newly acknowledged. */
  opened(tcb: Tcb, segments: number): void
}
