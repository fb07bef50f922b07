import { foldChecksum, sumOctets } from '../base/index.ts'
import { V4_PREFIX_WORD } from './address.ts'
import { DropReason } from './drop.ts'
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, type IpHeader, Protocol } from './ip-header.ts'
import { walkExtensionHeaders } from './ipv6-extensions.ts'
import { get16, get32, put16, put32 } from './octets.ts'
import { halves } from './pseudo-header.ts'

/**
 * Reads the IP header, either version, of the packet at `start`. IPv4 options and IPv6 hop-by-hop, routing and destination
 * options are passed over; octets after the packet's own length (link padding) are left out of the payload.
 *
 * @returns 0, or why the packet is to be dropped; `into` then holds what was read before that was found, the addresses
 *   included unless the packet was too short to have any.
 */
export function parseIp(buf: Uint8Array, start: number, length: number, into: IpHeader): DropReason {
  if (length < 1) return DropReason.TRUNCATED
  const version = (buf[start] as number) >>> 4
  into.version = version
  if (version === 4) return parseIpv4Header(buf, start, length, into)
  if (version === 6) return parseIpv6Header(buf, start, length, into)
  return DropReason.BAD_VERSION
}

function parseIpv4Header(buf: Uint8Array, start: number, length: number, into: IpHeader): DropReason {
  if (length < IPV4_HEADER_LENGTH) return DropReason.TRUNCATED
  const first = get32(buf, start)
  const second = get32(buf, start + 4)
  const third = get32(buf, start + 8)
  const source = get32(buf, start + 12)
  const destination = get32(buf, start + 16)
  const headerLength = ((first >>> 24) & 15) << 2
  const totalLength = first & 0xffff
  into.headerLength = headerLength
  into.protocol = (third >>> 16) & 0xff
  into.ttl = third >>> 24
  into.tos = (first >>> 16) & 0xff
  into.id = second >>> 16
  into.dontFragment = (second & 0x4000) !== 0
  into.flowLabel = 0
  // MUST-50: behind the options, whatever they are
  into.payloadStart = start + headerLength
  into.payloadLength = totalLength - headerLength
  into.s0 = into.s1 = into.d0 = into.d1 = 0
  into.s2 = into.d2 = V4_PREFIX_WORD
  into.s3 = source
  into.d3 = destination
  if (headerLength < IPV4_HEADER_LENGTH) return DropReason.BAD_HEADER_LENGTH
  if (totalLength < headerLength) return DropReason.BAD_TOTAL_LENGTH
  if (totalLength > length) return DropReason.TRUNCATED
  // The words are at hand: adding them costs a third of reading the octets again.
  const fixed = halves(first) + halves(second) + halves(third) + halves(source) + halves(destination)
  const options = headerLength - IPV4_HEADER_LENGTH
  const sum = options === 0 ? fixed : sumOctets(buf, start + IPV4_HEADER_LENGTH, options, fixed)
  if (foldChecksum(sum) !== 0) return DropReason.BAD_IP_CHECKSUM
  // More fragments to come, or an offset: part of a larger packet.
  if ((second & 0x3fff) !== 0) return DropReason.FRAGMENT
  return DropReason.NONE
}

function parseIpv6Header(buf: Uint8Array, start: number, length: number, into: IpHeader): DropReason {
  if (length < IPV6_HEADER_LENGTH) return DropReason.TRUNCATED
  const first = get32(buf, start)
  const payloadLength = get16(buf, start + 4)
  into.headerLength = IPV6_HEADER_LENGTH
  into.protocol = buf[start + 6] as number
  into.ttl = buf[start + 7] as number
  into.tos = (first >>> 20) & 0xff
  into.id = 0
  into.dontFragment = true
  into.flowLabel = first & 0xfffff
  into.payloadStart = start + IPV6_HEADER_LENGTH
  into.payloadLength = payloadLength
  into.s0 = get32(buf, start + 8)
  into.s1 = get32(buf, start + 12)
  into.s2 = get32(buf, start + 16)
  into.s3 = get32(buf, start + 20)
  into.d0 = get32(buf, start + 24)
  into.d1 = get32(buf, start + 28)
  into.d2 = get32(buf, start + 32)
  into.d3 = get32(buf, start + 36)
  if (IPV6_HEADER_LENGTH + payloadLength > length) return DropReason.TRUNCATED
  // Here IPv4-mapped words mean IPv4. A stranger's IPv6 packet that carries them would speak for an IPv4 connection.
  if ((into.s0 | into.s1) === 0 && into.s2 === V4_PREFIX_WORD) return DropReason.BAD_ADDRESS
  if ((into.d0 | into.d1) === 0 && into.d2 === V4_PREFIX_WORD) return DropReason.BAD_ADDRESS
  const protocol = into.protocol
  if (protocol === Protocol.TCP || protocol === Protocol.UDP || protocol === Protocol.ICMPV6) return DropReason.NONE
  return walkExtensionHeaders(buf, into)
}

/** Writes an IPv4 header without options, its checksum included. Returns its length, 20. */
export function writeIpv4(
  buf: Uint8Array,
  at: number,
  tos: number,
  totalLength: number,
  id: number,
  dontFragment: boolean,
  ttl: number,
  protocol: number,
  source: number,
  destination: number,
): number {
  const first = (0x45 << 24) | ((tos & 0xff) << 16) | (totalLength & 0xffff)
  const second = (id << 16) | (dontFragment ? 0x4000 : 0)
  const third = (ttl << 24) | ((protocol & 0xff) << 16)
  const sum = halves(first) + halves(second) + halves(third) + halves(source) + halves(destination)
  put32(buf, at, first)
  put32(buf, at + 4, second)
  put32(buf, at + 8, third | foldChecksum(sum))
  put32(buf, at + 12, source)
  put32(buf, at + 16, destination)
  return IPV4_HEADER_LENGTH
}

/** Makes room in the header at `at` for the options that were written behind it: its length and its checksum follow. */
export function finishIpv4Options(buf: Uint8Array, at: number, options: number): void {
  buf[at] = 0x40 | ((IPV4_HEADER_LENGTH + options) >> 2)
  put16(buf, at + 10, 0)
  put16(buf, at + 10, foldChecksum(sumOctets(buf, at, IPV4_HEADER_LENGTH + options)))
}

/** Writes an IPv6 header. Returns its length, 40. */
export function writeIpv6(
  buf: Uint8Array,
  at: number,
  trafficClass: number,
  flowLabel: number,
  payloadLength: number,
  nextHeader: number,
  hopLimit: number,
  s0: number,
  s1: number,
  s2: number,
  s3: number,
  d0: number,
  d1: number,
  d2: number,
  d3: number,
): number {
  put32(buf, at, (6 << 28) | ((trafficClass & 0xff) << 20) | (flowLabel & 0xfffff))
  put16(buf, at + 4, payloadLength)
  buf[at + 6] = nextHeader
  buf[at + 7] = hopLimit
  put32(buf, at + 8, s0)
  put32(buf, at + 12, s1)
  put32(buf, at + 16, s2)
  put32(buf, at + 20, s3)
  put32(buf, at + 24, d0)
  put32(buf, at + 28, d1)
  put32(buf, at + 32, d2)
  put32(buf, at + 36, d3)
  return IPV6_HEADER_LENGTH
}
