import { DropReason } from './drop.ts'
import { get16, get32, put16, put32 } from './octets.ts'
import type { TcpSegment } from './tcp-segment.ts'

/** Option kinds (IANA). */
export const TcpOption = {
  EOL: 0,
  NOP: 1,
  MSS: 2,
  WSCALE: 3,
  SACK_PERMITTED: 4,
  SACK: 5,
  TIMESTAMPS: 8,
  MD5: 19,
  FAST_OPEN: 34,
  ACCURATE_ECN_0: 172,
  ACCURATE_ECN_1: 174,
  EXPERIMENT: 254,
} as const

/** The largest shift that RFC 7323 §2.3 lets anyone use; a larger one is taken as this. */
export const WSCALE_MAX = 14
/** SACK blocks that fit into one header without other options. */
export const SACK_BLOCKS_MAX = 4

const FAST_OPEN_EXPERIMENT = 0xf989

// NOP, NOP, timestamps, length 10: how every sender of data lays its options out (RFC 7323 appendix A).
const ALIGNED_TIMESTAMPS = 0x0101080a

/** Reads the options from `start` up to `end` into a segment whose option fields are cleared. */
export function parseTcpOptions(buf: Uint8Array, start: number, end: number, into: TcpSegment): DropReason {
  let at = start
  if (end - start === 12 && get32(buf, start) === ALIGNED_TIMESTAMPS) {
    readTimestamps(buf, start + 4, into)
    return DropReason.NONE
  }
  while (at < end) {
    const kind = buf[at] as number
    // MUST-4: what follows is padding
    if (kind === TcpOption.EOL) break
    // MUST-4: one octet, without a length
    if (kind === TcpOption.NOP) {
      at++
      continue
    }
    const length = at + 1 < end ? (buf[at + 1] as number) : 0
    // MUST-7: the segment is dropped, for nothing behind it can be believed
    if (length < 2 || at + length > end) return DropReason.BAD_OPTION_LENGTH
    readOption(buf, at + 2, kind, length, into)
    // MUST-6: known or not
    // MUST-64: on any octet
    at += length
  }
  return DropReason.NONE
}

/** Takes one option in; an unknown kind, or a known one of the wrong length, is passed over. */
function readOption(buf: Uint8Array, at: number, kind: number, length: number, into: TcpSegment): void {
  switch (kind) {
    case TcpOption.MSS:
      // MUST-4: kind 2
      if (length === 4) into.mss = get16(buf, at)
      break
    case TcpOption.WSCALE:
      if (length === 3) into.wscale = Math.min(buf[at] as number, WSCALE_MAX)
      break
    case TcpOption.SACK_PERMITTED:
      if (length === 2) into.sackPermitted = true
      break
    case TcpOption.SACK:
      if (length >= 10 && (length - 2) % 8 === 0) readSack(buf, at, (length - 2) >> 3, into)
      break
    case TcpOption.TIMESTAMPS:
      if (length === 10) readTimestamps(buf, at, into)
      break
    case TcpOption.MD5:
      if (length === 18) into.signatureStart = at
      break
    case TcpOption.FAST_OPEN:
      into.fastOpenSaid = true
      // RFC 7413 §4.1.1: a cookie has 4 to 16 octets and an even number of them; none at all asks for one.
      if (isCookie(length - 2)) {
        into.fastOpenLength = length - 2
        into.fastOpenStart = at
      }
      break
    case TcpOption.ACCURATE_ECN_0:
    case TcpOption.ACCURATE_ECN_1:
      into.accurateKind = kind
      into.accurateStart = at
      into.accurateFields = Math.floor((length - 2) / 3)
      break
    case TcpOption.EXPERIMENT:
      // RFC 6994 §3: two octets say whose experiment it is.
      if (length >= 4 && get16(buf, at) === FAST_OPEN_EXPERIMENT && isCookie(length - 4)) {
        into.fastOpenLength = length - 4
        into.fastOpenStart = at + 2
        into.fastOpenExperimental = true
      }
      break
    default:
      break
  }
}

/** Whether a cookie may have so many octets, or is asked for. */
function isCookie(length: number): boolean {
  return length === 0 || (length >= 4 && length <= 16 && length % 2 === 0)
}

