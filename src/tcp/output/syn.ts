import { Ctl, TCP_OPTIONS_LENGTH_MAX } from '../../wire/index.ts'
import { synBits } from '../ecn/handshake.ts'
import { fastOpenSynSent } from '../fast-open/client.ts'
import { isEarly, owesAnswer } from '../fast-open/early.ts'
import { synAckChangesPath } from '../flow-label.ts'
import { announceAnew, updateSendMss } from '../negotiate.ts'
import { noteSending } from '../recovery/delivery-rate.ts'
import { Limit } from '../sending-time.ts'
import type { Tcb } from '../tcb.ts'
import { armRetransmit } from '../timeouts/arm.ts'
import { emit } from './emit.ts'
import { synOptionsLength } from './options.ts'
import { Nagle, transmitPending } from './send.ts'

/** <SEQ=ISS><CTL=SYN>, or <SEQ=ISS><ACK=RCV.NXT><CTL=SYN,ACK> when the peer's SYN has arrived. */
export function sendSyn(tcb: Tcb, withAck: boolean, retransmission: boolean): void {
  if (retransmission && owesAnswer(tcb)) return sendLateAnswer(tcb)
  const { advertisedMss } = tcb
  if (retransmission) announceAnew(tcb)
  // Text that Fast Open had put on it does not come again; other text does.
  const text = withAck || tcb.fastOpen !== null ? 0 : (tcb.snd.nxt - tcb.iss - (tcb.finSent ? 2 : 1)) | 0
  // What the peer may echo goes up to here, and what a router says is judged from here.
  if (retransmission && tcb.sent.head !== null) tcb.sent.head.sentAt = tcb.host.now
  if (withAck && retransmission && !tcb.active) synAckChangesPath(tcb)
  const ctl = withAck ? Ctl.SYN | Ctl.ACK : Ctl.SYN | synBits(tcb, retransmission)
  emit(tcb, tcb.iss, ctl | finOfSyn(tcb, withAck), text, retransmission)
  // Fast Open's connection is there already, and keeps what it began with.
  if (isEarly(tcb)) tcb.advertisedMss = advertisedMss
}

/** BSD's shutdown() or close() before the answer: a FIN before which no text waits leaves with the SYN, and with a SYN,ACK that it may leave with. */
function finOfSyn(tcb: Tcb, withAck: boolean): number {
  if (!tcb.finQueued || tcb.sendBuffer.length > 0) return 0
  if (tcb.fastOpen !== null && !tcb.host.policy.closeForgetsOpening) return 0
  return withAck && !tcb.finSent && !isEarly(tcb) ? 0 : numberFin(tcb)
}

/** A FIN that leaves before the handshake is complete takes its place behind what has left, once. @returns its bit */
function numberFin(tcb: Tcb): number {
  if (!tcb.finSent) {
    const { nxt } = tcb.snd
    tcb.snd.nxt = (nxt + 1) | 0
    tcb.finSent = true
    noteSending(tcb, tcb.sent.push(nxt, tcb.snd.nxt, Ctl.ACK | Ctl.FIN, tcb.host.now), false)
  }
  return Ctl.FIN
}

/**
 * BSD's shutdown() before the answer to the SYN: a FIN behind it that acknowledges nothing and has no options, for none is agreed upon. Behind
 * the handshake it comes as any other.
 */
export function sendFinBehindSyn(tcb: Tcb): void {
  const { timestamps } = tcb
  tcb.finQueued = true
  if (tcb.fastOpen !== null || tcb.sendBuffer.length > 0 || tcb.finSent) return
  tcb.timestamps = false
  emit(tcb, (tcb.iss + 1) | 0, numberFin(tcb), 0, false, 0, true)
  tcb.timestamps = timestamps
}

/** BSD's shutdown() where SYNs crossed: the SYN,ACK leaves again, with a FIN, and both wait for their ACK. */
export function sendFinWithSyn(tcb: Tcb): void {
  if (tcb.finQueued) return
  tcb.finQueued = true
  numberFin(tcb)
  sendSyn(tcb, true, true)
}

/** The first SYN or SYN-ACK: takes its place in sequence space and in the retransmission queue. */
export function sendFirstSyn(tcb: Tcb, withAck: boolean): void {
  tcb.snd.una = tcb.iss
  tcb.snd.nxt = (tcb.iss + 1) | 0
  tcb.snd.up = tcb.iss
  tcb.smallSent = tcb.iss
  tcb.sendBuffer.first = tcb.snd.nxt
  tcb.pushedTo = tcb.snd.nxt
  tcb.synSentAt = tcb.host.now
  // Giving up on a SYN counts from the first one, on anything else from the first retransmission.
  tcb.recovery.retransmitStamp = tcb.host.now
  noteSending(tcb, tcb.sent.push(tcb.iss, tcb.snd.nxt, Ctl.SYN, tcb.host.now), false)
  sendSyn(tcb, withAck, false)
}

