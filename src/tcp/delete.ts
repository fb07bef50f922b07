import { endJudgesFastOpen } from './fast-open/doubts.ts'
import { leaveEarly } from './fast-open/early.ts'
import { State } from './state.ts'
import type { Tcb } from './tcb.ts'
import { stopAll } from './timers.ts'
import { setState } from './transition.ts'

/**
 * "Delete the TCB, enter the CLOSED state, and return." Timers stop, what was not sent is dropped, the 4-tuple is free.
 * What was received stays readable for a descriptor that still holds the connection. `error` (canonical errno, 0: none) is
 * what SO_ERROR will tell.
 */
export function deleteTcb(tcb: Tcb, error: number): void {
  endJudgesFastOpen(tcb)
  // RFC 4022: from these two states straight to CLOSED.
  if (tcb.state === State.ESTABLISHED || tcb.state === State.CLOSE_WAIT) tcb.host.counters.EstabResets++
  tcb.backoff = 0
  if (error !== 0) tcb.error = error
  release(tcb)
  tcb.host.unregister(tcb)
  setState(tcb, State.CLOSED)
}

/** What deletion and TIME-WAIT have in common: the control block no longer acts. */
export function release(tcb: Tcb): void {
  stopAll(tcb)
  tcb.watch?.abandoned(tcb)
  tcb.done = tcb.state !== State.LISTEN
  tcb.sent.clear()
  tcb.sent.uncounted = 0
  tcb.sendBuffer.clear()
  if (tcb.orphan) {
    tcb.orphan = false
    tcb.host.orphans--
  }
  // A connection that waits for accept() goes on waiting: accept() hands it out, and its error with it.
  tcb.listener?.listen?.embryonic.delete(tcb)
  leaveEarly(tcb)
  tcb.listener = null
}
