import {
  type Address,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  type IpHeader,
  Protocol,
  type TcpSegment,
} from '../../wire/index.ts'

/**
 * A link within one program takes a TCP segment as the fields of its headers: what the octets would say, without making and reading
 * them. Only what nearly every segment is goes this way: no option but timestamps. The text lies behind the fields.
 */
export interface Handover {
  /** Makes room for a record of so many octets, and returns where it begins; −1: the link is full, and the segment lost. */
  reserve(octets: number, cut: number): number
  /** Where records lie, as octets and as words. */
  readonly bytes: Uint8Array
  readonly words: Int32Array
}

/** What a connection's headers say in every segment. */
export interface Constants {
  readonly local: Address
  readonly localPort: number
  readonly remote: Address
  readonly remotePort: number
  /** Whether the timestamps option is there, and what it echoes. */
  readonly timestamps: boolean
  readonly tsRecent: number
}

const Word = {
  SOURCE: 0,
  DESTINATION: 4,
  PORTS: 8,
  SEQ: 9,
  ACK: 10,
  WINDOW_CTL: 11,
  URGENT_TTL_TOS: 12,
  FLOW_FLAGS: 13,
  TS_VAL: 14,
  TS_ECR: 15,
} as const

const Flag = { V6: 1, DONT_FRAGMENT: 2, TIMESTAMPS: 4 } as const
const FLAG_BITS = 3

/** Octets of the fields. */
export const FIELDS_LENGTH = 64
const HEADER = 20
const TIMESTAMPS = 12

/** Octets of the headers that a connection's segments would have, IP's and TCP's, without other options than timestamps. */
export function headersLength({ remote, timestamps }: Constants): number {
  return (remote.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH) + HEADER + (timestamps ? TIMESTAMPS : 0)
}

/** Writes what TCP's header says into the record at `at`; see `Departures.handOver`. */
export function writeSegment(
  words: Int32Array,
  at: number,
  connection: Constants,
  seq: number,
  ack: number,
  ctl: number,
  wnd: number,
  timestamp: number,
): void {
  const w = at >> 2
  words[w + Word.PORTS] = (connection.localPort << 16) | connection.remotePort
  words[w + Word.SEQ] = seq
  words[w + Word.ACK] = ack
  words[w + Word.WINDOW_CTL] = (wnd << 16) | ctl
  words[w + Word.TS_VAL] = timestamp
  words[w + Word.TS_ECR] = connection.tsRecent
}

/**
 * Writes what IP's header says into the record at `at`, and which of TCP's fields count.
 * @param flow IPv4's identification, IPv6's flow label
 */
export function writePacket(
  words: Int32Array,
  at: number,
  { local, remote, timestamps }: Constants,
  up: number,
  ttl: number,
  tos: number,
  flow: number,
  dontFragment: boolean,
): void {
  const w = at >> 2
  words[w + Word.SOURCE] = local.w0
  words[w + Word.SOURCE + 1] = local.w1
  words[w + Word.SOURCE + 2] = local.w2
  words[w + Word.SOURCE + 3] = local.w3
  words[w + Word.DESTINATION] = remote.w0
  words[w + Word.DESTINATION + 1] = remote.w1
  words[w + Word.DESTINATION + 2] = remote.w2
  words[w + Word.DESTINATION + 3] = remote.w3
  words[w + Word.URGENT_TTL_TOS] = (up << 16) | (ttl << 8) | tos
  const flags = (remote.v4 ? 0 : Flag.V6) | (dontFragment ? Flag.DONT_FRAGMENT : 0) | (timestamps ? Flag.TIMESTAMPS : 0)
  words[w + Word.FLOW_FLAGS] = (flow << FLAG_BITS) | flags
}

/** Reads the IP header's fields out of a record with `text` octets of text. */
export function readPacket(words: Int32Array, at: number, text: number, into: IpHeader): void {
  const w = at >> 2
  const about = words[w + Word.URGENT_TTL_TOS] as number
  const flags = words[w + Word.FLOW_FLAGS] as number
  const v6 = (flags & Flag.V6) !== 0
  const payload = HEADER + ((flags & Flag.TIMESTAMPS) === 0 ? 0 : TIMESTAMPS) + text
  into.version = v6 ? 6 : 4
  into.headerLength = v6 ? IPV6_HEADER_LENGTH : IPV4_HEADER_LENGTH
  into.protocol = Protocol.TCP
  into.ttl = (about >>> 8) & 0xff
  into.tos = about & 0xff
  const flow = flags >>> FLAG_BITS
  into.id = v6 ? 0 : flow & 0xffff
  into.dontFragment = (flags & Flag.DONT_FRAGMENT) !== 0
  into.flowLabel = v6 ? flow & 0xf_ffff : 0
  into.payloadStart = at
  into.payloadLength = payload
  into.s0 = words[w + Word.SOURCE] as number
  into.s1 = words[w + Word.SOURCE + 1] as number
  into.s2 = words[w + Word.SOURCE + 2] as number
  into.s3 = words[w + Word.SOURCE + 3] as number
  into.d0 = words[w + Word.DESTINATION] as number
  into.d1 = words[w + Word.DESTINATION + 1] as number
  into.d2 = words[w + Word.DESTINATION + 2] as number
  into.d3 = words[w + Word.DESTINATION + 3] as number
}

/** Reads the TCP header's fields out of a record with `text` octets of text. */
export function readSegment(from: Handover, at: number, text: number, cut: number, into: TcpSegment): void {
  const { words } = from
  const w = at >> 2
  const ports = words[w + Word.PORTS] as number
  const windowCtl = words[w + Word.WINDOW_CTL] as number
  into.buf = from.bytes
  into.sourcePort = ports >>> 16
  into.destinationPort = ports & 0xffff
  into.seq = words[w + Word.SEQ] as number
  into.ack = words[w + Word.ACK] as number
  into.ctl = windowCtl & 0xffff
  into.wnd = windowCtl >>> 16
  into.up = (words[w + Word.URGENT_TTL_TOS] as number) >>> 16
  into.dataStart = at + FIELDS_LENGTH
  into.dataLength = text
  into.clearOptions()
  into.cut = cut
  into.timestamps = ((words[w + Word.FLOW_FLAGS] as number) & Flag.TIMESTAMPS) !== 0
  into.headerLength = into.timestamps ? HEADER + TIMESTAMPS : HEADER
  into.tsVal = words[w + Word.TS_VAL] as number
  into.tsEcr = words[w + Word.TS_ECR] as number
}
