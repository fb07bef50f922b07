import { Errno } from '../../base/index.ts'
import { deleteTcb } from '../delete.ts'
import { isEarly, owesAnswer } from '../fast-open/early.ts'
import { transmitPending } from '../output/send.ts'
import { sendLateAnswer } from '../output/syn.ts'
import { Limit } from '../sending-time.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { setState } from '../transition.ts'

/**
 * shutdown(SHUT_WR), the RFC's CLOSE while the descriptor stays (RFC 9293 §3.10.4): what is queued is sent, then a FIN.
 * @returns 0, or −ENOTCONN
 */
export function shutdownSend(tcb: Tcb): number {
  switch (tcb.state) {
    case State.CLOSED:
    case State.TIME_WAIT:
    case State.LISTEN:
      return -Errno.ENOTCONN
    case State.SYN_SENT:
      // Linux takes the connection attempt back.
      deleteTcb(tcb, 0)
      return 0
    default:
      queueFin(tcb, tcb.host.policy.finWaitsForHandshake)
      return 0
  }
}

/**
 * shutdown(SHUT_RD): reading gives end of file from now on. Nothing is said to the peer; text that still arrives is
 * acknowledged and can be read.
 * @returns 0, or −ENOTCONN
 */
export function shutdownReceive(tcb: Tcb): number {
  if (tcb.state === State.CLOSED || tcb.state === State.TIME_WAIT) return -Errno.ENOTCONN
  if (tcb.receiveShutdown) return 0
  if (tcb.host.policy.discardsUnwanted) {
    tcb.receiveBuffer.drop(tcb.receiveBuffer.length)
    // The buffer itself is given up: what was offered still may come, but no more is offered.
    tcb.options.receiveBuffer = 0
  }
  endReading(tcb)
  return 0
}

/** Nothing that still comes will be read; what is here already can be. */
export function endReading(tcb: Tcb): void {
  tcb.receiveShutdown = true
  tcb.owner?.ready(tcb)
}

/**
 * Closes our direction: the state changes at once, the FIN follows the last octet (§3.10.4).
 * @param afterHandshake in SYN-RECEIVED, wait for ESTABLISHED; with text queued that is so in any case, but where Fast Open had opened early
 */
export function queueFin(tcb: Tcb, afterHandshake: boolean): void {
  // What shutdown() let wait close() does not.
  if (tcb.finQueued && (afterHandshake || tcb.state !== State.SYN_RECEIVED)) return
  tcb.finQueued = true
  if (isEarly(tcb) && tcb.state === State.SYN_RECEIVED && tcb.host.policy.fastOpenAnswersLate) {
    // The FIN leaves with the SYN-ACK, or waits for the handshake.
    if (owesAnswer(tcb)) sendLateAnswer(tcb)
    return
  }
  const { laws } = tcb.host.policy
  const early = tcb.sent.uncounted > 0
  // Of SYNs that crossed, what waits is the text of ours: the FIN follows it at once (Linux).
  const crossed = tcb.active && tcb.host.policy.crossedOpenIsSynchronised
  const waits = afterHandshake || (tcb.sendBuffer.length > 0 && !early && !crossed)
  if (tcb.state === State.SYN_RECEIVED && !waits) setState(tcb, State.FIN_WAIT_1)
  else if (tcb.state === State.ESTABLISHED)
    setState(tcb, laws.closerEntersFinWait ? State.FIN_WAIT_1 : State.CLOSE_WAIT)
  else if (tcb.state === State.CLOSE_WAIT) setState(tcb, State.LAST_ACK)
  // What Fast Open had opened early may send, but no FIN yet.
  if (tcb.state === State.SYN_RECEIVED && afterHandshake) return
  tcb.sendingTime.raise(Limit.BUSY, tcb.host.now)
  transmitPending(tcb)
}
