import { HostError } from '../errors.ts'

const SPACE = 0x20
const NEWLINE = 0x0a
const COLON = 0x3a

/** Reads the columns of a /proc table in place: a table of 100,000 lines is 15 MB, and strings of it would cost more than its rows. */
export class TextReader {
  readonly bytes: Uint8Array
  at = 0
  #line = 1
  readonly #name: string

  /** @param name what the text is, for errors: `/proc/net/tcp` */
  constructor(name: string, bytes: Uint8Array) {
    this.#name = name
    this.bytes = bytes
  }

  get atEnd(): boolean {
    return this.at >= this.bytes.length
  }

  /** Skip the rest of this line. */
  nextLine(): void {
    const end = this.bytes.indexOf(NEWLINE, this.at)
    this.at = end < 0 ? this.bytes.length : end + 1
    this.#line++
  }

  /** The rest of this line, without its end. */
  restOfLine(): string {
    const end = this.bytes.indexOf(NEWLINE, this.at)
    const stop = end < 0 ? this.bytes.length : end
    const text = Buffer.from(this.bytes.buffer, this.bytes.byteOffset + this.at, stop - this.at).toString()
    this.at = stop
    return text
  }

  /** The next column as hexadecimal digits; a colon behind them is swallowed with them. */
  hex(): number {
    this.skipSpaces()
    const start = this.at
    let value = 0
    for (; this.at < this.bytes.length; this.at++) {
      const digit = hexDigit(this.bytes[this.at] as number)
      if (digit < 0) break
      value = value * 16 + digit
    }
    return this.#finish(start, value, 'a hexadecimal number')
  }

  /** The next column as decimal digits, with a sign if it has one. */
  decimal(): number {
    this.skipSpaces()
    const start = this.at
    const negative = this.bytes[this.at] === 0x2d
    if (negative) this.at++
    let value = 0
    for (; this.at < this.bytes.length; this.at++) {
      const digit = (this.bytes[this.at] as number) - 0x30
      if (digit < 0 || digit > 9) break
      value = value * 10 + digit
    }
    return this.#finish(start, negative ? -value : value, 'a number')
  }

  /** Exactly eight hexadecimal digits: a 32-bit word of an address. */
  word(): number {
    let value = 0
    for (const end = this.at + 8; this.at < end; this.at++) {
      const digit = hexDigit(this.bytes[this.at] ?? NEWLINE)
      if (digit < 0) this.fail('eight hexadecimal digits')
      value = (value << 4) | digit
    }
    return value
  }

  /** Step over spaces to the next column. */
  skipSpaces(): void {
    while (this.bytes[this.at] === SPACE) this.at++
  }

  /** @throws HostError that names the table, the line and what was expected there */
  fail(expected: string): never {
    throw new HostError(`${this.#name}: line ${this.#line}: expected ${expected}`)
  }

  #finish(start: number, value: number, expected: string): number {
    if (this.at === start) this.fail(expected)
    if (this.bytes[this.at] === COLON) this.at++
    return value
  }
}

function hexDigit(code: number): number {
  if (code >= 0x30 && code <= 0x39) return code - 0x30
  const letter = code | 0x20
  return letter >= 0x61 && letter <= 0x66 ? letter - 0x57 : -1
}
