import { Errno } from '../../base/index.ts'
import { deleteTcb } from '../delete.ts'
import { fastOpenFailed } from '../fast-open/client.ts'
import { isEarly } from '../fast-open/early.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { giveUp } from '../timeouts/user.ts'
import { isLightHalfOpen } from './light-half-open.ts'

/** Timeouts of a SYN after which a second error is believed. */
const DOUBTS = 3

/**
 * As the BSDs take it (`policy.icmpIsDoubted`, RFC 5927): only the first SYN of an active open is ended by an error, and only by one that
 * says that trying on is pointless; a half-open record wants to hear it twice. Else an error is no more than an explanation.
 */
export function doubtedError(tcb: Tcb, error: number, hard: boolean): void {
  const { config } = tcb.host
  if (isLightHalfOpen(tcb)) {
    if (tcb.softError !== 0 && tcb.retransmits >= DOUBTS) deleteTcb(tcb, 0)
    else tcb.softError = error
    return
  }
  const opening = tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED
  if (hard && config.icmpMayReset) {
    if (tcb.state !== State.SYN_SENT) return
    fastOpenFailed(tcb)
    return softError(tcb, error)
  }
  if (tcb.state === State.ESTABLISHED && error === Errno.EHOSTUNREACH) return
  if (opening && tcb.retransmits > DOUBTS && tcb.softError !== 0) {
    tcb.softError = error
    return giveUp(tcb)
  }
  tcb.softError = error
}

/**
 * An ICMP error quotes a segment of this connection (RFC 9293 §3.9.2.2, RFC 5461, RFC 5927 §4). While the connection is being
 * opened by a call it ends the attempt; once synchronised it is only remembered, to explain a later time-out.
 *
 * @param error canonical errno that the ICMP message stands for
 */
export function softError(tcb: Tcb, error: number): void {
  // Fast Open's are there for accept(), and their error with them.
  const opens = tcb.active || isEarly(tcb)
  if (tcb.state === State.SYN_SENT || (tcb.state === State.SYN_RECEIVED && opens)) {
    tcb.host.counters.AttemptFails++
    return deleteTcb(tcb, error)
  }
  tcb.softError = error
}

/** The listener of a half-open connection is gone. */
export function dropRequest(tcb: Tcb): void {
  deleteTcb(tcb, 0)
}

/** The peer of a half-open connection cannot be reached: the listener forgets it (Linux). */
export function forgetRequest(tcb: Tcb): void {
  tcb.host.counters.ListenDrops++
  deleteTcb(tcb, 0)
}
