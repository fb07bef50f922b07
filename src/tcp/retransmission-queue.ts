import { type Micros, type Seq, seqGt } from '../base/index.ts'
import { Ctl } from '../wire/index.ts'

/** One segment that was sent and is not yet wholly acknowledged (RFC 9293's retransmission queue). */
export class SentSegment {
  next: SentSegment | null = null
  /** Neighbours in the order of sending, while `timed`. */
  earlier: SentSegment | null = null
  later: SentSegment | null = null
  /** It stands in the order of sending: in flight as far as we know. */
  timed = false
  seq: Seq = 0
  /** One past its last sequence number, SYN and FIN counted. */
  end: Seq = 0
  /** SYN, FIN and PSH as sent. */
  ctl = 0
  /** It left in one burst with the segment before it; see `RetransmissionQueue.setFollows`. */
  readonly follows: boolean = false
  /** MSG_EOR: nothing is joined to it. */
  closed = false
  /** RACK has judged this copy, lost or arrived: it is among those in order of time again only when it is sent again. */
  lapsed = false
  /** When it was last sent, µs. */
  sentAt: Micros = 0
  /** Acknowledged selectively (RFC 2018). */
  sacked = false
  /** Believed lost. It stays so when it is sent again. */
  lost = false
  /** Sent again, and that copy is believed in flight. */
  retransmitted = false
  /** Was sent more than once. */
  everRetransmitted = false
  // For the delivery rate: how things stood when it was sent.
  delivered = 0
  deliveredAt: Micros = 0
  firstSentAt: Micros = 0
  appLimited = false
}

/** Segments are taken from here and given back, so that a busy connection makes no garbage. */
let spare: SentSegment | null = null

function take(): SentSegment {
  const segment = spare
  if (segment === null) return new SentSegment()
  spare = segment.next
  segment.next = null
  segment.sacked = false
  segment.lost = false
  segment.retransmitted = false
  segment.everRetransmitted = false
  putFollows(segment, false)
  segment.closed = false
  segment.lapsed = false
  return segment
}

function putFollows(segment: { follows: boolean }, follows: boolean): void {
  segment.follows = follows
}

/** The next segment of the same burst, if the same is believed of it. */
function partner(segment: SentSegment): SentSegment | null {
  const { next } = segment
  if (next === null || !next.follows || next.sacked !== segment.sacked || next.lost !== segment.lost) return null
  return next.retransmitted === segment.retransmitted && next.sentAt === segment.sentAt ? next : null
}

function giveBack(segment: SentSegment): void {
  segment.next = spare
  spare = segment
}

/**
 * The segments in flight, oldest first, with the counts that decide how many more may leave. The names are those of RFC 6675's
 * pipe and of Linux: in flight = sent − (sacked + lost) + retransmitted. A second chain links those that nothing is known of in
 * the order of sending, for RACK (RFC 8985).
 */
export class RetransmissionQueue {
  head: SentSegment | null = null
  tail: SentSegment | null = null
  /** First of those in flight in the order of sending. */
  earliest: SentSegment | null = null
  #latest: SentSegment | null = null
  /** Nothing before this segment waits to be sent again; null: look from the head. */
  #hint: SentSegment | null = null
  /** Segments sent and not acknowledged. */
  packetsOut = 0
  /** Of these, how many are not the connection's own: the SYN,ACK of what Fast Open opened early. */
  uncounted = 0
  /** Segments known to have left the network: without SACK, duplicate ACKs stand for them. */
  sackedOut = 0
  lostOut = 0
  retransOut = 0
  /** One past the highest octet that was selectively acknowledged; meaningful while `sackedOut` > 0. */
  highestSacked: Seq = 0

  get inFlight(): number {
    return this.packetsOut - this.uncounted - this.sackedOut - this.lostOut + this.retransOut
  }

  /** Segments that left in one burst with the one before them. */
  #followers = 0

  /** How many bursts they left in. */
  get bursts(): number {
    return this.packetsOut - this.#followers
  }

  /** Says whether a segment of the queue belongs to the burst of the one before it. */
  setFollows(segment: SentSegment, follows: boolean): void {
    if (segment.follows === follows) return
    putFollows(segment, follows)
    this.#followers += follows ? 1 : -1
  }

  push(seq: Seq, end: Seq, ctl: number, now: Micros): SentSegment {
    const segment = take()
    segment.seq = seq
    segment.end = end
    segment.ctl = ctl
    segment.sentAt = now
    if (this.tail === null) this.head = segment
    else this.tail.next = segment
    this.tail = segment
    this.packetsOut++
    this.#append(segment)
    return segment
  }

