import { acknowledge } from '../output/ack.ts'
import { transmitPending } from '../output/send.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/** What the segment made possible leaves now: text first, for it carries the ACK; else the ACK that is owed. */
export function afterArrival(tcb: Tcb): void {
  if (tcb.state === State.CLOSED || tcb.state === State.TIME_WAIT) return
  transmitPending(tcb)
  acknowledge(tcb)
}
