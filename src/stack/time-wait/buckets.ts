import { ARRAY_OCTETS, type Pages } from './pages.ts'

/** Buckets to a page. */
const PAGE_BITS = 10
const PAGE = 1 << PAGE_BITS
/** A table never has fewer buckets than this. */
const SMALLEST_BITS = 4
/** Records per bucket: above the first one more bucket is made, below the second one is given up. */
const LOAD_MAX = 2
const LOAD_MIN = 0.5
/** Pairs joined per removal: more than one, or a table that empties would keep a quarter of its buckets. */
const JOINS_MAX = 4

/**
 * A chained hash over records by linear hashing (Litwin, 1980): one bucket is split per insertion that finds the table too
 * full, a few are joined per removal that finds it too empty. Two octets of bucket per record, and no pause.
 */
export class Buckets {
  readonly seed: number
  readonly #records: Pages
  readonly #chain: number
  readonly #pages: Int32Array[] = []
  /** There are 2^#bits + #split buckets; those below #split, and their images, use one more bit of the hash. */
  #bits = SMALLEST_BITS
  #split = 0

  /** @param chain the record's word that links the records of a bucket. */
  constructor(seed: number, records: Pages, chain: number) {
    this.seed = seed
    this.#records = records
    this.#chain = chain
  }

  get octets(): number {
    return this.#pages.length * (PAGE * 4 + ARRAY_OCTETS + 8)
  }

  /** The first record of the bucket of a hash, −1 if there is none. */
  first(hash: number): number {
    return this.#pages.length === 0 ? -1 : this.#head(this.#bucketOf(hash))
  }

  /** Links a record; `size` is the number of records with it. */
  insert(record: number, hash: number, size: number, hashOf: (record: number) => number): void {
    if (this.#pages.length === 0) this.#pages.push(new Int32Array(PAGE))
    this.#push(this.#bucketOf(hash), record)
    if (size > this.#count * LOAD_MAX) this.#divide(hashOf)
  }

  /** Unlinks a record; `size` is the number of records without it. */
  remove(record: number, hash: number, size: number): void {
    const bucket = this.#bucketOf(hash)
    const next = this.#next(record)
    let at = this.#head(bucket)
    if (at === record) this.#setHead(bucket, next)
    else {
      while (this.#next(at) !== record) at = this.#next(at)
      this.#setNext(at, next)
    }
    for (let i = 0; i < JOINS_MAX && size < this.#count * LOAD_MIN && this.#count > 1 << SMALLEST_BITS; i++)
      this.#join()
  }

  get #count(): number {
    return (1 << this.#bits) + this.#split
  }

  #bucketOf(hash: number): number {
    const bucket = hash & ((1 << this.#bits) - 1)
    return bucket < this.#split ? hash & ((2 << this.#bits) - 1) : bucket
  }

  /** Shares the bucket at `#split` with its new image. */
  #divide(hashOf: (record: number) => number): void {
    const from = this.#split
    const to = (1 << this.#bits) + from
    if (to >> PAGE_BITS === this.#pages.length) this.#pages.push(new Int32Array(PAGE))
    let record = this.#head(from)
    this.#setHead(from, -1)
    this.#split++
    if (this.#split === 1 << this.#bits) {
      this.#split = 0
      this.#bits++
    }
    while (record >= 0) {
      const next = this.#next(record)
      this.#push(this.#bucketOf(hashOf(record)), record)
      record = next
    }
  }

  /** The inverse: appends the last bucket to its origin. */
  #join(): void {
    if (this.#split === 0) {
      this.#bits--
      this.#split = 1 << this.#bits
    }
    this.#split--
    const to = this.#split
    const from = (1 << this.#bits) + to
    let record = this.#head(from)
    this.#setHead(from, -1)
    while (record >= 0) {
      const next = this.#next(record)
      this.#push(to, record)
      record = next
    }
    if ((from & (PAGE - 1)) === 0) this.#pages.pop()
  }

  #push(bucket: number, record: number): void {
    this.#setNext(record, this.#head(bucket))
    this.#setHead(bucket, record)
  }

  #head(bucket: number): number {
    return ((this.#pages[bucket >> PAGE_BITS] as Int32Array)[bucket & (PAGE - 1)] as number) - 1
  }

  #setHead(bucket: number, record: number): void {
    ;(this.#pages[bucket >> PAGE_BITS] as Int32Array)[bucket & (PAGE - 1)] = record + 1
  }

  #next(record: number): number {
    return (this.#records.words(record)[this.#records.offset(record) + this.#chain] as number) - 1
  }

  #setNext(record: number, next: number): void {
    this.#records.words(record)[this.#records.offset(record) + this.#chain] = next + 1
  }
}
