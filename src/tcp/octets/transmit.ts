import { type Seq, seqGeq, seqGt, seqLt, seqMax, seqMin } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import { emit } from '../output/emit.ts'
import { effectiveMss } from '../output/mss.ts'
import { noteSending } from '../recovery/delivery-rate.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { isProbed, restartRetransmit } from '../timeouts/arm.ts'
import type { OctetSender } from './octet-sender.ts'
import { goOnFrom, nextOctet, pipe } from './pipe.ts'
import type { Hole } from './scoreboard.ts'
import { Sent } from './sent.ts'

/** Duplicate ACKs that mean a loss (RFC 5681 §3.2). */
export const DUPLICATES_OF_LOSS = 3

/** Whether a hole may be filled now. */
function mayFill(tcb: Tcb, octets: OctetSender): boolean {
  if (!tcb.sackPermitted) return false
  return octets.recovering || (octets.resendFrom !== null && octets.duplicates >= DUPLICATES_OF_LOSS)
}

/** The hole that is filled next. Beyond where the recovery began nothing is judged. */
function holeToFill(tcb: Tcb, octets: OctetSender): Hole | null {
  const hole = mayFill(tcb, octets) ? octets.board.nextHole() : null
  if (hole === null) return null
  return seqGt(hole.end, octets.recover) && seqGeq(hole.resent, octets.recover) ? null : hole
}

/**
 * What has arrived is passed over by what a timeout sends again, and widens the window meanwhile: else the ACKs would cease.
 * @returns by how many octets
 */
function passArrived(tcb: Tcb, octets: OctetSender): number {
  const { board } = octets
  if (!tcb.sackPermitted || board.next === null || octets.recovering) return 0
  const from = nextOctet(tcb, octets)
  const more = board.arrivedBefore(from)
  if (octets.resendFrom !== null) goOnFrom(tcb, octets, board.skipArrived(from))
  return more
}

/** Octets of new text that the congestion window has room for, beyond SND.NXT. */
export function newRoom(tcb: Tcb, octets: OctetSender): number {
  const { snd, congestion, sendBuffer } = tcb
  // A SYN takes no room.
  const syn = tcb.state === State.SYN_RECEIVED || tcb.state === State.SYN_SENT ? 1 : 0
  const flight = ((snd.nxt - snd.una) | 0) - syn
  if (!octets.recovering || octets.board.resent === 0) return congestion.window + passArrived(tcb, octets) - flight
  // Where more is on its way than was ever sent, copies are, as much of the text waits.
  const held = (sendBuffer.end - snd.una) | 0
  return Math.min(congestion.window, snd.wnd, held) - Math.max(pipe(tcb, octets), flight)
}

/**
 * What is missing leaves again, as far as the windows allow: holes first, then what a timeout took back, cut anew from the buffer and joined with
 * what had not left.
 * @param owes an ACK has to leave in any case
 */
export function transmitAgain(tcb: Tcb, octets: OctetSender, owes: boolean): Sent {
  let any = false
  // What was lost with a SYN,ACK waits for the handshake.
  if (tcb.state === State.SYN_RECEIVED && octets.resendFrom === tcb.iss) return Sent.NOTHING
  for (;;) {
    const more = passArrived(tcb, octets)
    const window = Math.min(tcb.snd.wnd, tcb.congestion.window + more)
    const hole = holeToFill(tcb, octets)
    if (hole === null && octets.resendFrom === null) return any ? Sent.ALL_AGAIN : Sent.ALL
    const goesOn = hole === null ? resendNext(tcb, octets, window) : fillNext(tcb, octets, hole, window)
    if (goesOn === NOTHING_LEFT && !any && owes) acknowledgeAt(tcb, octets, hole)
    if (goesOn === NOTHING_LEFT) return any ? Sent.AGAIN : Sent.NOTHING
    any = true
    if (goesOn === STOP) return Sent.AGAIN
  }
}