function readTimestamps(buf: Uint8Array, at: number, into: TcpSegment): void {
  into.timestamps = true
  into.tsVal = get32(buf, at)
  into.tsEcr = get32(buf, at + 4)
}

function readSack(buf: Uint8Array, at: number, blocks: number, into: TcpSegment): void {
  for (let i = 0; i < blocks; i++) {
    into.sackLeft[i] = get32(buf, at + i * 8)
    into.sackRight[i] = get32(buf, at + i * 8 + 4)
  }
  into.sackCount = blocks
}

// Each writer below puts one option at `at` and returns where the next may go. The sender pads to a whole word.

/** End of option list: one octet. */
export function putEol(buf: Uint8Array, at: number): number {
  buf[at] = TcpOption.EOL
  return at + 1
}

/** No operation, for alignment: one octet. */
export function putNop(buf: Uint8Array, at: number): number {
  buf[at] = TcpOption.NOP
  return at + 1
}

/** Maximum segment size: four octets. */
export function putMss(buf: Uint8Array, at: number, mss: number): number {
  buf[at] = TcpOption.MSS
  // MUST-68: MSS
  buf[at + 1] = 4
  put16(buf, at + 2, mss)
  return at + 4
}

/** Window scale: three octets. */
export function putWscale(buf: Uint8Array, at: number, shift: number): number {
  buf[at] = TcpOption.WSCALE
  // MUST-68: window scale
  buf[at + 1] = 3
  buf[at + 2] = shift
  return at + 3
}

/** SACK permitted: two octets. */
export function putSackPermitted(buf: Uint8Array, at: number): number {
  buf[at] = TcpOption.SACK_PERMITTED
  // MUST-68: SACK permitted
  buf[at + 1] = 2
  return at + 2
}

/** Timestamps: ten octets. */
export function putTimestamps(buf: Uint8Array, at: number, tsVal: number, tsEcr: number): number {
  buf[at] = TcpOption.TIMESTAMPS
  // MUST-68: timestamps
  buf[at + 1] = 10
  put32(buf, at + 2, tsVal)
  put32(buf, at + 6, tsEcr)
  return at + 10
}

/** SACK: two octets and eight for each of `count` blocks, 1 … 4. */
export function putSackBlocks(buf: Uint8Array, at: number, left: Int32Array, right: Int32Array, count: number): number {
  buf[at] = TcpOption.SACK
  // MUST-68: SACK
  buf[at + 1] = 2 + count * 8
  for (let i = 0; i < count; i++) {
    put32(buf, at + 2 + i * 8, left[i] as number)
    put32(buf, at + 6 + i * 8, right[i] as number)
  }
  return at + 2 + count * 8
}

/**
 * AccECN in its second order (RFC 9768 §3.2.3): two octets and three for each of `fields` counters, 0 … 3, of which 24 bits are
 * written: octets that arrived with ECT(1), with CE, with ECT(0).
 */
export function putAccurateEcn(
  buf: Uint8Array,
  at: number,
  fields: number,
  e1b: number,
  ceb: number,
  e0b: number,
): number {
  buf[at] = TcpOption.ACCURATE_ECN_1
  buf[at + 1] = 2 + fields * 3
  for (let i = 0; i < fields; i++) {
    const counter = i === 0 ? e1b : i === 1 ? ceb : e0b
    buf[at + 2 + i * 3] = counter >>> 16
    put16(buf, at + 3 + i * 3, counter & 0xffff)
  }
  return at + 2 + fields * 3
}

/** Fast Open (RFC 7413): a cookie, or none to ask for one; `experimental`: as option 254. */
export function putFastOpen(buf: Uint8Array, at: number, cookie: Uint8Array, experimental: boolean): number {
  const head = experimental ? 4 : 2
  buf[at] = experimental ? TcpOption.EXPERIMENT : TcpOption.FAST_OPEN
  buf[at + 1] = head + cookie.length
  if (experimental) put16(buf, at + 2, FAST_OPEN_EXPERIMENT)
  buf.set(cookie, at + head)
  return at + head + cookie.length
}
