/** From a captured packet to a TCP segment, with what captures do to packets: cut them short, or take them before the card has finished them. */
import { foldChecksum, sumOctets } from '../base/index.ts'
import {
  type CapturedPacket,
  DropReason,
  IcmpMessage,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  IpHeader,
  ipOffset,
  isIcmpError,
  isKnownLinkType,
  Protocol,
  parseIcmp,
  parseIcmpv6,
  parseIp,
  parseTcp,
  TCP_HEADER_LENGTH,
  TcpSegment,
} from '../wire/index.ts'
import { Fragments } from './fragments.ts'
import { carriedPacket } from './tunnels.ts'

/** What a packet is to us. */
export type Verdict = 'tcp' | 'icmp-error' | 'other' | 'unknown-link' | 'fragment' | 'malformed' | 'bad-checksum'

/** How deep packets within packets are read: nobody nests them deeper. */
const NESTING_MAX = 4

/** Octets of a packet, and how many it had. */
type Frame = Pick<CapturedPacket, 'data' | 'originalLength'>

/** Reads packets, one after the other, into one header and one segment. */
export class Decoder {
  readonly ip: IpHeader = new IpHeader()
  readonly segment: TcpSegment = new TcpSegment()
  /** For `icmp-error`: what somebody said of a TCP segment, which it quotes. */
  readonly icmp: IcmpMessage = new IcmpMessage()
  /** The segment's checksum, as it was captured; 0 where it was cut off. */
  checksum = 0
  /** The packet that was read is one that others carried: IP, GRE, VXLAN or GENEVE. */
  isCarried = false
  /** It was put together out of fragments. */
  isJoined = false
  /** What the capture says of it. */
  comment: string | undefined
  readonly fragments: Fragments = new Fragments()
  /** A fragment that was read last may be put together with others: nothing is wrong with its header. */
  #isUsable = false
  /** What was read last is whole, or cut by the capture alone: it may carry another packet. */
  #mayCarry = false
  readonly #ignoresChecksums: boolean

  /** @param ignoresChecksums nothing is wrong with a checksum, whatever it is */
  constructor(ignoresChecksums = false) {
    this.#ignoresChecksums = ignoresChecksums
  }

  /**
   * Reads a packet, the innermost of those that carry each other; at the last of its fragments, a packet that was sent in them. For `tcp` and `bad-checksum` the header and the segment hold it, with the data
   * length that it had on the wire.
   */
  read(packet: CapturedPacket): Verdict {
    const { data, linkType, originalLength } = packet
    this.isCarried = false
    this.isJoined = false
    this.comment = packet.comment
    const start = ipOffset(linkType, data)
    if (start < 0) return isKnownLinkType(linkType) ? 'other' : 'unknown-link'
    let frame = { data, originalLength }
    let verdict = this.#readIp(frame, start)
    for (let depth = 0; depth < NESTING_MAX; depth++) {
      let inner = -1
      if (verdict === 'fragment') {
        const whole = this.fragments.take(frame.data, this.ip, packet.timeUs, this.#isUsable, packet.comment)
        if (whole === undefined) break
        frame = whole
        inner = 0
        this.isJoined = true
        this.comment = whole.comment
      } else if (verdict === 'other' && this.#mayCarry) {
        inner = carriedPacket(frame.data, this.ip)
        if (inner >= 0) this.isCarried = true
      }
      if (inner < 0) break
      verdict = this.#readIp(frame, inner)
    }
    return verdict
  }

  #readIp({ data, originalLength }: Frame, start: number): Verdict {
    const { ip } = this
    let reason = parseIp(data, start, data.length - start, ip)
    const isCut = data.length < originalLength
    this.#mayCarry = false
    if (data.length - start < (ip.version === 4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH)) return 'malformed'
    this.#isUsable = true
    if (ip.version === 6) reason = this.#readIpv6(reason, data, originalLength)
    else if (ip.version === 4 && isFragment4(data, start)) {
      this.#isUsable = reason === DropReason.FRAGMENT || this.#isBearableElsewhere(reason, data, start, isCut)
      reason = DropReason.FRAGMENT
    }
    if (reason === DropReason.FRAGMENT) return 'fragment'
    if (reason !== DropReason.NONE && !this.#isBearable(reason, data, start, originalLength)) {
      this.#mayCarry = this.#isBearableElsewhere(reason, data, start, isCut)
      return ip.protocol === Protocol.TCP || reason === DropReason.BAD_VERSION ? 'malformed' : 'other'
    }
    this.#mayCarry = true
    if (ip.protocol !== Protocol.TCP) return this.#isIcmpError(data) ? 'icmp-error' : 'other'
    return this.#readTcp(data, isCut || reason !== DropReason.NONE)
  }

