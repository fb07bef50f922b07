import { seqLt } from '../../base/index.ts'
import { Ctl } from '../../wire/index.ts'
import { oneSegment } from '../congestion/unit.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { beginAnswer } from './limited-transmit.ts'
import { Phase } from './loss-recovery.ts'
import { findLostAgain } from './lost-again.ts'
import { markLost } from './rack.ts'

/**
 * What FreeBSD makes of SACK blocks (`policy.lossDetection` 'holes'): recovery begins with the third ACK that tells of something new, or with
 * more than two segments' octets behind the oldest (RFC 6675 §5); in it every hole between blocks is sent again, however little is behind it.
 */
export function detectByHoles(tcb: Tcb, event: AckEvent): void {
  const { recovery: r, sent } = tcb
  if (r.phase === Phase.RECOVERY) {
    findLostAgain(tcb, event)
    markHoles(tcb)
    rescue(tcb, event)
  } else if (event.dataSacked && isEnough(tcb, event) && sent.head !== null && !sent.head.lost) markLost(tcb, sent.head)
}

/** An ACK whose blocks are news counts as a duplicate, text or not; a mere repetition does not (RFC 6675 §2). */
function isEnough(tcb: Tcb, event: AckEvent): boolean {
  const { recovery: r, sent, snd } = tcb
  if (r.duplicatesOf !== snd.una) r.duplicates = 0
  r.duplicatesOf = snd.una
  r.duplicates++
  if (!event.advanced) beginAnswer(tcb, r.duplicates)
  return r.duplicates >= r.reordering || sent.sackedOctets > (r.reordering - 1) * oneSegment(tcb)
}

/** Nothing behind where recovery began is judged. */
function markHoles(tcb: Tcb): void {
  const { recovery: r, sent } = tcb
  if (sent.sackedOut === 0) return
  for (let s = sent.head; s !== null && seqLt(s.seq, sent.highestSacked) && seqLt(s.seq, r.highSeq); s = s.next)
    if (!s.sacked && !s.lost) markLost(tcb, s)
}

/**
 * RFC 6675 §4 NextSeg() (4), the rescue retransmission: no block is left, and yet something is missing; the last segment leaves again, so that its
 * ACK tells what else has not arrived.
 */
function rescue(tcb: Tcb, event: AckEvent): void {
  const { recovery: r, sent } = tcb
  if (!event.advanced || event.reports || sent.sackedOut > 0 || sent.lostOut > 0) return
  let last: SentSegment | null = null
  for (let s = sent.head; s !== null && seqLt(s.seq, r.highSeq); s = s.next) if (!isFinAlone(s)) last = s
  if (last !== null) markLost(tcb, last)
}

function isFinAlone({ ctl, seq, end }: SentSegment): boolean {
  return (ctl & Ctl.FIN) !== 0 && ((end - seq) | 0) === 1
}
