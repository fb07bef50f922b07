import { type Seq, seqGeq, seqGt, seqLeq, seqLt } from '../base/index.ts'
import type { ReceivedPackets } from './received-packets.ts'
import { Ring } from './ring.ts'

/**
 * What has arrived and is not yet read: the octets in order, and behind a gap those that came early, written where they will
 * belong. Of overlapping octets the first to arrive stays, whatever the later ones say.
 */
export class ReceiveBuffer {
  readonly #ring = new Ring()
  /** Sequence number of the first unread octet. */
  first: Seq = 0
  /** Octets in order, ready to be read. */
  length = 0
  /** The same as packets, where they are what is counted, from the first of them on. */
  packets: ReceivedPackets | null = null
  /** Octets beyond a gap: ordered, disjoint [left, right) pairs, flat. */
  readonly #early: Seq[] = []

  /** RCV.NXT as far as text goes. */
  get end(): Seq {
    return (this.first + this.length) | 0
  }

  /** Whether something came early, if only a FIN. */
  get hasGap(): boolean {
    return this.#early.length > 0 || (this.packets !== null && this.packets.early.length > 0)
  }

  /** One past the last octet that has arrived, in order or not. */
  get highest(): Seq {
    return this.#early.length > 0 ? (this.#early[this.#early.length - 1] as Seq) : this.end
  }

  /** The left edge of the last early range; `highest` where there is none. */
  get lastEarly(): Seq {
    return this.#early.length > 0 ? (this.#early[this.#early.length - 2] as Seq) : this.end
  }

  /**
   * Takes text that starts at `seq` (not before `end`) and fits the window.
   * Returns by how many octets the in-order part grew; 0 for early text and pure duplicates.
   */
  insert(seq: Seq, data: Uint8Array, start: number, length: number): number {
    if (length === 0) return 0
    const before = this.end
    if (seq === before && this.#early.length === 0) {
      this.#ring.write(this.length, data, start, length)
      this.length += length
      return length
    }
    this.#fillGaps(seq, data, start, length)
    this.#merge(seq, (seq + length) | 0)
    if (this.#early[0] === before) {
      this.length += ((this.#early[1] as Seq) - before) | 0
      this.#early.splice(0, 2)
    }
    return (this.end - before) | 0
  }

  /** Writes the octets of [seq, seq + length) that no early range holds yet. */
  #fillGaps(seq: Seq, data: Uint8Array, start: number, length: number): void {
    const early = this.#early
    const end = (seq + length) | 0
    let at = seq
    for (let i = 0; i < early.length && seqLt(at, end); i += 2) {
      const left = early[i] as Seq
      const right = early[i + 1] as Seq
      if (seqLeq(right, at)) continue
      if (seqLt(at, left)) this.#write(at, seqLt(left, end) ? left : end, seq, data, start)
      if (seqGt(right, at)) at = right
    }
    if (seqLt(at, end)) this.#write(at, end, seq, data, start)
  }

  #write(from: Seq, to: Seq, seq: Seq, data: Uint8Array, start: number): void {
    this.#ring.write((from - this.first) | 0, data, start + ((from - seq) | 0), (to - from) | 0)
  }

  /** Joins [left, right) into the early ranges. */
  #merge(left: Seq, right: Seq): void {
    const early = this.#early
    let i = 0
    while (i < early.length && seqLt(early[i + 1] as Seq, left)) i += 2
    let j = i
    let lo = left
    let hi = right
    while (j < early.length && seqLeq(early[j] as Seq, right)) {
      if (seqLt(early[j] as Seq, lo)) lo = early[j] as Seq
      if (seqGt(early[j + 1] as Seq, hi)) hi = early[j + 1] as Seq
      j += 2
    }
    early.splice(i, j - i, lo, hi)
  }

  /** Stretches of text that wait behind gaps. */
  get stretches(): number {
    return this.#early.length >> 1
  }

  /** Whether [seq, end) overlaps a stretch behind a gap, or adjoins one. */
  meets(seq: Seq, end: Seq): boolean {
    for (let i = 0; i < this.#early.length; i += 2)
      if (seqLeq(seq, this.#early[i + 1] as Seq) && seqGeq(end, this.#early[i] as Seq)) return true
    return false
  }

  /** Whether every octet of [seq, end) is here already. */
  holds(seq: Seq, end: Seq): boolean {
    if (seqLeq(end, this.end)) return true
    for (let i = 0; i < this.#early.length; i += 2) {
      if (seqGeq(seq, this.#early[i] as Seq) && seqLeq(end, this.#early[i + 1] as Seq)) return true
    }
    return false
  }

  /** The first stretch of [seq, end) that is here already beyond RCV.NXT, as [left, right); null: none is. */
  overlap(seq: Seq, end: Seq): readonly [Seq, Seq] | null {
    for (let i = 0; i < this.#early.length; i += 2) {
      const left = this.#early[i] as Seq
      const right = this.#early[i + 1] as Seq
      if (seqLt(left, end) && seqGt(right, seq)) return [seqGt(left, seq) ? left : seq, seqLt(right, end) ? right : end]
    }
    return null
  }

  /** Copies from the `offset`-th unread octet on; the caller keeps within `length`. */
  copy(offset: number, into: Uint8Array, at: number, length: number): void {
    this.#ring.read(offset, into, at, length)
  }

  /** Forgets the first unread octets. */
  drop(length: number): void {
    this.#ring.drop(length)
    this.first = (this.first + length) | 0
    this.length -= length
    this.packets?.release(this.first)
    if (this.length === 0 && this.#early.length === 0) this.#ring.release()
  }

  /** What is in order goes no further than to `seq`. */
  endAt(seq: Seq): void {
    if (seqLt(seq, this.end)) this.length = (seq - this.first) | 0
  }

  /** Forgets what lies behind a gap. */
  forgetEarly(): void {
    // To set an array's length is a call out of the engine's quick code, even if nothing changes.
    if (this.#early.length > 0) this.#early.length = 0
    this.packets?.forgetEarly()
    if (this.length === 0) this.#ring.release()
  }

  /** Forgets the octets behind a gap from `edge` on; their packets are forgotten already. */
  forgetBeyond(edge: Seq): void {
    const early = this.#early
    while (early.length > 0 && seqGeq(early[early.length - 2] as Seq, edge)) early.length -= 2
    if (early.length > 0 && seqGt(early[early.length - 1] as Seq, edge)) early[early.length - 1] = edge
  }

  clear(): void {
    this.length = 0
    this.packets = null
    this.#early.length = 0
    this.#ring.release()
  }
}
