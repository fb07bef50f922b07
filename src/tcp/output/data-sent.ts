import { algorithm } from '../congestion/algorithms.ts'
import type { Tcb } from '../tcb.ts'

/** Text is about to leave, for the first time or again; it does not count in flight yet. */
export function noteDataSent(tcb: Tcb): void {
  const { now } = tcb.host
  // Elsewhere the window begins anew with that.
  if (tcb.sent.inFlight === 0 && !tcb.host.policy.windowGrowsUnused) algorithm(tcb).resumed(tcb)
  tcb.lastDataSentAt = now
  // Soon after data received: replies will carry the ACKs (Linux's pingpong).
  const a = tcb.acknowledging
  if (a.delayUs === 0 || now - tcb.lastDataReceivedAt >= a.delayUs || a.interactive) return
  a.interactive = ++a.answers >= tcb.host.config.pingpongThreshold
}