  /** Takes the oldest segment off: it is acknowledged. The counts lose what it stood for. */
  shift(): void {
    const segment = this.head
    if (segment === null) return
    this.head = segment.next
    if (this.head === null) this.tail = null
    else this.setFollows(this.head, false)
    this.setFollows(segment, false)
    if (this.#hint === segment) this.#hint = null
    this.packetsOut--
    if (segment.sacked) this.sackedOut--
    if (segment.lost) this.lostOut--
    if (segment.retransmitted) this.retransOut--
    this.#unlink(segment)
    giveBack(segment)
  }

  /**
   * Cuts a segment, and the burst that it belongs to, in two at sequence number `at`; FIN and PSH stay with the second half, which
   * counts as the first did.
   */
  split(segment: SentSegment, at: Seq): void {
    const size = (segment.end - segment.seq) | 0
    const rest = take()
    rest.seq = at
    rest.end = segment.end
    rest.ctl = segment.ctl
    rest.sentAt = segment.sentAt
    rest.sacked = segment.sacked
    rest.lost = segment.lost
    rest.retransmitted = segment.retransmitted
    rest.everRetransmitted = segment.everRetransmitted
    rest.delivered = segment.delivered
    rest.deliveredAt = segment.deliveredAt
    rest.firstSentAt = segment.firstSentAt
    rest.appLimited = segment.appLimited
    rest.next = segment.next
    rest.closed = segment.closed
    rest.lapsed = segment.lapsed
    segment.end = at
    segment.ctl &= ~(Ctl.FIN | Ctl.PSH)
    segment.closed = false
    segment.next = rest
    if (this.tail === segment) this.tail = rest
    this.packetsOut++
    if (rest.sacked) this.sackedOut++
    if (rest.lost) this.lostOut++
    if (rest.retransmitted) this.retransOut++
    if (segment.timed) this.#insertAfter(segment, rest)
    this.#recut(rest, size)
  }

  /** The oldest segment left alone, or is all that is left of its burst. */
  get isHeadAlone(): boolean {
    return this.head !== null && partner(this.head) === null
  }

  /**
   * The oldest segment is acknowledged in part, up to `una`. A burst is one piece until it is told apart: what is left of it is cut
   * anew from there.
   * @returns how many segments fewer that makes
   */
  trim(una: Seq): number {
    const { head } = this
    if (head === null) return 0
    const size = (head.end - head.seq) | 0
    head.seq = una
    return this.#recut(head, size)
  }

  /** Cuts what a burst holds from `segment` on into pieces of `size` octets. Returns how many segments fewer that makes. */
  #recut(segment: SentSegment, size: number): number {
    let piece = segment
    let fewer = 0
    for (let next = partner(piece); next !== null; next = partner(piece)) {
      const boundary = (piece.seq + size) | 0
      if (seqGt(next.end, boundary)) {
        piece.end = boundary
        next.seq = boundary
        piece = next
      } else {
        this.joinNext(piece)
        fewer++
      }
    }
    return fewer
  }

