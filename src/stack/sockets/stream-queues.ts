import type { Seq } from '../../base/index.ts'
import { receivable, State, type Tcb } from '../../tcp/index.ts'

/** SIOCINQ: octets to be read, up to the urgent one if that is kept apart (Linux). Nobody tells of them before the handshake is over (Linux). */
export function toBeRead(tcb: Tcb | null): number {
  if (tcb === null || (tcb.state === State.SYN_RECEIVED && tcb.host.policy.halfOpenIsRequest)) return 0
  const before = (tcb.rcv.up - 1 - tcb.receiveBuffer.first) | 0
  const isMarked = tcb.urgentReceive && tcb.host.policy.takeUrgentApart === null
  const isInPlace = isMarked && before >= 0 && before < tcb.receiveBuffer.length
  if (tcb.options.oobInline || !isInPlace) return tcb.receiveBuffer.length === 0 ? 0 : receivable(tcb)
  return before
}

/** SIOCOUTQ: what the program wrote and the peer has not acknowledged, the FIN as one octet, even if all is over. */
export function toBeAcknowledged(tcb: Tcb | null): number {
  return tcb === null || tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED ? 0 : unacknowledged(tcb)
}

/** The same in every state, the SYN counted, but no SYN-ACK: of Fast Open it is the request's. */
export function unacknowledged(tcb: Tcb): number {
  const answer = !tcb.active && tcb.snd.una === tcb.iss ? 1 : 0
  return (written(tcb) - tcb.snd.una - answer) | 0
}

/** SIOCOUTQNSD: octets that have not been sent once, the FIN among them. */
export function toBeSent(tcb: Tcb | null): number {
  return tcb === null || tcb.state === State.SYN_SENT || tcb.state === State.SYN_RECEIVED ? 0 : unsent(tcb)
}

/** The same in every state. */
export function unsent(tcb: Tcb): number {
  return (written(tcb) - tcb.snd.nxt) | 0
}

/** One past everything that the program wrote, the FIN included. */
function written({ sendBuffer, finQueued }: Tcb): Seq {
  return (sendBuffer.end + sendBuffer.dropped + Number(finQueued)) | 0
}
