import { Errno, seqGt } from '../../base/index.ts'
import { restartAfterIdle } from '../congestion/idle.ts'
import { isEarly, owesAnswer } from '../fast-open/early.ts'
import { effectiveMss } from '../output/mss.ts'
import { Nagle, nagleOf, transmitBurst, transmitPending, transmitUrgent } from '../output/send.ts'
import { sendLateAnswer } from '../output/syn.ts'
import { noteAppLimited } from '../recovery/delivery-rate.ts'
import { mayBeginChunk } from '../send-memory.ts'
import { Limit } from '../sending-time.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'

/** What a send() may ask for; a sum of these. */
export const SendFlag = {
  /** MSG_OOB: the last octet is urgent (RFC 6093). */
  URGENT: 1,
  /** MSG_MORE: more follows, so that a small segment waits for it. */
  MORE: 2,
  /** MSG_EOR: a record ends; nothing sent later travels in its last segment. */
  END_OF_RECORD: 4,
  /** A call that waited for room goes on with its rest. */
  GOES_ON: 8,
} as const

/** The most that goes into one chunk, and so into one burst. */
const CHUNK_MOST = 65_215
/** A window no larger than the MSS that everyone can take (RFC 9293 §3.7.1) is not halved. */
const MSS_DEFAULT = 536

/**
 * RFC 9293 §3.10.2 SEND: takes as many octets as the buffer has room for and sends what may be sent.
 *
 * @param flags a sum of `SendFlag`
 * @returns octets taken, or −errno: EAGAIN (buffer full, or still connecting), EPIPE (not connected, or closed for sending),
 *   or the error that ended the connection, once
 */
export function sendCall(tcb: Tcb, data: Uint8Array, start: number, length: number, flags: number): number {
  const refused = refusal(tcb)
  tcb.writePending = false
  if (refused !== 0) return refused
  // Who waited for room has more than the path takes.
  if ((flags & SendFlag.GOES_ON) === 0) noteAppLimited(tcb)
  const { accurate } = tcb.ecn
  if (accurate !== null) accurate.callMss = effectiveMss(tcb)
  const taken = sendTaking(tcb, data, start, length, flags)
  if (accurate !== null) accurate.callMss = 0
  return taken
}

/** Takes what there is room for, and lets leave what may. */
function sendTaking(tcb: Tcb, data: Uint8Array, start: number, length: number, flags: number): number {
  if (length === 0 && tcb.host.policy.emptySendIsNothing) return 0
  const taken = append(tcb, data, start, length, flags)
  const full = taken < length
  if (full) tcb.wantsSpace = true
  if (taken === 0 && length > 0) return -Errno.EAGAIN
  if (taken > 0) tcb.sendingTime.raise(Limit.BUSY, tcb.host.now)
  const isMark = taken === length || tcb.host.policy.shortSendEndsUrgent
  if ((flags & SendFlag.URGENT) !== 0 && isMark && taken > 0) {
    tcb.urgentSend = true
    tcb.snd.up = tcb.sendBuffer.end
  }
  if (!full) tcb.watch?.taken(tcb)
  // Who is to wait for room is not to wait for more as well.
  const more = (flags & SendFlag.MORE) !== 0 && !full
  // MAY-15: MSG_MORE: not yet
  if (!more || isPushDue(tcb)) push(tcb)
  if (taken > 0 && owesAnswer(tcb)) sendLateAnswer(tcb)
  const told = tcb.urgentSend && (flags & SendFlag.URGENT) !== 0 && tcb.host.policy.urgentIsToldAtOnce
  if (told) transmitUrgent(tcb)
  // MAY-16: while more is announced
  if (more) transmitPending(tcb, Nagle.CORK)
  else if (!told) transmitPending(tcb, full && tcb.host.policy.sendBufferOverhead > 0 ? Nagle.OFF : nagleOf(tcb))
  if (full) tcb.watch?.taken(tcb)
  return taken
}

/**
 * Data that a program gave together with the order to connect, as far as the SYN did not take them: they wait for the handshake.
 * @returns octets taken
 */
export function queueWhileOpening(tcb: Tcb, data: Uint8Array, start: number): number {
  const taken = Math.min(Math.max(tcb.options.sendBuffer - tcb.sendBuffer.length, 0), data.length - start)
  if (taken <= 0) return 0
  append(tcb, data, start, taken, 0)
  push(tcb)
  return taken
}

