import { type Seq, seqGeq, seqGt, seqLeq, seqLt } from '../../base/index.ts'
import { Ctl, type TcpSegment } from '../../wire/index.ts'
import { isRequest } from '../request.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { sampleDelivery } from './delivery-rate.ts'
import { countsDsack, dsackOfForgotten, isDsack, isDsackOfEpisode } from './dsack.ts'
import { BufferWalk } from './joined-buffers.ts'
import { KnownBlocks } from './known-blocks.ts'
import { Phase } from './loss-recovery.ts'
import { advanceRack } from './rack.ts'
import { reorderedFrom } from './reordering.ts'

/** The block under inspection. */
const lefts = new Int32Array(4)
const rights = new Int32Array(4)
const walk = new BufferWalk()

/** RFC 2018 §5, RFC 6675 §3: takes the SACK blocks of an acknowledgment into the retransmission queue. */
export function takeSackBlocks(tcb: Tcb, segment: TcpSegment, una: Seq, event: AckEvent): void {
  const r = tcb.recovery
  const duplicate = isDsack(segment) && countsDsack(tcb, segment, event)
  if (duplicate) dsackOfForgotten(tcb, segment.sackLeft[0] as Seq, segment.sackRight[0] as Seq, una)
  // An ACK from before the last window may not know what it says.
  if (seqLt(segment.ack, (una - tcb.snd.maxWnd) | 0) || nothingOut(tcb)) return
  const known = tcb.host.policy.skipsKnownBlocks && tcb.sent.sackedOut > 0 ? r.knownBlocks : null
  const ofEpisode = duplicate && isDsackOfEpisode(tcb, segment.sackLeft[0] as Seq, segment.sackRight[0] as Seq)
  if (duplicate && !ofEpisode) tcb.host.counters[r.undoable ? 'TCPDSACKIgnoredOld' : 'TCPDSACKIgnoredNoUndo']++
  // What came twice is told first: sacked by the block that holds it, it would look as if it had been overtaken.
  if (ofEpisode) markDuplicate(tcb, segment.sackLeft[0] as Seq, segment.sackRight[0] as Seq, event)
  const keepsIt = ofEpisode && tcb.host.policy.skipsKnownBlocks && seqGt(segment.sackLeft[0] as Seq, tcb.snd.una)
  const count = usableBlocks(tcb, segment, duplicate && !keepsIt ? 1 : 0)
  if (known === null) for (let i = 0; i < count; i++) markBlock(tcb, lefts[i] as Seq, rights[i] as Seq, event)
  else markNews(tcb, known, count, event)
  if (tcb.host.policy.skipsKnownBlocks) {
    r.knownBlocks ??= new KnownBlocks()
    r.knownBlocks.take(lefts, rights, count)
  }
  if (event.reordered && (r.phase !== Phase.LOSS || r.undoable)) reorderedFrom(tcb, event.reorderedFrom, false)
}

/** What is a request's, a SYN-ACK, is not the connection's to be told of. */
function nothingOut(tcb: Tcb): boolean {
  return tcb.sent.packetsOut === (isRequest(tcb) ? 1 : tcb.sent.uncounted)
}

/**
 * The blocks that can be true, lowest first: within what is in flight, and not empty.
 * @param first the first that is asked about: behind a DSACK, or that one, if it is about what is in flight
 */
function usableBlocks(tcb: Tcb, segment: TcpSegment, first: number): number {
  const { una, nxt } = tcb.snd
  let count = 0
  for (let i = first; i < segment.sackCount; i++) {
    const left = segment.sackLeft[i] as Seq
    const right = segment.sackRight[i] as Seq
    // One that begins at SND.UNA contradicts the acknowledgment that it comes with.
    if (!seqLt(left, right) || seqGt(right, nxt) || seqLeq(left, una)) {
      // What SND.UNA has passed meanwhile is only late, unless the ACK knows of it; anything else is nonsense.
      if (segment.ack === una || !seqLeq(right, una)) tcb.host.counters.TCPSACKDiscard++
      continue
    }
    let at = count++
    while (at > 0 && seqLt(left, lefts[at - 1] as Seq)) {
      lefts[at] = lefts[at - 1] as Seq
      rights[at] = rights[at - 1] as Seq
      at--
    }
    lefts[at] = left
    rights[at] = right
  }
  return count
}

