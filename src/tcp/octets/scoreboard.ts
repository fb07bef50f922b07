import { type Seq, seqGeq, seqGt, seqLeq, seqLt, seqMax, seqMin } from '../../base/index.ts'
import type { TcpSegment } from '../../wire/index.ts'

/** What lies between two stretches that have arrived. */
export interface Hole {
  start: Seq
  end: Seq
  /** As far as this it was sent again in this recovery; beyond its end: where what is new in the recovery begins. */
  resent: Seq
}

/** What an ACK's blocks have told. */
export const News = {
  NOTHING: 0,
  /** More has arrived. */
  ARRIVAL: 1,
  /** And there is a gap where none was known. */
  GAP: 2,
} as const
/** One of these. */
export type News = (typeof News)[keyof typeof News]

/** Blocks of an ACK, and what it acknowledges. */
const BLOCKS_MOST = 5
const lefts = new Int32Array(BLOCKS_MOST)
const rights = new Int32Array(BLOCKS_MOST)

/** Where a connection stands when an ACK comes. */
export interface Standing {
  una: Seq
  nxt: Seq
  /** Octets of a segment, options and all. */
  mss: number
  /** Where what is new in a recovery begins. */
  recover: Seq
  /** Retransmissions that get lost are looked for. */
  findsLostAgain: boolean
}

/**
 * RFC 6675 §3 by octets: the holes behind SND.UNA, lowest first, and how much was sent again, has arrived, and is lost. What lies behind three
 * stretches, or behind more octets than two segments have, is lost (§4, IsLost()).
 */
export class Scoreboard {
  readonly holes: Hole[] = []
  /** The first of those that may leave again. */
  next: Hole | null = null
  /** One past the highest octet that has arrived. */
  highest: Seq = 0
  resent = 0
  sacked = 0
  lost = 0
  /** What the last ACK told as arrived. */
  delivered = 0
  /** Octets of all holes. */
  #missing = 0

  /** Takes an ACK with its blocks. */
  take(at: Standing, segment: TcpSegment): News {
    const { ack } = segment
    const { una, nxt } = at
    const taken = seqLt(una, ack) && this.holes.length > 0 ? (ack - una) | 0 : 0
    let delivered = 0
    let news: News = News.NOTHING
    if (taken > 0 && seqLt(this.highest, ack)) {
      delivered += taken
      this.highest = ack
      news = News.ARRIVAL
    }
    const count = collect(segment, una, nxt, taken)
    if (count === 0) return news
    if (this.holes.length === 0) this.#begin(seqMax(una, ack))
    let i = count - 1
    const left = lefts[i] as Seq
    const right = rights[i] as Seq
    if (seqLt(this.highest, left)) {
      news = this.#appendHole(seqMax(una, ack), left)
      delivered += (right - left) | 0
      this.highest = right
      i--
    } else if (seqLt(this.highest, right)) {
      delivered += (right - this.highest) | 0
      this.highest = right
      news = News.ARRIVAL
    }
    for (; i >= 0; i--) {
      const before = this.#missing
      // What is told last, of the lowest octets, counts.
      news = this.#fill(lefts[i] as Seq, rights[i] as Seq, at) || news
      delivered += before - this.#missing
    }
    this.delivered = delivered
    this.sacked += delivered - taken
    this.lost = this.#missing - this.#notLost(at.mss)
    return segment.sackCount > 0 ? news : News.NOTHING
  }

