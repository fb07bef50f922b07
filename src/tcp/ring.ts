/** Octets of one slab: a few segments, so that little is wasted on a connection that holds little. */
const SLAB_BITS = 14
const SLAB = 1 << SLAB_BITS
const MASK = SLAB - 1
/** Slabs kept for the next that needs one: 16 MB. */
const SPARE_MAX = 1024

const spare: Uint8Array[] = []

function take(): Uint8Array {
  return spare.pop() ?? new Uint8Array(SLAB)
}

function giveBack(slab: Uint8Array): void {
  if (spare.length < SPARE_MAX) spare.push(slab)
}

/**
 * A queue of octets, addressed by offset from its first octet. It lies in slabs that all connections share in turns: growing copies
 * nothing, and what is empty holds nothing.
 */
export class Ring {
  readonly #slabs: Uint8Array[] = []
  /** Where the first octet lies in the first slab. */
  #head = 0

  /** Writes at `offset` from the first octet; what lies between is left as it is. */
  write(offset: number, data: Uint8Array, start: number, length: number): void {
    const slabs = this.#slabs
    let at = this.#head + offset
    let from = start
    let left = length
    while (slabs.length << SLAB_BITS < at + length) slabs.push(take())
    if (left > 0 && left === data.length && (at & MASK) + left <= SLAB) {
      // In one piece: a view of it would cost as much as the copy.
      ;(slabs[at >>> SLAB_BITS] as Uint8Array).set(data, at & MASK)
      return
    }
    while (left > 0) {
      const place = at & MASK
      const step = Math.min(left, SLAB - place)
      const slab = slabs[at >>> SLAB_BITS] as Uint8Array
      slab.set(data.subarray(from, from + step), place)
      at += step
      from += step
      left -= step
    }
  }

  read(offset: number, into: Uint8Array, to: number, length: number): void {
    let at = this.#head + offset
    let place = to
    let left = length
    while (left > 0) {
      const from = at & MASK
      const step = Math.min(left, SLAB - from)
      const slab = this.#slabs[at >>> SLAB_BITS] as Uint8Array
      into.set(slab.subarray(from, from + step), place)
      at += step
      place += step
      left -= step
    }
  }

  /** Forgets the first octets. */
  drop(length: number): void {
    this.#head += length
    while (this.#head >= SLAB) {
      const slab = this.#slabs.shift()
      if (slab !== undefined) giveBack(slab)
      this.#head -= SLAB
    }
  }

  /** Says that nothing is held any more. */
  release(): void {
    this.#head = 0
    for (let slab = this.#slabs.pop(); slab !== undefined; slab = this.#slabs.pop()) giveBack(slab)
  }
}
