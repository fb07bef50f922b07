import { foldChecksum, sumOctets } from '../base/index.ts'
import { DropReason } from './drop.ts'
import { get16, put16, put32 } from './octets.ts'
import { parseQuote, QuotedPacket } from './quote.ts'

/** ICMP types (RFC 792). */
export const IcmpType = {
  ECHO_REPLY: 0,
  UNREACHABLE: 3,
  REDIRECT: 5,
  ECHO: 8,
  TIME_EXCEEDED: 11,
  PARAMETER_PROBLEM: 12,
} as const

/** Codes of ICMP "destination unreachable" (RFC 792, RFC 1122 §3.2.2.1, RFC 1812 §5.2.7.1). */
export const IcmpUnreachable = {
  NET: 0,
  HOST: 1,
  PROTOCOL: 2,
  PORT: 3,
  FRAGMENTATION_NEEDED: 4,
  SOURCE_ROUTE_FAILED: 5,
  NET_UNKNOWN: 6,
  HOST_UNKNOWN: 7,
  SOURCE_ISOLATED: 8,
  NET_PROHIBITED: 9,
  HOST_PROHIBITED: 10,
  NET_TOS: 11,
  HOST_TOS: 12,
  ADMINISTRATIVELY_PROHIBITED: 13,
  PRECEDENCE_VIOLATION: 14,
  PRECEDENCE_CUTOFF: 15,
} as const

/** What an ICMP or ICMPv6 message is about: one word for both families. */
export const IcmpKind = {
  OTHER: 0,
  ECHO: 1,
  ECHO_REPLY: 2,
  UNREACHABLE: 3,
  /** IPv4 "fragmentation needed", IPv6 "packet too big"; `mtu` says how big would do. */
  TOO_BIG: 4,
  TIME_EXCEEDED: 5,
  PARAMETER_PROBLEM: 6,
  REDIRECT: 7,
  /** ICMPv6 neighbour discovery, types 133 to 137; `parseNdp` reads it. */
  NEIGHBOUR: 8,
  /** ICMPv6: an error of a type that nobody knows, which is told all the same (RFC 4443 §2.4 a). */
  UNKNOWN_ERROR: 9,
} as const
export type IcmpKind = (typeof IcmpKind)[keyof typeof IcmpKind]

/** Octets of the fixed part of every ICMP and ICMPv6 message. */
export const ICMP_HEADER_LENGTH = 8
/** How much of a packet an ICMPv4 error may quote: the error fits 576 octets (RFC 1812 §4.3.2.3). */
export const ICMP_QUOTE_MAX: number = 576 - 20 - ICMP_HEADER_LENGTH
/** How much of a packet an ICMPv6 error may quote: the error fits the minimum MTU (RFC 4443 §2.4 c). */
export const ICMPV6_QUOTE_MAX: number = 1280 - 40 - ICMP_HEADER_LENGTH

/** The fields of one ICMP or ICMPv6 message; one instance is read into again and again. */
export class IcmpMessage {
  kind: IcmpKind = IcmpKind.OTHER
  type = 0
  code = 0
  /** Echo: identifier. */
  id = 0
  /** Echo: sequence number. */
  seq = 0
  /** TOO_BIG: the next hop's MTU; 0 from routers older than RFC 1191. */
  mtu = 0
  /** PARAMETER_PROBLEM: the offset of the octet at fault. */
  pointer = 0
  /** Index of what follows the fixed eight octets: echo data, or the quoted packet. */
  dataStart = 0
  dataLength = 0
  /** Errors: the packet they are about. */
  readonly quote: QuotedPacket = new QuotedPacket()
}

const KIND_OF_TYPE: readonly (IcmpKind | undefined)[] = [
  IcmpKind.ECHO_REPLY,
  undefined,
  undefined,
  IcmpKind.UNREACHABLE,
  // MUST-55: Source Quench (RFC 6633) is no kind of its own
  undefined,
  IcmpKind.REDIRECT,
  undefined,
  undefined,
  IcmpKind.ECHO,
  undefined,
  undefined,
  IcmpKind.TIME_EXCEEDED,
  IcmpKind.PARAMETER_PROBLEM,
]

