/** IP fragments put together again, as far as they were captured: by the rules of the stack's own reassembly, in bounded memory. */
import type { Micros } from '../base/index.ts'
import {
  FRAGMENT_UNIT,
  Fragment,
  type IpHeader,
  Pieces,
  parseFragment,
  wholeKey,
  writeWholeHeaders,
} from '../wire/index.ts'

/** A packet that was sent in pieces. */
export interface JoinedPacket {
  /** From its IP header on, up to the first octet that the capture has cut off. */
  readonly data: Uint8Array
  /** Octets that it had. */
  readonly originalLength: number
  /** What the capture says of one of its pieces. */
  readonly comment: string | undefined
}

interface Whole {
  readonly key: string
  readonly pieces: Pieces
  /** When it is given up; once it is put together: forgotten. */
  until: Micros
  /** Packets that brought pieces of it, each copy of one included. */
  packets: number
  octets: number
  /** How the whole begins: octets of the headers, and what they are followed by. */
  headersLength: number
  protocol: number
  comment: string | undefined
}

/** Hosts wait as long for what is missing (Linux: `ipfrag_time`). */
const WAIT: Micros = 30_000_000
/** What was put together is remembered for so long: other interfaces show its pieces once more. */
const COPIES: Micros = 100_000
/** Pieces that wait, in octets; beyond it the oldest are given up (Linux: `ipfrag_high_thresh`). */
const OCTETS_MAX = 4 << 20
/** What a piece costs beside its octets. */
const PIECE_OVERHEAD = 256
/** IP's length fields have 16 bits: IPv4's counts the header too, IPv6's only what is behind the fixed one. */
const LENGTH_MAX = 65_535

/** Takes pieces, and gives packets. */
export class Fragments {
  readonly #piece = new Fragment()
  /** Oldest first, both. */
  readonly #waiting = new Map<string, Whole>()
  readonly #joined = new Map<string, Whole>()
  #octets = 0
  #now: Micros = 0
  /** Packets that were pieces. */
  taken = 0
  /** Of them, those of packets that were put together. */
  used = 0

  /**
   * One more piece, of which `ip` is as `parseIp` left it.
   * @param isUsable false: a host would drop it for what is wrong with its header
   * @returns the packet that is whole now; undefined: pieces of it are still missing, or it was whole before
   */
  take(data: Uint8Array, ip: IpHeader, time: Micros, isUsable: boolean, comment?: string): JoinedPacket | undefined {
    this.taken++
    // Clocks are set back.
    this.#now = Math.max(this.#now, time)
    this.#forget()
    if (!isUsable || ip.payloadLength <= 0 || ip.payloadStart > data.length) return undefined
    const piece = this.#piece
    parseFragment(data, ip, piece)
    if (!isSound(ip, piece)) return undefined
    const key = wholeKey(ip, piece)
    if (this.#isCopy(key, data, ip)) return undefined
    const whole = this.#waiting.get(key) ?? this.#begin(key)
    const added = whole.pieces.add(data, ip.payloadStart - ip.headerLength, piece)
    if (added === 'contradicts') {
      this.#drop(whole)
      return undefined
    }
    whole.packets++
    whole.comment ??= comment
    if (added === 'known') return undefined
    const octets = added.packet.length + PIECE_OVERHEAD
    whole.octets += octets
    this.#octets += octets
    if (added.offset === 0) {
      whole.headersLength = piece.headersLength
      whole.protocol = piece.protocol
    }
    if (whole.pieces.isWhole) return this.#join(whole, ip.version)
    this.#makeRoom(whole)
    return undefined
  }

  #begin(key: string): Whole {
    const until = this.#now + WAIT
    const whole: Whole = {
      ...{ key, pieces: new Pieces(), until, packets: 0, octets: 0 },
      ...{ headersLength: 0, protocol: 0, comment: undefined },
    }
    this.#waiting.set(key, whole)
    return whole
  }

  /** Whether it is a piece of what has just been put together. */
  #isCopy(key: string, data: Uint8Array, ip: IpHeader): boolean {
    const known = this.#joined.get(key)
    if (known === undefined) return false
    const isKnown = known.pieces.add(data, ip.payloadStart - ip.headerLength, this.#piece) === 'known'
    if (isKnown) this.used++
    // Another packet under the same number.
    else this.#joined.delete(key)
    return isKnown
  }

  #join(whole: Whole, version: number): JoinedPacket | undefined {
    this.#drop(whole)
    const { headersLength, pieces, protocol, comment } = whole
    const originalLength = headersLength + pieces.length
    if (originalLength - (version === 4 ? 0 : 40) > LENGTH_MAX) return undefined
    this.used += whole.packets
    whole.until = this.#now + COPIES
    this.#joined.set(whole.key, whole)
    const data = new Uint8Array(originalLength)
    let end = headersLength
    for (const { offset, packet, dataStart, end: pieceEnd } of pieces.list) {
      if (offset === 0) data.set(packet.subarray(0, headersLength))
      data.set(packet.subarray(dataStart), headersLength + offset)
      end = headersLength + offset + packet.length - dataStart
      if (end < headersLength + pieceEnd) break
    }
    writeWholeHeaders(data, 0, headersLength, pieces.length, protocol)
    return { data: data.subarray(0, end), originalLength, comment }
  }

  #drop(whole: Whole): void {
    this.#waiting.delete(whole.key)
    this.#octets -= whole.octets
  }

  /** Gives up what is older than anything waits for. */
  #forget(): void {
    for (const whole of this.#waiting.values()) {
      if (whole.until > this.#now) break
      this.#drop(whole)
    }
    for (const whole of this.#joined.values()) {
      if (whole.until > this.#now) break
      this.#joined.delete(whole.key)
    }
  }

  /** Gives up the oldest, but for the one that is being taken. */
  #makeRoom(present: Whole): void {
    for (const whole of this.#waiting.values()) {
      if (this.#octets <= OCTETS_MAX || whole === present) return
      this.#drop(whole)
    }
  }
}

/** RFC 8200 §4.5: pieces are cut at multiples of eight octets, and end below 2^16. A host drops others. */
function isSound({ version }: IpHeader, { offset, more, dataLength }: Fragment): boolean {
  if (version === 4) return true
  return (!more || dataLength % FRAGMENT_UNIT === 0) && offset + dataLength <= LENGTH_MAX
}
