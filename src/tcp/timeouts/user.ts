import { Errno } from '../../base/index.ts'
import { deleteTcb } from '../delete.ts'
import { sendReset } from '../output/reset.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { arm, userTimer } from '../timers.ts'
import { Note } from '../trace-sink.ts'

/** RFC 9293 §3.10.8 USER TIMEOUT, for systems that have one for every connection: runs while something is unacknowledged. */
export function startUserTimeout(tcb: Tcb): void {
  // TCP_USER_TIMEOUT, which the retransmission timer watches, replaces it.
  const delay = tcb.options.userTimeoutUs > 0 ? 0 : tcb.host.config.userTimeoutUs
  if (delay > 0 && !tcb.userTimer?.armed) arm(tcb, userTimer(tcb), delay)
}

/** The connection made no progress for as long as the user allowed: all queues are flushed, CLOSED. */
export function onUserTimeout(tcb: Tcb): void {
  const { userTimeoutUs } = tcb.host.config
  // MUST-21: set when data was already under way
  if (tcb.options.userTimeoutUs > 0) return
  // Taken back meanwhile: there is none any more.
  if (userTimeoutUs === 0) return
  const progress = Math.max(tcb.lastAckReceivedAt, tcb.lastDataSentAt)
  const due = progress + userTimeoutUs
  if (due > tcb.host.now) return arm(tcb, userTimer(tcb), due - tcb.host.now)
  giveUp(tcb)
}

/** R2, the user timeout or unanswered probes: the connection is dead. An ICMP error seen before says why. */
export function giveUp(tcb: Tcb): void {
  const host = tcb.host
  host.counters.TCPAbortOnTimeout++
  if (tcb.state === State.SYN_SENT) host.counters.AttemptFails++
  host.trace?.note(host.now, tcb.id, Note.GAVE_UP, tcb.retransmits)
  if (host.policy.resetsOnGivingUp && tcb.state !== State.SYN_SENT) sendReset(tcb)
  deleteTcb(tcb, tcb.softError !== 0 ? tcb.softError : Errno.ETIMEDOUT)
}
