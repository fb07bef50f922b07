import { Errno, MINUTE, type Micros, MS } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import { deleteTcb } from '../delete.ts'
import { emit } from '../output/emit.ts'
import { sendReset } from '../output/reset.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { arm, finWait2Timer, keepaliveTimer, stop } from '../timers.ts'
import { Note } from '../trace-sink.ts'
import { giveUp } from './user.ts'

/**
 * DIFFERS: where the timer always runs and nobody wants it, it looks as seldom as this, because at an idle time of 1 ms it would do
 * nothing else; the system itself looks each time.
 */
const UNWANTED_US = MINUTE

/** RFC 9293 §3.8.4: only for sockets that asked (SO_KEEPALIVE), never before two hours unless told otherwise. */
export function startKeepalive(tcb: Tcb): void {
  if (isWanted(tcb) || alwaysRuns(tcb)) runAfter(tcb, idleTime(tcb))
  else stop(tcb, tcb.keepaliveTimer)
}

/** A time of 0 or less, which a sysctl may say, ends with the clock's next tick: were it now, the timer would run out for ever at one moment. */
function runAfter(tcb: Tcb, delay: Micros): void {
  const soonest = tcb.host.jiffies === null ? MS : 0
  arm(tcb, keepaliveTimer(tcb), delay > 0 ? delay : soonest)
}

function isWanted(tcb: Tcb): boolean {
  // MUST-24: SO_KEEPALIVE
  return tcb.options.keepalive || tcb.host.config.alwaysKeepalive
}

/** Where keep-alive ends with the FIN the timer runs in every connection, and looks at the option when it runs out. */
function alwaysRuns(tcb: Tcb): boolean {
  return tcb.host.policy.keepaliveUntilFin
}

/** An active open that takes too long as a whole is given up, by the timer that keep-alive has later (`net.inet.tcp.keepinit`). */
export function boundOpening(tcb: Tcb): void {
  const most = tcb.options.keepInitUs > 0 ? tcb.options.keepInitUs : tcb.host.config.keepInitUs
  if (most > 0) arm(tcb, keepaliveTimer(tcb), most)
}

/** SO_KEEPALIVE was set on a connection, or set back: the whole idle time begins. */
export function keepaliveChanged(tcb: Tcb): void {
  if (isOpening(tcb)) return
  if (alwaysRuns(tcb)) return lookSooner(tcb)
  if (isWanted(tcb) && isOpen(tcb)) runAfter(tcb, idleTime(tcb))
  else stop(tcb, tcb.keepaliveTimer)
}

/** The option was set, and the timer that nobody wanted runs out when it would have, had it looked each time. */
function lookSooner(tcb: Tcb): void {
  const timer = tcb.keepaliveTimer
  const wanted = idleTime(tcb)
  if (timer?.armed !== true || wanted >= UNWANTED_US || !isWanted(tcb) || !isOpen(tcb)) return
  const left = (timer.deadline - tcb.host.now) % wanted
  arm(tcb, timer, left === 0 ? wanted : left)
}

/** TCP_KEEPIDLE was set: what has passed of it counts. */
function idleChanged(tcb: Tcb): void {
  if (!isWanted(tcb) || !isOpen(tcb)) return
  const idle = tcb.host.now - heardAt(tcb)
  // What was set too late runs out behind the call, and what else the program sets with it counts already.
  arm(tcb, keepaliveTimer(tcb), Math.max(idleTime(tcb) - idle, MS))
}

/** TCP_KEEPINIT was set: what is left of the time for the opening begins anew. */
export function keepInitChanged(tcb: Tcb): void {
  if (isOpening(tcb)) boundOpening(tcb)
}

/** TCP_KEEPIDLE was set: a timer that always runs begins anew with it, even the one that bounds the opening. */
export function keepIdleChanged(tcb: Tcb): void {
  if (!alwaysRuns(tcb)) return isOpening(tcb) ? undefined : idleChanged(tcb)
  if (isOpening(tcb) || isOpen(tcb)) arm(tcb, keepaliveTimer(tcb), idleTime(tcb))
}

/** TCP_KEEPINTVL or TCP_KEEPCNT was set: FIN-WAIT-2 lasts as long as these say (BSD). */
export function keepProbesChanged(tcb: Tcb): void {
  const { state, host } = tcb
  if (host.policy.finWait2EndsIdle && state === State.FIN_WAIT_2) arm(tcb, finWait2Timer(tcb), longestSilence(tcb))
}

