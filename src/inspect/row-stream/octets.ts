/** Numbers and texts in and out of octets that grow. A number takes as many octets as it needs: seven bits in each, the low ones first. */
import { decodeUtf8, encodeUtf8 } from '../../wire/index.ts'

const FIRST_SIZE = 1024

/** Writes from front to back. */
export class OctetWriter {
  private octets = new Uint8Array(FIRST_SIZE)
  private at = 0

  /** Everything written, as a copy; what follows begins anew. */
  take(): Uint8Array {
    const taken = this.octets.slice(0, this.at)
    this.at = 0
    return taken
  }

  /** A whole number from 0 to 2^53 − 1. */
  number(value: number): void {
    if (this.at + 8 > this.octets.length) this.grow(8)
    let rest = value
    while (rest >= 0x80) {
      this.octets[this.at++] = (rest % 0x80) | 0x80
      // A shift would cut off what is above 32 bits.
      rest = rest < 0x8000_0000 ? rest >>> 7 : Math.floor(rest / 0x80)
    }
    this.octets[this.at++] = rest
  }

  text(value: string): void {
    const start = this.at
    this.number(value.length)
    if (this.at + value.length > this.octets.length) this.grow(value.length)
    for (let i = 0; i < value.length; i++) {
      const code = value.charCodeAt(i)
      if (code >= 0x80) {
        this.at = start
        this.encoded(encodeUtf8(value))
        return
      }
      this.octets[this.at++] = code
    }
  }

  /** Octets written elsewhere, with their length. */
  private encoded(octets: Uint8Array): void {
    this.number(octets.length)
    this.append(octets)
  }

  /** Octets as they are. */
  append(octets: Uint8Array): void {
    if (this.at + octets.length > this.octets.length) this.grow(octets.length)
    this.octets.set(octets, this.at)
    this.at += octets.length
  }

  private grow(room: number): void {
    const grown = new Uint8Array(Math.max(2 * this.octets.length, this.at + room))
    grown.set(this.octets.subarray(0, this.at))
    this.octets = grown
  }
}

/** Reads what an OctetWriter wrote. */
export class OctetReader {
  private readonly octets: Uint8Array
  private at = 0

  constructor(octets: Uint8Array) {
    this.octets = octets
  }

  /** @throws RangeError past the end, or for a number that no writer writes */
  number(): number {
    let value = 0
    let weight = 1
    for (;;) {
      const octet = this.octets[this.at++]
      if (octet === undefined || weight > Number.MAX_SAFE_INTEGER)
        throw new RangeError('octets of a table end too soon')
      value += (octet & 0x7f) * weight
      if (octet < 0x80) return value
      weight *= 0x80
    }
  }

  /** @throws RangeError past the end */
  text(): string {
    const length = this.number()
    const start = this.at
    this.at += length
    if (this.at > this.octets.length) throw new RangeError('octets of a table end too soon')
    let text = ''
    for (let i = start; i < this.at; i++) {
      const octet = this.octets[i] as number
      if (octet >= 0x80) return decodeUtf8(this.octets.subarray(start, this.at))
      text += String.fromCharCode(octet)
    }
    return text
  }
}
