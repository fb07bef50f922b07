import { isEarly } from './fast-open/early.ts'
import { heirOfRequest } from './migration.ts'
import { State } from './state.ts'
import type { Tcb } from './tcb.ts'

/**
 * Whose options count for a connection: a request has no socket yet, and its listener speaks for it, as it is set by now, or whoever takes
 * over what that has left when it closed (Linux).
 */
export function speakerOf(tcb: Tcb): Tcb {
  if (tcb.state !== State.SYN_RECEIVED || tcb.active || !tcb.host.policy.halfOpenIsRequest || isEarly(tcb)) return tcb
  return heirOfRequest(tcb) ?? tcb.listener ?? tcb
}
