import { type Micros, WheelTimer } from '../base/index.ts'
import type { Tcb } from './tcb.ts'
import { TimerAction, TimerSlot } from './trace-sink.ts'

/**
 * The named timers of a connection (RFC 9293 §3.10.8 and its companions). All live in the host's one wheel; this file alone
 * arms them, and stops them but for the delayed ACK of a segment that has left, so that a trace shows each.
 */

// Most connections never start these five: each is made when it is first needed.

/** The timer of the zero-window probe, made if there is none yet. */
export function persistTimer(tcb: Tcb): WheelTimer<Tcb> {
  tcb.persistTimer ??= new WheelTimer<Tcb>(tcb, TimerSlot.PERSIST)
  return tcb.persistTimer
}

/** The timer of the keep-alive probe, made if there is none yet. */
export function keepaliveTimer(tcb: Tcb): WheelTimer<Tcb> {
  tcb.keepaliveTimer ??= new WheelTimer<Tcb>(tcb, TimerSlot.KEEPALIVE)
  return tcb.keepaliveTimer
}

/** The timer that ends FIN-WAIT-2, made if there is none yet. */
export function finWait2Timer(tcb: Tcb): WheelTimer<Tcb> {
  tcb.finWait2Timer ??= new WheelTimer<Tcb>(tcb, TimerSlot.FIN_WAIT_2)
  return tcb.finWait2Timer
}

/** The timer of TCP_USER_TIMEOUT, made if there is none yet. */
export function userTimer(tcb: Tcb): WheelTimer<Tcb> {
  tcb.userTimer ??= new WheelTimer<Tcb>(tcb, TimerSlot.USER)
  return tcb.userTimer
}

/** The timer that waits for the pace, made if there is none yet. */
export function pacingTimer(tcb: Tcb): WheelTimer<Tcb> {
  tcb.pacingTimer ??= new WheelTimer<Tcb>(tcb, TimerSlot.PACING)
  return tcb.pacingTimer
}

/** Starts a timer, or moves it: it will run out `delay` µs from now. */
export function arm(tcb: Tcb, timer: WheelTimer<Tcb>, delay: Micros): void {
  const host = tcb.host
  // What collects ACKs and what paces have a clock without ticks.
  const ticks = timer.slot === TimerSlot.ACK_COMPRESSION || timer.slot === TimerSlot.PACING ? null : host.jiffies
  host.wheel.arm(timer, ticks === null ? host.now + delay : ticks.expiry(host.now, delay))
  if (host.trace !== null) host.trace.timer(host.now, tcb.id, timer.slot as TimerSlot, TimerAction.ARMED, delay)
}

/** Stops a timer; nothing happens if it does not run. */
export function stop(tcb: Tcb, timer: WheelTimer<Tcb> | null): void {
  if (timer === null || !timer.armed) return
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
  stop(tcb, tcb.pacingTimer)
}