  /** Whether a whole packet that is no TCP is an error about one that is. */
  #isIcmpError(data: Uint8Array): boolean {
    const { ip, icmp } = this
    const { payloadStart, payloadLength } = ip
    const isIcmp = ip.version === 4 && ip.protocol === Protocol.ICMP
    if (!isIcmp && ip.protocol !== Protocol.ICMPV6) return false
    const reason = isIcmp
      ? parseIcmp(data, payloadStart, payloadLength, icmp)
      : parseIcmpv6(data, payloadStart, payloadLength, ip.pseudoSum(), icmp)
    return reason === DropReason.NONE && isIcmpError(icmp.kind) && icmp.quote.ip.protocol === Protocol.TCP
  }

  /** What `#isBearable` says, of packets without a TCP header of their own: fragments, and what may carry another packet. */
  #isBearableElsewhere(reason: DropReason, data: Uint8Array, start: number, isCut: boolean): boolean {
    if (reason === DropReason.TRUNCATED) return isCut
    return reason === DropReason.BAD_IP_CHECKSUM && this.#mayLackChecksum(data, start)
  }

  /** Whether a wrong checksum of an IPv4 header is no fault of the packet: it was left to the network card, or checksums are ignored. */
  #mayLackChecksum(data: Uint8Array, start: number): boolean {
    return this.#ignoresChecksums || (data[start + 10] === 0 && data[start + 11] === 0)
  }

  /** Whether a packet that a host would drop for this reason can be read all the same, for it is a capture's doing. */
  #isBearable(reason: DropReason, data: Uint8Array, start: number, originalLength: number): boolean {
    const { ip } = this
    if (ip.protocol !== Protocol.TCP) return false
    const room = data.length - ip.payloadStart
    switch (reason) {
      case DropReason.TRUNCATED:
        return data.length < originalLength && room >= TCP_HEADER_LENGTH
      case DropReason.BAD_EXTENSION_HEADER:
        return room >= TCP_HEADER_LENGTH
      case DropReason.BAD_TOTAL_LENGTH:
        // What a length field cannot say has been told by the frame's.
        if (ip.version === 6) return room >= TCP_HEADER_LENGTH
        // A length of 0 is a packet of more than 64 KiB that the card was still to cut: it is as long as the frame was.
        if (ip.payloadLength !== -ip.headerLength || ip.headerLength < IPV4_HEADER_LENGTH) return false
        ip.payloadLength = originalLength - ip.payloadStart
        return room >= TCP_HEADER_LENGTH
      case DropReason.BAD_IP_CHECKSUM:
        return this.#mayLackChecksum(data, start)
      default:
        return false
    }
  }

  /**
   * Goes on where a host stops: behind the extension headers of a packet that was cut, that is longer than its length field can say, or that
   * has options and a route which a host would not take.
   */
  #readIpv6(reason: DropReason, data: Uint8Array, originalLength: number): DropReason {
    const { ip } = this
    const isCut = reason === DropReason.TRUNCATED && data.length < originalLength
    // BIG TCP: the length is 0, and in older kernels' packets an option has it.
    const isBig = ip.payloadLength === 0 && ip.headerLength === IPV6_HEADER_LENGTH
    if (isBig) ip.payloadLength = originalLength - ip.payloadStart
    else if (reason === DropReason.FRAGMENT) ip.protocol = data[ip.payloadStart] as number
    if (!isBig && !isCut && reason !== DropReason.BAD_EXTENSION_HEADER) return reason
    for (;;) {
      const { protocol, payloadStart: at } = ip
      if (!EXTENSIONS.has(protocol)) return isBig ? DropReason.BAD_TOTAL_LENGTH : reason
      if (at + 8 > data.length) return DropReason.BAD_HEADER_LENGTH
      if (protocol === FRAGMENT && isFragment6(data, at)) {
        ip.protocol = data[at] as number
        return DropReason.FRAGMENT
      }
      const length = protocol === FRAGMENT ? 8 : ((data[at + 1] as number) + 1) << 3
      ip.protocol = data[at] as number
      ip.payloadStart += length
      ip.headerLength += length
      ip.payloadLength -= length
      if (ip.payloadLength < 0) return DropReason.BAD_HEADER_LENGTH
    }
  }

  #readTcp(data: Uint8Array, isLenient: boolean): Verdict {
    const { ip, segment } = this
    const { payloadStart, payloadLength } = ip
    const pseudo = ip.pseudoSum()
    const captured = Math.min(payloadLength, data.length - payloadStart)
    this.checksum = captured >= TCP_HEADER_LENGTH ? checksumAt(data, payloadStart) : 0
    const reason = parseTcp(data, payloadStart, captured, pseudo, segment, false)
    if (
      reason === DropReason.BAD_DATA_OFFSET &&
      captured < payloadLength &&
      segment.headerLength >= TCP_HEADER_LENGTH
    ) {
      // The options are cut off, the numbers are there.
      segment.dataLength = Math.max(0, payloadLength - segment.headerLength)
      return 'tcp'
    }
    if (reason !== DropReason.NONE) return 'malformed'
    segment.dataLength = payloadLength - segment.headerLength
    if (isLenient || this.#ignoresChecksums || captured < payloadLength) return 'tcp'
    const sum = sumOctets(data, payloadStart, captured, pseudo)
    return foldChecksum(sum) === 0 || isLeftToCard(data, payloadStart, pseudo, payloadLength) ? 'tcp' : 'bad-checksum'
  }
}

/** IPv6's extension headers (RFC 8200 §4): hop-by-hop, routing, fragment, destination. */
const EXTENSIONS: ReadonlySet<number> = new Set([0, 43, 44, 60])
const FRAGMENT = 44

/** More fragments to come, or an offset: whatever else is wrong with it, what follows need not be a TCP header. */
function isFragment4(data: Uint8Array, start: number): boolean {
  return ((data[start + 6] as number) & 0x3f) !== 0 || data[start + 7] !== 0
}

function isFragment6(data: Uint8Array, at: number): boolean {
  return data[at + 2] !== 0 || ((data[at + 3] as number) & 0xf9) !== 0
}

/**
 * A sender that leaves the checksum to its card has put the pseudo-header's sum there, or nothing at all. Of what the card is to cut, too,
 * some leave out the length, since each piece has its own.
 */
function isLeftToCard(data: Uint8Array, start: number, pseudo: number, length: number): boolean {
  const field = checksumAt(data, start)
  // A sum without the length is one with its complement.
  const sums = [pseudo, pseudo + (~length & 0xffff)]
  return field === 0 || sums.some((sum) => field === (~foldChecksum(sum) & 0xffff))
}

function checksumAt(data: Uint8Array, start: number): number {
  return ((data[start + 16] as number) << 8) | (data[start + 17] as number)
}
