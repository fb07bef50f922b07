import { formatIpv4, formatIpv6, parseIpv4, parseIpv6 } from './address-text.ts'
import { get32 } from './octets.ts'

/** The prefix word of IPv4-mapped IPv6 addresses, ::ffff:a.b.c.d. */
export const V4_PREFIX_WORD = 0xffff

/**
 * An IPv4 or IPv6 address: four int32 words in network order, IPv4 held as its IPv4-mapped form (RFC 4291 §2.5.5.2), so
 * that one kind of key serves both families and a dual-stack socket finds its IPv4 peers.
 *
 * `v4` tells the two spellings of the same words apart: `10.0.0.1` and `::ffff:10.0.0.1`.
 */
export class Address {
  readonly w0: number
  readonly w1: number
  readonly w2: number
  readonly w3: number
  /** True for an IPv4 address, false for every IPv6 address, mapped ones included. */
  readonly v4: boolean

  /** Words in network order; `v4` is only for words whose first three are 0, 0, 0xffff. */
  constructor(w0: number, w1: number, w2: number, w3: number, v4: boolean) {
    this.w0 = w0 | 0
    this.w1 = w1 | 0
    this.w2 = w2 | 0
    this.w3 = w3 | 0
    this.v4 = v4
  }

  /** The IPv4 address of 32 bits: `Address.v4(0x7f000001)` is 127.0.0.1. */
  static v4(word: number): Address {
    return new Address(0, 0, V4_PREFIX_WORD, word, true)
  }

  /** The address of four words as a packet's header has them: an IPv4 address if they are IPv4-mapped. */
  static fromWords(w0: number, w1: number, w2: number, w3: number): Address {
    return new Address(w0, w1, w2, w3, (w0 | w1) === 0 && w2 === V4_PREFIX_WORD)
  }

  /** Reads 4 octets (IPv4) or 16 (IPv6) from `at`; undefined for any other length. */
  static fromBytes(bytes: Uint8Array, at = 0, length: number = bytes.length - at): Address | undefined {
    if (at < 0 || at + length > bytes.length) return undefined
    if (length === 4) return Address.v4(get32(bytes, at))
    if (length !== 16) return undefined
    return new Address(get32(bytes, at), get32(bytes, at + 4), get32(bytes, at + 8), get32(bytes, at + 12), false)
  }

  /**
   * Reads dotted-quad IPv4 (no leading zeros, which some read as octal) or any RFC 4291 form of IPv6, without zone.
   * Undefined for anything else.
   */
  static parse(text: string): Address | undefined {
    if (!text.includes(':')) {
      const word = parseIpv4(text)
      return word === undefined ? undefined : Address.v4(word)
    }
    const words = parseIpv6(text)
    if (words === undefined) return undefined
    return new Address(words[0] as number, words[1] as number, words[2] as number, words[3] as number, false)
  }

  /** The canonical text: dotted quad, or RFC 5952. */
  toString(): string {
    return this.v4 ? formatIpv4(this.w3) : formatIpv6(this.w0, this.w1, this.w2, this.w3)
  }

  /** The 4 or 16 octets of the address on the wire. */
  toBytes(): Uint8Array {
    const words = this.v4 ? [this.w3] : [this.w0, this.w1, this.w2, this.w3]
    return Uint8Array.from(words.flatMap((w) => [w >>> 24, (w >>> 16) & 255, (w >>> 8) & 255, w & 255]))
  }

  /** Same words: the same peer, whichever family it is spelled in. */
  equals(other: Address): boolean {
    return this.w3 === other.w3 && this.w2 === other.w2 && this.w1 === other.w1 && this.w0 === other.w0
  }

  /** True for an IPv6 spelling of an IPv4 address, ::ffff:a.b.c.d. */
  get mapped(): boolean {
    return !this.v4 && this.hasV4Words
  }

  /** The IPv4 spelling of a mapped address; any other address itself. */
  unmapped(): Address {
    return this.mapped ? Address.v4(this.w3) : this
  }

  /** The IPv6 spelling: an IPv4 address as ::ffff:a.b.c.d; any other address itself. */
  asV6(): Address {
    return this.v4 ? new Address(this.w0, this.w1, this.w2, this.w3, false) : this
  }

  /** 0.0.0.0, :: or ::ffff:0.0.0.0. */
  get isUnspecified(): boolean {
    return this.w3 === 0 && (this.w0 | this.w1) === 0 && (this.w2 === 0 || this.w2 === V4_PREFIX_WORD)
  }

  /** 127.0.0.0/8 or ::1. */
  get isLoopback(): boolean {
    if (this.hasV4Words) return this.w3 >>> 24 === 127
    return (this.w0 | this.w1 | this.w2) === 0 && this.w3 === 1
  }

  /** 224.0.0.0/4 or ff00::/8. */
  get isMulticast(): boolean {
    return this.hasV4Words ? this.w3 >>> 28 === 14 : this.w0 >>> 24 === 0xff
  }

  /** 255.255.255.255. A subnet's broadcast address needs its prefix to be known by. */
  get isBroadcast(): boolean {
    return this.hasV4Words && this.w3 === -1
  }

  /** 169.254.0.0/16 or fe80::/10. */
  get isLinkLocal(): boolean {
    return this.hasV4Words ? this.w3 >>> 16 === 0xa9fe : this.w0 >>> 22 === 0x3fa
  }

  /**
   * True if the first `bits` bits are the prefix's, counted in the prefix's own family. A mapped address lies in IPv4
   * prefixes as its IPv4 self does; an IPv4 address lies in no IPv6 prefix but a mapped one.
   */
  inPrefix(prefix: Address, bits: number): boolean {
    if (this.v4 && !prefix.hasV4Words) return false
    const all = prefix.v4 ? bits + 96 : bits
    return (
      sameBits(this.w0, prefix.w0, all) &&
      sameBits(this.w1, prefix.w1, all - 32) &&
      sameBits(this.w2, prefix.w2, all - 64) &&
      sameBits(this.w3, prefix.w3, all - 96)
    )
  }

  private get hasV4Words(): boolean {
    return (this.w0 | this.w1) === 0 && this.w2 === V4_PREFIX_WORD
  }
}

function sameBits(a: number, b: number, bits: number): boolean {
  if (bits <= 0) return true
  const mask = bits >= 32 ? -1 : -1 << (32 - bits)
  return ((a ^ b) & mask) === 0
}

/** 0.0.0.0 */
export const ANY4: Address = Address.v4(0)
/** :: */
export const ANY6: Address = new Address(0, 0, 0, 0, false)
/** 127.0.0.1 */
export const LOOPBACK4: Address = Address.v4(0x7f000001)
/** ::1 */
export const LOOPBACK6: Address = new Address(0, 0, 0, 1, false)

/** An address and how many of its leading bits count. */
export interface Cidr {
  readonly address: Address
  /** 0–32 for IPv4, 0–128 for IPv6. */
  readonly bits: number
}

/** Reads `10.0.0.0/8`, `2001:db8::/32`, or an address alone, which counts whole. Undefined for anything else. */
export function parseCidr(text: string): Cidr | undefined {
  const slash = text.indexOf('/')
  const address = Address.parse(slash < 0 ? text : text.slice(0, slash))
  if (address === undefined) return undefined
  const width = address.v4 ? 32 : 128
  if (slash < 0) return { address, bits: width }
  const digits = text.slice(slash + 1)
  if (!/^(0|[1-9][0-9]{0,2})$/.test(digits)) return undefined
  const bits = Number(digits)
  return bits > width ? undefined : { address, bits }
}
