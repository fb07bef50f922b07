import { isEarly } from './fast-open/early.ts'
import { State } from './state.ts'
import type { Tcb } from './tcb.ts'

/** Whose options count for a connection: a request has no socket yet, and its listener speaks for it, as it is set by now (Linux). */
export function speakerOf(tcb: Tcb): Tcb {
  if (tcb.state !== State.SYN_RECEIVED || tcb.active || !tcb.host.policy.halfOpenIsRequest || isEarly(tcb)) return tcb
  return tcb.listener ?? tcb
}