/**
 * Sends what Nagle's algorithm or the cork held back: TCP_NODELAY was set, TCP_CORK taken off.
 * @param noDelay it was TCP_NODELAY, for which a system may send what the cork holds back, too
 */
export function pushCall(tcb: Tcb, noDelay = false): void {
  if (tcb.state === State.CLOSED) return
  // What waits now is pushed for good, whatever is in its way yet.
  if (tcb.host.policy.noDelayPassesCork && (noDelay || tcb.options.noDelay)) tcb.passesCork = true
  transmitPending(tcb, nagleOf(tcb))
}

/** What was read from, by sendfile() or splice(), has come to its end: nothing follows what was announced as in parts (Linux). */
export function endOfSource(tcb: Tcb): void {
  if (tcb.sendBuffer.length === 0) return
  push(tcb)
  transmitPending(tcb, nagleOf(tcb))
}

/**
 * Chunk by chunk, as long as the buffer takes more. A chunk that is full may leave before the next begins, and long stretches without
 * a push get one (RFC 9293 §3.9.1.2 leaves the places to the sender). What is urgent waits for the whole: only then the pointer is known.
 * @param flags a sum of `SendFlag`
 * @returns octets taken
 */
function append(tcb: Tcb, data: Uint8Array, start: number, length: number, flags: number): number {
  const closes = (flags & SendFlag.END_OF_RECORD) !== 0
  const urgent = (flags & SendFlag.URGENT) !== 0
  const goal = chunkGoal(tcb, urgent)
  const buffer = tcb.sendBuffer
  let taken = 0
  while (taken < length) {
    const tail = buffer.tailLength(goal)
    if (tail === 0 && !mayBeginChunk(tcb)) break
    const wanted = Math.min(goal - tail, length - taken, octetsLeft(tcb))
    if (wanted <= 0) break
    const step = tcb.watch === null ? wanted : tcb.watch.room(tcb, tail, wanted)
    if (step === 0) {
      // What it holds is pushed whether or not there is room for another.
      push(tcb)
      if (!mayBeginChunk(tcb)) break
      buffer.closeTail()
      continue
    }
    if (tail === 0) {
      restartAfterIdle(tcb)
      tcb.passesCork = false
    } else if (taken === 0) buffer.unpush()
    buffer.append(data, start + taken, step, goal, closes && taken + step === length)
    if (tcb.watch !== null) tcb.watch.appended(tcb, step)
    taken += step
    if (taken === length || urgent || buffer.tailLength(goal) > 0) continue
    if (isPushDue(tcb)) {
      push(tcb)
      transmitPending(tcb, Nagle.OFF)
    } else if (buffer.chunkIsLast) transmitBurst(tcb)
  }
  return taken
}

/** Where octets are counted, not buffers. */
function octetsLeft(tcb: Tcb): number {
  if (tcb.host.policy.sendBufferOverhead > 0) return Number.POSITIVE_INFINITY
  return tcb.options.sendBuffer - tcb.sendBuffer.length
}

/** As many whole segments as half the largest window holds; where buffers are counted, what is urgent comes one by one. */
function chunkGoal(tcb: Tcb, urgent: boolean): number {
  const mss = effectiveMss(tcb)
  // Where segments are cut from the buffer, all that one call gave is there before the first leaves.
  if (tcb.host.policy.resendsFromBuffer) return Math.max(mss, Math.floor(CHUNK_MOST / mss) * mss)
  if (urgent && tcb.host.policy.sendBufferOverhead > 0) return mss
  const { maxWnd } = tcb.snd
  const half = maxWnd > MSS_DEFAULT ? maxWnd >> 1 : maxWnd
  const most = half > 0 ? Math.min(CHUNK_MOST, half) : CHUNK_MOST
  return Math.max(mss, Math.floor(most / mss) * mss)
}

/** Half the largest window was written since the last PSH. */
function isPushDue(tcb: Tcb): boolean {
  return seqGt(tcb.sendBuffer.end, (tcb.pushedTo + (tcb.snd.maxWnd >> 1)) | 0)
}

function push(tcb: Tcb): void {
  tcb.sendBuffer.push()
  tcb.pushedTo = tcb.sendBuffer.end
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
    case State.SYN_RECEIVED:
      if (!isEarly(tcb)) return -Errno.EAGAIN
      return tcb.finQueued ? -Errno.EPIPE : 0
    case State.SYN_SENT:
      return -Errno.EAGAIN
    default:
      return -Errno.EPIPE
  }
}
