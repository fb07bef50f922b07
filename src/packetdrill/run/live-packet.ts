import type { Micros } from '../../base/index.ts'
import {
  type Address,
  DropReason,
  dropReasonName,
  IcmpMessage,
  IpHeader,
  isIcmpError,
  Protocol,
  parseIcmp,
  parseIcmpv6,
  parseIp,
  parseTcp,
  parseUdp,
  TcpOption,
  TcpSegment,
  UdpDatagram,
} from '../../wire/index.ts'
import type { AccEcnField, TcpOptionSpec } from '../language/ast.ts'

/** A TCP option as it lay on the wire; one that the language has no word for is kept as octets. */
export type LiveOption = TcpOptionSpec | { readonly kind: 'unknown'; readonly number: number; readonly hex: string }

/** The TCP part of a packet; numbers as on the wire, int32. */
export interface LiveTcp {
  /** FIN, SYN, RST, PSH, ACK, URG, ECE, CWR as in the header, and AE as 0x100. */
  readonly flags: number
  readonly syn: boolean
  readonly seq: number
  readonly ack: number
  readonly window: number
  readonly urgent: number
  readonly length: number
  readonly options: readonly LiveOption[]
}

/** What the stack sent, and when. */
export interface LivePacket {
  readonly at: Micros
  readonly octets: Uint8Array
  readonly source: Address
  readonly destination: Address
  readonly tos: number
  readonly ttl: number
  readonly flowLabel: number
  /** null for ICMP. */
  readonly ports: { readonly source: number; readonly destination: number } | null
  readonly tcp: LiveTcp | null
  /** Octets of a datagram. */
  readonly udpLength: number | null
  readonly icmp: LiveIcmp | null
}

/** An ICMP message. */
export interface LiveIcmp {
  readonly v4: boolean
  readonly type: number
  readonly code: number
  readonly mtu: number
  readonly id: number
  /** What an error is about. */
  readonly quote: { readonly sourcePort: number; readonly destinationPort: number; readonly seq: number } | null
}

/** RFC 7413's experimental form of Fast Open shares kind 254 with others; it begins with these two octets. */
export const FOEXP_MAGIC = 'f989'

/** The AE bit among the flags of `LiveTcp`. */
const AE = 0x100

/**
 * Reads what the stack put on the wire.
 *
 * @throws {Error} for a malformed packet: a bug of the stack, wherever it stands in the script.
 */
export function readLivePacket(octets: Uint8Array, at: Micros): LivePacket {
  const ip = new IpHeader()
  const reason = parseIp(octets, 0, octets.length, ip)
  const isPiece = reason === DropReason.FRAGMENT
  if (reason !== DropReason.NONE && !isPiece)
    throw new Error(`the stack sent a malformed IP packet (${dropReasonName(reason)})`)
  const { protocol, payloadStart, payloadLength } = ip
  const pseudo = ip.pseudoSum()
  const base = {
    at,
    octets,
    source: ip.source(),
    destination: ip.destination(),
    tos: ip.tos,
    ttl: ip.ttl,
    flowLabel: ip.flowLabel,
  }
  // A piece of a datagram is nothing that a script could expect.
  if (isPiece) return { ...base, ports: null, tcp: null, udpLength: null, icmp: null }
  if (protocol === Protocol.TCP) return { ...base, ...readTcp(octets, payloadStart, payloadLength, pseudo) }
  if (protocol === Protocol.UDP) {
    const datagram = new UdpDatagram()
    check(parseUdp(octets, payloadStart, payloadLength, pseudo, ip.version === 6, datagram))
    const ports = { source: datagram.sourcePort, destination: datagram.destinationPort }
    return { ...base, ports, tcp: null, udpLength: datagram.dataLength, icmp: null }
  }
  return { ...base, ports: null, tcp: null, udpLength: null, icmp: readIcmp(octets, ip, pseudo) }
}

function check(reason: DropReason): void {
  if (reason !== DropReason.NONE) throw new Error(`the stack sent a malformed packet (${dropReasonName(reason)})`)
}

