import { type Seq, seqGt, seqLeq } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import { restartAfterIdle } from '../congestion/idle.ts'
import { noteWindowUse } from '../congestion/window-use.ts'
import { mayFollowSynAck } from '../fast-open/early.ts'
import { goOnFrom } from '../octets/pipe.ts'
import { Sent } from '../octets/sent.ts'
import { noteSending } from '../recovery/delivery-rate.ts'
import { noteReduced } from '../recovery/reduction.ts'
import { scheduleProbe } from '../recovery/tail-loss-probe.ts'
import { Limit } from '../sending-time.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { isProbed, restartRetransmit, startPersist } from '../timeouts/arm.ts'
import { startUserTimeout } from '../timeouts/user.ts'
import { stop } from '../timers.ts'
import { TimerSlot } from '../trace-sink.ts'
import { acceptableSequence } from './acceptable-sequence.ts'
import { burstRoom, worthWaiting } from './burst.ts'
import { noteDataSent } from './data-sent.ts'
import { emit } from './emit.ts'
import { effectiveMss } from './mss.ts'
import { NO_PROBE, probeLength, probeSent, WAIT } from './mtu-probing.ts'
import { notePaced, waitsForPace } from './pace.ts'
import { retransmitLost } from './retransmission.ts'
import { makeSpace } from './send-space.ts'

/** How a segment smaller than the MSS is treated. */
export const Nagle = {
  /** Wait while a small one is in flight (RFC 9293 §3.7.4, as refined by Minshall). */
  ON: 0,
  /** TCP_NODELAY: send. */
  OFF: 1,
  /** TCP_CORK, MSG_MORE: wait for more. */
  CORK: 2,
} as const
/** One of these. */
export type Nagle = (typeof Nagle)[keyof typeof Nagle]

/** What may be sent beyond the ordinary. */
const Force = { NONE: 0, PROBE: 1, OVERRIDE: 2, BURST: 3 } as const
type Force = (typeof Force)[keyof typeof Force]

/**
 * The owner of the send path: what may leave now, and in which pieces. First what was lost, then what is new, then the FIN.
 * Called whenever something that could hold data back has changed.
 */
export function transmitPending(tcb: Tcb, nagle: Nagle = nagleOf(tcb)): void {
  if (!maySend(tcb)) return
  tcb.host.policy.bufferSteps?.growSendBuffer(tcb)
  if (tcb.octets !== null) return void transmitByOctets(tcb, nagle)
  transmitNew(tcb, nagle, Force.NONE)
  startPersistIfStuck(tcb)
}

/**
 * The same where octets are counted: what leaves again does so by the same windows, and first.
 * @param owes an ACK is to leave in any case, where something waits to leave again
 * @returns whether a segment has left
 */
export function transmitByOctets(tcb: Tcb, nagle: Nagle, owes = false): boolean {
  const { octets, snd } = tcb
  if (octets === null || !maySend(tcb)) return false
  restartAfterIdle(tcb)
  const sent = octets.sending.transmitAgain(tcb, octets, owes)
  const { nxt } = snd
  if (sent === Sent.ALL || sent === Sent.ALL_AGAIN) transmitNew(tcb, nagle, Force.NONE)
  if (!tcb.retransmitTimer.armed && tcb.sent.packetsOut > 0) restartRetransmit(tcb)
  startPersistIfStuck(tcb)
  return sent === Sent.AGAIN || sent === Sent.ALL_AGAIN || snd.nxt !== nxt || (owes && sent === Sent.NOTHING)
}

/** What was written last is urgent: it leaves, or the peer hears at least that it waits (BSD). */
export function transmitUrgent(tcb: Tcb): void {
  if (!maySend(tcb)) return
  const { nxt, wnd } = tcb.snd
  const shut = wnd === 0 && tcb.sent.packetsOut === 0
  if (shut && tcb.persistTimer?.armed !== true) return sendBurst(tcb, 1, effectiveMss(tcb), 0)
  transmitPending(tcb, Nagle.OFF)
  if (tcb.snd.nxt !== nxt) return
  tcb.probedAhead ||= shut
  emit(tcb, acceptableSequence(tcb), Ctl.ACK, shut ? 1 : 0, false)
}