/** The same of what the blocks of the ACK before did not hold: there is nothing new in those, though a segment may end outside of them. */
function markNews(tcb: Tcb, known: KnownBlocks, count: number, event: AckEvent): void {
  let k = 0
  for (let i = 0; i < count; i++) {
    const left = lefts[i] as Seq
    const right = rights[i] as Seq
    while (k < known.count && seqGeq(left, known.rights[k] as Seq)) k++
    let from = left
    for (; k < known.count && seqGt(right, known.lefts[k] as Seq); k++) {
      if (seqLt(left, known.lefts[k] as Seq)) markBlock(tcb, left, known.lefts[k] as Seq, event, from)
      if (seqGt(known.rights[k] as Seq, from)) from = known.rights[k] as Seq
      // Behind all that has arrived nothing can have been told before.
      if (seqLeq(right, from) || tcb.sent.highestSacked === from) break
    }
    if (seqGt(right, from)) markBlock(tcb, left, right, event, from)
  }
}

/** @param from what ends here or before is not looked at */
function markBlock(tcb: Tcb, left: Seq, right: Seq, event: AckEvent, from = left): void {
  const sent = tcb.sent
  let before: SentSegment | null = null
  // The last one marked, and whether the burst that it is of joins what lies before it.
  let marked: SentSegment | null = null
  let joins = false
  walk.begin()
  for (let s = sent.head; s !== null; before = s, s = s.next) {
    // A burst that the block begins in is told apart there, at its next segment, even if that is not in the block.
    if (s.follows && before !== null && !before.sacked && seqLt(before.seq, left) && seqGeq(s.seq, left)) {
      sent.setFollows(s, false)
      walk.cut(tcb)
    }
    walk.pass(s)
    if (seqGeq(s.seq, right)) break
    if (seqLeq(s.end, from)) continue
    walk.meet(tcb, left, right)
    if (s.sacked) {
      if (before?.sacked && !s.follows) joinArrived(tcb, before, s)
      continue
    }
    if (!covers(tcb, s, left, right) && !(marked === before && takesFinAlong(tcb, before, s, right))) continue
    if (!s.follows || before === null || marked !== before) joins = joinsSacked(before, s)
    markSegment(tcb, s, event)
    if (!joins) event.octets += (s.end - s.seq) | 0
    marked = s
    // Neighbours that have arrived need not be told apart: should the peer renege, they are sent again as one burst.
    if (before?.sacked && joinArrived(tcb, before, s) && s.next?.sacked) joinArrived(tcb, s, s.next)
  }
  if (joins && marked !== null) event.octets += restOfBurst(marked)
  // What is left of a burst that the block ends in is another.
  if (marked?.next?.follows && !marked.next.sacked) sent.setFollows(marked.next, false)
}

/** Two segments that have arrived, one behind the other. Those of a burst are alike, but for the PSH at its end. False: they stay apart. */
function joinArrived({ sent, host }: Tcb, before: SentSegment, s: SentSegment): boolean {
  const alike = ((before.end - before.seq) | 0) === ((s.end - s.seq) | 0)
  const joined = alike && !before.closed && !before.retransmitted && !s.retransmitted
  sent.setFollows(s, joined)
  if (!joined || !host.policy.sendsBursts) return joined
  s.ctl |= before.ctl & Ctl.PSH
  before.ctl &= ~Ctl.PSH
  if (before.everRetransmitted !== s.everRetransmitted) sent.markResentTogether(s)
  return true
}

/**
 * Of a burst that is joined with what has arrived before it, Linux counts no octets but those that have not: they are told so for accurate
 * ECN, where no option tells better.
 */
function joinsSacked(before: SentSegment | null, s: SentSegment): boolean {
  if (before === null || !before.sacked || before.closed || (s.retransmitted && !s.lost)) return false
  return ((before.end - before.seq) | 0) === ((s.end - s.seq) | 0)
}

