import type { Tcb } from '../tcb.ts'
import { arm } from '../timers.ts'

/** RFC 6298 §5.1, §5.3: the retransmission timer runs out after RTO from now. */
export function restartRetransmit(tcb: Tcb): void {
  arm(tcb, tcb.retransmitTimer, clampToUserTimeout(tcb, tcb.rto))
}

/** RFC 9293 §3.8.6.1: the first probe after one RTO, the next ones backed off. */
export function startPersist(tcb: Tcb): void {
  const delay = Math.min(tcb.rto * 2 ** tcb.backoff, tcb.host.config.rtoMaxUs)
  arm(tcb, tcb.persistTimer, Math.max(delay, tcb.host.config.rtoMinUs))
}

/** With TCP_USER_TIMEOUT the timer must not overshoot the moment of giving up. */
function clampToUserTimeout(tcb: Tcb, delay: number): number {
  const user = tcb.options.userTimeoutUs
  if (user === 0 || tcb.retransmitStart === 0) return delay
  const left = tcb.retransmitStart + user - tcb.host.now
  return Math.min(delay, Math.max(left, 1000))
}
