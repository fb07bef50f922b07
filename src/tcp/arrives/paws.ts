import { type Micros, type Seq, seqDiff, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { isPlain } from '../header-prediction.ts'
import { timestampAt } from '../output/options.ts'
import { isRequest } from '../request.ts'
import type { Tcb } from '../tcb.ts'

/** RFC 7323 §5.5: after this long without a segment the peer's timestamp clock may have wrapped, and proves nothing. */
export const PAWS_IDLE_US: Micros = 24 * 86_400 * 1_000_000
/** Ticks by which a timestamp may go back where PAWS forgives. */
const FORGIVEN_TICKS = 1
/** The fastest clock that a peer's timestamps are believed to have, ticks per second. */
const PEER_TICKS_PER_SECOND = 1200

/** What PAWS says of a segment. */
export const Paws = {
  PASSES: 0,
  /** It is old: dropped, and answered. */
  OLD: 1,
  /** It is nothing but an ACK that was overtaken: dropped in silence. */
  OVERTAKEN: 2,
} as const
/** One of these. */
export type Paws = (typeof Paws)[keyof typeof Paws]

/** RFC 7323 §5.3 R1. A system may forgive what is harmless: a tick, a peer that once said 0, a repeated ACK that is not very old. */
export function paws(tcb: Tcb, segment: TcpSegment): Paws {
  if (!tcb.timestamps || !segment.timestamps) return Paws.PASSES
  const { forgivingPaws } = tcb.host.policy
  if (!isOlder(tcb, segment.tsVal, forgivingPaws && !isRequest(tcb) ? FORGIVEN_TICKS : 0)) return Paws.PASSES
  if (!forgivingPaws || isRequest(tcb)) return Paws.OLD
  if (segment.len > 0 || (segment.ctl & Ctl.ACK) === 0) return Paws.OLD
  if (segment.seq !== tcb.rcv.nxt) return seqLt(segment.seq, tcb.rcv.nxt) ? Paws.OVERTAKEN : Paws.OLD
  return segment.ack === tcb.snd.una && !movesWindow(tcb, segment) && isReplay(tcb, segment) ? Paws.PASSES : Paws.OLD
}

/** RFC 7323 §3.2: the echo is what our SYN said, or one of its repetitions up to `last`. */
export function echoesSyn(tcb: Tcb, segment: TcpSegment, last: Micros): boolean {
  return seqLeq(timestampAt(tcb, tcb.synSentAt), segment.tsEcr) && seqLeq(segment.tsEcr, timestampAt(tcb, last))
}

/** It would change SND.WND, which only what is new may. */
function movesWindow(tcb: Tcb, segment: TcpSegment): boolean {
  const wnd = segment.wnd << tcb.sndScale
  return seqLt(tcb.snd.wl1, segment.seq) || (tcb.snd.wl1 === segment.seq && (wnd > tcb.snd.wnd || wnd === 0))
}

/** It could have left at most somewhat more than an RTO ago. */
function isReplay(tcb: Tcb, segment: TcpSegment): boolean {
  return ((tcb.tsRecent - segment.tsVal) | 0) <= (tcb.rto * PEER_TICKS_PER_SECOND) / 1_000_000
}

function isOlder(tcb: Tcb, value: Seq, ticks: number): boolean {
  if (seqDiff(tcb.tsRecent, value) <= ticks || tcb.host.now - tcb.tsRecentAt > PAWS_IDLE_US) return false
  return tcb.tsRecent !== 0 || !tcb.host.policy.forgivingPaws
}

/**
 * RFC 7323 §4.3: TS.Recent follows the segment that spans the last ACK sent.
 * @param old it acknowledges less than SND.UNA, or more than SND.NXT: such a one may tell no time, unless it looks like all others
 */
export function rememberTimestamp(tcb: Tcb, segment: TcpSegment, old: boolean): void {
  if (!tcb.timestamps || !segment.timestamps) return
  if (!seqLeq(segment.seq, tcb.rcv.wup) || isOlder(tcb, segment.tsVal, 0)) return
  if (old && tcb.host.policy.oldAckTellsNoTime && !(seqLt(segment.ack, tcb.snd.una) && isPlain(tcb, segment))) return
  tcb.tsAdvanced = segment.tsVal !== tcb.tsRecent
  tcb.tsRecent = segment.tsVal
  tcb.tsRecentAt = tcb.host.now
}
