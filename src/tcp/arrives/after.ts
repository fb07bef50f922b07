import { acknowledge } from '../output/ack.ts'
import { startPersistIfStuck, transmitPending } from '../output/send.ts'
import { makeSpace } from '../output/send-space.ts'
import { windowUpdateDue } from '../output/window.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { acknowledgeNow } from './7-text.ts'

/**
 * What the segment made possible leaves now: text first, for it carries the ACK; else the ACK that is owed.
 * @param old it acknowledges nothing new: where text came that was foreseen, nobody looks whether there is something to send (Linux)
 */
export function afterArrival(tcb: Tcb, old = false): void {
  if (tcb.state === State.CLOSED || tcb.state === State.TIME_WAIT) return
  if (takeForeseen(tcb) && old) startPersistIfStuck(tcb)
  else {
    // To the BSDs an ACK that says nothing new is no reason to look.
    if (tcb.octets === null || tcb.octets.due) transmitDue(tcb)
    if (tcb.wantsSpace) makeSpace(tcb)
    // What SYN-ACKs offer is bounded, and SO_RCVBUF may have grown: where much more is free, the peer hears of it at once, or by a delayed ACK (BSD).
    if (tcb.octets?.due && !tcb.acknowledging.scheduled && windowUpdateDue(tcb)) acknowledgeNow(tcb)
  }
  acknowledge(tcb)
}

/** To the BSDs what is urgent is a reason for an ACK, until a segment has left behind it. */
function transmitDue(tcb: Tcb): void {
  const { segmentsOut } = tcb
  transmitPending(tcb)
  if (tcb.urgentSend && tcb.octets !== null && tcb.segmentsOut === segmentsOut) acknowledgeNow(tcb)
}

function takeForeseen(tcb: Tcb): boolean {
  const { packets } = tcb.receiveBuffer
  if (packets === null || !packets.foreseen) return false
  packets.foreseen = false
  return true
}
