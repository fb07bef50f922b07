import { deleteTcb } from '../delete.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/**
 * An ICMP error quotes a segment of this connection (RFC 9293 §3.9.2.2, RFC 5461, RFC 5927 §4). While the connection is being
 * opened by a call it ends the attempt; once synchronised it is only remembered, to explain a later time-out.
 *
 * @param error canonical errno that the ICMP message stands for
 */
export function softError(tcb: Tcb, error: number): void {
  if (tcb.state === State.SYN_SENT || (tcb.state === State.SYN_RECEIVED && tcb.active)) {
    tcb.host.counters.AttemptFails++
    return deleteTcb(tcb, error)
  }
  tcb.softError = error
}
