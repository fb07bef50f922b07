import { DropReason } from './drop.ts'
import { IPV6_HEADER_LENGTH, type IpHeader } from './ip-header.ts'
import { get16 } from './octets.ts'

// Next-header values that are not upper protocols (RFC 8200 §4).
const HOP_BY_HOP = 0
const ROUTING = 43
/** The fragment header's. */
export const FRAGMENT_HEADER = 44
const DESTINATION = 60
/** Nothing follows (RFC 8200 §4.7). */
export const NO_NEXT_HEADER = 59

/** Octets of the fragment header. */
export const FRAGMENT_HEADER_LENGTH = 8

const PAD1 = 0
/** Where the next-header field of the fixed header lies. */
const NEXT_HEADER_AT = 6

/** Whether a next-header value is that of a header between IPv6's and the transport's, fragment header left out. */
export function isExtensionHeader(next: number): boolean {
  return next === HOP_BY_HOP || next === ROUTING || next === DESTINATION
}

/**
 * Walks the extension headers of an IPv6 packet whose fixed header `into` holds, and moves its payload behind them.
 *
 * It stops at the fragment header of a piece, and says so; an "atomic" fragment (RFC 6946), which is whole, passes. Whatever next
 * header is met that is none of these ends the walk and stands in `protocol`, known or not.
 */
export function walkExtensionHeaders(buf: Uint8Array, into: IpHeader): DropReason {
  const end = into.payloadStart + into.payloadLength
  const packetStart = into.payloadStart - into.headerLength
  let at = into.payloadStart
  let next = into.protocol
  let first = true
  while (isExtensionHeader(next) || next === FRAGMENT_HEADER) {
    if (at + 8 > end) return DropReason.TRUNCATED
    const length = next === FRAGMENT_HEADER ? FRAGMENT_HEADER_LENGTH : ((buf[at + 1] as number) + 1) << 3
    if (at + length > end) return DropReason.TRUNCATED
    const reason = checkExtension(buf, at, length, next, first)
    if (reason !== DropReason.NONE) return reason
    next = buf[at] as number
    at += length
    first = false
    into.protocol = next
    into.headerLength = at - packetStart
    into.payloadStart = at
    into.payloadLength = end - at
  }
  return DropReason.NONE
}

/** Where in a packet that was walked the next-header field lies that names its payload, octets from its beginning. */
export function lastNextHeader(buf: Uint8Array, { payloadStart, headerLength }: IpHeader): number {
  const start = payloadStart - headerLength
  let at = NEXT_HEADER_AT
  let next = buf[start + at] as number
  for (let header = IPV6_HEADER_LENGTH; header < headerLength; ) {
    at = header
    header += next === FRAGMENT_HEADER ? FRAGMENT_HEADER_LENGTH : ((buf[start + header + 1] as number) + 1) << 3
    next = buf[start + at] as number
  }
  return at
}

function checkExtension(buf: Uint8Array, at: number, length: number, kind: number, first: boolean): DropReason {
  switch (kind) {
    case FRAGMENT_HEADER:
      // Offset in the upper 13 bits, "more" in the lowest.
      return (get16(buf, at + 2) & 0xfff9) === 0 ? DropReason.NONE : DropReason.FRAGMENT
    case ROUTING:
      // With segments left we would be asked to forward it (RFC 8200 §4.4; type 0 is abolished by RFC 5095).
      return buf[at + 3] === 0 ? DropReason.NONE : DropReason.BAD_EXTENSION_HEADER
    case HOP_BY_HOP:
      // §4.1: only right behind the fixed header.
      return first ? checkOptions(buf, at + 2, at + length) : DropReason.BAD_EXTENSION_HEADER
    default:
      return checkOptions(buf, at + 2, at + length)
  }
}

/** §4.2: an unknown option is passed over only if its two highest bits are 00, and must lie within its header. */
function checkOptions(buf: Uint8Array, start: number, end: number): DropReason {
  let at = start
  while (at < end) {
    const type = buf[at] as number
    if (type === PAD1) {
      at++
      continue
    }
    if (at + 2 > end || at + 2 + (buf[at + 1] as number) > end || type >>> 6 !== 0) {
      return DropReason.BAD_EXTENSION_HEADER
    }
    at += 2 + (buf[at + 1] as number)
  }
  return DropReason.NONE
}
