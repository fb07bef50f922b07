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
function withinUnackedTime({ host, options, state }: Tcb, delay: Micros, since: Micros): Micros {
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

/** The most that the wait is multiplied by where it has bounds of its own, as a power of two. */
const DOUBLINGS_MOST = 9

/**
 * RFC 9293 §3.8.6.1: the first probe after one RTO, the next ones backed off.
 * @param doublings how often the wait is doubled
 */
export function startPersist(tcb: Tcb, doublings: number = tcb.backoff): void {
  const { persistMinUs, persistMaxUs, retries2, rtoInitialUs, rtoSlopUs } = tcb.host.config
  if (persistMinUs > 0) {
    const base = tcb.srtt < 0 ? 2 * rtoInitialUs : 4 * tcb.srtt + 8 * tcb.rttvar
    const wait = base * 2 ** Math.min(doublings, DOUBLINGS_MOST) + rtoSlopUs
    if (tcb.octets !== null) tcb.octets.before = null
    if (doublings === 0) tcb.probesSince = Math.max(tcb.host.now, 1)
    // Counted as it begins: a round trip that is measured meanwhile makes the next wait the first again.
    if (tcb.backoff < retries2) tcb.backoff++
    const within = Math.min(Math.max(wait, persistMinUs), persistMaxUs)
    return arm(tcb, persistTimer(tcb), withinUnackedTime(tcb, within, tcb.probesSince))
  }
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
