/** Words of one record. */
const RECORD_WORDS = 15
/** Records to a page: 30 KB, so that growing is never felt. */
const RECORD_BITS = 9
const RECORDS = 1 << RECORD_BITS
/** What a typed array with a buffer of its own costs beside its octets (V8: two objects and the backing store's record). */
export const ARRAY_OCTETS = 256
/** Word of a free record that holds the next free one, plus one. */
const NEXT_FREE = 0

/**
 * Fixed-size records in pages that come and go: a page without records gives its memory back. Of the pages with room the
 * one opened last is filled first, so that the others may run empty.
 */
export class Pages {
  readonly #pages: (Int32Array | null)[] = []
  /** Per page: records in use, records ever handed out, first free record of those that came back, plus one. */
  readonly #used: number[] = []
  readonly #fresh: number[] = []
  readonly #free: number[] = []
  /** Pages with room. */
  readonly #open: number[] = []
  #backed = 0
  #spare = -1

  /** The words of the page that holds a record. */
  words(record: number): Int32Array {
    return this.#pages[record >> RECORD_BITS] as Int32Array
  }

  /** Where the record begins in its page. */
  offset(record: number): number {
    return (record & (RECORDS - 1)) * RECORD_WORDS
  }

  get octets(): number {
    return this.#backed * (RECORDS * RECORD_WORDS * 4 + ARRAY_OCTETS) + this.#pages.length * 5 * 8
  }

  /** A record with anything in it. */
  allocate(): number {
    if (this.#open.length === 0) this.#open.push(this.#newPage())
    const page = this.#open[this.#open.length - 1] as number
    const words = this.#pages[page] ?? this.#back(page)
    const recycled = (this.#free[page] as number) - 1
    let slot = recycled
    if (recycled >= 0) this.#free[page] = words[recycled * RECORD_WORDS + NEXT_FREE] as number
    else {
      slot = this.#fresh[page] as number
      this.#fresh[page] = slot + 1
    }
    const used = (this.#used[page] as number) + 1
    this.#used[page] = used
    if (used === RECORDS) this.#open.pop()
    return (page << RECORD_BITS) | slot
  }

  release(record: number): void {
    const page = record >> RECORD_BITS
    const slot = record & (RECORDS - 1)
    const words = this.#pages[page] as Int32Array
    words[slot * RECORD_WORDS + NEXT_FREE] = this.#free[page] as number
    this.#free[page] = slot + 1
    const used = (this.#used[page] as number) - 1
    this.#used[page] = used
    if (used === RECORDS - 1) this.#open.push(page)
    if (used === 0) this.#empty(page)
  }

  /** One empty page keeps its memory, or a table around a page's size would allocate for ever. */
  #empty(page: number): void {
    const spare = this.#spare
    this.#spare = page
    if (spare < 0 || spare === page || this.#used[spare] !== 0) return
    this.#pages[spare] = null
    this.#fresh[spare] = 0
    this.#free[spare] = 0
    this.#backed--
  }

  #newPage(): number {
    this.#used.push(0)
    this.#fresh.push(0)
    this.#free.push(0)
    return this.#pages.push(null) - 1
  }

  #back(page: number): Int32Array {
    const words = new Int32Array(RECORDS * RECORD_WORDS)
    this.#pages[page] = words
    this.#backed++
    return words
  }
}
