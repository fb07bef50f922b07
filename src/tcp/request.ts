import { isEarly } from './fast-open/early.ts'
import { heirOfRequest } from './migration.ts'
import { State } from './state.ts'
import type { Tcb } from './tcb.ts'

/** A listener's half-open connection, where the system keeps no more of it than the request: no queue, no SACK. */
export function isRequest(tcb: Tcb): boolean {
  return tcb.state === State.SYN_RECEIVED && !tcb.active && tcb.host.policy.halfOpenIsRequest
}

/** Fast Open's is one to the segments that come until its SYN-ACK is acknowledged, though the program may have closed it meanwhile. */
export function isAskedAsRequest(tcb: Tcb): boolean {
  return isRequest(tcb) || isClosedEarly(tcb)
}

/** Closed before its SYN-ACK was acknowledged. */
export function isClosedEarly(tcb: Tcb): boolean {
  return tcb.sent.uncounted > 0 && tcb.state === State.FIN_WAIT_1 && tcb.host.policy.halfOpenIsRequest
}

/**
 * Whose options count for a connection: a request has no socket yet, and its listener speaks for it, as it is set by now, or whoever takes
 * over what that has left when it closed (Linux).
 */
export function speakerOf(tcb: Tcb): Tcb {
  if (!isRequest(tcb) || isEarly(tcb)) return tcb
  return heirOfRequest(tcb) ?? tcb.listener ?? tcb
}
