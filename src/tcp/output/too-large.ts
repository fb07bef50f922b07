import { Ctl } from '../../wire/index.ts'
import { Asked } from '../ecn/accurate.ts'
import { chooseAnnouncedMss, updateSendMss } from '../negotiate.ts'
import type { OctetSender } from '../octets/octet-sender.ts'
import { goOnFrom } from '../octets/pipe.ts'
import { enterBlamelessLoss } from '../recovery/blameless.ts'
import { markLost } from '../recovery/rack.ts'
import { limitDuplicates } from '../recovery/without-sack.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { armRetransmit } from '../timeouts/arm.ts'
import { effectiveMss } from './mss.ts'
import { transmitLost, transmitPending } from './send.ts'
import { repeatFirstSyn, sendSyn } from './syn.ts'

/** RFC 1191, RFC 8201: the path takes less than was thought; what is in flight and too large is sent again in smaller pieces. */
export function pathMtuChanged(tcb: Tcb): void {
  updateSendMss(tcb)
  if (tcb.sent.head === null) return
  if (tcb.state === State.SYN_SENT) return repeatSyn(tcb)
  if (tcb.octets !== null) return resendAll(tcb, tcb.octets)
  resendTooLarge(tcb)
}

/** Where all is cut from the buffer, all of it leaves again; what blocks told is forgotten, and a recovery is over. The wait goes on. */
function resendAll(tcb: Tcb, octets: OctetSender): void {
  goOnFrom(tcb, octets, tcb.snd.una)
  octets.board.clear()
  octets.recover = tcb.snd.nxt
  if (tcb.sackPermitted) octets.recovering = false
  tcb.timedAt = -1
  transmitPending(tcb)
}

/** A system that sends again what was too large does so with its SYN too; the wait for the answer goes on. */
function repeatSyn(tcb: Tcb): void {
  if (!tcb.host.policy.resendsFromBuffer) return resendSynWithData(tcb)
  chooseAnnouncedMss(tcb)
  repeatFirstSyn(tcb)
}

/**
 * The path takes less than was thought: what is in flight and too large for it is lost, and leaves again in smaller pieces (RFC 1191 §6.2).
 * It says nothing of congestion, and the window stays.
 */
export function resendTooLarge(tcb: Tcb): void {
  const { sent } = tcb
  const mss = effectiveMss(tcb)
  // A burst has the size of its first segment.
  let size = 0
  for (let s: SentSegment | null = sent.head; s !== null; s = s.next) {
    if (!s.follows) size = textOf(tcb, s)
    if (size > mss) markLost(tcb, s)
  }
  if (sent.lostOut === 0) return
  if (!tcb.sackPermitted) limitDuplicates(tcb)
  enterBlamelessLoss(tcb)
  if (tcb.host.policy.routersStopTheClock) resendByOldClock(tcb)
  else transmitLost(tcb)
}

/** Octets of a segment's text. What is acknowledged of one that left alone is still of it, until it leaves again. */
function textOf({ recovery: r }: Tcb, s: SentSegment): number {
  const from = r.isPart && r.partEnd === s.end ? r.partFrom : s.seq
  return ((s.end - from) | 0) - ((s.ctl & Ctl.FIN) !== 0 ? 1 : 0)
}

/**
 * What a router made us send again bears the time of the connection's last event, not its own: Linux reads the clock for segments, calls and
 * timers alone. So it looks as old to RACK as that, and a moment younger than what left then.
 */
function resendByOldClock(tcb: Tcb): void {
  const { host, recovery: r } = tcb
  const { now, policy } = host
  const { tsOffset, lastSegmentSentAt, lastSendTriedAt } = tcb
  const at = Math.min(Math.max(tcb.lastSegmentReceivedAt, lastSegmentSentAt, lastSendTriedAt) + 1, now)
  const ticks = Math.floor(now / policy.timestampTickUs) - Math.floor(at / policy.timestampTickUs)
  tcb.tsOffset = (tsOffset - ticks) | 0
  transmitLost(tcb)
  tcb.tsOffset = tsOffset
  // Nor is the clock read for the next router that says so.
  tcb.lastSegmentSentAt = lastSegmentSentAt
  tcb.lastSendTriedAt = lastSendTriedAt
  for (let s: SentSegment | null = tcb.sent.head; s !== null; s = s.next) if (s.sentAt === now) s.sentAt = at
  if (r.retransmitStamp === now) r.retransmitStamp = at
}

/** A SYN with data was too large (RFC 7413 §4.1.3.1): it leaves again without them, and they behind the handshake. */
function resendSynWithData(tcb: Tcb): void {
  const { head } = tcb.sent
  if (head === null || tcb.fastOpen === null || tcb.fastOpen.data === 0) return
  for (let s: SentSegment | null = head; s !== null; s = s.next) markLost(tcb, s)
  enterBlamelessLoss(tcb)
  tcb.sent.markRetransmitted(head)
  head.everRetransmitted = true
  // One that leaves again does not ask for ECN (RFC 3168 §6.1.1.1), whatever made it leave.
  if (tcb.host.config.ecnFallback && tcb.ecn.asked === Asked.CLASSIC) tcb.ecn.silent = true
  sendSyn(tcb, false, true)
  tcb.host.counters.TCPSlowStartRetrans++
  armRetransmit(tcb, tcb.rto)
}
