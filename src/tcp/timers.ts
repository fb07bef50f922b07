import type { Micros, WheelTimer } from '../base/index.ts'
import type { Tcb } from './tcb.ts'
import { TimerAction, type TimerSlot } from './trace-sink.ts'

/**
 * The named timers of a connection (RFC 9293 §3.10.8 and its companions). All live in the host's one wheel; this file alone
 * arms and stops them, so that a trace shows each.
 */

/** Starts a timer, or moves it: it will run out `delay` µs from now. */
export function arm(tcb: Tcb, timer: WheelTimer<Tcb>, delay: Micros): void {
  const host = tcb.host
  host.wheel.arm(timer, host.now + delay)
  if (host.trace !== null) host.trace.timer(host.now, tcb.id, timer.slot as TimerSlot, TimerAction.ARMED, delay)
}

/** Stops a timer; nothing happens if it does not run. */
export function stop(tcb: Tcb, timer: WheelTimer<Tcb>): void {
  if (!timer.armed) return
  const host = tcb.host
  host.wheel.cancel(timer)
  if (host.trace !== null) host.trace.timer(host.now, tcb.id, timer.slot as TimerSlot, TimerAction.STOPPED, 0)
}

/** Stops all of them: the TCB is about to be deleted. */
export function stopAll(tcb: Tcb): void {
  stop(tcb, tcb.retransmitTimer)
  stop(tcb, tcb.persistTimer)
  stop(tcb, tcb.delayedAckTimer)
  stop(tcb, tcb.keepaliveTimer)
  stop(tcb, tcb.finWait2Timer)
  stop(tcb, tcb.userTimer)
}
