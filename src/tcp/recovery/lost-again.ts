import { seqGt, seqLt } from '../../base/index.ts'
import { algorithm } from '../congestion/algorithms.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'

/**
 * Lost retransmissions, as FreeBSD finds them (`sack.lrd`): something that was new in this recovery has arrived, and the oldest hole, which
 * was sent again as a whole before, has not. Every such hole leaves once more, and the window is reduced once more.
 */
export function findLostAgain(tcb: Tcb, event: AckEvent): void {
  const { recovery: r, congestion: c, sent, snd, host } = tcb
  if (!host.config.findsLostRetransmissions || !(event.dataSacked || event.advanced)) return
  if (sent.sackedOut === 0 || !seqGt(sent.highestSacked, r.highSeq)) return
  if (sent.head === null || !isWhole(sent.head)) return
  for (let s = nextHole(tcb, sent.head); s !== null; s = nextHole(tcb, endOfHole(s))) if (isWhole(s)) forget(tcb, s)
  c.window = c.threshold
  c.threshold = algorithm(tcb).threshold(tcb)
  tcb.ecn.mustTellReduced = tcb.ecn.on
  r.highSeq = snd.nxt
  r.recover = snd.nxt
  r.priorWindow = Math.max(((snd.nxt - event.unaBefore) | 0) - r.priorWindow, 1)
}

/** The hole that begins here or behind, if blocks are beyond it. */
function nextHole({ sent }: Tcb, from: SentSegment | null): SentSegment | null {
  let s = from
  while (s?.sacked) s = s.next
  return s !== null && seqLt(s.seq, sent.highestSacked) ? s : null
}

function endOfHole(from: SentSegment): SentSegment | null {
  let s: SentSegment | null = from
  while (s !== null && !s.sacked) s = s.next
  return s
}

/** All of the hole has been sent again. */
function isWhole(from: SentSegment): boolean {
  for (let s: SentSegment | null = from; s !== null && !s.sacked; s = s.next) if (!s.retransmitted) return false
  return true
}

/** What was sent again is lost. */
function forget({ sent }: Tcb, from: SentSegment): void {
  for (let s: SentSegment | null = from; s !== null && !s.sacked; s = s.next) sent.markLost(s)
}
