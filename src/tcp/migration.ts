import { leaveEarly } from './fast-open/early.ts'
import { State } from './state.ts'
import type { Tcb } from './tcb.ts'

/** Which listener takes over what a half-open connection's own, which has closed, would have had of it; null: none, or its own still listens. */
export function heirOfRequest(tcb: Tcb): Tcb | null {
  const { listener, host } = tcb
  return listener === null || listener.state === State.LISTEN ? null : host.heirOf(listener, tcb)
}

/** A half-open connection goes over to another listener. */
export function migrateRequest(tcb: Tcb, heir: Tcb): void {
  tcb.listener = heir
  // The closed one's list of them is gone.
  tcb.place = -1
  heir.listen?.embryonic.add(tcb)
  tcb.host.counters.TCPMigrateReqSuccess++
}

/** What waits for accept() at a listener that closes goes over to another one, if there is one, however long its queue is. */
export function migrateAccepted(listener: Tcb, child: Tcb): boolean {
  const heir = child.host.heirOf(listener, child)
  if (heir === null || heir.listen === null) return false
  child.listener = heir
  // Of those whose handshake is not complete the heir counts its own.
  leaveEarly(child)
  heir.listen.accept.push(child)
  child.host.counters.TCPMigrateReqSuccess++
  heir.owner?.ready(heir)
  return true
}
