import { acknowledge } from '../output/ack.ts'
import { transmitPending } from '../output/send.ts'
import { isWritable } from '../send-memory.ts'
import { Limit } from '../sending-time.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/** What the segment made possible leaves now: text first, for it carries the ACK; else the ACK that is owed. */
export function afterArrival(tcb: Tcb): void {
  if (tcb.state === State.CLOSED || tcb.state === State.TIME_WAIT) return
  transmitPending(tcb)
  if (tcb.wantsSpace && isWritable(tcb)) noteSpace(tcb)
  acknowledge(tcb)
}

/** The send buffer has room again for a program that found none. */
function noteSpace(tcb: Tcb): void {
  tcb.wantsSpace = false
  tcb.sendingTime.lower(Limit.SEND_BUFFER, tcb.host.now)
}
