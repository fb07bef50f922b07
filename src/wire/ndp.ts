import { DropReason } from './drop.ts'
import { Icmpv6Type } from './icmpv6.ts'
import { get16, get32, put16, put32 } from './octets.ts'

// Type, code, checksum, flags, target.
const NDP_FIXED_LENGTH = 24
const HOP_LIMIT = 255
const OPTION_SOURCE_LINK = 1
const OPTION_TARGET_LINK = 2

/** Flags of a neighbour advertisement (RFC 4861 §4.4), in the message's second word. */
export const NdpFlag = { ROUTER: -0x8000_0000, SOLICITED: 0x4000_0000, OVERRIDE: 0x2000_0000 } as const

/** Octets of a solicitation or advertisement with its Ethernet address option. */
export const NDP_LENGTH = 32

/** The fields of one neighbour solicitation or advertisement; one instance is read into again and again. */
export class NdpMessage {
  /** `Icmpv6Type.NEIGHBOUR_SOLICITATION` or `.NEIGHBOUR_ADVERTISEMENT`. */
  type = 0
  /** See `NdpFlag`; 0 for a solicitation. */
  flags = 0
  /** The address asked for or spoken of. */
  t0 = 0
  t1 = 0
  t2 = 0
  t3 = 0
  /** True when the sender's (or the target's) Ethernet address is given. */
  hasLink = false
  linkHigh = 0
  linkLow = 0
}

/**
 * Reads a neighbour solicitation or advertisement whose ICMPv6 checksum is checked already.
 *
 * @param hopLimit the IP header's; anything but 255 has crossed a router and is dropped (RFC 4861 §7.1).
 * @returns 0, or why the message is to be dropped; other neighbour discovery messages are `UNKNOWN_PROTOCOL`.
 */
export function parseNdp(
  buf: Uint8Array,
  start: number,
  length: number,
  hopLimit: number,
  into: NdpMessage,
): DropReason {
  const type = buf[start] as number
  const solicitation = type === Icmpv6Type.NEIGHBOUR_SOLICITATION
  if (!solicitation && type !== Icmpv6Type.NEIGHBOUR_ADVERTISEMENT) return DropReason.UNKNOWN_PROTOCOL
  if (length < NDP_FIXED_LENGTH) return DropReason.TRUNCATED
  if (hopLimit !== HOP_LIMIT || buf[start + 1] !== 0) return DropReason.BAD_LINK_MESSAGE
  into.type = type
  into.flags = solicitation ? 0 : get32(buf, start + 4)
  into.t0 = get32(buf, start + 8)
  into.t1 = get32(buf, start + 12)
  into.t2 = get32(buf, start + 16)
  into.t3 = get32(buf, start + 20)
  into.hasLink = false
  // §7.1: the target is a node, never a group.
  if (into.t0 >>> 24 === 0xff) return DropReason.BAD_LINK_MESSAGE
  return readLinkOption(buf, start, length, solicitation ? OPTION_SOURCE_LINK : OPTION_TARGET_LINK, into)
}

function readLinkOption(buf: Uint8Array, start: number, length: number, kind: number, into: NdpMessage): DropReason {
  const end = start + length
  let at = start + NDP_FIXED_LENGTH
  while (at < end) {
    // Lengths count eights; zero would never end.
    const optionLength = at + 1 < end ? (buf[at + 1] as number) << 3 : 0
    if (optionLength === 0 || at + optionLength > end) return DropReason.BAD_LINK_MESSAGE
    if (buf[at] === kind && optionLength === 8) {
      into.hasLink = true
      into.linkHigh = get16(buf, at + 2)
      into.linkLow = get32(buf, at + 4)
    }
    at += optionLength
  }
  return DropReason.NONE
}

/**
 * Writes a neighbour solicitation (flags 0) or advertisement for the target of four words, with an Ethernet address, the
 * checksum 0 (`finishIcmpChecksum` fills it in). Returns its length, 32.
 */
export function writeNdp(
  buf: Uint8Array,
  at: number,
  type: number,
  flags: number,
  t0: number,
  t1: number,
  t2: number,
  t3: number,
  linkHigh: number,
  linkLow: number,
): number {
  buf[at] = type
  buf[at + 1] = 0
  put16(buf, at + 2, 0)
  put32(buf, at + 4, flags)
  put32(buf, at + 8, t0)
  put32(buf, at + 12, t1)
  put32(buf, at + 16, t2)
  put32(buf, at + 20, t3)
  buf[at + 24] = type === Icmpv6Type.NEIGHBOUR_SOLICITATION ? OPTION_SOURCE_LINK : OPTION_TARGET_LINK
  buf[at + 25] = 1
  put16(buf, at + 26, linkHigh)
  put32(buf, at + 28, linkLow)
  return NDP_LENGTH
}
