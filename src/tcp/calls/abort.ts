import { Errno } from '../../base/index.ts'
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

/**
 * ABORT by whoever has the connection, as connect() to AF_UNSPEC and SO_LINGER with no time do it: where both ends have closed the peer is told
 * by RST only if something has not left yet, the FIN if nothing else (Linux).
 * @returns what the socket has as its error: canonical errno, or 0
 */
export function disconnectCall(tcb: Tcb): number {
  const closing = tcb.state === State.CLOSING || tcb.state === State.LAST_ACK
  const error = tcb.repairing ? Errno.ECONNABORTED : closing && tcb.finSent ? 0 : Errno.ECONNRESET
  if (closing && error === Errno.ECONNRESET && !tcb.host.policy.abortsWhileClosing) sendReset(tcb)
  abortCall(tcb, error)
  return error
}
