import { assert } from './assert.ts'

// An entry is eight words: six of key, the value plus one (0: free), the key's hash.
const STRIDE_BITS = 3
const VALUE = 6
const HASH = 7
const CAPACITY_MIN = 256
// Buckets moved per insert or delete while the table is being resized. Growth needs two to be done before the new table
// fills; more of them shorten the time in which a lookup may have to search twice.
const MOVE_BUCKETS = 8

/**
 * A hash table from six int32 words (two addresses, two ports) to a non-negative integer: open addressing with linear
 * probing in one Int32Array, deletion by backward shift, so that no lookup ever meets a tombstone.
 *
 * It grows and shrinks by moving a few buckets with every insert and delete; no single call pays for a whole table. The
 * hash is seeded, or strangers could choose ports that all fall into one bucket.
 */
export class TupleTable {
  private readonly seed: number
  private count = 0
  private mask: number
  private words: Int32Array
  // The table being emptied, while there is one, and the first of its buckets that may still hold an entry.
  private oldWords: Int32Array | null = null
  private oldMask = 0
  private oldNext = 0

  /** @param seed any int32; a table that strangers feed wants a secret one. */
  constructor(seed: number) {
    this.seed = seed | 0
    this.mask = CAPACITY_MIN - 1
    this.words = new Int32Array(CAPACITY_MIN << STRIDE_BITS)
  }

  /** How many keys it holds. */
  get size(): number {
    return this.count
  }

  /** Adds a key that is not there yet (the caller has looked), with a value of 0 … 2^31−2. */
  insert(k0: number, k1: number, k2: number, k3: number, k4: number, k5: number, value: number): void {
    assert(value >= 0 && value < 0x7fffffff, 'a table value is 0 to 2^31-2')
    if (this.oldWords !== null) this.move()
    else if (this.count * 8 >= (this.mask + 1) * 5) this.resize((this.mask + 1) * 2)
    const hash = tupleHash(k0 | 0, k1 | 0, k2 | 0, k3 | 0, k4 | 0, k5 | 0, this.seed)
    const words = this.words
    const at = freeAt(words, this.mask, hash)
    words[at] = k0
    words[at + 1] = k1
    words[at + 2] = k2
    words[at + 3] = k3
    words[at + 4] = k4
    words[at + 5] = k5
    words[at + VALUE] = value + 1
    words[at + HASH] = hash
    this.count++
  }

  /** The key's value, −1 if it is not there. */
  find(k0: number, k1: number, k2: number, k3: number, k4: number, k5: number): number {
    const hash = tupleHash(k0 | 0, k1 | 0, k2 | 0, k3 | 0, k4 | 0, k5 | 0, this.seed)
    const at = locate(this.words, this.mask, hash, k0 | 0, k1 | 0, k2 | 0, k3 | 0, k4 | 0, k5 | 0)
    if (at >= 0) return (this.words[at + VALUE] as number) - 1
    const old = this.oldWords
    if (old === null) return -1
    const oldAt = locate(old, this.oldMask, hash, k0 | 0, k1 | 0, k2 | 0, k3 | 0, k4 | 0, k5 | 0)
    return oldAt < 0 ? -1 : (old[oldAt + VALUE] as number) - 1
  }

  /** Removes a key. Returns the value it had, −1 if it was not there. */
  take(k0: number, k1: number, k2: number, k3: number, k4: number, k5: number): number {
    if (this.oldWords !== null) this.move()
    const hash = tupleHash(k0 | 0, k1 | 0, k2 | 0, k3 | 0, k4 | 0, k5 | 0, this.seed)
    let words = this.words
    let mask = this.mask
    let at = locate(words, mask, hash, k0 | 0, k1 | 0, k2 | 0, k3 | 0, k4 | 0, k5 | 0)
    if (at < 0 && this.oldWords !== null) {
      words = this.oldWords
      mask = this.oldMask
      at = locate(words, mask, hash, k0 | 0, k1 | 0, k2 | 0, k3 | 0, k4 | 0, k5 | 0)
    }
    if (at < 0) return -1
    const value = (words[at + VALUE] as number) - 1
    removeAt(words, mask, at)
    this.count--
    const capacity = this.mask + 1
    if (this.oldWords === null && capacity > CAPACITY_MIN && this.count * 8 < capacity) this.resize(capacity / 2)
    return value
  }