  #begin(from: Seq): void {
    this.highest = from
    this.sacked = 0
    this.#missing = 0
  }

  /** A block lies beyond all others. The last hole reaches that far already only where it was made up (`addHole`): then it moves. */
  #appendHole(una: Seq, end: Seq): News {
    const last = this.holes.at(-1)
    if (last === undefined || seqGt(this.highest, last.end)) {
      this.addHole(this.highest, end)
      return News.ARRIVAL
    }
    this.#missing -= (last.end - last.start) | 0
    last.start = seqMax(this.highest, una)
    last.end = end
    last.resent = last.start
    this.#missing += (end - last.start) | 0
    return News.GAP
  }

  /** Something is missing there, above all other holes. */
  addHole(start: Seq, end: Seq): void {
    this.#insert(start, end, this.holes.length)
    this.#missing += (end - start) | 0
  }

  #insert(start: Seq, end: Seq, at: number): Hole {
    const hole: Hole = { start, end, resent: start }
    this.holes.splice(at, 0, hole)
    this.next ??= hole
    return hole
  }

  /** [left, right) has arrived: holes shrink, vanish or are told apart. */
  #fill(left: Seq, right: Seq, at: Standing): News {
    let news: News = News.NOTHING
    for (let i = this.holes.length - 1; i >= 0; i--) {
      const hole = this.holes[i] as Hole
      if (seqGeq(left, hole.end)) break
      if (seqLeq(right, hole.start)) continue
      news = News.ARRIVAL
      this.resent -= resentOf(hole)
      const from = seqMax(left, hole.start)
      const to = seqMin(right, hole.end)
      this.#missing -= (to - from) | 0
      if (from === hole.start && to === hole.end) {
        this.#remove(i)
        continue
      }
      if (from === hole.start) {
        hole.start = to
        hole.resent = seqMax(hole.resent, to)
      } else {
        if (to !== hole.end) {
          this.#splitOff(hole, to, i + 1)
          news = News.GAP
        }
        hole.end = from
        hole.resent = seqMin(hole.resent, from)
        if (at.findsLostAgain && hole.resent === from) hole.resent = at.recover
      }
      this.resent += resentOf(hole)
    }
    return news
  }

  #splitOff(hole: Hole, start: Seq, at: number): void {
    const rest = this.#insert(start, hole.end, at)
    rest.resent = seqMax(hole.resent, start)
    this.resent += resentOf(rest)
  }

  #remove(i: number): void {
    if (this.next === this.holes[i]) this.next = this.holes[i + 1] ?? null
    this.holes.splice(i, 1)
  }

  /** Octets of holes that so little lies behind that they may still arrive. */
  #notLost(mss: number): number {
    let octets = 0
    let behind = 0
    let highest = this.highest
    for (let i = this.holes.length - 1, stretches = 1; i >= 0; i--, stretches++) {
      const hole = this.holes[i] as Hole
      behind += (highest - hole.end) | 0
      highest = hole.start
      if (stretches >= 3 || behind > 2 * mss) break
      octets += (hole.end - hole.start) | 0
    }
    return octets
  }

  /** The first hole of which something may leave again. */
  nextHole(): Hole | null {
    if (this.next === null) return null
    for (let i = this.holes.indexOf(this.next); i < this.holes.length; i++) {
      const hole = this.holes[i] as Hole
      if (seqGeq(hole.resent, hole.end)) continue
      this.next = hole
      return hole
    }
    return null
  }

  /** Octets between `una` and `from` that have arrived. What has arrived at `from` is among them. */
  arrivedBefore(from: Seq): number {
    if (this.holes.length === 0) return 0
    if (seqGeq(from, this.highest)) return this.sacked
    let octets = 0
    for (let i = 0; i < this.holes.length; i++) {
      const hole = this.holes[i] as Hole
      if (seqLt(from, hole.end)) return octets
      const after = this.holes[i + 1]
      if (after === undefined) break
      octets += (after.start - hole.end) | 0
    }
    return this.sacked
  }

  /** The first octet from `from` on that has not arrived. */
  skipArrived(from: Seq): Seq {
    if (this.holes.length === 0 || seqGeq(from, this.highest)) return from
    for (const hole of this.holes) {
      if (seqLt(from, hole.start)) return hole === this.holes[0] ? from : hole.start
      if (seqLt(from, hole.end)) return from
    }
    return this.highest
  }

  /** All of it leaves again. */
  startOver(): void {
    for (const hole of this.holes) hole.resent = hole.start
    this.next = this.holes[0] ?? null
    this.resent = 0
  }

  clear(): void {
    this.holes.length = 0
    this.next = null
    this.resent = 0
    this.delivered = 0
    this.sacked = 0
    this.lost = 0
    this.#missing = 0
  }
}

const resentOf = (hole: Hole): number => (seqMin(hole.resent, hole.end) - hole.start) | 0

/** The blocks that can be true, the one that ends lowest first; what the ACK itself takes counts as one. */
function collect(segment: TcpSegment, una: Seq, nxt: Seq, taken: number): number {
  const { ack } = segment
  let count = 0
  if (taken > 0) count = put(0, una, ack)
  for (let i = 0; i < segment.sackCount; i++) {
    const left = segment.sackLeft[i] as Seq
    const right = segment.sackRight[i] as Seq
    if (!seqGt(right, left) || !seqGt(left, una) || !seqGt(left, ack)) continue
    if (!seqLt(left, nxt) || !seqLeq(right, nxt)) continue
    count = put(count, left, right)
  }
  return count
}

function put(count: number, left: Seq, right: Seq): number {
  let at = count
  for (; at > 0 && seqLt(right, rights[at - 1] as Seq); at--) {
    lefts[at] = lefts[at - 1] as Seq
    rights[at] = rights[at - 1] as Seq
  }
  lefts[at] = left
  rights[at] = right
  return count + 1
}