/** Recovery has marked segments lost: they leave before anything new does. */
export function transmitLost(tcb: Tcb): void {
  if (maySend(tcb)) retransmitLost(tcb)
}

/** RFC 9293 §3.8.6.2.1 (4): the override timer has run out; what the window takes goes, however little. */
export function transmitOverridden(tcb: Tcb): void {
  if (!maySend(tcb)) return
  const { smallSent, pushedTo } = tcb
  const { nxt } = tcb.snd
  const end = tcb.sendBuffer.chunkEnd()
  transmitNew(tcb, Nagle.OFF, Force.OVERRIDE)
  if (!tcb.host.policy.overrideIsProbe) return
  tcb.smallSent = smallSent
  // The buffer that it is of counts as pushed, whole.
  if (tcb.snd.nxt !== nxt && seqGt(end, pushedTo)) tcb.pushedTo = end
}

/** A chunk is full, and more comes: what is due of it leaves as one burst. */
export function transmitBurst(tcb: Tcb): void {
  if (maySend(tcb)) transmitNew(tcb, Nagle.OFF, Force.BURST)
}

/** RFC 8985 §7.3: one new segment as loss probe, whatever the congestion window says. */
export function transmitProbe(tcb: Tcb): void {
  if (maySend(tcb)) transmitNew(tcb, Nagle.OFF, Force.PROBE)
}

/** What TCP_NODELAY and TCP_CORK make of a small segment. */
export function nagleOf(tcb: Tcb): Nagle {
  if (tcb.passesCork) return Nagle.OFF
  if (tcb.options.cork) return Nagle.CORK
  // MUST-17: TCP_NODELAY
  return tcb.options.noDelay ? Nagle.OFF : Nagle.ON
}

/** States in which text and FIN may leave; before ESTABLISHED they wait in the buffer. */
function maySend(tcb: Tcb): boolean {
  switch (tcb.state) {
    case State.ESTABLISHED:
    case State.CLOSE_WAIT:
    case State.FIN_WAIT_1:
    case State.CLOSING:
    case State.LAST_ACK:
      return true
    case State.SYN_RECEIVED:
      // Of SYNs that crossed, ours is acknowledged just now: what was behind it may leave again.
      return mayFollowSynAck(tcb) || (tcb.active && tcb.snd.una !== tcb.iss)
    default:
      return false
  }
}

/** The FIN follows the last octet that is held; where it waits for the handshake, only behind that. */
export function owesFin({ finQueued, finSent, state, host }: Tcb): boolean {
  return finQueued && !finSent && (state !== State.SYN_RECEIVED || !host.policy.finWaitsForHandshake)
}

/** BSD: text that a timeout or a closed window has to let leave again goes before the FIN. */
function finWaits(tcb: Tcb): boolean {
  return isProbed(tcb) || (tcb.octets !== null && tcb.octets.resendFrom !== null)
}

/** BSD: a FIN before which nothing waits leaves whatever the windows say, unless what was lost is still being sent again. */
function isFreeFin(tcb: Tcb): boolean {
  if (!owesFin(tcb) || tcb.host.policy.finTakesRoom) return false
  return tcb.sendBuffer.end === tcb.snd.nxt && tcb.octets?.resendFrom === null
}

