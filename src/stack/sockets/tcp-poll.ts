import { isDeferred, isEarly, isWritable, receivable, State, type Tcb } from '../../tcp/index.ts'
import { Poll } from '../constants.ts'

/** What poll() says of a listener or a connection. @param urgent the urgent octet has arrived */
export function pollTcb(tcb: Tcb, urgent: boolean): number {
  if (tcb.state === State.LISTEN) return (tcb.listen?.accept.length ?? 0) > 0 ? Poll.IN : 0
  const closed = tcb.state === State.CLOSED || tcb.state === State.TIME_WAIT
  const received = closed || tcb.finReceived || tcb.receiveShutdown
  const sent = closed || tcb.finQueued
  let bits = closed || (received && sent) ? Poll.HUP : 0
  if (received) bits |= Poll.IN | Poll.RDHUP
  if (tcb.error !== 0) bits |= Poll.ERR
  // TCP_FASTOPEN_CONNECT: the SYN waits for what is to be written.
  if (isDeferred(tcb)) return bits | Poll.OUT
  if (tcb.state === State.SYN_SENT || (tcb.state === State.SYN_RECEIVED && !isEarly(tcb))) return bits
  if (isReadable(tcb)) bits |= Poll.IN
  if (sent || isWritable(tcb)) bits |= Poll.OUT
  if (tcb.oobOctet !== -2 && urgent) bits |= Poll.PRI
  return bits
}

/** What poll() says of a socket that has no connection. */
export function pollUnconnected(readShut: boolean, hasRoom: boolean, hasError: boolean): number {
  return (hasRoom ? Poll.OUT : 0) | Poll.HUP | (readShut ? Poll.IN | Poll.RDHUP : 0) | (hasError ? Poll.ERR : 0)
}

/** SO_RCVLOWAT octets are there, or the buffer can take no more. */
function isReadable(tcb: Tcb): boolean {
  const octets = receivable(tcb)
  return octets > 0 && (octets >= tcb.options.receiveLowat || tcb.rcv.wnd === 0)
}

/** How much is left for the reader, as TCP_INQ tells it: behind the peer's FIN never 0, so that the end of file is read too. */
export function leftToRead(tcb: Tcb, endRead: boolean): number {
  const left = tcb.receiveBuffer.length + (tcb.finReceived && !endRead ? 1 : 0)
  return left === 0 && tcb.finReceived ? 1 : left
}
