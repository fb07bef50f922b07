import { foldChecksum, sumOctets } from '../base/index.ts'
import { ICMP_HEADER_LENGTH } from './icmp.ts'
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, type IpHeader, Protocol } from './ip-header.ts'
import { FRAGMENT_HEADER_LENGTH, isExtensionHeader, NO_NEXT_HEADER } from './ipv6-extensions.ts'
import { get16, get32, put16, put32 } from './octets.ts'
import { TCP_HEADER_LENGTH } from './tcp.ts'
import { UDP_HEADER_LENGTH } from './udp.ts'

/** Pieces begin at multiples of this many octets of the whole, in both families. */
export const FRAGMENT_UNIT = 8

/** More pieces follow, in the field of IPv4's flags. */
const MORE_V4 = 0x2000

/** Which piece of which packet a fragment is; one instance is read into again and again. */
export class Fragment {
  /** Tells the packets of one sender apart: 16 bits in IPv4, 32 in IPv6. */
  id = 0
  /** Octets of the whole that come before it. */
  offset = 0
  /** It is not the last. */
  more = false
  /** Index of its first octet of the whole. */
  dataStart = 0
  /** Octets of the whole that it brings. */
  dataLength = 0
  /** Octets of the headers that every piece repeats (RFC 8200 §4.5: the per-fragment part): IPv6's fragment header left out. */
  headersLength = 0
  /** What the whole is for: IPv6's next header as the fragment header names it. */
  protocol = 0
}

/** Reads a packet of which `parseIp` said that it is a fragment; `ip` is as it was left. */
export function parseFragment(buf: Uint8Array, ip: IpHeader, into: Fragment): void {
  const { payloadStart, payloadLength, headerLength } = ip
  into.headersLength = headerLength
  if (ip.version === 4) {
    const field = get16(buf, payloadStart - headerLength + 6)
    into.id = ip.id
    into.offset = (field & 0x1fff) * FRAGMENT_UNIT
    into.more = (field & MORE_V4) !== 0
    into.dataStart = payloadStart
    into.dataLength = payloadLength
    into.protocol = ip.protocol
    return
  }
  const field = get16(buf, payloadStart + 2)
  into.id = get32(buf, payloadStart + 4)
  into.offset = field & 0xfff8
  into.more = (field & 1) !== 0
  into.dataStart = payloadStart + FRAGMENT_HEADER_LENGTH
  into.dataLength = payloadLength - FRAGMENT_HEADER_LENGTH
  into.protocol = buf[payloadStart] as number
}

/**
 * Makes the headers at `at`, which were the first fragment's, those of the whole packet: its length, and nothing of fragments.
 *
 * @param length octets of the headers
 * @param dataLength octets of what follows them
 */
export function writeWholeHeaders(
  buf: Uint8Array,
  at: number,
  length: number,
  dataLength: number,
  protocol: number,
): void {
  if ((buf[at] as number) >>> 4 === 4) {
    put16(buf, at + 2, length + dataLength)
    put16(buf, at + 6, 0)
    finishIpv4Header(buf, at, length)
    return
  }
  put16(buf, at + 4, length - IPV6_HEADER_LENGTH + dataLength)
  buf[nextHeaderBefore(buf, at, length)] = protocol
}

/** Where stands what follows the headers: in the fixed header, or in the last extension header. */
function nextHeaderBefore(buf: Uint8Array, at: number, length: number): number {
  let field = at + 6
  for (let header = at + IPV6_HEADER_LENGTH; header < at + length; header += ((buf[header + 1] as number) + 1) << 3)
    field = header
  return field
}

/** Makes the IPv4 header at `at` that of a fragment: routers may cut it further. */
export function writeIpv4Fragment(
  buf: Uint8Array,
  at: number,
  offset: number,
  more: boolean,
  dataLength: number,
): void {
  put16(buf, at + 2, IPV4_HEADER_LENGTH + dataLength)
  put16(buf, at + 6, offset / FRAGMENT_UNIT + (more ? MORE_V4 : 0))
  finishIpv4Header(buf, at, IPV4_HEADER_LENGTH)
}

/** Writes IPv6's fragment header. @returns its length, 8 */
export function writeFragmentHeader(
  buf: Uint8Array,
  at: number,
  protocol: number,
  id: number,
  offset: number,
  more: boolean,
): number {
  buf[at] = protocol
  buf[at + 1] = 0
  put16(buf, at + 2, offset + (more ? 1 : 0))
  put32(buf, at + 4, id)
  return FRAGMENT_HEADER_LENGTH
}

function finishIpv4Header(buf: Uint8Array, at: number, length: number): void {
  put16(buf, at + 10, 0)
  put16(buf, at + 10, foldChecksum(sumOctets(buf, at, length)))
}

/**
 * RFC 7112: whether the headers up to the transport's, and that one, lie within what an IPv6 packet's first fragment brings. An extension
 * header that is not all there is not looked into: the whole will show what it is (Linux).
 *
 * @param protocol what stands at `start`
 */
export function holdsUpperHeader(buf: Uint8Array, start: number, length: number, protocol: number): boolean {
  let next = protocol
  let at = start
  for (; isExtensionHeader(next); at += ((buf[at + 1] as number) + 1) << 3) {
    if (at + FRAGMENT_UNIT > start + length) return true
    next = buf[at] as number
  }
  return next === NO_NEXT_HEADER || at + leastOf(next) <= start + length
}

function leastOf(protocol: number): number {
  switch (protocol) {
    case Protocol.TCP:
      return TCP_HEADER_LENGTH
    case Protocol.UDP:
      return UDP_HEADER_LENGTH
    case Protocol.ICMPV6:
      return ICMP_HEADER_LENGTH
    default:
      return 1
  }
}
