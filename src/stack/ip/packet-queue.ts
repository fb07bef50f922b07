import { scratch } from '../../base/index.ts'
import { copyOctets, SHORT } from './copy.ts'
import type { Handover } from './handover.ts'

/** A packet's length and cut before it, so that a packet is 8-octet aligned wherever it lies. */
const HEADER = 8
const SMALLEST = 4096
/** In place of a cut's unused bits: what follows are fields, not octets. */
const FIELDS = 1 << 16

/**
 * A first-in first-out queue of packets in one ring of octets, without an object per packet. It grows by doubling up to its
 * limit and holds nothing before the first packet.
 */
export class PacketQueue implements Handover {
  readonly #limit: number
  #bytes: Uint8Array = new Uint8Array(0)
  #words: Int32Array = new Int32Array(0)
  #head = 0
  #tail = 0
  /** Where the packets end before the ring wraps round; the tail lies before the head then. */
  #wrap = 0
  #count = 0
  #octets = 0

  /** @param limit octets of ring at most, a power of two. */
  constructor(limit: number) {
    this.#limit = limit
  }

  /** Packets in the queue. */
  get size(): number {
    return this.#count
  }

  /** Octets of the packets in the queue. */
  get octets(): number {
    return this.#octets
  }

  /** The ring; `start` says where in it the first packet lies. Valid until the next `push`. */
  get bytes(): Uint8Array {
    return this.#bytes
  }

  /** The ring as words. */
  get words(): Int32Array {
    return this.#words
  }

  /** Where the first packet starts. */
  get start(): number {
    return this.#head + HEADER
  }

  /** Octets of the first packet. */
  get length(): number {
    return this.#words[this.#head >> 2] as number
  }

  /** The first packet's cut, as `Link` has it. */
  get cut(): number {
    return (this.#words[(this.#head >> 2) + 1] as number) & ~FIELDS
  }

  /** Appends a packet; false when the queue is full. */
  push(buf: Uint8Array, start: number, length: number, cut = 0): boolean {
    const at = this.#append(length, cut)
    if (at < 0) return false
    if (buf === scratch.bytes && length <= SHORT && (start & 3) === 0) this.#copyWords(start >> 2, length, at)
    else copyOctets(buf, start, length, this.#bytes, at)
    return true
  }

  /** Appends a record of fields (`handover.ts`), which the caller writes. */
  reserve(octets: number, cut: number): number {
    return this.#append(octets, cut | FIELDS)
  }

  /** Whether the first packet is a record of fields. */
  get isFields(): boolean {
    return ((this.#words[(this.#head >> 2) + 1] as number) & FIELDS) !== 0
  }

  /** Where the octets of a new packet begin; −1 when the queue is full. */
  #append(length: number, mark: number): number {
    const needed = (HEADER + length + 7) & ~7
    if (!this.#makeRoom(needed)) return -1
    const at = this.#tail
    this.#words[at >> 2] = length
    this.#words[(at >> 2) + 1] = mark
    this.#tail = at + needed
    if (this.#tail > this.#wrap) this.#wrap = this.#tail
    this.#count++
    this.#octets += length
    return at + HEADER
  }

  /** Octets beyond the packet's end, up to three, come along. */
  #copyWords(from: number, length: number, at: number): void {
    const words = this.#words
    const to = at >> 2
    for (let i = (length - 1) >> 2; i >= 0; i--) words[to + i] = scratch.words[from + i] as number
  }

  /** Forgets the first packet. */
  shift(): void {
    const length = this.length
    this.#octets -= length
    this.#count--
    this.#head += (HEADER + length + 7) & ~7
    if (this.#count === 0) {
      this.#head = 0
      this.#tail = 0
      this.#wrap = 0
    } else if (this.#head === this.#wrap && this.#tail <= this.#head) {
      this.#head = 0
      this.#wrap = this.#tail
    }
  }

  clear(): void {
    this.#head = 0
    this.#tail = 0
    this.#wrap = 0
    this.#count = 0
    this.#octets = 0
  }

  /** Sees to it that `needed` octets can be written at the tail. */
  #makeRoom(needed: number): boolean {
    const wrapped = this.#count > 0 && this.#tail <= this.#head
    if (wrapped) {
      if (this.#head - this.#tail >= needed) return true
    } else {
      if (this.#bytes.length - this.#tail >= needed) return true
      if (this.#head >= needed) {
        this.#wrap = this.#tail
        this.#tail = 0
        return true
      }
    }
    return this.#grow(needed)
  }

  #grow(needed: number): boolean {
    const used = this.#octets + this.#count * (HEADER + 7)
    let size = Math.max(SMALLEST, this.#bytes.length)
    while (size < used + needed) size *= 2
    if (size === this.#bytes.length) size *= 2
    if (size > this.#limit) return false
    const old = this.#bytes
    const bytes = new Uint8Array(size)
    const wrapped = this.#count > 0 && this.#tail <= this.#head
    const end = wrapped ? this.#wrap : this.#tail
    bytes.set(old.subarray(this.#head, end), 0)
    if (wrapped) bytes.set(old.subarray(0, this.#tail), end - this.#head)
    this.#tail = end - this.#head + (wrapped ? this.#tail : 0)
    this.#head = 0
    this.#wrap = this.#tail
    this.#bytes = bytes
    this.#words = new Int32Array(bytes.buffer)
    return true
  }
}
