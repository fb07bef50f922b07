import { sendAck } from '../output/ack.ts'
import type { Tcb } from '../tcb.ts'
import { ackPaceMax } from '../timeout-bounds.ts'

/** RFC 1122 §4.2.3.2: nothing came that could have carried the ACK. */
export function onDelayedAckTimeout(tcb: Tcb): void {
  const a = tcb.acknowledging
  if (!a.scheduled && !tcb.host.policy.acksEverySecond) return
  // Linux: the peer waited in vain, so the exchange is not interactive; otherwise waiting longer did no harm.
  if (a.interactive) {
    a.interactive = false
    a.answers = 0
    a.delayUs = tcb.host.config.delayedAckMinUs
  } else {
    a.delayUs = Math.min(a.delayUs * 2, ackPaceMax(tcb))
  }
  tcb.host.counters.DelayedACKs++
  sendAck(tcb)
}
