import { Errno, seqLeq, seqLt } from '../../base/index.ts'
import { mayForesee } from '../header-prediction.ts'
import { afterReading } from '../output/ack.ts'
import { noteReading } from '../right-sizing.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/**
 * RFC 9293 §3.10.3 RECEIVE: hands over what is in order, up to the urgent mark.
 *
 * @param peek leave the octets where they are (MSG_PEEK)
 * @param behind octets that a peek passes over (SO_PEEK_OFF)
 * @returns octets copied; 0 at end of file; or −errno: EAGAIN (nothing yet), ENOTCONN (never connected, or LISTEN), or the
 *   error that ended the connection, once
 */
export function receiveCall(
  tcb: Tcb,
  into: Uint8Array,
  start: number,
  length: number,
  peek: boolean,
  behind = 0,
): number {
  if (tcb.state === State.LISTEN) return -Errno.ENOTCONN
  const skip = Math.min(behind + urgentToSkip(tcb, behind), tcb.receiveBuffer.length)
  let octets = Math.min(untilMark(tcb, skip), length)
  if (octets > 0) {
    tcb.receiveBuffer.copy(skip, into, start, octets)
    let at = skip + octets
    // What was urgent before the mark is passed over (BSD).
    for (
      let out = apartFrom(tcb, at);
      out > 0 && octets < length && !isAtUrgentMark(tcb, at);
      out = apartFrom(tcb, at)
    ) {
      const more = Math.min(untilMark(tcb, at + out), length - octets)
      if (more <= 0) break
      tcb.receiveBuffer.copy(at + out, into, start + octets, more)
      at += out + more
      octets += more
    }
    if (peek) forgetPassedMark(tcb)
    else consume(tcb, at)
    afterReading(tcb)
    return octets
  }
  if (length === 0) return 0
  // Where only the urgent octet is left, Linux's reading passes it.
  if (!peek && tcb.host.policy.packetBuffers !== null && urgentToSkip(tcb) > 0) consume(tcb, 1)
  if (tcb.error !== 0 && tcb.host.policy.errorBeforeEnd) return -takeError(tcb)
  // A FIN that came alone takes a buffer until it is read.
  if (!peek) tcb.receiveBuffer.packets?.release(tcb.receiveBuffer.first)
  // MUST-12: in order: end of file
  if (tcb.finReceived && tcb.receiveBuffer.length <= skip) return 0
  if (tcb.error !== 0) return -takeError(tcb)
  if (tcb.receiveShutdown || tcb.done) return 0
  if (tcb.state === State.CLOSED) return -Errno.ENOTCONN
  return -Errno.EAGAIN
}

/** The error that ended the connection, once. */
function takeError(tcb: Tcb): number {
  const { error } = tcb
  tcb.error = 0
  return error
}

/** Octets that receiveCall would hand over now, the urgent mark aside. */
export function receivable(tcb: Tcb): number {
  const { urgentApart, receiveBuffer, host } = tcb
  const { first, length } = receiveBuffer
  return (
    length - (host.policy.takeUrgentApart === null ? urgentToSkip(tcb) : (urgentApart?.within(first, 0, length) ?? 0))
  )
}

/** SIOCATMARK: whether nothing is left to be read before the urgent mark. @param behind octets that a peek passes over */
export function isAtUrgentMark(tcb: Tcb, behind = 0): boolean {
  if (!tcb.urgentReceive) return false
  const at = urgentAt(tcb)
  return at >= behind && at - behind === (tcb.urgentApart?.within(tcb.receiveBuffer.first, behind, at) ?? 0)
}

/** The out-of-band octet, when it is next in line, behind what a peek passes over, and kept out of the stream: one octet to pass over. */
function urgentToSkip(tcb: Tcb, behind = 0): number {
  if (tcb.host.policy.takeUrgentApart !== null) return apartFrom(tcb, behind)
  if (!tcb.urgentReceive || tcb.options.oobInline) return 0
  return urgentAt(tcb) === behind && tcb.receiveBuffer.length > behind ? 1 : 0
}

