import { DropReason } from './drop.ts'
import { parseIp } from './ip.ts'
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, IpHeader } from './ip-header.ts'
import { FRAGMENT_HEADER_LENGTH, walkExtensionHeaders } from './ipv6-extensions.ts'
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
  const reason = parseIp(buf, start, length, ip)
  const whole =
    ip.version === 4 ? isWholeIpv4(reason, buf, start, length, ip) : isWholeIpv6(reason, buf, start, length, ip)
  const transport = ip.payloadStart
  if (!whole || transport + TRANSPORT_LENGTH_MIN > start + length) return DropReason.BAD_QUOTE
  into.sourcePort = get16(buf, transport)
  into.destinationPort = get16(buf, transport + 2)
  into.seq = get32(buf, transport + 4)
  return DropReason.NONE
}

/** The header is there, and a transport header may follow it: in a fragment that is not the first, none does. */
function isWholeIpv4(reason: DropReason, buf: Uint8Array, start: number, length: number, ip: IpHeader): boolean {
  if (length < IPV4_HEADER_LENGTH || ip.headerLength < IPV4_HEADER_LENGTH) return false
  return reason !== DropReason.BAD_TOTAL_LENGTH && (get16(buf, start + 6) & 0x1fff) === 0
}

function isWholeIpv6(reason: DropReason, buf: Uint8Array, start: number, length: number, ip: IpHeader): boolean {
  if (reason === DropReason.FRAGMENT) return isFirstFragment(buf, start + length, ip)
  if (reason !== DropReason.TRUNCATED || length < IPV6_HEADER_LENGTH) return reason === DropReason.NONE
  // Cut short behind the fixed header: walk what is left of the extension headers.
  ip.payloadLength = Math.min(ip.payloadLength, start + length - ip.payloadStart)
  const walked = walkExtensionHeaders(buf, ip)
  return walked === DropReason.FRAGMENT ? isFirstFragment(buf, start + length, ip) : walked === DropReason.NONE
}

/** Steps over the fragment header of the first piece, which the transport's header follows. */
function isFirstFragment(buf: Uint8Array, end: number, ip: IpHeader): boolean {
  const at = ip.payloadStart
  if (at + FRAGMENT_HEADER_LENGTH > end || get16(buf, at + 2) >>> 3 !== 0) return false
  ip.protocol = buf[at] as number
  ip.headerLength += FRAGMENT_HEADER_LENGTH
  ip.payloadStart += FRAGMENT_HEADER_LENGTH
  ip.payloadLength -= FRAGMENT_HEADER_LENGTH
  return walkExtensionHeaders(buf, ip) === DropReason.NONE
}
