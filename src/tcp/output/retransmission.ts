import { seqGt } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import { flight } from '../congestion/unit.ts'
import { updateSendMss } from '../negotiate.ts'
import { noteSending } from '../recovery/delivery-rate.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import { armAs } from '../recovery/rack.ts'
import { noteReduced } from '../recovery/reduction.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import { TimerSlot } from '../trace-sink.ts'
import { segmentsMost } from './burst.ts'
import { noteDataSent } from './data-sent.ts'
import { emit } from './emit.ts'
import { effectiveMss } from './mss.ts'
import { forgetProbe } from './mtu-probing.ts'
import { notePaced, paceDelay, waitsForPace } from './pace.ts'

/** Sends again, oldest first, what recovery believes lost, as far as the congestion window allows. */
export function retransmitLost(tcb: Tcb): void {
  const { sent, recovery: r, host } = tcb
  const { accurate } = tcb.ecn
  let restart = false
  let burst = 0
  let first = 0
  let most = 1
  // What has begun as a burst leaves as one, whatever else was sent again.
  while ((burst > 0 || sent.retransOut < sent.lostOut) && flight(tcb) < tcb.congestion.window) {
    const segment = sent.firstLost()
    if (segment === null || (burst === 0 && waitsForPace(tcb))) break
    const mss = effectiveMss(tcb)
    // What the window does not reach stays as it is.
    if (windowFor(tcb, segment) <= 0 && segment !== sent.head) break
    if (fitsBadly(segment, mss)) cutAnew(tcb, segment, mss)
    if (burst === 0) most = burstMost(tcb, segment, mss)
    if (burst === 0) first = segment.seq
    const goesOn = burst + 1 < most && nextFollows(tcb, segment)
    if (!retransmit(tcb, segment, (segment.seq - first) | 0, goesOn)) break
    burst = goesOn ? burst + 1 : 0
    // A burst's segments are alike: what the first one's options told, the others repeat.
    if (accurate !== null) accurate.inBurst = goesOn
    if (r.phase === Phase.LOSS) host.counters.TCPSlowStartRetrans++
    else host.counters.TCPFastRetrans++
    if (r.reducing) noteReduced(tcb, textLength(segment))
    if (segment === sent.head && tcb.retransmitTimer.slot !== TimerSlot.REORDERING) restart = true
  }
  if (accurate !== null) accurate.inBurst = false
  if (restart) armAs(tcb, TimerSlot.RETRANSMIT, tcb.rto + paceDelay(tcb))
}

/** Segments that may leave as one burst: all that is allowed, or as many as the peer's window takes whole. */
function burstMost(tcb: Tcb, segment: SentSegment, mss: number): number {
  if (!tcb.host.policy.sendsBursts) return 1
  const { congestion, sent } = tcb
  const segments = Math.min(congestion.window - sent.inFlight, segmentsMost(tcb, mss))
  const room = windowFor(tcb, segment)
  return segments * mss > room ? Math.floor(room / mss) : segments
}

/** The rest of a burst is lost too, and there is room for it: it leaves as a burst again. */
function nextFollows(tcb: Tcb, segment: SentSegment): boolean {
  const { sent } = tcb
  const { next } = segment
  if (next === null || !next.follows || !next.lost || next.retransmitted) return false
  return sent.inFlight + 1 < tcb.congestion.window
}

/**
 * Sends one segment of the retransmission queue again and counts it in flight. False: the window has no room for it.
 * @param begun octets of the same burst that have just left before it
 * @param goesOn so will the next one
 */
export function retransmit(tcb: Tcb, segment: SentSegment, begun = 0, goesOn = false): boolean {
  const r = tcb.recovery
  const left = resend(tcb, segment, begun, goesOn)
  if (left) tcb.sent.markRetransmitted(segment, tcb.host.policy.copiesPileUp)
  // The attempt counts, too.
  if (r.retransmitStamp === 0) r.retransmitStamp = segment.sentAt
  r.undoRetransmissions = Math.max(r.undoRetransmissions, 0) + 1
  return left
}

/** Sends one segment again, cut to what the path and the window take now, or joined with the small ones behind it. */
export function resend(tcb: Tcb, segment: SentSegment, begun = 0, goesOn = false): boolean {
  const { host, sent } = tcb
  if (!host.policy.laws.retransmits) return false
  forgetProbe(tcb)
  refreshPath(tcb)
  if (segment === sent.head) tcb.recovery.isPart = false
  const mss = effectiveMss(tcb)
  let room = windowFor(tcb, segment)
  if (room <= 0) {
    if (segment.seq !== tcb.snd.una) return false
    // The peer took its window back: the oldest octets are the probe.
    // MUST-35: the oldest octets ask
    // MAY-7: the oldest segment, whole
    room = mss
  }
  // SHLD-16: as far as the window goes now
  const most = Math.min(room, mss)
  const whole = host.policy.sendsBursts ? mss : most
  if (fitsBadly(segment, whole)) cutAnew(tcb, segment, whole)
  if (textLength(segment) > most) sent.split(segment, (segment.seq + most) | 0)
  else if (host.config.retransmitCollapse && !segment.follows) joinSmall(tcb, segment, most)
  if (begun === 0) sent.setFollows(segment, false)
  if (!goesOn && segment.next !== null) sent.setFollows(segment.next, false)
  sent.markResent(segment, host.now)
  noteSending(tcb, segment, false)
  const length = textLength(segment)
  if (length > 0 && host.policy.resendingIsActivity) noteDataSent(tcb)
  notePaced(tcb, length, 1)
  const push = begun > 0 && !goesOn ? Ctl.PSH : 0
  const { duplicate } = tcb.sackReport
  // A burst's segments are alike: the urgent pointer is that of the first.
  tcb.snd.up = (tcb.snd.up + begun) | 0
  emit(tcb, segment.seq, segment.ctl | Ctl.ACK | push, length, true)
  tcb.snd.up = (tcb.snd.up - begun) | 0
  if (goesOn) tcb.sackReport.duplicate = duplicate
  return true
}