function isOpening(tcb: Tcb): boolean {
  return tcb.keepaliveTimer?.armed === true && (tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED)
}

function isOpen(tcb: Tcb): boolean {
  const late = tcb.state === State.FIN_WAIT_2 || tcb.state === State.LAST_ACK
  if (late && tcb.host.policy.keepaliveUntilFin) return false
  // Of a connection in TIME-WAIT only the descriptor is left.
  return !tcb.done && tcb.state !== State.CLOSED && tcb.state !== State.LISTEN && tcb.state !== State.SYN_SENT
}

/** Idle long enough? Probe; unanswered often enough? Give up. */
export function onKeepaliveTimeout(tcb: Tcb): void {
  const { config } = tcb.host
  if (config.keepInitUs > 0 && (tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED)) return giveUp(tcb)
  if (!alwaysRuns(tcb)) {
    if (!isWanted(tcb) || !isOpen(tcb)) return
    // Unacknowledged text is its own probe: retransmission decides.
    // MUST-26: nothing outstanding
    if (tcb.sent.packetsOut > tcb.sent.uncounted || tcb.sendBuffer.length > 0) return runAfter(tcb, idleTime(tcb))
  }
  const idle = tcb.host.now - heardAt(tcb)
  const wanted = idleTime(tcb)
  // MUST-26: idle for the whole interval
  if (idle < wanted) return arm(tcb, keepaliveTimer(tcb), wanted - idle)
  if (!isWanted(tcb) || !isOpen(tcb)) return arm(tcb, keepaliveTimer(tcb), wanted * Math.ceil(UNWANTED_US / wanted))
  if (isDead(tcb, idle)) return peerIsGone(tcb)
  sendProbe(tcb)
  tcb.probes++
  tcb.host.counters.TCPKeepAlive++
  runAfter(tcb, keepaliveInterval(tcb))
}

/** When the peer was last heard: where the timer always runs by anything, else by an ACK or text that was good. */
function heardAt(tcb: Tcb): Micros {
  return alwaysRuns(tcb) ? tcb.lastSegmentReceivedAt : Math.max(tcb.lastAckReceivedAt, tcb.lastDataReceivedAt)
}

function sendProbe(tcb: Tcb): void {
  const { respondsBare } = tcb.host.policy
  // Where the timer always runs, text may be in flight.
  if (alwaysRuns(tcb)) return emit(tcb, (tcb.snd.una - 1) | 0, Ctl.ACK, 0, false, 0, respondsBare)
  emit(
    tcb,
    // MAY-5: a number that the peer has seen draws an ACK
    (tcb.snd.nxt - 1) | 0,
    Ctl.ACK,
    // MAY-6: a matter of the personality
    tcb.host.policy.keepaliveOctet ? 1 : 0,
    false,
    0,
    respondsBare,
  )
}

function isDead(tcb: Tcb, idle: Micros): boolean {
  if (alwaysRuns(tcb)) return idle >= idleTime(tcb) + longestSilence(tcb)
  const user = tcb.options.userTimeoutUs
  if (user > 0) return idle >= user && tcb.probes > 0
  // MUST-29: the answer may have been lost, and ACKs are not repeated
  return tcb.probes >= probesMost(tcb)
}

function probesMost(tcb: Tcb): number {
  return tcb.options.keepCount > 0 ? tcb.options.keepCount : tcb.host.config.keepaliveProbes
}

/** How long all probes together would wait for an answer; BSD counts it in 32 bits of milliseconds, and so it never is longer than those. */
export function longestSilence(tcb: Tcb): Micros {
  return (Math.imul(probesMost(tcb), keepaliveInterval(tcb) / MS) >>> 0) * MS
}

function peerIsGone(tcb: Tcb): void {
  const host = tcb.host
  host.counters.TCPAbortOnTimeout++
  host.trace?.note(host.now, tcb.id, Note.GAVE_UP, tcb.probes)
  sendReset(tcb)
  deleteTcb(tcb, tcb.softError !== 0 ? tcb.softError : Errno.ETIMEDOUT)
}

function idleTime(tcb: Tcb): Micros {
  // MUST-27: TCP_KEEPIDLE, else the sysctl
  return tcb.options.keepIdleUs > 0 ? tcb.options.keepIdleUs : tcb.host.config.keepaliveIdleUs
}

/** Between two probes. */
export function keepaliveInterval(tcb: Tcb): Micros {
  return tcb.options.keepIntervalUs > 0 ? tcb.options.keepIntervalUs : tcb.host.config.keepaliveIntervalUs
}
