import { DropReason } from './drop.ts'
import { IPV6_HEADER_LENGTH, IpHeader, parseIp } from './ip.ts'
import { walkExtensionHeaders } from './ipv6-extensions.ts'
import { get16, get32 } from './octets.ts'

// What every sender of an ICMP error must quote of the transport header (RFC 792, RFC 1122 §3.2.2).
const TRANSPORT_LENGTH_MIN = 8

/** The packet that an ICMP error is about, as far as the error quotes it. Its sender is the host that gets the error. */
export class QuotedPacket {
  /** The quoted IP header; its `payloadLength` is what it says, not what is there. */
  readonly ip: IpHeader = new IpHeader()
  /** First 16 bits behind the IP header: the source port of TCP and UDP. */
  sourcePort = 0
  /** Next 16 bits: the destination port of TCP and UDP. */
  destinationPort = 0
  /** Next 32 bits: the sequence number of TCP, int32. An error for a sequence number not in flight is forged or late. */
  seq = 0
}

/** Reads a quoted packet, which is usually cut short and whose checksum its routers may have spoilt. */
export function parseQuote(buf: Uint8Array, start: number, length: number, into: QuotedPacket): DropReason {
  const ip = into.ip
  let reason = parseIp(buf, start, length, ip)
  const available = start + length - ip.payloadStart
  if (reason === DropReason.TRUNCATED && ip.version === 6 && length >= IPV6_HEADER_LENGTH) {
    ip.payloadLength = Math.min(ip.payloadLength, available)
    reason = walkExtensionHeaders(buf, ip)
  } else if (reason === DropReason.TRUNCATED && ip.version === 4 && length >= ip.headerLength + TRANSPORT_LENGTH_MIN) {
    // A fragment other than the first has no transport header to quote.
    reason = (get16(buf, start + 6) & 0x1fff) === 0 ? DropReason.NONE : DropReason.FRAGMENT
  }
  if (reason !== DropReason.NONE && reason !== DropReason.BAD_IP_CHECKSUM) return DropReason.BAD_QUOTE
  const transport = ip.payloadStart
  if (transport + TRANSPORT_LENGTH_MIN > start + length) return DropReason.BAD_QUOTE
  into.sourcePort = get16(buf, transport)
  into.destinationPort = get16(buf, transport + 2)
  into.seq = get32(buf, transport + 4)
  return DropReason.NONE
}
