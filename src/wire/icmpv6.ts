import { foldChecksum, sumOctets } from '../base/index.ts'
import { DropReason } from './drop.ts'
import { ICMP_HEADER_LENGTH, IcmpKind, type IcmpMessage, readFixed, readQuote } from './icmp.ts'
import { get32 } from './octets.ts'

/** ICMPv6 types (RFC 4443, RFC 4861). */
export const Icmpv6Type = {
  UNREACHABLE: 1,
  TOO_BIG: 2,
  TIME_EXCEEDED: 3,
  PARAMETER_PROBLEM: 4,
  ECHO: 128,
  ECHO_REPLY: 129,
  ROUTER_SOLICITATION: 133,
  ROUTER_ADVERTISEMENT: 134,
  NEIGHBOUR_SOLICITATION: 135,
  NEIGHBOUR_ADVERTISEMENT: 136,
  REDIRECT: 137,
} as const

/** Codes of ICMPv6 "destination unreachable" (RFC 4443 §3.1). */
export const Icmpv6Unreachable = {
  NO_ROUTE: 0,
  PROHIBITED: 1,
  BEYOND_SCOPE: 2,
  ADDRESS: 3,
  PORT: 4,
  SOURCE_POLICY: 5,
  REJECT_ROUTE: 6,
} as const

/** Reads an ICMPv6 message and checks it against its pseudo-header's partial sum. Returns 0, or why to drop it. */
export function parseIcmpv6(
  buf: Uint8Array,
  start: number,
  length: number,
  pseudo: number,
  into: IcmpMessage,
): DropReason {
  if (length < ICMP_HEADER_LENGTH) return DropReason.TRUNCATED
  readFixed(buf, start, length, into)
  if (foldChecksum(sumOctets(buf, start, length, pseudo)) !== 0) return DropReason.BAD_TRANSPORT_CHECKSUM
  into.kind = kindOf(into.type)
  into.mtu = into.kind === IcmpKind.TOO_BIG ? get32(buf, start + 4) >>> 0 : 0
  into.pointer = into.kind === IcmpKind.PARAMETER_PROBLEM ? get32(buf, start + 4) >>> 0 : 0
  return readQuote(buf, into)
}

function kindOf(type: number): IcmpKind {
  switch (type) {
    case Icmpv6Type.UNREACHABLE:
      return IcmpKind.UNREACHABLE
    case Icmpv6Type.TOO_BIG:
      return IcmpKind.TOO_BIG
    case Icmpv6Type.TIME_EXCEEDED:
      return IcmpKind.TIME_EXCEEDED
    case Icmpv6Type.PARAMETER_PROBLEM:
      return IcmpKind.PARAMETER_PROBLEM
    case Icmpv6Type.ECHO:
      return IcmpKind.ECHO
    case Icmpv6Type.ECHO_REPLY:
      return IcmpKind.ECHO_REPLY
    default:
      if (type < Icmpv6Type.ECHO) return IcmpKind.UNKNOWN_ERROR
      return type >= Icmpv6Type.ROUTER_SOLICITATION && type <= Icmpv6Type.REDIRECT ? IcmpKind.NEIGHBOUR : IcmpKind.OTHER
  }
}

const UNREACHABLE_NAMES: readonly string[] = [
  'no route',
  'administratively prohibited',
  'beyond scope of source address',
  'address unreachable',
  'port unreachable',
  'source address failed policy',
  'reject route',
]

const NAMES: Readonly<Record<number, string>> = {
  [Icmpv6Type.TOO_BIG]: 'packet too big',
  [Icmpv6Type.PARAMETER_PROBLEM]: 'parameter problem',
  [Icmpv6Type.ECHO]: 'echo request',
  [Icmpv6Type.ECHO_REPLY]: 'echo reply',
  [Icmpv6Type.ROUTER_SOLICITATION]: 'router solicitation',
  [Icmpv6Type.ROUTER_ADVERTISEMENT]: 'router advertisement',
  [Icmpv6Type.NEIGHBOUR_SOLICITATION]: 'neighbour solicitation',
  [Icmpv6Type.NEIGHBOUR_ADVERTISEMENT]: 'neighbour advertisement',
  [Icmpv6Type.REDIRECT]: 'redirect',
}

/** An ICMPv6 message in words: `port unreachable`, `packet too big`; `type 200 code 0` for what has no name here. */
export function icmpv6Name(type: number, code: number): string {
  const unknown = `type ${type} code ${code}`
  if (type === Icmpv6Type.UNREACHABLE) return UNREACHABLE_NAMES[code] ?? unknown
  if (type === Icmpv6Type.TIME_EXCEEDED) return code === 0 ? 'hop limit exceeded' : 'reassembly time exceeded'
  return NAMES[type] ?? unknown
}
