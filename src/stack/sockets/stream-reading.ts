import { Errno, type Seq, seqLt } from '../../base/index.ts'
import { receivable, receiveCall, receiveUrgentCall, State, type Tcb, urgentHasCome } from '../../tcp/index.ts'
import { Msg } from '../constants.ts'
import type { Host } from '../host.ts'
import type { SocketOptions } from './socket-options.ts'

/** For MSG_TRUNC, which reads and throws away, and for calls that ask without reading. */
const DISCARD = new Uint8Array(65_536)

/**
 * recv() of a connection. MSG_PEEK begins where SO_PEEK_OFF says, and moves that on; what is read moves it back.
 * @returns octets, or −errno as `receiveCall` has it
 */
export function readStream(tcb: Tcb, options: SocketOptions, into: Uint8Array, flags: number): number {
  const peek = (flags & Msg.PEEK) !== 0
  const { peekOffset } = options
  const behind = peek ? Math.max(0, peekOffset) : 0
  if (into.length === 0) return Math.min(0, receiveCall(tcb, DISCARD, 0, 1, true, behind))
  const target = (flags & Msg.TRUNC) === 0 ? into : DISCARD
  const length = Math.min(into.length, target.length)
  const result = receiveCall(tcb, target, 0, length, peek, behind)
  if (peekOffset >= 0 && result > 0) options.peekOffset = Math.max(0, peekOffset + (peek ? result : -result))
  return result
}

/** recv(MSG_OOB): the urgent octet, if it is here. @returns 1, 0, or −errno */
export function readUrgent(tcb: Tcb, into: Uint8Array, peek: boolean): number {
  // BSD asks the protocol, and it has given the connection up.
  const { socketAnswersFirst } = (tcb.host as Host).personality.sockets
  if (socketAnswersFirst !== null && tcb.state === State.CLOSED && tcb.done) return -Errno.ECONNRESET
  const octet = receiveUrgentCall(tcb, peek)
  if (octet < 0 || !urgentIsHere(tcb)) return Math.min(octet, 0)
  if (into.length === 0) return 0
  into[0] = octet
  return 1
}

/** Whether the urgent octet has arrived. */
export function urgentIsHere(tcb: Tcb | null): boolean {
  return tcb !== null && urgentHasCome(tcb)
}

/** SIOCATMARK: whether the next octet to be read is the one behind the urgent mark. @param behind octets that a peek passes over */
export function isAtMark(tcb: Tcb | null, behind = 0): boolean {
  return tcb?.urgentReceive === true && ((tcb.rcv.up - 1 - tcb.receiveBuffer.first) | 0) === behind
}

/** SIOCINQ: octets to be read, up to the urgent one if that is kept apart. Nobody tells of them before the handshake is over (Linux). */
export function toBeRead(tcb: Tcb | null): number {
  if (tcb === null || (tcb.state === State.SYN_RECEIVED && tcb.host.policy.halfOpenIsRequest)) return 0
  const isInPlace = tcb.urgentReceive && seqLt((tcb.rcv.up - 1) | 0, tcb.receiveBuffer.end)
  if (tcb.options.oobInline || !isInPlace) return tcb.receiveBuffer.length === 0 ? 0 : receivable(tcb)
  return (tcb.rcv.up - 1 - tcb.receiveBuffer.first) | 0
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
