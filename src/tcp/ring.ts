const NOTHING = new Uint8Array(0)
const SMALLEST = 2048
/** A ring above this is given back when it runs empty; below, it is kept for the next octets. */
const KEPT = 65_536

/**
 * A circular store of octets, addressed by offset from its first octet. It grows by doubling when written beyond its end and
 * holds nothing until the first write, so an idle connection costs no buffer.
 */
export class Ring {
  #octets: Uint8Array = NOTHING
  #head = 0

  /** Writes at `offset` from the first octet; what lies between is left as it is. */
  write(offset: number, data: Uint8Array, start: number, length: number): void {
    if (offset + length > this.#octets.length) this.#grow(offset + length)
    const octets = this.#octets
    const mask = octets.length - 1
    const at = (this.#head + offset) & mask
    const first = Math.min(length, octets.length - at)
    octets.set(data.subarray(start, start + first), at)
    if (first < length) octets.set(data.subarray(start + first, start + length), 0)
  }

  read(offset: number, into: Uint8Array, at: number, length: number): void {
    const octets = this.#octets
    const from = (this.#head + offset) & (octets.length - 1)
    const first = Math.min(length, octets.length - from)
    into.set(octets.subarray(from, from + first), at)
    if (first < length) into.set(octets.subarray(0, length - first), at + first)
  }

  /** The octet at `offset`. */
  at(offset: number): number {
    return this.#octets[(this.#head + offset) & (this.#octets.length - 1)] as number
  }

  /** Forgets the first octets. */
  drop(length: number): void {
    this.#head = (this.#head + length) & (this.#octets.length - 1)
  }

  /** Says that nothing is held any more. */
  release(): void {
    this.#head = 0
    if (this.#octets.length > KEPT) this.#octets = NOTHING
  }

  #grow(needed: number): void {
    let size = Math.max(SMALLEST, this.#octets.length * 2)
    while (size < needed) size *= 2
    const grown = new Uint8Array(size)
    const old = this.#octets
    grown.set(old.subarray(this.#head), 0)
    grown.set(old.subarray(0, this.#head), old.length - this.#head)
    this.#octets = grown
    this.#head = 0
  }
}
