import { AF_INET6, IpOption, Ipv6Option, Level } from '../constants.ts'
import type { ControlMessage } from './control-message.ts'
import { type ErrorReport, ReportOrigin } from './error-queue.ts'
import type { Socket } from './socket.ts'
import { Timestamping, TimestampKind } from './timestamping.ts'

const PKTINFO = 50
/** `IPV6_HOPLIMIT` of a control message. */
export const HOPLIMIT = 52
/** The number of the interface, behind the loopback. */
const DEVICE = 2
/** Where a header has what control messages tell of it. */
const IP_TOS = 1
const IP_TTL = 8
const IP_SOURCE = 12
const IP_DESTINATION = 16
const IP_END = 20
const IP6_HOPS = 7
const IP6_DESTINATION = 24
const IP6_END = 40
/** Of a mapped address, before the IPv4 one. */
const MAPPED = [0, 0, 0, 0, 0, 0, 0, 0, 0, 0, 0xff, 0xff]

/** The option that asks, the message that answers, and what it says of a packet. */
type Field = readonly [option: string, type: number, tell: (packet: Uint8Array) => number | Uint8Array]

/** `struct sockaddr_in` or `sockaddr_in6` of where a packet goes. */
function destination(family: number, address: Uint8Array, packet: Uint8Array, portAt: number): Uint8Array {
  const between = family === AF_INET6 ? [0, 0, 0, 0] : []
  const end = family === AF_INET6 ? [0, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, 0]
  return Uint8Array.of(family, 0, ...packet.subarray(portAt, portAt + 2), ...between, ...address, ...end)
}

/** In the order in which they are told. */
const FIELDS4: readonly Field[] = [
  ['IP_PKTINFO', IpOption.PKTINFO, (ip) => Uint8Array.of(DEVICE, 0, 0, 0, ...ip.subarray(IP_SOURCE, IP_END))],
  ['IP_RECVTTL', IpOption.TTL, (ip) => ip[IP_TTL] ?? 0],
  ['IP_RECVTOS', IpOption.TOS, (ip) => ip[IP_TOS] ?? 0],
  [
    'IP_RECVORIGDSTADDR',
    IpOption.RECVORIGDSTADDR,
    (ip) => destination(2, ip.subarray(IP_DESTINATION, IP_END), ip, ((ip[0] ?? 0) & 0xf) * 4 + 2),
  ],
]

const hops = (ip: Uint8Array): number => ip[IP6_HOPS] ?? 0
const info = (ip: Uint8Array): Uint8Array => Uint8Array.of(...ip.subarray(IP6_DESTINATION, IP6_END), DEVICE, 0, 0, 0)
/** Class and label as they stand in the header, the first octet lowest. */
const flow = ([first = 0, second = 0, third = 0, fourth = 0]: Uint8Array): number =>
  ((first & 0xf) | (second << 8) | (third << 16) | (fourth << 24)) >>> 0
const FIELDS6: readonly Field[] = [
  ['IPV6_RECVPKTINFO', PKTINFO, info],
  ['IPV6_RECVHOPLIMIT', HOPLIMIT, hops],
  ['IPV6_RECVTCLASS', Ipv6Option.TCLASS, (ip) => (((ip[0] ?? 0) & 0xf) << 4) | ((ip[1] ?? 0) >> 4)],
  ['IPV6_FLOWINFO', Ipv6Option.FLOWINFO, flow],
  ['IPV6_2292PKTINFO', Ipv6Option.OLD_PKTINFO, info],
  ['IPV6_2292HOPLIMIT', Ipv6Option.OLD_HOPLIMIT, hops],
  [
    'IPV6_RECVORIGDSTADDR',
    Ipv6Option.RECVORIGDSTADDR,
    (ip) => destination(AF_INET6, ip.subarray(IP6_DESTINATION, IP6_END), ip, IP6_END + 2),
  ],
]
/** What an IPv6 socket tells of a packet of IPv4 in its own words. */
const FIELDS_MAPPED: readonly Field[] = [
  [
    'IPV6_RECVPKTINFO',
    PKTINFO,
    (ip) => Uint8Array.of(...MAPPED, ...ip.subarray(IP_DESTINATION, IP_END), DEVICE, 0, 0, 0),
  ],
]

function told(
  { kept }: Socket['options'],
  level: number,
  fields: readonly Field[],
  packet: Uint8Array,
): ControlMessage[] {
  return fields.flatMap(([option, type, tell]) =>
    (kept.get(option) ?? 0) === 0 ? [] : [{ level, type, value: tell(packet) }],
  )
}

/**
 * What was asked for of the headers of packets that arrive, told of one that has left and comes back with the time: an IPv4 socket tells it
 * with SOF_TIMESTAMPING_OPT_CMSG, one of IPv6 always.
 */
export function sentHeader(
  { family, options }: Socket,
  { origin, info: kind, payload }: ErrorReport,
): ControlMessage[] {
  const left = origin === ReportOrigin.TIMESTAMPING && kind !== TimestampKind.ACK
  if (!left || options.kept.size === 0 || (options.timestamping & Timestamping.OPT_TSONLY) !== 0) return []
  const isSix = (payload[0] ?? 0) >> 4 === 6
  if (isSix) return told(options, Level.IPPROTO_IPV6, FIELDS6, payload)
  if (family === AF_INET6)
    return [
      ...told(options, Level.IPPROTO_IPV6, FIELDS_MAPPED, payload),
      ...told(options, Level.IPPROTO_IP, FIELDS4, payload),
    ]
  return (options.timestamping & Timestamping.OPT_CMSG) === 0 ? [] : told(options, Level.IPPROTO_IP, FIELDS4, payload)
}