function readTcp(
  octets: Uint8Array,
  start: number,
  length: number,
  pseudo: number,
): Pick<LivePacket, 'ports' | 'tcp' | 'udpLength' | 'icmp'> {
  const segment = new TcpSegment()
  check(parseTcp(octets, start, length, pseudo, segment))
  const { ctl, seq, ack, wnd, up, dataLength, dataStart } = segment
  const flags = ctl | (((octets[start + 12] as number) & 1) === 0 ? 0 : AE)
  const tcp: LiveTcp = {
    flags,
    syn: (ctl & 2) !== 0,
    seq,
    ack,
    window: wnd,
    urgent: up,
    length: dataLength,
    options: readOptions(octets.subarray(start + 20, dataStart)),
  }
  const ports = { source: segment.sourcePort, destination: segment.destinationPort }
  return { ports, tcp, udpLength: null, icmp: null }
}

function readIcmp(octets: Uint8Array, ip: IpHeader, pseudo: number): LiveIcmp | null {
  const v4 = ip.version === 4
  if (ip.protocol !== (v4 ? Protocol.ICMP : Protocol.ICMPV6)) return null
  const message = new IcmpMessage()
  check(
    v4
      ? parseIcmp(octets, ip.payloadStart, ip.payloadLength, message)
      : parseIcmpv6(octets, ip.payloadStart, ip.payloadLength, pseudo, message),
  )
  const { kind, type, code, mtu, id } = message
  const { sourcePort, destinationPort, seq } = message.quote
  const quote = isIcmpError(kind) ? { sourcePort, destinationPort, seq } : null
  return { v4, type, code, mtu, id, quote }
}

function readOptions(octets: Uint8Array): LiveOption[] {
  const options: LiveOption[] = []
  for (let at = 0; at < octets.length; ) {
    const kind = octets[at] as number
    if (kind === TcpOption.NOP || kind === TcpOption.EOL) {
      options.push({ kind: kind === TcpOption.NOP ? 'nop' : 'eol' })
      at++
      continue
    }
    const length = Math.max(2, octets[at + 1] ?? 2)
    options.push(readOption(kind, octets.subarray(at + 2, at + length)))
    at += length
  }
  return options
}

function readOption(kind: number, body: Uint8Array): LiveOption {
  const view = new DataView(body.buffer, body.byteOffset, body.length)
  const hex = hexOf(body)
  switch (kind) {
    case TcpOption.MSS:
      return { kind: 'mss', value: view.getUint16(0) }
    case TcpOption.WSCALE:
      return { kind: 'wscale', value: view.getUint8(0) }
    case TcpOption.SACK_PERMITTED:
      return { kind: 'sackOK' }
    case TcpOption.SACK: {
      const blocks: [number, number][] = []
      for (let i = 0; i + 8 <= body.length; i += 8) blocks.push([view.getUint32(i), view.getUint32(i + 4)])
      return { kind: 'sack', blocks }
    }
    case TcpOption.TIMESTAMPS:
      return { kind: 'TS', val: view.getUint32(0), ecr: view.getUint32(4), absolute: false }
    case TcpOption.FAST_OPEN:
      return { kind: 'FO', hex }
    case TcpOption.MD5:
      return { kind: 'md5', hex }
    case TcpOption.ACCURATE_ECN_0:
    case TcpOption.ACCURATE_ECN_1:
      return { kind: 'accecn', fields: counters(kind, body) }
    case TcpOption.EXPERIMENT:
      if (hex.startsWith(FOEXP_MAGIC)) return { kind: 'FOEXP', hex: hex.slice(FOEXP_MAGIC.length) }
      break
    default:
  }
  return { kind: 'unknown', number: kind, hex }
}

/** RFC 9768: order 0 begins with E0B, order 1 with E1B; counters have 24 bits. */
function counters(kind: number, body: Uint8Array): AccEcnField[] {
  const names = kind === TcpOption.ACCURATE_ECN_0 ? (['e0b', 'ceb', 'e1b'] as const) : (['e1b', 'ceb', 'e0b'] as const)
  return names.slice(0, Math.floor(body.length / 3)).map((name, i) => ({
    name,
    value: ((body[i * 3] as number) << 16) | ((body[i * 3 + 1] as number) << 8) | (body[i * 3 + 2] as number),
  }))
}

/** Octets as hexadecimal text. */
export function hexOf(octets: Uint8Array): string {
  return [...octets].map((octet) => octet.toString(16).padStart(2, '0')).join('')
}