/** Sends in bursts: of a chunk as much as congestion window, send window and Nagle allow, cut into segments. */
function transmitNew(tcb: Tcb, nagle: Nagle, force: Force): void {
  if (((tcb.sendBuffer.end - tcb.snd.nxt) | 0) <= 0 && (!owesFin(tcb) || finWaits(tcb))) return
  tcb.lastSendTriedAt = tcb.host.now
  const probe = force === Force.NONE ? probeLength(tcb) : NO_PROBE
  if (probe === WAIT) return
  if (probe > 0) {
    sendBurst(tcb, probe, probe, 0)
    probeSent(tcb, probe)
  }
  const mss = effectiveMss(tcb)
  let sentAny = probe > 0
  let waits = false
  let byPeer = false
  for (;;) {
    if (((tcb.sendBuffer.chunkEnd() - tcb.snd.nxt) | 0) <= 0 && !owesFin(tcb)) break
    if (force !== Force.OVERRIDE && waitsForPace(tcb)) break
    const ordinary = force === Force.NONE || force === Force.BURST
    if (ordinary && tcb.host.departures.linkIsFull(tcb)) break
    const room = Math.max(burstRoom(tcb, mss), force === Force.PROBE || isFreeFin(tcb) ? mss : 0)
    if (room === 0) break
    if (tcb.host.policy.sendsBursts && tcb.sendBuffer.growChunk(tcb.snd.nxt, room))
      tcb.watch?.joined(tcb.snd.nxt, tcb.sendBuffer.chunkEnd())
    const unsent = (tcb.sendBuffer.chunkEnd() - tcb.snd.nxt) | 0
    const burst = burstLength(tcb, unsent, mss, room, nagle, force)
    if (burst < 0) {
      byPeer = !fits(tcb, unsent, mss, windowRoom(tcb))
      break
    }
    const reason = force === Force.NONE && unsent > mss ? worthWaiting(tcb, unsent, mss, windowRoom(tcb)) : null
    waits = reason === 'congestion'
    byPeer = reason === 'peer'
    if (reason !== null) break
    // What follows something urgent leaves segment by segment, each by its own leave (Linux).
    const most = tcb.urgentSend && tcb.host.policy.sendsBursts ? mss : burst
    sendBurst(
      tcb,
      Math.min(burst, most),
      mss,
      force === Force.OVERRIDE && tcb.host.policy.overrideIsProbe ? Ctl.PSH : 0,
    )
    sentAny = true
    if (force !== Force.NONE) break
  }
  // A probe of the window says nothing of the path.
  if (force === Force.OVERRIDE && tcb.host.policy.overrideIsProbe) return
  if (sentAny || force !== Force.PROBE) noteLimit(tcb, byPeer)
  const full = waits || tcb.sent.inFlight >= tcb.congestion.window
  if (!sentAny && !full) return
  noteWindowUse(tcb, full)
  // What a probe of the window or of the tail has sent is followed by the ordinary timeout.
  if (sentAny && (force === Force.NONE || force === Force.BURST)) scheduleProbe(tcb, false)
}

/** What ended the sending counts in TCP_INFO's times. */
function noteLimit(tcb: Tcb, byPeer: boolean): void {
  if (byPeer) tcb.sendingTime.raise(Limit.WINDOW, tcb.host.now)
  else tcb.sendingTime.lower(Limit.WINDOW, tcb.host.now)
}

/** Octets of the first unsent chunk that may leave now; −1: none, and no FIN either. */
function burstLength(tcb: Tcb, unsent: number, mss: number, room: number, nagle: Nagle, force: Force): number {
  // Where both count octets, the smaller of the two windows is the window.
  const window = tcb.host.policy.windowCountsOctets ? Math.min(windowRoom(tcb), room) : windowRoom(tcb)
  const last = tcb.sendBuffer.chunkIsLast
  const fin = last && owesFin(tcb) && unsent <= mss
  if (force === Force.OVERRIDE) return window <= 0 ? -1 : Math.min(unsent, mss, window)
  if (!fits(tcb, unsent, mss, window)) return -1
  if (unsent <= mss) {
    const small = unsent < mss && !fin && last
    if (small && !isFree(tcb, nagle, unsent)) return -1
    return Math.min(unsent, Math.max(window, 0))
  }
  const most = Math.min(unsent, window, room)
  // What follows the chunk makes up for a small end.
  if (!last && room <= window) return most
  const partial = most % mss
  return goesAlong(tcb, partial, last && most === unsent, nagle) ? most : most - partial
}

/** Whether the small end of a burst leaves with it. @param ends nothing is behind it */
function goesAlong(tcb: Tcb, partial: number, ends: boolean, nagle: Nagle): boolean {
  if (partial === 0) return true
  const { burstsPassNagle, nagleWaitsForAll } = tcb.host.policy
  if (burstsPassNagle) return ends ? owesFin(tcb) || isFree(tcb, nagle, partial) : partial >= tcb.snd.maxWnd >> 1
  if (tcb.sendBuffer.chunkIsLast && owesFin(tcb)) return true
  // What leaves before it is in flight then.
  if (nagleWaitsForAll) return nagle === Nagle.OFF || tcb.urgentSend
  return isFree(tcb, nagle, partial)
}

