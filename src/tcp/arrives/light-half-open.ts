import { isEarly } from '../fast-open/early.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/** Whether a connection is no more than a record that a listener keeps until its handshake is complete. */
export function isLightHalfOpen(tcb: Tcb): boolean {
  return (
    tcb.state === State.SYN_RECEIVED && tcb.listener !== null && tcb.host.policy.lightHalfOpen !== null && !isEarly(tcb)
  )
}