/** Octets from there on that have come out of the stream, one after another. */
function apartFrom({ urgentApart, receiveBuffer }: Tcb, at: number): number {
  return urgentApart?.from(receiveBuffer.first, at) ?? 0
}

/** Offset of the urgent octet from the first unread one. */
function urgentAt(tcb: Tcb): number {
  return (tcb.rcv.up - 1 - tcb.receiveBuffer.first) | 0
}

/** Readable octets before the urgent mark; reading stops there once, so that the program can find it (SIOCATMARK). */
function untilMark(tcb: Tcb, skip: number): number {
  const { first, length: held } = tcb.receiveBuffer
  const length = Math.min(held - skip, tcb.urgentApart?.until(first, skip) ?? held)
  if (!tcb.urgentReceive) return length
  const at = urgentAt(tcb) - skip
  // MUST-33: no read goes over the mark unnoticed
  return at > 0 && at < length ? at : length
}

function consume(tcb: Tcb, octets: number): void {
  const buffer = tcb.receiveBuffer
  const read = (buffer.first + octets) | 0
  const packetEnd = buffer.packets?.firstEnd(read) ?? read
  buffer.drop(octets)
  if (tcb.urgentApart?.forgetRead(buffer.first) === false) tcb.urgentApart = null
  forgetPassedMark(tcb)
  // Packets are read one by one: the first tells how much was read in a round trip. Of what came this very moment none has waited.
  const waited = tcb.lastDataReceivedAt < tcb.host.now
  noteReading(tcb, waited && seqLt(packetEnd, read) ? packetEnd : read)
}

/** Behind the mark nothing is urgent any more. */
function forgetPassedMark(tcb: Tcb): void {
  if (!tcb.urgentReceive || !seqLeq(tcb.rcv.up, tcb.receiveBuffer.first)) return
  tcb.urgentReceive = false
  tcb.oobOctet = -1
  tcb.foresees = mayForesee(tcb)
}

/**
 * A read of so many octets that has no place for them has passed the urgent one by then. Where more came in the same packet, and was asked for,
 * the octet can still be had by itself until something is read.
 */
export function passMarkWithoutPlace(tcb: Tcb, asked: number): void {
  if (tcb.host.policy.packetBuffers === null || urgentToSkip(tcb) === 0) return
  const { receiveBuffer, rcv } = tcb
  const isOver = asked === 1 || (receiveBuffer.packets?.firstEnd(rcv.up) ?? rcv.up) === rcv.up
  receiveBuffer.drop(1)
  if (isOver) forgetPassedMark(tcb)
}

/** A new urgent octet makes the old one, which reading has come to, part of what was read. */
export function passUrgentOctet(tcb: Tcb): void {
  consume(tcb, 1)
}

/** Whether the urgent octet has arrived. */
export function urgentHasCome(tcb: Tcb): boolean {
  return tcb.urgentReceive && tcb.oobOctet !== -1
}

/**
 * recv(MSG_OOB): the urgent octet, kept out of the stream (RFC 6093 discourages it; everything still has it).
 *
 * @returns the octet, or −errno: EINVAL (none, read already, or SO_OOBINLINE), EAGAIN (announced, not here yet), ENOTCONN
 */
export function receiveUrgentCall(tcb: Tcb, peek: boolean): number {
  if (tcb.state === State.LISTEN) return -Errno.ENOTCONN
  if (tcb.options.oobInline || !tcb.urgentReceive || tcb.oobOctet === -2) return -Errno.EINVAL
  if (tcb.state === State.CLOSED && !tcb.finReceived) return -Errno.ENOTCONN
  if (!urgentHasCome(tcb)) {
    const ended = tcb.done || tcb.finReceived || tcb.receiveShutdown
    return ended && tcb.host.policy.takeUrgentApart === null ? 0 : -Errno.EAGAIN
  }
  const octet = tcb.oobOctet
  if (!peek) tcb.oobOctet = -2
  return octet
}
