/** From a captured packet to a TCP segment, with what captures do to packets: cut them short, or take them before the card has finished them. */
import { foldChecksum, sumOctets } from '../base/index.ts'
import {
  type CapturedPacket,
  DropReason,
  IPV4_HEADER_LENGTH,
  IpHeader,
  ipOffset,
  Protocol,
  parseIp,
  parseTcp,
  pseudoSum,
  TCP_HEADER_LENGTH,
  TcpSegment,
} from '../wire/index.ts'

/** What a packet is to us. */
export type Verdict = 'tcp' | 'other' | 'fragment' | 'malformed' | 'bad-checksum'

/** Reads packets, one after the other, into one header and one segment. */
export class Decoder {
  readonly ip: IpHeader = new IpHeader()
  readonly segment: TcpSegment = new TcpSegment()

  /** Reads a packet. For `tcp` and `bad-checksum` the header and the segment hold it, with the data length that it had on the wire. */
  read({ data, linkType, originalLength }: CapturedPacket): Verdict {
    const start = ipOffset(linkType, data)
    if (start < 0) return 'other'
    const { ip } = this
    const reason = parseIp(data, start, data.length - start, ip)
    const isCut = data.length < originalLength
    if (reason === DropReason.FRAGMENT) return ip.protocol === Protocol.TCP ? 'fragment' : 'other'
    if (reason !== DropReason.NONE && !this.#isBearable(reason, data, start, isCut)) {
      return ip.protocol === Protocol.TCP || reason === DropReason.BAD_VERSION ? 'malformed' : 'other'
    }
    if (ip.protocol !== Protocol.TCP) return 'other'
    return this.#readTcp(data, isCut || reason !== DropReason.NONE)
  }

  /** What is wrong with a packet for a host need not be wrong with it in a capture. */
  #isBearable(reason: DropReason, data: Uint8Array, start: number, isCut: boolean): boolean {
    const { ip } = this
    if (ip.protocol !== Protocol.TCP) return false
    const room = data.length - ip.payloadStart
    switch (reason) {
      case DropReason.TRUNCATED:
        return isCut && room >= TCP_HEADER_LENGTH
      case DropReason.BAD_TOTAL_LENGTH:
        // A length of 0 is a packet of more than 64 KiB that the card was still to cut: it is as long as what was captured.
        if (ip.payloadLength !== -ip.headerLength || ip.headerLength < IPV4_HEADER_LENGTH) return false
        ip.payloadLength = room
        return room >= TCP_HEADER_LENGTH
      case DropReason.BAD_IP_CHECKSUM:
        // Left to the card.
        return data[start + 10] === 0 && data[start + 11] === 0
      default:
        return false
    }
  }

  #readTcp(data: Uint8Array, isLenient: boolean): Verdict {
    const { ip, segment } = this
    const { s0, s1, s2, s3, d0, d1, d2, d3, payloadStart, payloadLength } = ip
    const pseudo = pseudoSum(s0, s1, s2, s3, d0, d1, d2, d3, Protocol.TCP, payloadLength)
    const captured = Math.min(payloadLength, data.length - payloadStart)
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
    if (isLenient || captured < payloadLength) return 'tcp'
    const sum = sumOctets(data, payloadStart, captured, pseudo)
    return foldChecksum(sum) === 0 || isLeftToCard(data, payloadStart, pseudo) ? 'tcp' : 'bad-checksum'
  }
}

/** A sender that leaves the checksum to its card has put the pseudo-header's sum there, or nothing at all. */
function isLeftToCard(data: Uint8Array, start: number, pseudo: number): boolean {
  const field = ((data[start + 16] as number) << 8) | (data[start + 17] as number)
  return field === 0 || field === (~foldChecksum(pseudo) & 0xffff)
}
