import { foldChecksum, scratch, sumOctets } from '../../base/index.ts'
import {
  Ctl,
  get16,
  get32,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  Protocol,
  put16,
  TCP_HEADER_LENGTH,
  TCP_OPTIONS_LENGTH_MAX,
} from '../../wire/index.ts'
import { ALONE } from './link.ts'

/** What a header can say of a packet's length. */
const OCTETS_MAX = 65_535
/** An IPv4 header without options. */
const PLAIN_V4 = 0x45
/** Never part of a burst. PSH ends one. */
const SINGLE = Ctl.SYN | Ctl.FIN | Ctl.RST | Ctl.URG

/** Which bits of IP and TCP header all segments of a burst have in common. @param ranges first octet and number of those that differ */
function commonBits(ip: number, ...ranges: [at: number, count: number][]): Int32Array {
  const octets = new Uint8Array(ip + TCP_HEADER_LENGTH + TCP_OPTIONS_LENGTH_MAX).fill(0xff)
  const [sequence, checksum] = [ip + 4, ip + 16]
  for (const [at, count] of [...ranges, [sequence, 4] as const, [checksum, 2] as const]) octets.fill(0, at, at + count)
  octets[ip + 13] = ~Ctl.PSH
  return new Int32Array(octets.buffer)
}

/** But length and identification, and the checksum. */
const COMMON_V4 = commonBits(IPV4_HEADER_LENGTH, [2, 4], [10, 2])
/** But the length. */
const COMMON_V6 = commonBits(IPV6_HEADER_LENGTH, [4, 2])

/** Takes what was joined, all its checksums verified; `cut` as `Link` has it. */
type Deliver = (iface: number, buf: Uint8Array, start: number, length: number, cut: number) => void

/**
 * Joins packets that arrive together into the burst that they were cut from (generic receive offload): text of one connection, each
 * packet's next to the last one's, whose headers say the same. The burst then goes through the host once. Whatever does not fit ends it.
 */
export class Joining {
  readonly #deliver: Deliver
  /** What waits. Made when the first packet does. */
  #bytes: Uint8Array = new Uint8Array(0)
  #words: Int32Array = new Int32Array(0)
  /** Octets that wait; 0: nothing does. */
  #length = 0
  #iface = 0
  #common = COMMON_V4
  /** Octets of IP header, and of both headers. */
  #ip = 0
  #headers = 0
  /** The pseudo-header's sum, but for the length. */
  #pseudo = 0
  /** Octets of text in the first packet. */
  #cut = 0
  /** The sequence number behind the last one. */
  #next = 0

  constructor(deliver: Deliver) {
    this.#deliver = deliver
  }

  /** Takes the packet at `scratch.IN`. False when it is none to be joined; what came before it has been delivered then. */
  take(iface: number, length: number): boolean {
    if (this.#length > 0 && iface === this.#iface && this.#append(length)) return true
    this.flush()
    return this.#begin(iface, length)
  }

  /** Delivers what waits. */
  flush(): void {
    const length = this.#length
    if (length === 0) return
    this.#length = 0
    const several = length > this.#headers + this.#cut
    if (several) this.#tellLength(length)
    this.#deliver(this.#iface, this.#bytes, 0, length, several ? this.#cut : ALONE)
  }

  #begin(iface: number, length: number): boolean {
    const { bytes, IN } = scratch
    const v4 = bytes[IN] === PLAIN_V4
    if (!v4 && (bytes[IN] as number) >>> 4 !== 6) return false
    if (bytes[IN + (v4 ? 9 : 6)] !== Protocol.TCP || (v4 && (get16(bytes, IN + 6) & 0x3fff) !== 0)) return false
    const ip = v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH
    const tcp = IN + ip
    const header = ((bytes[tcp + 12] as number) >>> 4) << 2
    const flags = bytes[tcp + 13] as number
    if (header < TCP_HEADER_LENGTH || (flags & (SINGLE | Ctl.PSH | Ctl.ACK)) !== Ctl.ACK) return false
    this.#ip = ip
    this.#headers = ip + header
    this.#cut = length - ip - header
    this.#pseudo = Protocol.TCP + (v4 ? sumOctets(bytes, IN + 12, 8) : sumOctets(bytes, IN + 8, 32))
    if (this.#cut <= 0 || !this.#isIntact(length)) return false
    if (this.#bytes.length === 0) {
      this.#bytes = new Uint8Array(scratch.AREA_LENGTH)
      this.#words = new Int32Array(this.#bytes.buffer)
    }
    this.#bytes.set(bytes.subarray(IN, IN + length))
    this.#common = v4 ? COMMON_V4 : COMMON_V6
    this.#iface = iface
    this.#length = length
    this.#next = (get32(bytes, tcp + 4) + this.#cut) | 0
    return true
  }

  /** Whether the packet is the next of the burst; then it is part of it. */
  #append(length: number): boolean {
    const { bytes, IN } = scratch
    const text = length - this.#headers
    if (text <= 0 || text > this.#cut || this.#length + text > OCTETS_MAX) return false
    const tcp = IN + this.#ip
    if (get32(bytes, tcp + 4) !== this.#next || !this.#saysTheSame() || !this.#isIntact(length)) return false
    this.#bytes.set(bytes.subarray(IN + this.#headers, IN + length), this.#length)
    this.#length += text
    this.#next = (this.#next + text) | 0
    const push = (bytes[tcp + 13] as number) & Ctl.PSH
    if (push !== 0 || text < this.#cut) {
      this.#bytes[this.#ip + 13] = (this.#bytes[this.#ip + 13] as number) | push
      this.flush()
    }
    return true
  }

  #saysTheSame(): boolean {
    const { words, IN } = scratch
    const first = IN >> 2
    const common = this.#common
    for (let i = (this.#headers >> 2) - 1; i >= 0; i--) {
      const differs = (words[first + i] as number) ^ (this.#words[i] as number)
      if ((differs & (common[i] as number)) !== 0) return false
    }
    return true
  }

  /** Whether lengths and checksums are right. */
  #isIntact(length: number): boolean {
    const { bytes, IN } = scratch
    const segment = length - this.#ip
    if (this.#ip === IPV4_HEADER_LENGTH) {
      if (get16(bytes, IN + 2) !== length || foldChecksum(sumOctets(bytes, IN, IPV4_HEADER_LENGTH)) !== 0) return false
    } else if (get16(bytes, IN + 4) !== segment) return false
    return foldChecksum(sumOctets(bytes, IN + this.#ip, segment, this.#pseudo + segment)) === 0
  }

  /** The header is that of the first packet. */
  #tellLength(length: number): void {
    const bytes = this.#bytes
    if (this.#ip === IPV6_HEADER_LENGTH) return put16(bytes, 4, length - IPV6_HEADER_LENGTH)
    put16(bytes, 2, length)
    put16(bytes, 10, 0)
    put16(bytes, 10, foldChecksum(sumOctets(bytes, 0, IPV4_HEADER_LENGTH)))
  }
}
