import type { Micros } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'

/** An algorithm that sets the congestion window; which segments are lost is not its business (`recovery/`). */
export interface CongestionControl {
  /** As TCP_CONGESTION names it. */
  readonly name: string
  /** A connection begins, or goes on by this algorithm; absent: the threshold stays what it is. */
  begun?(tcb: Tcb): void
  /** The threshold after a loss. @param marked it was a router's mark */
  threshold(tcb: Tcb, marked?: boolean): number
  /**
   * Opens the window for what was newly delivered; only called while the window is what limits.
   * @param delivered segments, or octets where windows count them (`policy.windowCountsOctets`)
   * @param resending what a timeout lost is still being sent again
   */
  opened(tcb: Tcb, delivered: number, resending: boolean): void
  /** Something was delivered, but the window is not what limits; absent: that does not matter. */
  unused?(tcb: Tcb): void
  /** The window as it was before a reduction that proved needless. */
  undone(tcb: Tcb): number
  /** A round trip was measured, µs. */
  measured(tcb: Tcb, rtt: Micros): void
  /** The retransmission timer ran out. */
  lost(tcb: Tcb): void
  /** Where octets are counted: an ACK has come that was looked at, a duplicate or one that acknowledges something. */
  heard?(tcb: Tcb): void
  /** A recovery is over, and as much as the threshold is in flight; absent: the window is the threshold. */
  recovered?(tcb: Tcb): void
  /** A reduction is over. */
  episodeOver?(tcb: Tcb): void
  /** The first segment after an idle time is about to leave. */
  resumed(tcb: Tcb): void
}
