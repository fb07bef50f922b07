import { deleteTcb } from '../delete.ts'
import { sendReset } from '../output/reset.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/**
 * RFC 9293 §3.10.5 ABORT: the peer is told by RST where it has something to lose, all queues are dropped, CLOSED.
 * @param error canonical errno that the descriptor will find in SO_ERROR; 0: none
 */
export function abortCall(tcb: Tcb, error: number): void {
  switch (tcb.state) {
    case State.CLOSED:
    case State.TIME_WAIT:
      return
    case State.SYN_RECEIVED:
    case State.ESTABLISHED:
    case State.FIN_WAIT_1:
    case State.FIN_WAIT_2:
    case State.CLOSE_WAIT:
      // Nor under TCP_REPAIR, whose connection goes on elsewhere.
      if (!tcb.repairing) sendReset(tcb)
      break
    case State.CLOSING:
    case State.LAST_ACK:
      if (tcb.host.policy.abortsWhileClosing) sendReset(tcb)
      break
    default:
      break
  }
  tcb.receiveBuffer.clear()
  deleteTcb(tcb, error)
}
