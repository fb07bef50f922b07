import { type Seq, seqGeq } from '../base/index.ts'
import { Ring } from './ring.ts'

/** A stretch of unsent octets whose boundaries segments keep: what one or more send() calls put together. */
class Chunk {
  next: Chunk | null = null
  /** Sequence number one past its last octet. */
  end: Seq = 0
  /** PSH belongs on its last octet (RFC 9293 §3.9.1.2). */
  push = false
  /** MSG_EOR: nothing is appended to it. */
  closed = false
  /** Octets of it are lent (MSG_ZEROCOPY): it takes nothing of other chunks, and gives them nothing. */
  lent = false
  /** Where its octets lie in memory, as far as that counts: one past the last octet of each stretch. */
  fragments: Seq[] | null = null
}

/** The last chunk as who lends octets sees it; its end stays what it was when it has been sent. */
export interface LastChunk {
  readonly end: Seq
  closed: boolean
  lent: boolean
  fragments: Seq[] | null
}

/**
 * The octets that send() took and the peer has not acknowledged, sent or not. Segments are cut from it when they leave, so
 * nothing is copied twice on the way in and a retransmission reads the same octets again.
 */
export class SendBuffer {
  readonly #ring = new Ring()
  /** Sequence number of the first octet held. */
  first: Seq = 0
  /** Octets held. */
  length = 0
  /** Chunks that are not wholly sent. */
  chunks = 0
  #head: Chunk | null = null
  #tail: Chunk | null = null

  /** Sequence number one past the last octet held. */
  get end(): Seq {
    return (this.first + this.length) | 0
  }

  /** Whether the octets from that number on are here. */
  holds(seq: Seq, length: number): boolean {
    return seqGeq(seq, this.first) && seqGeq(this.end, (seq + length) | 0)
  }

  /**
   * Takes octets behind what is there, at most as many as the last chunk has room for.
   * @param goal octets that a chunk shall hold at most
   * @param closes MSG_EOR: nothing joins them later
   */
  append(data: Uint8Array, start: number, length: number, goal: number, closes: boolean): void {
    this.#ring.write(this.length, data, start, length)
    const tail = this.#room(goal)
    tail.end = (tail.end + length) | 0
    tail.closed = closes
    this.length += length
  }

  /** The last chunk, if it takes more; else a new one. */
  #room(goal: number): Chunk {
    const tail = this.#tail
    // SHLD-27: a push is no boundary
    if (tail !== null && !tail.closed && this.#chunkLength(tail) < goal) return tail
    const chunk = new Chunk()
    this.chunks++
    chunk.end = this.end
    if (tail === null) this.#head = chunk
    else tail.next = chunk
    this.#tail = chunk
    this.#lastStart = this.end
    return chunk
  }

  /** Sequence number of the first octet of the last chunk, as far as it is unsent. */
  #lastStart: Seq = 0

  #chunkLength(tail: Chunk): number {
    return (tail.end - this.#lastStart) | 0
  }

  /** Sequence number of the first unsent octet of the last chunk; null: everything has been sent. */
  get tailStart(): Seq | null {
    return this.#tail === null ? null : this.#lastStart
  }

  /** The last chunk that is not wholly sent. */
  get lastChunk(): LastChunk | null {
    return this.#tail
  }

  /** Octets in the last chunk, if more can join them; 0: whatever comes begins a new one. */
  tailLength(goal: number): number {
    const tail = this.#tail
    if (tail === null || tail.closed) return 0
    const length = this.#chunkLength(tail)
    return length < goal ? length : 0
  }

  /** The next octets continue what the last chunk ended with: its PSH goes. One that was due while they are written stays. */
  unpush(): void {
    if (this.#tail !== null) this.#tail.push = false
  }

  /** PSH belongs on the last octet that is held now. */
  push(): void {
    if (this.#tail !== null) this.#tail.push = true
  }

  /** Nothing joins the last chunk any more. */
  closeTail(): void {
    if (this.#tail !== null) this.#tail.closed = true
  }

  /** Where the chunk that `nxt` lies in ends. */
  chunkEnd(): Seq {
    return this.#head === null ? this.end : this.#head.end
  }

  /** The first unsent chunk is the last there is. */
  get chunkIsLast(): boolean {
    return this.#head === this.#tail
  }

  /** MSG_EOR closed the first unsent chunk. */
  get chunkIsClosed(): boolean {
    return this.#head?.closed === true
  }

  /** Octets of the first unsent chunk are lent (MSG_ZEROCOPY). */
  get chunkIsLent(): boolean {
    return this.#head?.lent === true
  }

  /** Takes from the chunks behind the first unsent one until it reaches `octets` beyond `nxt`, unless it is closed. */
  fillChunk(nxt: Seq, octets: number): void {
    while (this.growChunk(nxt, octets));
  }

  /** The same from the next chunk alone. @returns whether that was used up */
  growChunk(nxt: Seq, octets: number): boolean {
    const head = this.#head
    const next = head === null || head.closed || head.lent ? null : head.next
    if (head === null || next === null || next.lent) return false
    const missing = octets - ((head.end - nxt) | 0)
    if (missing <= 0) return false
    if (missing < ((next.end - head.end) | 0)) {
      head.end = (head.end + missing) | 0
      if (next === this.#tail) this.#lastStart = head.end
      return false
    }
    head.end = next.end
    head.push ||= next.push
    head.closed = next.closed
    head.next = next.next
    this.chunks--
    if (next === this.#tail) {
      this.#tail = head
      this.#lastStart = nxt
    }
    return true
  }

  get chunkPushes(): boolean {
    return this.#head?.push === true
  }

  /** Everything before `nxt` has been sent. */
  sentTo(nxt: Seq): void {
    while (this.#head !== null && seqGeq(nxt, this.#head.end)) {
      this.#head = this.#head.next
      this.chunks--
    }
    if (this.#head === null) this.#tail = null
    else if (this.#head === this.#tail) this.#lastStart = nxt
  }

  /** Copies the octets from sequence number `seq` on. */
  copy(seq: Seq, into: Uint8Array, at: number, length: number): void {
    this.#ring.read((seq - this.first) | 0, into, at, length)
  }

  /** Forgets what `una` acknowledges. */
  acknowledge(una: Seq): number {
    const beyond = (una - this.first) | 0
    if (beyond <= 0) return 0
    const octets = beyond < this.length ? beyond : this.length
    this.#ring.drop(octets)
    this.first = (this.first + octets) | 0
    this.length -= octets
    if (this.length === 0) this.#ring.release()
    return octets
  }

  /** Octets that pages lent by the program take beyond the text in them. */
  lentMemory = 0
  /** Octets that were given up unacknowledged. */
  dropped = 0

  clear(): void {
    this.dropped += this.length
    this.length = 0
    this.chunks = 0
    this.#head = null
    this.#tail = null
    this.#ring.release()
  }
}