/** The first segment must fit the peer's window whole, its FIN included (RFC 9293 §3.8.6.2.1). */
function fits(tcb: Tcb, unsent: number, mss: number, window: number): boolean {
  const { finTakesRoom } = tcb.host.policy
  if (unsent === 0 && !finTakesRoom) return true
  const fin = finTakesRoom && tcb.sendBuffer.chunkIsLast && owesFin(tcb) && unsent <= mss
  // MUST-38: a window too small for the segment is left alone
  if (Math.min(unsent, mss) + (fin ? 1 : 0) > window && !fillsSmallWindow(tcb, window, unsent)) return false
  return true
}

/** Octets beyond SND.NXT that the peer's window takes; below 0: it was taken back. */
function windowRoom(tcb: Tcb): number {
  // MUST-34: below zero when it was taken back
  // SHLD-15: no room, nothing new
  const room = (tcb.snd.una + tcb.snd.wnd - tcb.snd.nxt) | 0
  // A request's SYN-ACK takes no room.
  return tcb.state === State.SYN_RECEIVED && tcb.host.policy.halfOpenIsRequest ? room + 1 : room
}

/** RFC 9293 §3.8.6.2.1 (3): a window smaller than a segment is worth filling from half the largest window on. */
function fillsSmallWindow(tcb: Tcb, window: number, unsent: number): boolean {
  if (window <= 0 || unsent === 0 || tcb.host.policy.mssWithinHalfWindow) return false
  return window >= tcb.snd.maxWnd >> 1
}

/** RFC 9293 §3.7.4 (Nagle): a small segment waits while another one is in flight, or while the cork is in. */
function isFree(tcb: Tcb, nagle: Nagle, length: number): boolean {
  if (tcb.urgentSend) return true
  const { burstsPassNagle, nagleWaitsForAll } = tcb.host.policy
  // RFC 9293 §3.8.6.2.1 (3): half the largest window is as good as a segment; with Nagle's algorithm only while nothing is in flight
  if (burstsPassNagle && length >= tcb.snd.maxWnd >> 1) return true
  if (nagle === Nagle.CORK) return false
  if (nagle === Nagle.OFF) return true
  const smallInFlight = seqGt(tcb.smallSent, tcb.snd.una) && seqLeq(tcb.smallSent, tcb.snd.nxt)
  const waits = nagleWaitsForAll || smallInFlight
  // SHLD-7: while anything is unacknowledged, or, as Minshall refined it, anything small
  return tcb.sent.packetsOut === 0 || !waits
}

/**
 * Cuts a burst into segments, or leaves that to the layers below: what is remembered of it is the same.
 * @param pushes PSH for a segment that was waited for long enough, else 0
 */
function sendBurst(tcb: Tcb, length: number, mss: number, pushes: number): void {
  // What is urgent leaves segment by segment.
  const several = length > mss && tcb.host.policy.sendsBursts && !tcb.urgentSend
  const whole = several && mayLeaveWhole(tcb)
  // Of a burst Linux asks only whether its text has room.
  const finIsFree = !tcb.host.policy.finTakesRoom || several
  const first = tcb.snd.nxt
  notePaced(tcb, length, Math.ceil(length / mss))
  const { accurate } = tcb.ecn
  const { sackReport } = tcb
  const { duplicate } = sackReport
  let left = length
  do {
    const seq = tcb.snd.nxt
    const idle = tcb.sent.packetsOut === 0
    // SHLD-28: whole ones first
    const text = Math.min(left, mss)
    left -= text
    const done = (seq + text) | 0
    const room = finIsFree || windowRoom(tcb) > text
    const fin = left === 0 && owesFin(tcb) && done === tcb.sendBuffer.end && room
    const ctl = noteSegment(tcb, text, fin, mss, pushes)
    if (several && seq !== first && tcb.sent.tail !== null) tcb.sent.setFollows(tcb.sent.tail, true)
    // PSH ends a burst; a retransmission does not repeat it.
    const more = several && left === 0 ? Ctl.PSH : 0
    if (!whole) emit(tcb, seq, ctl | more, text, false)
    else if (left === 0) emit(tcb, first, ctl | more, length, false, mss)
    // What is in flight asks.
    if (idle && tcb.persistTimer?.armed) stop(tcb, tcb.persistTimer)
    if (idle || tcb.retransmitTimer.slot === TimerSlot.LOSS_PROBE) restartRetransmit(tcb)
    startUserTimeout(tcb)
    // A burst's segments are alike: what the first one's options told, the others repeat.
    if (accurate !== null) accurate.inBurst = several && left > 0
    if (several && left > 0) sackReport.duplicate = duplicate
  } while (left > 0)
  if (tcb.wantsSpace) makeSpace(tcb)
}

