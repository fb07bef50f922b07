import { State, setState } from './state.ts'
import type { Tcb } from './tcb.ts'
import { stopAll } from './timers.ts'

/**
 * "Delete the TCB, enter the CLOSED state, and return." Timers stop, what was not sent is dropped, the 4-tuple is free.
 * What was received stays readable for a descriptor that still holds the connection. `error` (canonical errno, 0: none) is
 * what SO_ERROR will tell.
 */
export function deleteTcb(tcb: Tcb, error: number): void {
  if (error !== 0) tcb.error = error
  release(tcb)
  tcb.host.unregister(tcb)
  setState(tcb, State.CLOSED)
}

/** What deletion and TIME-WAIT have in common: the control block no longer acts. */
export function release(tcb: Tcb): void {
  stopAll(tcb)
  tcb.done = tcb.state !== State.LISTEN
  tcb.sent.clear()
  tcb.sendBuffer.clear()
  if (tcb.orphan) {
    tcb.orphan = false
    tcb.host.orphans--
  }
  const queues = tcb.listener?.listen
  if (queues !== null && queues !== undefined) {
    queues.embryonic.delete(tcb)
    const place = queues.accept.indexOf(tcb)
    if (place >= 0) queues.accept.splice(place, 1)
  }
  tcb.listener = null
}
