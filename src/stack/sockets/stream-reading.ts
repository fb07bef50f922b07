import { Errno } from '../../base/index.ts'
import { isAtUrgentMark, receiveCall, receiveUrgentCall, State, type Tcb, urgentHasCome } from '../../tcp/index.ts'
import { Msg } from '../constants.ts'
import type { StackHost } from '../stack-host.ts'
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
  if (into.length === 0) {
    const found = receiveCall(tcb, DISCARD, 0, 1, true, behind)
    // To come to the urgent octet is something, too.
    const isMark = isAtMark(tcb, behind) && tcb.receiveBuffer.length > behind
    return found === -Errno.EAGAIN && isMark ? 0 : Math.min(0, found)
  }
  const target = (flags & Msg.TRUNC) === 0 ? into : DISCARD
  const length = Math.min(into.length, target.length)
  const result = receiveCall(tcb, target, 0, length, peek, behind)
  if (peekOffset >= 0 && result > 0) options.peekOffset = Math.max(0, peekOffset + (peek ? result : -result))
  return result
}

/** recv(MSG_OOB): the urgent octet, if it is here. @returns 1, 0, or −errno */
export function readUrgent(tcb: Tcb, into: Uint8Array, peek: boolean): number {
  // BSD asks the protocol, and it has given the connection up.
  const { socketAnswersFirst } = (tcb.host as StackHost).personality.sockets
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

/** SIOCATMARK: whether nothing is left to be read before the urgent mark. @param behind octets that a peek passes over */
export function isAtMark(tcb: Tcb | null, behind = 0): boolean {
  return tcb !== null && isAtUrgentMark(tcb, behind)
}
