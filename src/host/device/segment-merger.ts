/**
 * Joins TCP segments that follow one another into one packet that the kernel takes whole, or cuts again where it must: what a
 * stack sends in a burst then costs one call, and one walk through the kernel, for every 64 KB.
 */
import { foldChecksum, sumOctets } from '../../base/index.ts'
import { Ctl, IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, Protocol } from '../../wire/index.ts'
import { VNET_HEADER, writePlainHeader, writeSegmentationHeader } from './virtio-header.ts'

/** IPv4's total length has 16 bits, and IPv6's payload length, which leaves 40 more. */
const PACKET_MAX = 65_535
/** The packet lies behind its virtio header and its link's, and on an 8-octet boundary. */
const PACKET_AT = 32
const FRAME = PACKET_AT + PACKET_MAX + 1

/** Flags that end a burst: they belong to its last segment. */
const LAST: number = Ctl.PSH | Ctl.FIN

/** One packet in the making. */
export class SegmentMerger {
  /** Holds the packet, and its virtio header before it. */
  readonly frame: Uint8Array = new Uint8Array(FRAME)
  /** Where in `frame` the virtio header begins, and where the packet. */
  readonly start: number
  readonly packetAt: number = PACKET_AT
  readonly #link: number
  /** Octets of the packet so far, 0: there is none. */
  #length = 0
  /** Octets of its IP header, and of both headers. */
  #ip = 0
  #headers = 0
  /** Text of each segment but the last. */
  #size = 0
  #segments = 0
  #nextSeq = 0
  #complete = false

  /** @param link octets between the virtio header and the packet, which are left to whoever sends the frame */
  constructor(link: number) {
    this.#link = link
    this.start = PACKET_AT - link - VNET_HEADER
  }

  get isEmpty(): boolean {
    return this.#length === 0
  }

  /**
   * Takes a packet: the first of a burst, or the next one.
   * @returns false, and nothing is taken, when it is neither: what is held must go first, and this packet goes by itself unless the
   *   empty merger takes it
   */
  take(buf: Uint8Array, start: number, length: number): boolean {
    return this.#length === 0 ? this.#begin(buf, start, length) : this.#append(buf, start, length)
  }

  #begin(buf: Uint8Array, start: number, length: number): boolean {
    const ip = tcpOffset(buf, start)
    if (ip === 0) return false
    const headers = ip + (((buf[start + ip + 12] as number) >>> 4) << 2)
    const text = length - headers
    if (text <= 0 || (buf[start + ip + 13] as number) !== Ctl.ACK) return false
    this.frame.set(buf.subarray(start, start + length), PACKET_AT)
    this.#length = length
    this.#ip = ip
    this.#headers = headers
    this.#size = text
    this.#segments = 1
    this.#nextSeq = (seqAt(buf, start + ip) + text) | 0
    this.#complete = false
    return true
  }

  #append(buf: Uint8Array, start: number, length: number): boolean {
    const headers = this.#headers
    const text = length - headers
    if (this.#complete || text <= 0 || text > this.#size || this.#length + text > PACKET_MAX) return false
    if (!this.#continues(buf, start)) return false
    const flags = buf[start + this.#ip + 13] as number
    if ((flags & ~LAST) !== Ctl.ACK) return false
    this.frame.set(buf.subarray(start + headers, start + length), PACKET_AT + this.#length)
    this.frame[PACKET_AT + this.#ip + 13] = flags
    this.#length += text
    this.#segments++
    this.#nextSeq = (this.#nextSeq + text) | 0
    this.#complete = text < this.#size || flags !== Ctl.ACK
    return true
  }

  /** Whether nothing but sequence number, lengths, identification, checksums and flags differs from the first segment's headers. */
  #continues(buf: Uint8Array, start: number): boolean {
    const { frame } = this
    const ip = this.#ip
    const v4 = ip === IPV4_HEADER_LENGTH
    if (tcpOffset(buf, start) !== ip || seqAt(buf, start + ip) !== this.#nextSeq) return false
    // IPv4: length and identification, the header's checksum. IPv6: the length.
    const [from, to] = v4 ? [2, 6] : [4, 6]
    if (!same(buf, start, frame, 0, from) || !same(buf, start, frame, to, v4 ? 10 : ip)) return false
    if (v4 && !same(buf, start, frame, 12, ip)) return false
    // Ports; acknowledgment and header length; window; urgent pointer and options.
    return (
      same(buf, start, frame, ip, ip + 4) &&
      same(buf, start, frame, ip + 8, ip + 13) &&
      same(buf, start, frame, ip + 14, ip + 16) &&
      same(buf, start, frame, ip + 18, this.#headers)
    )
  }

  /** Makes the packet ready and forgets it. Returns its octets from `packetAt` on; they are good until the next `take`. */
  finish(): number {
    const length = this.#length
    if (this.#segments === 1) writePlainHeader(this.frame, this.start)
    else this.#writeHeaders(length)
    this.#length = 0
    return length
  }

  #writeHeaders(length: number): void {
    const { frame } = this
    const ip = this.#ip
    const v4 = ip === IPV4_HEADER_LENGTH
    const at = PACKET_AT
    const link = this.#link
    writeSegmentationHeader(frame, this.start, v4, link + ip, link + this.#headers, this.#size)
    if (v4) {
      put16(frame, at + 2, length)
      put16(frame, at + 10, 0)
      put16(frame, at + 10, foldChecksum(sumOctets(frame, at, ip)))
    } else put16(frame, at + 4, length - ip)
    // The pseudo-header's sum, not inverted: the kernel adds the rest.
    const addresses = v4 ? sumOctets(frame, at + 12, 8) : sumOctets(frame, at + 8, 32)
    put16(frame, at + ip + 16, ~foldChecksum(addresses + Protocol.TCP + (length - ip)) & 0xffff)
  }
}

/** Where the TCP header begins: 0 when this is no TCP, or has IP options, or is a fragment. */
function tcpOffset(buf: Uint8Array, start: number): number {
  const first = buf[start] as number
  if (first >>> 4 === 6) return buf[start + 6] === Protocol.TCP ? IPV6_HEADER_LENGTH : 0
  const whole = ((buf[start + 6] as number) & 0x3f) === 0 && buf[start + 7] === 0
  return first === 0x45 && whole && buf[start + 9] === Protocol.TCP ? IPV4_HEADER_LENGTH : 0
}

function seqAt(buf: Uint8Array, tcp: number): number {
  const at = tcp + 4
  return (
    ((buf[at] as number) << 24) |
    ((buf[at + 1] as number) << 16) |
    ((buf[at + 2] as number) << 8) |
    (buf[at + 3] as number)
  )
}

/** Whether a packet and the frame's have the same octets from `from` up to `to`. */
function same(buf: Uint8Array, start: number, frame: Uint8Array, from: number, to: number): boolean {
  for (let i = from; i < to; i++) if (buf[start + i] !== frame[PACKET_AT + i]) return false
  return true
}

function put16(buf: Uint8Array, at: number, value: number): void {
  buf[at] = value >>> 8
  buf[at + 1] = value & 0xff
}