/** Neither an urgent pointer nor CWR belongs on every segment of a burst. */
function mayLeaveWhole(tcb: Tcb): boolean {
  return tcb.host.departures.takesBursts(tcb) && !tcb.urgentSend && !tcb.ecn.mustTellReduced
}

/** The next octets are in flight from now on. Returns the control bits of their segment. */
function noteSegment(tcb: Tcb, length: number, fin: boolean, mss: number, more: number): number {
  const now = tcb.host.now
  const buffer = tcb.sendBuffer
  const seq: Seq = tcb.snd.nxt
  const textEnd = (seq + length) | 0
  // MUST-61: the last octet of what was written
  const pushes = length > 0 && textEnd === buffer.chunkEnd() && buffer.chunkPushes
  // Or of all that was written.
  const ends = tcb.host.policy.pushesWhatIsLast ? length > 0 && textEnd === buffer.end : pushes
  const ctl = Ctl.ACK | (fin ? Ctl.FIN : 0) | (ends ? Ctl.PSH : 0) | (length > 0 ? more : 0)
  const end = (textEnd + (fin ? 1 : 0)) | 0
  if (length < mss && length > 0) tcb.smallSent = end
  if (length > 0) noteDataSent(tcb)
  const { tail } = tcb.sent
  const segment = tcb.sent.push(seq, end, ctl, now)
  segment.closed = textEnd === buffer.chunkEnd() && buffer.chunkIsClosed
  // Octets that are lent are joined with none, before them or behind.
  if (buffer.chunkIsLent) {
    segment.closed = true
    if (tail !== null) tail.closed = true
  }
  noteSending(tcb, segment, tcb.sent.packetsOut - tcb.sent.uncounted === 1)
  if (fin) tcb.finSent = true
  tcb.snd.nxt = end
  buffer.sentTo(textEnd)
  tcb.probedAhead = false
  if (tcb.recovery.reducing) noteReduced(tcb, length)
  return ctl
}

/** BSD: there is text to be sent, new or again, and a closed window before it: what is in flight is not waited for. */
function probeFlightIfClosed(tcb: Tcb): void {
  if (tcb.snd.wnd > 0 || !tcb.host.policy.closedWindowEndsTimeouts) return
  const from = tcb.octets?.resendFrom ?? tcb.snd.nxt
  if (((tcb.sendBuffer.end - from) | 0) > 0) probeFlight(tcb)
}

/** The window has closed over what is in flight: no timeout ends it any more, a probe of its first octet does, and then all of it leaves again. */
export function probeFlight(tcb: Tcb): void {
  if (tcb.octets !== null) goOnFrom(tcb, tcb.octets, tcb.snd.una)
  stop(tcb, tcb.retransmitTimer)
  tcb.retransmits = 0
  tcb.backoff = 0
  startPersist(tcb)
}

/** Nothing in flight would bring an ACK, yet something waits: only a probe can find out (RFC 9293 §3.8.6.1). */
export function startPersistIfStuck(tcb: Tcb): void {
  if (tcb.persistTimer?.armed) return
  if (tcb.sent.packetsOut > 0) return probeFlightIfClosed(tcb)
  const unsent = (tcb.sendBuffer.end - tcb.snd.nxt) | 0
  const stuck = unsent > 0 || owesFin(tcb)
  if (!stuck) return
  if (tcb.host.policy.probesBeginAnew) {
    tcb.backoff = 0
    tcb.probes = 0
  }
  // MUST-36: nothing in flight would bring news
  // Timeouts before it made no wait longer than the RTO is by now.
  startPersist(tcb, 0)
}