function restOfBurst(marked: SentSegment): number {
  let octets = 0
  for (let s = marked.next; s?.follows && !s.sacked; s = s.next) octets += (s.end - s.seq) | 0
  return octets
}

/**
 * Whether the block covers the segment; one that it covers in part is cut at whole segments, the rest is not known. Where bursts are told apart
 * by what left, a segment is whole, however much smaller they have become since.
 */
function covers(tcb: Tcb, s: SentSegment, left: Seq, right: Seq): boolean {
  if (seqGeq(s.seq, left) && seqLeq(s.end, right)) return true
  if (tcb.host.policy.sendsBursts) return false
  const mss = tcb.sendMss
  // A FIN alone is no part that could be known apart.
  const fin = (s.ctl & Ctl.FIN) !== 0 ? 1 : 0
  if (((s.end - s.seq - fin) | 0) <= mss) return false
  const inside = seqGeq(s.seq, left)
  const length = inside ? (right - s.seq) | 0 : (left - s.seq) | 0
  const whole = inside ? Math.floor(length / mss) * mss : Math.ceil(length / mss) * mss
  if (whole <= 0 || whole >= ((s.end - s.seq) | 0)) return false
  tcb.sent.split(s, (s.seq + whole) | 0)
  return inside
}

/**
 * DIFFERS: from RFC 2018, because Linux does: the rest of a burst, whole segments all of it, is joined with what arrived before it, and the FIN
 * behind it comes along, although the block ends before that.
 * @param before the segment before in the queue, told by the same block
 */
function takesFinAlong(tcb: Tcb, before: SentSegment | null, s: SentSegment, right: Seq): boolean {
  if (before === null || !s.follows || (s.ctl & Ctl.FIN) === 0 || !tcb.host.policy.sendsBursts) return false
  return right === ((s.end - 1) | 0) && ((right - s.seq) | 0) === ((before.end - before.seq) | 0)
}

function markSegment(tcb: Tcb, s: SentSegment, event: AckEvent): void {
  const r = tcb.recovery
  const sent = tcb.sent
  advanceRack(tcb, s)
  if (!s.everRetransmitted) {
    if (sent.sackedOut > 0 && seqLt(s.seq, sent.highestSacked)) noteReordering(event, s.seq)
    if (seqLeq(s.end, r.highSeq)) event.originalAcked = true
    if (event.firstSackedAt < 0) event.firstSackedAt = s.sentAt
    event.lastSackedAt = s.sentAt
  }
  sent.markSacked(s)
  event.dataSacked = true
  r.delivered++
  if (event.ece && tcb.ecn.on) r.deliveredCe++
  sampleDelivery(tcb, s, event)
}

/** RFC 2883: the receiver had this already, so one of our copies was needless. */
function markDuplicate(tcb: Tcb, left: Seq, right: Seq, event: AckEvent): void {
  const r = tcb.recovery
  // One that begins at SND.UNA is none of those that are acknowledged, and none behind a gap.
  if (left === tcb.snd.una) return
  walk.begin()
  for (let s = tcb.sent.head; s !== null && seqLt(s.seq, right); s = s.next) {
    walk.pass(s)
    if (seqGt(s.end, left)) walk.meet(tcb, left, right)
    if (seqLt(s.seq, left) || seqGt(s.end, right) || !s.everRetransmitted) continue
    if (r.undoable && r.undoRetransmissions > 0 && seqGt(s.end, r.undoMarker)) r.undoRetransmissions--
    if (s.sacked) noteReordering(event, s.seq)
    // What this very ACK acknowledges is taken as such, behind what the other blocks tell.
    if (seqLeq(s.end, tcb.snd.una)) continue
    if (!s.sacked) {
      markSegment(tcb, s, event)
      event.octets += (s.end - s.seq) | 0
    }
    tcb.sent.forgetRetransmission(s)
  }
}

/** Something arrived that had been overtaken by what was sent after it. */
export function noteReordering(event: AckEvent, seq: Seq): void {
  if (!event.reordered || seqLt(seq, event.reorderedFrom)) event.reorderedFrom = seq
  event.reordered = true
}