/** A router may have said meanwhile that the path takes less, to a connection that lets its packets be cut. */
function refreshPath(tcb: Tcb): void {
  if (tcb.pathMtu !== tcb.host.pathMtu(tcb.remote)) updateSendMss(tcb)
}

/** It is too large by now, or smaller than what can be made of its burst. */
function fitsBadly(segment: SentSegment, most: number): boolean {
  const length = textLength(segment)
  return length > most || (length < most && isAsLost(segment, segment.next))
}

/**
 * What a loss probe repeats: the last segment of the last burst, as the burst would be cut now. One that would have fewer segments now begins
 * anew.
 */
export function lastOfBurst(tcb: Tcb, tail: SentSegment): SentSegment {
  const { sent } = tcb
  if (!tail.follows) return tail
  refreshPath(tcb)
  let first: SentSegment | null = null
  let count = 0
  for (let s = sent.head; s !== null; s = s.next) {
    if (!s.follows) {
      first = s
      count = 0
    }
    if (s.sacked !== tail.sacked || s.lost !== tail.lost || s.retransmitted !== tail.retransmitted) return tail
    count++
  }
  const mss = effectiveMss(tcb)
  if (first === null || textLength(first) === mss) return tail
  while (first.next !== null) sent.joinNext(first)
  const whole = (count - 1) * mss
  if (textLength(first) <= whole) return first
  sent.split(first, (first.seq + whole) | 0)
  const last = first.next
  cutUp(tcb, first, mss)
  return last ?? first
}

/** Cuts a segment anew, and what had left with it. */
function cutAnew(tcb: Tcb, segment: SentSegment, most: number): void {
  const before = tcb.sent.packetsOut
  cut(tcb, segment, most)
  save(tcb, before - tcb.sent.packetsOut)
}

/** So many segments fewer are made of the same text. Without SACK what has arrived is a count alone, and they come out of it (Linux). */
function save(tcb: Tcb, fewer: number): void {
  const { host, sackPermitted, sent } = tcb
  if (fewer > 0 && !sackPermitted && host.policy.sendsBursts) sent.sackedOut -= Math.min(fewer, sent.sackedOut)
}

/** Cuts a segment that has become too large. What had left with it in one burst is cut anew with it, and stays one. */
function cut(tcb: Tcb, segment: SentSegment, most: number): void {
  const { sent } = tcb
  while (isAsLost(segment, segment.next)) sent.joinNext(segment)
  const room = windowFor(tcb, segment)
  // Where the window holds less than a segment, whole ones are counted from its edge.
  if (room <= 0 || room >= most || textLength(segment) <= room) return cutUp(tcb, segment, most)
  sent.split(segment, (segment.seq + room) | 0)
  const rest = segment.next
  if (rest === null) return
  sent.setFollows(rest, false)
  cutUp(tcb, rest, most)
}

/** Octets of the peer's window from where a segment begins. */
function windowFor({ snd }: Tcb, segment: SentSegment): number {
  return (snd.una + snd.wnd - segment.seq) | 0
}

function cutUp(tcb: Tcb, segment: SentSegment, most: number): void {
  const { sent } = tcb
  for (let piece: SentSegment | null = segment; piece !== null && textLength(piece) > most; piece = piece.next) {
    sent.split(piece, (piece.seq + most) | 0)
    if (piece.next !== null) sent.setFollows(piece.next, tcb.host.policy.sendsBursts)
  }
}

function isAsLost(segment: SentSegment, next: SentSegment | null): boolean {
  if (next === null || !next.follows || (next.ctl & Ctl.FIN) !== 0) return false
  return segment.lost && next.lost && !next.retransmitted
}

/** Small segments behind this one that fit into it travel along, the FIN too. */
function joinSmall(tcb: Tcb, segment: SentSegment, most: number): void {
  if ((segment.ctl & Ctl.SYN) !== 0 || textLength(segment) >= most) return
  const edge = (tcb.snd.una + tcb.snd.wnd) | 0
  for (;;) {
    const next = segment.next
    if (next === null || segment.closed || next.sacked || segment.sacked || next.next?.follows) return
    if (textLength(segment) + textLength(next) > most || seqGt(next.end, edge)) return
    tcb.sent.joinNext(segment)
    tcb.watch?.joined(segment.seq, segment.end)
    save(tcb, 1)
  }
}

function textLength(segment: SentSegment): number {
  const controls = ((segment.ctl & Ctl.FIN) !== 0 ? 1 : 0) + ((segment.ctl & Ctl.SYN) !== 0 ? 1 : 0)
  return ((segment.end - segment.seq) | 0) - controls
}
