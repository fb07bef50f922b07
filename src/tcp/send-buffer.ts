import type { Seq } from '../base/index.ts'
import { Ring } from './ring.ts'

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

  /** Sequence number one past the last octet held. */
  get end(): Seq {
    return (this.first + this.length) | 0
  }

  append(data: Uint8Array, start: number, length: number): void {
    this.#ring.write(this.length, data, start, length)
    this.length += length
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

  clear(): void {
    this.length = 0
    this.#ring.release()
  }
}
