import { type Micros, type Seq, seqGt } from '../base/index.ts'
import { Ctl } from '../wire/index.ts'

/** One segment that was sent and is not yet wholly acknowledged (RFC 9293's retransmission queue). */
export class SentSegment {
  next: SentSegment | null = null
  seq: Seq = 0
  /** One past its last sequence number, SYN and FIN counted. */
  end: Seq = 0
  /** SYN, FIN and PSH as sent. */
  ctl = 0
  /** When it was last sent, µs. */
  sentAt: Micros = 0
  /** How often it was sent. */
  transmissions = 0
  /** Believed lost, and not sent again since. */
  lost = false
  /** Sent again since it was believed lost. */
  retransmitted = false
}

/** Segments are taken from here and given back, so that a busy connection makes no garbage. */
let spare: SentSegment | null = null

function take(): SentSegment {
  const segment = spare
  if (segment === null) return new SentSegment()
  spare = segment.next
  segment.next = null
  segment.lost = false
  segment.retransmitted = false
  return segment
}

function giveBack(segment: SentSegment): void {
  segment.next = spare
  spare = segment
}

/** What an ACK took off the queue; one object per realm, overwritten by each call. */
export class Acknowledged {
  segments = 0
  /** Segments among them that had been sent more than once. */
  resent = 0
  /** When the newest segment that was sent only once had left; −1: none (Karn's rule). */
  sentAt: Micros = -1
}
const acknowledged = new Acknowledged()

/**
 * The segments in flight, oldest first, with the counts that decide how many more may leave. The names are those of RFC 6675's
 * pipe and of Linux: in flight = sent − (sacked + lost) + retransmitted.
 */
export class RetransmissionQueue {
  head: SentSegment | null = null
  #tail: SentSegment | null = null
  /** Segments sent and not acknowledged. */
  packetsOut = 0
  /** Segments known to have left the network: without SACK, duplicate ACKs stand for them. */
  sackedOut = 0
  lostOut = 0
  retransOut = 0

  get inFlight(): number {
    return this.packetsOut - this.sackedOut - this.lostOut + this.retransOut
  }

  push(seq: Seq, end: Seq, ctl: number, now: Micros): void {
    const segment = take()
    segment.seq = seq
    segment.end = end
    segment.ctl = ctl
    segment.sentAt = now
    segment.transmissions = 1
    if (this.#tail === null) this.head = segment
    else this.#tail.next = segment
    this.#tail = segment
    this.packetsOut++
  }

  /** Removes what `una` covers; a segment covered in part stays, cut at the front. */
  acknowledge(una: Seq): Acknowledged {
    acknowledged.segments = 0
    acknowledged.resent = 0
    acknowledged.sentAt = -1
    let segment = this.head
    while (segment !== null && !seqGt(segment.end, una)) {
      const next: SentSegment | null = segment.next
      acknowledged.segments++
      if (segment.transmissions > 1) acknowledged.resent++
      else acknowledged.sentAt = segment.sentAt
      this.#forget(segment)
      segment = next
    }
    this.head = segment
    if (segment === null) this.#tail = null
    else if (seqGt(una, segment.seq)) segment.seq = una
    return acknowledged
  }

  /** Cuts a segment in two at sequence number `at`; FIN and PSH stay with the second half, which counts as the first did. */
  split(segment: SentSegment, at: Seq): void {
    const rest = take()
    rest.seq = at
    rest.end = segment.end
    rest.ctl = segment.ctl
    rest.sentAt = segment.sentAt
    rest.transmissions = segment.transmissions
    rest.lost = segment.lost
    rest.retransmitted = segment.retransmitted
    rest.next = segment.next
    segment.end = at
    segment.ctl &= ~(Ctl.FIN | Ctl.PSH)
    segment.next = rest
    if (this.#tail === segment) this.#tail = rest
    this.packetsOut++
    if (rest.lost) this.lostOut++
    if (rest.retransmitted) this.retransOut++
  }

  #forget(segment: SentSegment): void {
    this.packetsOut--
    if (segment.lost) this.lostOut--
    if (segment.retransmitted) this.retransOut--
    giveBack(segment)
  }

  /** Believes a segment lost, so that it may be sent again. */
  markLost(segment: SentSegment): void {
    if (!segment.lost) this.lostOut++
    segment.lost = true
    if (segment.retransmitted) {
      segment.retransmitted = false
      this.retransOut--
    }
  }

  /** After a timeout everything is believed lost (RFC 6298 §5.4 with RFC 5681 §3.1). */
  markAllLost(): void {
    for (let segment = this.head; segment !== null; segment = segment.next) {
      if (segment.retransmitted) {
        segment.retransmitted = false
        this.retransOut--
      }
      if (!segment.lost) {
        segment.lost = true
        this.lostOut++
      }
    }
    this.sackedOut = 0
  }

  /** The oldest segment that is believed lost and not yet sent again. */
  firstLost(): SentSegment | null {
    for (let segment = this.head; segment !== null; segment = segment.next) {
      if (segment.lost && !segment.retransmitted) return segment
    }
    return null
  }

  /** Notes that a segment has been sent again. A segment that is lost and sent again counts once in flight. */
  markResent(segment: SentSegment, now: Micros): void {
    segment.sentAt = now
    segment.transmissions++
    if (!segment.retransmitted) {
      segment.retransmitted = true
      this.retransOut++
    }
  }

  clear(): void {
    let segment = this.head
    while (segment !== null) {
      const next: SentSegment | null = segment.next
      giveBack(segment)
      segment = next
    }
    this.head = null
    this.#tail = null
    this.packetsOut = 0
    this.sackedOut = 0
    this.lostOut = 0
    this.retransOut = 0
  }
}
