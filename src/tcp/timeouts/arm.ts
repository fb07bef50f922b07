import { type Micros, MS } from '../../base/index.ts'
import { paceDelay } from '../output/pace.ts'
import { armAs } from '../recovery/rack.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { rtoMax, rtoMin, TIMER_LEAST_US } from '../timeout-bounds.ts'
import { arm, persistTimer, stop } from '../timers.ts'
import { TimerSlot } from '../trace-sink.ts'

/**
 * RFC 6298 §5.1, §5.3: the retransmission timer runs out after RTO from now; from when the oldest segment left, if another
 * purpose had the timer meanwhile.
 */
export function restartRetransmit(tcb: Tcb): void {
  const { head } = tcb.sent
  const timer = tcb.retransmitTimer
  if (head === null || isProbed(tcb)) return stop(tcb, timer)
  if (timer.armed && timer.slot !== TimerSlot.RETRANSMIT) return resumeRetransmit(tcb)
  armRetransmit(tcb, tcb.rto + paceDelay(tcb))
}

/** BSD: the window closed over what is in flight. */
export function isProbed(tcb: Tcb): boolean {
  return tcb.snd.wnd === 0 && tcb.persistTimer?.armed === true && tcb.host.policy.closedWindowEndsTimeouts
}

/** The retransmission timer goes on as if nothing else had had it: it runs out an RTO behind the oldest segment's departure. */
export function resumeRetransmit(tcb: Tcb): void {
  const { head } = tcb.sent
  if (head === null) return stop(tcb, tcb.retransmitTimer)
  armRetransmit(tcb, Math.max(head.sentAt + tcb.rto - tcb.host.now, 1))
}

/** The retransmission timer runs out after `delay`. */
export function armRetransmit(tcb: Tcb, delay: Micros): void {
  armAs(tcb, TimerSlot.RETRANSMIT, withinUnackedTime(tcb, delay, tcb.progressAt))
}

/** TCP_MAXUNACKTIME (BSD): no timer runs beyond the moment when there has been no progress for so long; a handshake has bounds of its own. */
export function withinUnackedTime({ host, options, state }: Tcb, delay: Micros, since: Micros): Micros {
  if (options.userTimeoutUs === 0 || !host.policy.userTimeoutFromProgress) return delay
  if (state === State.SYN_SENT || state === State.SYN_RECEIVED) return delay
  return Math.min(delay, Math.max(since + options.userTimeoutUs - host.now, MS))
}

/** It has run out, and runs again: it must not overshoot the moment of giving up that began with the first retransmission. */
export function rearmRetransmit(tcb: Tcb): void {
  const user = tcb.host.policy.userTimeoutFromProgress ? 0 : tcb.options.userTimeoutUs
  const since = tcb.recovery.retransmitStamp
  const left = user === 0 || since === 0 ? tcb.rto : Math.max(since + user - tcb.host.now, MS)
  armRetransmit(tcb, Math.min(tcb.rto, left))
}

/**
 * RFC 9293 §3.8.6.1: the first probe after one RTO, the next ones backed off.
 * @param doublings how often the wait is doubled
 */
export function startPersist(tcb: Tcb, doublings: number = tcb.backoff): void {
  const { boundedPersist } = tcb.host.policy
  if (boundedPersist !== null) return boundedPersist.start(tcb, doublings)
  const first = Math.max(tcb.rto, tcb.host.policy.leastWaitUs || rtoMin(tcb))
  // SHLD-29: one timeout
  // SHLD-30: then twice as long each time
  const delay = Math.min(first * 2 ** doublings, rtoMax(tcb))
  arm(tcb, persistTimer(tcb), withinUserTimeout(tcb, delay))
}

/** The last probe is not waited for longer than TCP_USER_TIMEOUT lets it. */
function withinUserTimeout(tcb: Tcb, delay: Micros): Micros {
  const user = tcb.options.userTimeoutUs
  if (user === 0 || tcb.probesSince === 0) return delay
  return Math.min(delay, Math.max(tcb.probesSince + user - tcb.host.now, TIMER_LEAST_US))
}