const NOTHING_LEFT = 0
const STOP = 1
const GO_ON = 2

/** The next segment of a hole. */
function fillNext(tcb: Tcb, octets: OctetSender, hole: Hole, window: number): number {
  const { snd } = tcb
  const flight = octets.recovering ? pipe(tcb, octets) : (nextOctet(tcb, octets) - snd.una) | 0
  const missing = (seqMin(hole.end, octets.recover) - hole.resent) | 0
  const room = Math.max(window - flight, 0)
  const most = effectiveMss(tcb)
  const length = Math.min(missing, room, most)
  if (length <= 0) return NOTHING_LEFT
  const seq = hole.resent
  const { findsLostRetransmissions } = tcb.host.config
  hole.resent = (seq + length) | 0
  if (findsLostRetransmissions && seqGeq(hole.resent, hole.end)) hole.resent = seqMax(hole.resent, octets.recover)
  octets.board.resent += length
  sendFrom(tcb, octets, seq, length)
  const filled = seqMin(hole.resent, hole.end)
  if (octets.resendFrom !== null && seqLt(octets.resendFrom, filled)) goOnFrom(tcb, octets, filled)
  return room > missing || Math.min(missing, room) > most ? GO_ON : STOP
}

/** The next segment from where the timeout took sending back to. */
function resendNext(tcb: Tcb, octets: OctetSender, window: number): number {
  const { snd, sendBuffer } = tcb
  const seq = nextOctet(tcb, octets)
  // The window is being probed.
  if (isProbed(tcb)) return NOTHING_LEFT
  const offset = (seq - snd.una) | 0
  const most = effectiveMss(tcb)
  const available = Math.min((sendBuffer.end - snd.una) | 0, window) - offset
  const length = Math.min(available, most)
  // A FIN alone leaves again where nothing before it is missing.
  if (length <= 0 && !(seq === snd.una && owesFin(tcb, seq))) return NOTHING_LEFT
  goOnFrom(tcb, octets, sendFrom(tcb, octets, seq, Math.max(length, 0)))
  return available > most ? GO_ON : STOP
}

/** A segment that ends there ends all there is to send. */
function owesFin({ finQueued, sendBuffer }: Tcb, end: Seq): boolean {
  return finQueued && end === sendBuffer.end
}

/** Text from there on leaves again; what of it is new is in flight from now on. @returns one past the segment's end */
function sendFrom(tcb: Tcb, octets: OctetSender, seq: Seq, length: number): Seq {
  const { snd, sendBuffer, host } = tcb
  const end = (seq + length) | 0
  const fin = owesFin(tcb, end)
  const last = length > 0 && end === sendBuffer.end
  const ctl = Ctl.ACK | (fin ? Ctl.FIN : 0) | (last ? Ctl.PSH : 0)
  const past = (end + (fin ? 1 : 0)) | 0
  if (seqGt(past, snd.nxt)) {
    const segment = tcb.sent.push(snd.nxt, past, ctl, host.now)
    segment.closed = true
    noteSending(tcb, segment, false)
    if (tcb.timedAt === host.now && tcb.timedSeq === segment.seq) tcb.timedSeq = seq
    if (seqGt(end, snd.nxt)) tcb.lastDataSentAt = host.now
    snd.nxt = past
    sendBuffer.sentTo(end)
    tcb.finSent ||= fin
  }
  if (octets.reducing) octets.prrOut += length
  host.counters.TCPFastRetrans++
  emit(tcb, seq, ctl, length, true)
  if (!tcb.retransmitTimer.armed) restartRetransmit(tcb)
  return past
}

/** Nothing may leave, but the peer is to hear of us: an ACK does, at the number that would be next. */
function acknowledgeAt(tcb: Tcb, octets: OctetSender, hole: Hole | null): void {
  const { snd } = tcb
  emit(tcb, hole === null ? (isProbed(tcb) ? nextOctet(tcb, octets) : snd.nxt) : hole.resent, Ctl.ACK, 0, false)
}
