import { type Seq, seqGt, seqLeq } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit, startPersist } from '../timeouts/arm.ts'
import { startUserTimeout } from '../timeouts/user.ts'
import { emit } from './emit.ts'
import { optionsLength } from './options.ts'

/**
 * The owner of the send path: what may leave now, and in which pieces. First what was lost, then what is new, then the FIN.
 * Called whenever something that could hold data back has changed.
 */
export function transmitPending(tcb: Tcb): void {
  if (!maySend(tcb)) return
  retransmitLost(tcb)
  transmitNew(tcb, false)
  startPersistIfStuck(tcb)
}

/** RFC 9293 §3.8.6.2.1 (4): the override timer has run out; what the window takes goes, however little. */
export function transmitOverridden(tcb: Tcb): void {
  if (maySend(tcb)) transmitNew(tcb, true)
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
    default:
      return false
  }
}

/** Largest payload of one segment now: the MSS less the options that this segment carries (RFC 9293 §3.7.1, RFC 6691). */
function effectiveMss(tcb: Tcb): number {
  return tcb.sendMss - optionsLength(tcb)
}

/** Sends again, oldest first, what recovery believes lost, as far as the congestion window allows. */
function retransmitLost(tcb: Tcb): void {
  const sent = tcb.sent
  if (sent.lostOut === sent.retransOut || !tcb.host.policy.laws.retransmits) return
  while (sent.inFlight < tcb.congestion.window) {
    const segment = sent.firstLost()
    if (segment === null) return
    retransmit(tcb, segment)
  }
}

/** Sends one segment of the retransmission queue again. */
export function retransmit(tcb: Tcb, segment: SentSegment): void {
  if (!tcb.host.policy.laws.retransmits) return
  const now = tcb.host.now
  if (tcb.retransmitStart === 0) tcb.retransmitStart = now
  // The path or the options may take less than when it was first sent.
  const mss = effectiveMss(tcb)
  if (textLength(segment) > mss) tcb.sent.split(segment, (segment.seq + mss) | 0)
  tcb.sent.markResent(segment, now)
  const length = textLength(segment)
  emit(tcb, segment.seq, segment.ctl | Ctl.ACK, length, true)
  if (!tcb.retransmitTimer.armed) restartRetransmit(tcb)
}

function textLength(segment: SentSegment): number {
  const controls = ((segment.ctl & Ctl.FIN) !== 0 ? 1 : 0) + ((segment.ctl & Ctl.SYN) !== 0 ? 1 : 0)
  return ((segment.end - segment.seq) | 0) - controls
}

function transmitNew(tcb: Tcb, override: boolean): void {
  const mss = effectiveMss(tcb)
  tcb.congestion.limited = false
  for (;;) {
    const unsent = (tcb.sendBuffer.end - tcb.snd.nxt) | 0
    if (unsent <= 0 && (!tcb.finQueued || tcb.finSent)) return
    if (tcb.sent.inFlight >= tcb.congestion.window) {
      tcb.congestion.limited = true
      return
    }
    const window = (tcb.snd.una + tcb.snd.wnd - tcb.snd.nxt) | 0
    const length = Math.min(unsent, mss, Math.max(window, 0))
    const fin = tcb.finQueued && length === unsent && length < window
    if (length === 0 && !fin) return
    if (!override && !worthSending(tcb, length, unsent, mss, fin)) return
    sendSegment(tcb, length, fin)
  }
}

/**
 * RFC 9293 §3.8.6.2.1 (silly window avoidance, sender) and §3.7.4 (Nagle, as refined by Minshall: only a small segment in
 * flight holds a small segment back).
 */
function worthSending(tcb: Tcb, length: number, unsent: number, mss: number, fin: boolean): boolean {
  if (length === mss || fin) return true
  const idle = tcb.sent.packetsOut === 0
  const smallInFlight = seqGt(tcb.smallSent, tcb.snd.una) && seqLeq(tcb.smallSent, tcb.snd.nxt)
  const free = tcb.options.noDelay || idle || !smallInFlight
  if (length === unsent) return free
  return free && (tcb.host.policy.fillsSmallWindows || length >= tcb.snd.maxWnd >> 1)
}

function sendSegment(tcb: Tcb, length: number, fin: boolean): void {
  const now = tcb.host.now
  const seq: Seq = tcb.snd.nxt
  const last = ((tcb.sendBuffer.end - seq) | 0) === length
  const ctl = Ctl.ACK | (fin ? Ctl.FIN : 0) | (last && length > 0 ? Ctl.PSH : 0)
  const end = (seq + length + (fin ? 1 : 0)) | 0
  if (length < tcb.sendMss && length > 0) tcb.smallSent = end
  tcb.sent.push(seq, end, ctl, now)
  if (fin) tcb.finSent = true
  tcb.snd.nxt = end
  tcb.probedAhead = false
  noteInteractive(tcb)
  tcb.lastDataSentAt = now
  emit(tcb, seq, ctl, length, false)
  if (!tcb.retransmitTimer.armed) restartRetransmit(tcb)
  startUserTimeout(tcb)
}

/** Data sent soon after data received: replies will carry the ACKs (Linux's pingpong). */
function noteInteractive(tcb: Tcb): void {
  const a = tcb.acknowledging
  if (a.delayUs > 0 && tcb.host.now - tcb.lastDataReceivedAt < a.delayUs) a.interactive = true
}

/** Nothing in flight would bring an ACK, yet something waits: only a probe can find out (RFC 9293 §3.8.6.1). */
function startPersistIfStuck(tcb: Tcb): void {
  if (tcb.sent.packetsOut > 0 || tcb.persistTimer.armed) return
  const unsent = (tcb.sendBuffer.end - tcb.snd.nxt) | 0
  if (unsent > 0 || (tcb.finQueued && !tcb.finSent)) startPersist(tcb)
}