/** RFC 7413 §4.2.1: the first SYN, with as much of the data as it has room for; the data count as a segment of their own. */
export function sendSynWithData(tcb: Tcb, data: Uint8Array): number {
  const length = Math.min(data.length, roomInSyn(tcb))
  tcb.snd.una = tcb.iss
  tcb.sendBuffer.first = (tcb.iss + 1) | 0
  tcb.sendBuffer.append(data, 0, length, length, false)
  tcb.sendBuffer.push()
  numberWithText(tcb, length)
  if (length > 0) {
    tcb.lastDataSentAt = tcb.host.now
    tcb.sendingTime.raise(Limit.BUSY, tcb.host.now)
  }
  tcb.sendBuffer.sentTo(tcb.snd.nxt)
  const textStart = tcb.sendBuffer.first
  noteSending(tcb, tcb.sent.push(tcb.iss, textStart, Ctl.SYN, tcb.host.now), false)
  noteSending(tcb, tcb.sent.push(textStart, tcb.snd.nxt, Ctl.PSH, tcb.host.now), false)
  const fin = tcb.finQueued && length === data.length ? numberFin(tcb) : 0
  emit(tcb, tcb.iss, Ctl.SYN | fin | synBits(tcb, false), length, false)
  // A segment without octets is one.
  if (length === 0) tcb.host.counters.TCPOrigDataSent++
  return length
}

/** A router made the first SYN leave again (BSD): with its option, and as much of its text as has room now. */
export function repeatFirstSyn(tcb: Tcb): void {
  const fast = tcb.fastOpen
  if (fast === null || tcb.retransmits > 0) return sendSyn(tcb, false, true)
  fast.option = fast.first
  const text = Math.min(fast.data, tcb.sendMss - synOptionsLength(tcb))
  emit(tcb, tcb.iss, Ctl.SYN | synBits(tcb, false), text, true)
  fastOpenSynSent(tcb)
}

/** A SYN leaves now, and so many octets of text with it. */
function numberWithText(tcb: Tcb, length: number): void {
  tcb.snd.nxt = (tcb.iss + 1 + length) | 0
  tcb.snd.up = tcb.iss
  tcb.smallSent = tcb.iss
  tcb.pushedTo = tcb.snd.nxt
  tcb.synSentAt = tcb.host.now
  tcb.recovery.retransmitStamp = tcb.host.now
}

/** Fast Open's server answers, with what its program has said by now, and more of it right behind (BSD); then all waits for the handshake. */
export function sendLateAnswer(tcb: Tcb): void {
  const fast = tcb.fastOpen
  if (fast === null) return
  fast.owesAnswer = false
  const length = Math.min(tcb.sendBuffer.length, tcb.sendMss - synOptionsLength(tcb))
  numberWithText(tcb, length)
  const textStart = tcb.sendBuffer.first
  tcb.sendBuffer.sentTo(tcb.snd.nxt)
  noteSending(tcb, tcb.sent.push(tcb.iss, textStart, Ctl.SYN, tcb.host.now), false)
  if (length > 0) noteSending(tcb, tcb.sent.push(textStart, tcb.snd.nxt, Ctl.PSH, tcb.host.now), false)
  const fin = tcb.finQueued && length === tcb.sendBuffer.length ? numberFin(tcb) : 0
  emit(tcb, tcb.iss, Ctl.SYN | Ctl.ACK | fin, length, false)
  fastOpenSynSent(tcb)
  armRetransmit(tcb, tcb.host.config.rtoInitialUs)
  fast.answering = true
  transmitPending(tcb, Nagle.OFF)
  fast.answering = false
}

/** What the path takes less 40 octets of options; of a known server no more than its MSS, and never more than TCP_MAXSEG. */
function roomInSyn(tcb: Tcb): number {
  if (tcb.supposedMss > 0) return tcb.sendMss - synOptionsLength(tcb)
  supposeMss(tcb)
  updateSendMss(tcb)
  return tcb.sendMss - TCP_OPTIONS_LENGTH_MAX
}

/** By Fast Open the peer's MSS is what it said the last time, or ours, until it says it. */
export function supposeMss(tcb: Tcb): void {
  const known = tcb.host.fastOpen.cookieOf(tcb)?.mss ?? 0
  tcb.peerMss = known > 0 ? known : tcb.advertisedMss
  if (tcb.options.maxSegment > 0) tcb.peerMss = Math.min(tcb.peerMss, tcb.options.maxSegment)
}