/** Reads an ICMP message and checks its checksum. Returns 0, or why it is to be dropped. */
export function parseIcmp(buf: Uint8Array, start: number, length: number, into: IcmpMessage): DropReason {
  if (length < ICMP_HEADER_LENGTH) return DropReason.TRUNCATED
  readFixed(buf, start, length, into)
  if (foldChecksum(sumOctets(buf, start, length)) !== 0) return DropReason.BAD_TRANSPORT_CHECKSUM
  const kind = KIND_OF_TYPE[into.type] ?? IcmpKind.OTHER
  const tooBig = kind === IcmpKind.UNREACHABLE && into.code === IcmpUnreachable.FRAGMENTATION_NEEDED
  into.kind = tooBig ? IcmpKind.TOO_BIG : kind
  into.mtu = tooBig ? get16(buf, start + 6) : 0
  into.pointer = kind === IcmpKind.PARAMETER_PROBLEM ? (buf[start + 4] as number) : 0
  return readQuote(buf, into)
}

/** What both families have in the same place. */
export function readFixed(buf: Uint8Array, start: number, length: number, into: IcmpMessage): void {
  into.type = buf[start] as number
  into.code = buf[start + 1] as number
  into.id = get16(buf, start + 4)
  into.seq = get16(buf, start + 6)
  into.dataStart = start + ICMP_HEADER_LENGTH
  into.dataLength = length - ICMP_HEADER_LENGTH
  into.kind = IcmpKind.OTHER
  into.mtu = 0
  into.pointer = 0
}

/** True for the kinds that are about another packet and quote it. An error is never answered with an error. */
export function isIcmpError(kind: IcmpKind): boolean {
  return (kind >= IcmpKind.UNREACHABLE && kind <= IcmpKind.PARAMETER_PROBLEM) || kind === IcmpKind.UNKNOWN_ERROR
}

/** Reads the quotation of an error; nothing to do for other kinds. */
export function readQuote(buf: Uint8Array, into: IcmpMessage): DropReason {
  if (!isIcmpError(into.kind)) return DropReason.NONE
  return parseQuote(buf, into.dataStart, into.dataLength, into.quote)
}

/**
 * Writes the fixed part of an echo or echo reply, of either family (the type says which), the checksum 0. The data
 * belong at `at` + 8.
 */
export function writeIcmpEcho(buf: Uint8Array, at: number, type: number, id: number, seq: number): void {
  buf[at] = type
  buf[at + 1] = 0
  put16(buf, at + 2, 0)
  put16(buf, at + 4, id)
  put16(buf, at + 6, seq)
}

/**
 * Writes an error of either family about the packet at `packetStart`, the checksum 0, and quotes as much of it as
 * `quoteMax` allows.
 *
 * @param rest the second word: 0, the MTU, or a parameter problem's pointer (in the top octet for ICMPv4).
 * @returns the message's length.
 */
export function writeIcmpError(
  buf: Uint8Array,
  at: number,
  type: number,
  code: number,
  rest: number,
  packet: Uint8Array,
  packetStart: number,
  packetLength: number,
  quoteMax: number,
): number {
  const quoteLength = Math.min(packetLength, quoteMax)
  buf[at] = type
  buf[at + 1] = code
  put16(buf, at + 2, 0)
  put32(buf, at + 4, rest)
  for (let i = 0; i < quoteLength; i++) buf[at + ICMP_HEADER_LENGTH + i] = packet[packetStart + i] as number
  return ICMP_HEADER_LENGTH + quoteLength
}

/** Fills in the checksum of a message whose checksum field is 0. `pseudo` is 0 for ICMPv4, which has no pseudo-header. */
export function finishIcmpChecksum(buf: Uint8Array, at: number, length: number, pseudo: number): void {
  put16(buf, at + 2, foldChecksum(sumOctets(buf, at, length, pseudo)))
}

const UNREACHABLE_NAMES: readonly string[] = [
  'network unreachable',
  'host unreachable',
  'protocol unreachable',
  'port unreachable',
  'fragmentation needed',
  'source route failed',
  'network unknown',
  'host unknown',
  'source host isolated',
  'network prohibited',
  'host prohibited',
  'network unreachable for TOS',
  'host unreachable for TOS',
  'administratively prohibited',
  'precedence violation',
  'precedence cutoff',
]

/** An ICMPv4 message in words: `port unreachable`, `echo request`; `type 40 code 2` for what has no name here. */
export function icmpName(type: number, code: number): string {
  const unknown = `type ${type} code ${code}`
  switch (type) {
    case IcmpType.ECHO:
      return 'echo request'
    case IcmpType.ECHO_REPLY:
      return 'echo reply'
    case IcmpType.UNREACHABLE:
      return UNREACHABLE_NAMES[code] ?? unknown
    case IcmpType.REDIRECT:
      return 'redirect'
    case IcmpType.TIME_EXCEEDED:
      return code === 0 ? 'time to live exceeded' : 'reassembly time exceeded'
    case IcmpType.PARAMETER_PROBLEM:
      return 'parameter problem'
    default:
      return unknown
  }
}