  /** Visits every value once, in no order that means anything. The table must not be changed meanwhile. */
  forEach(visit: (value: number) => void): void {
    visitAll(this.words, visit)
    if (this.oldWords !== null) visitAll(this.oldWords, visit)
  }

  private resize(capacity: number): void {
    this.oldWords = this.words
    this.oldMask = this.mask
    this.oldNext = 0
    this.mask = capacity - 1
    this.words = new Int32Array(capacity << STRIDE_BITS)
    this.move()
  }

  /** Empties the next few buckets of the old table into the new one. */
  private move(): void {
    const old = this.oldWords as Int32Array
    const end = Math.min(this.oldNext + MOVE_BUCKETS, this.oldMask + 1)
    for (let bucket = this.oldNext; bucket < end; bucket++) {
      const from = bucket << STRIDE_BITS
      // Removal shifts the entries behind it forward, so that the old table stays searchable: repeat until none came.
      while (old[from + VALUE] !== 0) {
        copyEntry(old, from, this.words, freeAt(this.words, this.mask, old[from + HASH] as number))
        removeAt(old, this.oldMask, from)
      }
    }
    this.oldNext = end
    if (end > this.oldMask) this.oldWords = null
  }
}

/** Where the key's entry begins, −1 if it is not there. */
function locate(
  words: Int32Array,
  mask: number,
  hash: number,
  k0: number,
  k1: number,
  k2: number,
  k3: number,
  k4: number,
  k5: number,
): number {
  let bucket = hash & mask
  for (;;) {
    const at = bucket << STRIDE_BITS
    if (words[at + VALUE] === 0) return -1
    if (
      words[at + HASH] === hash &&
      words[at] === k0 &&
      words[at + 1] === k1 &&
      words[at + 2] === k2 &&
      words[at + 3] === k3 &&
      words[at + 4] === k4 &&
      words[at + 5] === k5
    ) {
      return at
    }
    bucket = (bucket + 1) & mask
  }
}

/** Where an entry of this hash may be written. */
function freeAt(words: Int32Array, mask: number, hash: number): number {
  let bucket = hash & mask
  while (words[(bucket << STRIDE_BITS) + VALUE] !== 0) bucket = (bucket + 1) & mask
  return bucket << STRIDE_BITS
}

/** Frees an entry and closes the gap: each follower that may live nearer its home bucket moves up (Knuth, 6.4 R). */
function removeAt(words: Int32Array, mask: number, at: number): void {
  let gap = at >> STRIDE_BITS
  let bucket = gap
  for (;;) {
    bucket = (bucket + 1) & mask
    const from = bucket << STRIDE_BITS
    if (words[from + VALUE] === 0) break
    const home = (words[from + HASH] as number) & mask
    // It may move unless its home lies behind the gap, cyclically in (gap, bucket].
    if (((bucket - home) & mask) < ((bucket - gap) & mask)) continue
    copyEntry(words, from, words, gap << STRIDE_BITS)
    gap = bucket
  }
  words[(gap << STRIDE_BITS) + VALUE] = 0
}

function copyEntry(from: Int32Array, at: number, to: Int32Array, toAt: number): void {
  for (let i = 0; i <= HASH; i++) to[toAt + i] = from[at + i] as number
}

function visitAll(words: Int32Array, visit: (value: number) => void): void {
  for (let at = 0; at < words.length; at += 1 << STRIDE_BITS) {
    const value = words[at + VALUE] as number
    if (value !== 0) visit(value - 1)
  }
}

/** Six int32 words to one: a multiplication for each, whose upper half is folded into the lower. The seed makes collisions unknown to others. */
export function tupleHash(
  k0: number,
  k1: number,
  k2: number,
  k3: number,
  k4: number,
  k5: number,
  seed: number,
): number {
  // Two chains of three, which the processor works on at once.
  const left = stir(stir(stir(seed, k0), k1), k2)
  const right = stir(stir(stir(~seed, k3), k4), k5)
  return stir(stir(left, right), 0)
}

function stir(h: number, k: number): number {
  const m = Math.imul(h ^ k, 0x9e3779b1)
  return m ^ (m >>> 15)
}