  /** Joins a segment with the next one, neither of them sacked or lost: they will be sent again as one. */
  joinNext(segment: SentSegment): void {
    const next = segment.next
    if (next === null) return
    segment.end = next.end
    segment.ctl |= next.ctl & (Ctl.FIN | Ctl.PSH)
    segment.closed = next.closed
    segment.next = next.next
    if (this.tail === next) this.tail = segment
    if (this.#hint === next) this.#hint = segment
    this.setFollows(next, false)
    this.packetsOut--
    if (next.lost) this.lostOut--
    if (next.retransmitted) this.retransOut--
    this.#unlink(next)
    giveBack(next)
  }

  /** Notes a selective acknowledgment: the segment has arrived, whatever was believed of it. */
  markSacked(segment: SentSegment): void {
    if (segment.sacked) return
    segment.sacked = true
    this.sackedOut++
    if (this.sackedOut === 1 || seqGt(segment.end, this.highestSacked)) this.highestSacked = segment.end
    if (segment.lost) {
      segment.lost = false
      this.lostOut--
      this.forgetRetransmission(segment)
    }
    this.#unlink(segment)
  }

  /** The copy that was sent again is not in flight any more. */
  forgetRetransmission(segment: SentSegment): void {
    if (!segment.retransmitted) return
    segment.retransmitted = false
    this.retransOut--
  }

  /**
   * Believes a segment lost, so that it may be sent again.
   * @param byTime time has judged it: once it has, it does so again only of another copy
   * @returns whether something new is believed: of the segment, or of the copy that was sent again
   */
  markLost(segment: SentSegment, byTime = false): boolean {
    if (segment.sacked) return false
    if (segment.lost && !segment.retransmitted) return false
    if (segment.lost) this.forgetRetransmission(segment)
    else this.lostOut++
    segment.lost = true
    if (byTime) segment.lapsed = true
    // The clock goes on watching a copy that was sent before this loss, and counts in flight.
    if (byTime || !segment.retransmitted) this.#unlink(segment)
    if (this.#hint !== null && seqGt(this.#hint.seq, segment.seq)) this.#hint = segment
    return true
  }

  /** What was believed lost was only late. */
  unmarkLost(): void {
    for (let segment = this.head; segment !== null; segment = segment.next) {
      if (segment.lost && !segment.timed && !segment.lapsed) this.#insertByTime(segment)
      segment.lost = false
    }
    this.lostOut = 0
  }

  /** The peer no longer holds what it had acknowledged selectively (RFC 2018 §8 allows it to renege). */
  forgetSacks(): void {
    let before: SentSegment | null = null
    for (let segment = this.head; segment !== null; before = segment, segment = segment.next) {
      if (!segment.sacked) continue
      // What arrived side by side was not told apart: it is as old as its beginning.
      const joined: SentSegment | null = segment.follows ? before : null
      if (joined !== null) {
        segment.sentAt = joined.sentAt
        segment.everRetransmitted ||= joined.everRetransmitted
      }
      segment.sacked = false
      if (!segment.timed) segment.lapsed = true
    }
    this.sackedOut = 0
  }

  /** One segment of a burst was sent again: what is not told apart has that in common. */
  markResentTogether(of: SentSegment): void {
    let first = this.head
    for (let s = first; s !== null; s = s.next) {
      if (!s.follows) first = s
      if (s === of) break
    }
    do {
      if (first !== null) first.everRetransmitted = true
      first = first?.next ?? null
    } while (first?.follows && first.sacked)
  }

  /** The oldest segment that is believed lost and not yet sent again. */
  firstLost(): SentSegment | null {
    let segment = this.#hint ?? this.head
    while (segment !== null && !(segment.lost && !segment.retransmitted)) segment = segment.next
    this.#hint = segment
    return segment
  }

  /** Notes that a segment was sent again: it is the newest in the order of sending. */
  markResent(segment: SentSegment, now: Micros): void {
    segment.sentAt = now
    segment.everRetransmitted = true
    if (segment.sacked) return
    segment.lapsed = false
    this.#unlink(segment)
    this.#append(segment)
  }

  /**
   * The copy that was sent again counts in flight.
   * @param again though one counts already, which was sent before the segment was believed lost
   */
  markRetransmitted(segment: SentSegment, again = false): void {
    if (segment.retransmitted && !again) return
    segment.retransmitted = true
    this.retransOut++
  }

  clear(): void {
    let segment = this.head
    while (segment !== null) {
      const next: SentSegment | null = segment.next
      segment.timed = false
      segment.earlier = null
      segment.later = null
      giveBack(segment)
      segment = next
    }
    this.head = null
    this.tail = null
    this.earliest = null
    this.#latest = null
    this.#hint = null
    // What was known of losses stays to be told: TCP_INFO of a connection that was reset shows it, as on Linux.
    this.packetsOut = 0
    this.#followers = 0
  }

  #append(segment: SentSegment): void {
    segment.timed = true
    segment.earlier = this.#latest
    if (this.#latest === null) this.earliest = segment
    else this.#latest.later = segment
    this.#latest = segment
  }

  #insertByTime(segment: SentSegment): void {
    let before = this.#latest
    while (before !== null && before.sentAt > segment.sentAt) before = before.earlier
    if (before !== null) return this.#insertAfter(before, segment)
    segment.timed = true
    segment.later = this.earliest
    if (this.earliest === null) this.#latest = segment
    else this.earliest.earlier = segment
    this.earliest = segment
  }

  #insertAfter(before: SentSegment, segment: SentSegment): void {
    segment.timed = true
    segment.earlier = before
    segment.later = before.later
    if (before.later === null) this.#latest = segment
    else before.later.earlier = segment
    before.later = segment
  }

  #unlink(segment: SentSegment): void {
    if (!segment.timed) return
    const { earlier, later } = segment
    if (earlier === null) this.earliest = later
    else earlier.later = later
    if (later === null) this.#latest = earlier
    else later.earlier = earlier
    segment.timed = false
    segment.earlier = null
    segment.later = null
  }
}
