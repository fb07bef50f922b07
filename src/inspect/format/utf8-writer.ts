import { encodeUtf8 } from '../../wire/index.ts'

/**
 * Text as octets (UTF-8), appended to piece by piece. A table of 100,000 rows is a million pieces: as strings they cost several times
 * what they cost as octets, and half of that is the collector's work.
 */
export class Utf8Writer {
  #octets: Uint8Array
  #length = 0

  /** @param capacity octets to have room for at first */
  constructor(capacity: number) {
    this.#octets = new Uint8Array(capacity)
  }

  /** Octets written so far. */
  get length(): number {
    return this.#length
  }

  /** What was written; it stays as it is only until more is. */
  get octets(): Uint8Array {
    return this.#octets.subarray(0, this.#length)
  }

  text(text: string): void {
    // Three octets are the most that a unit of UTF-16 takes.
    const octets = this.#room(3 * text.length)
    let at = this.#length
    for (let i = 0; i < text.length; i++) {
      const unit = text.charCodeAt(i)
      if (unit >= 0x80) {
        const rest = encodeUtf8(text.slice(i))
        octets.set(rest, at)
        at += rest.length
        break
      }
      octets[at++] = unit
    }
    this.#length = at
  }

  /** A whole number that is not negative, in decimal. */
  number(value: number): void {
    if (value >= INT32_LIMIT) {
      this.text(String(value))
      return
    }
    let digits = 1
    for (let power = 10; power <= value; power *= 10) digits++
    const octets = this.#room(digits)
    const end = this.#length + digits
    let rest = value | 0
    for (let at = end - 1; at >= this.#length; at--) {
      const next = (rest / 10) | 0
      octets[at] = ZERO + rest - 10 * next
      rest = next
    }
    this.#length = end
  }

  /** As many blanks; none for a count below 1. */
  blanks(count: number): void {
    const octets = this.#room(Math.max(count, 0))
    let at = this.#length
    for (let left = count; left > 0; left--) octets[at++] = BLANK
    this.#length = at
  }

  clear(): void {
    this.#length = 0
  }

  /** The octets, with room for more behind those that are written. */
  #room(more: number): Uint8Array {
    const needed = this.#length + more
    if (needed > this.#octets.length) {
      const larger = new Uint8Array(Math.max(needed, 2 * this.#octets.length))
      larger.set(this.octets)
      this.#octets = larger
    }
    return this.#octets
  }
}

const ZERO = 0x30
const BLANK = 0x20
/** Below it `|` keeps a number as it is. */
const INT32_LIMIT = 2 ** 31
