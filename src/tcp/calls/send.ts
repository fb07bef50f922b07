import { Errno } from '../../base/index.ts'
import { restartAfterIdle } from '../congestion/idle.ts'
import { transmitPending } from '../output/send.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/**
 * RFC 9293 §3.10.2 SEND: takes as many octets as the buffer has room for and sends what may be sent.
 *
 * @param urgent the last octet is urgent (MSG_OOB, RFC 6093)
 * @returns octets taken, or −errno: EAGAIN (buffer full, or still connecting), EPIPE (not connected, or closed for sending),
 *   or the error that ended the connection, once
 */
export function sendCall(tcb: Tcb, data: Uint8Array, start: number, length: number, urgent: boolean): number {
  const refused = refusal(tcb)
  if (refused !== 0) return refused
  const room = sendable(tcb)
  if (room <= 0 && length > 0) return -Errno.EAGAIN
  const taken = Math.min(room, length)
  restartAfterIdle(tcb)
  tcb.sendBuffer.append(data, start, taken)
  if (urgent && taken === length && taken > 0) {
    tcb.urgentSend = true
    tcb.snd.up = tcb.sendBuffer.end
  }
  transmitPending(tcb)
  return taken
}

/** Octets the send buffer has room for. */
export function sendable(tcb: Tcb): number {
  return tcb.options.sendBuffer - tcb.sendBuffer.length
}

function refusal(tcb: Tcb): number {
  if (tcb.error !== 0) {
    const error = tcb.error
    tcb.error = 0
    return -error
  }
  switch (tcb.state) {
    case State.ESTABLISHED:
    case State.CLOSE_WAIT:
      return 0
    case State.SYN_SENT:
    case State.SYN_RECEIVED:
      return -Errno.EAGAIN
    default:
      return -Errno.EPIPE
  }
}
