import { elapsed, halfOf } from '../jiffies.ts'
import type { Tcb } from '../tcb.ts'
import { ackPaceMax } from '../timeout-bounds.ts'

/** Adapts the delay to the pace at which data arrives, as Linux does; the first data brings the quick ACKs. */
export function paceAcks(tcb: Tcb): void {
  const a = tcb.acknowledging
  const { delayedAckMinUs } = tcb.host.config
  const now = tcb.host.now
  if (a.delayUs === 0) {
    a.delayUs = delayedAckMinUs
    enterQuickAcks(tcb, tcb.host.policy.quickAcks)
  } else {
    const gap = elapsed(tcb.host, tcb.lastDataReceivedAt)
    if (gap <= delayedAckMinUs / 2) a.delayUs = halfOf(tcb.host, a.delayUs) + delayedAckMinUs / 2
    else if (gap < a.delayUs) a.delayUs = Math.min(halfOf(tcb.host, a.delayUs) + gap, ackPaceMax(tcb))
    else if (gap > tcb.rto) enterQuickAcks(tcb, tcb.host.policy.quickAcks)
  }
  tcb.lastDataReceivedAt = now
}

/** The next ACKs go at once: as many as half the window has segments, `most` at most. */
function enterQuickAcks(tcb: Tcb, most: number): void {
  if (most === 0) return
  const offered = (tcb.rcv.edge - tcb.rcv.wup) | 0
  const segments = Math.floor(offered / (2 * tcb.receiveMss)) || 2
  tcb.acknowledging.quick = Math.max(tcb.acknowledging.quick, Math.min(segments, most))
}

/** Something went wrong on the way: ACKs go at once for a while, whatever the conversation looks like. */
export function stopDelaying(tcb: Tcb, most: number): void {
  const a = tcb.acknowledging
  enterQuickAcks(tcb, Math.min(most, tcb.host.policy.quickAcks))
  if (tcb.host.policy.quickAcks === 0) return
  a.interactive = false
  a.answers = 0
  a.delayUs = tcb.host.config.delayedAckMinUs
}
