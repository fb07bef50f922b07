import {
  type Address,
  finishIcmpChecksum,
  finishTcpChecksum,
  finishUdpChecksum,
  ICMP_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  Protocol,
  pseudoSum,
  signatureOf,
  TcpOption,
  UDP_HEADER_LENGTH,
  writeIcmpEcho,
  writeIcmpError,
  writeIpv4,
  writeIpv6,
  writeTcpHeader,
  writeUdpHeader,
} from '../../wire/index.ts'
import {
  type IcmpSpec,
  type IpItem,
  type PacketSpec,
  type TcpOptionSpec,
  type TcpSpec,
  type TimestampsSpec,
  type UdpSpec,
  VALID_SIGNATURE,
} from '../language/ast.ts'
import type { Flow } from './flow.ts'
import { icmpNumbers, isEcho } from './icmp-names.ts'
import { FOEXP_MAGIC } from './live-packet.ts'
import { Mismatch } from './outcome.ts'
import { tcpFlags } from './tcp-flags.ts'

const TTL = 255
const PACKET_MOST = 65_535
const ECN_BITS: Readonly<Record<string, number>> = { noecn: 0, ect1: 1, ect0: 2, ect01: 2, ce: 3 }
/** What an ICMP error quotes of a segment: the header. */
const QUOTED_TCP = 20

/** The IP fields of an inbound packet. */
interface IpFields {
  tos: number
  flowLabel: number
  ttl: number
}

/** Builds the packet that a script injects on a connection; `md5 valid` is made with `key`. @throws {Mismatch} for options without their padding. */
export function buildPacket({ ip, body }: PacketSpec, flow: Flow, key: Uint8Array | null): Uint8Array {
  const fields = ipFields(ip)
  switch (body.kind) {
    case 'tcp':
      return buildTcp(fields, body, flow, key)
    case 'udp':
      return buildUdp(fields, body, flow)
    case 'icmp':
      return buildIcmp(fields, body, flow)
  }
}

function ipFields(items: readonly IpItem[]): IpFields {
  const fields: IpFields = { tos: 0, flowLabel: 0, ttl: TTL }
  for (const item of items) {
    if (item.kind === 'ecn') fields.tos = (fields.tos & ~3) | (ECN_BITS[item.value] as number)
    else if (item.kind === 'tos') fields.tos = item.value
    else if (item.kind === 'dscp') fields.tos = ((item.value << 2) & 255) | (fields.tos & 3)
    else if (item.kind === 'ttl') fields.ttl = item.value
    else fields.flowLabel = item.value
  }
  return fields
}

/** A packet with room for `length` octets behind its IP header; `start` is where they begin. */
function newPacket(
  fields: IpFields,
  source: Address,
  destination: Address,
  protocol: number,
  length: number,
): {
  packet: Uint8Array
  start: number
} {
  const start = source.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH
  if (start + length > PACKET_MOST) throw new Mismatch(`a packet of ${start + length} octets: IP holds ${PACKET_MOST}`)
  const packet = new Uint8Array(start + length)
  const { tos, flowLabel, ttl } = fields
  const { w0: s0, w1: s1, w2: s2, w3: s3 } = source
  const { w0: d0, w1: d1, w2: d2, w3: d3 } = destination
  if (source.v4) writeIpv4(packet, 0, tos, packet.length, 0, false, ttl, protocol, s3, d3)
  else writeIpv6(packet, 0, tos, flowLabel, length, protocol, ttl, s0, s1, s2, s3, d0, d1, d2, d3)
  return { packet, start }
}

function pseudoOf(source: Address, destination: Address, protocol: number, length: number): number {
  const { w0: s0, w1: s1, w2: s2, w3: s3 } = source
  const { w0: d0, w1: d1, w2: d2, w3: d3 } = destination
  return pseudoSum(s0, s1, s2, s3, d0, d1, d2, d3, protocol, length)
}

function buildTcp(fields: IpFields, spec: TcpSpec, flow: Flow, key: Uint8Array | null): Uint8Array {
  const flags = tcpFlags(spec.flags)
  const syn = (flags & 2) !== 0
  const options = buildOptions(spec, flow, syn)
  const headerLength = 20 + options.length
  const { packet, start } = newPacket(fields, flow.remote, flow.local, Protocol.TCP, headerLength + spec.length)
  const seq = (spec.seq + (spec.numbering === 'absolute' ? 0 : flow.remoteOffset(syn))) | 0
  const ack = spec.ack === null || (flags & 16) === 0 ? (spec.ack ?? 0) : (spec.ack + flow.localOffset(syn)) | 0
  const { remotePort, localPort } = flow
  const window = spec.window ?? 0
  writeTcpHeader(
    packet,
    start,
    remotePort,
    localPort,
    seq,
    ack,
    headerLength >> 2,
    flags & 255,
    window,
    spec.urgent ?? 0,
  )
  packet[start + 12] = ((headerLength >> 2) << 4) | (flags >> 8)
  packet.set(options, start + 20)
  const place = signatureAt(spec, options)
  if (place >= 0) {
    if (key === null) throw new Mismatch('md5 valid: the script has set no key (TCP_MD5SIG)')
    packet.set(signatureOf(flow.remote, flow.local, packet, start, packet.length - start, key), start + 20 + place)
  }
  finishTcpChecksum(
    packet,
    start,
    packet.length - start,
    pseudoOf(flow.remote, flow.local, Protocol.TCP, packet.length - start),
  )
  return packet
}

/** Where the octets of `md5 valid` lie among the options; −1: nowhere. */
function signatureAt({ options }: TcpSpec, octets: Uint8Array): number {
  const wanted = Array.isArray(options) && options.some((one) => one.kind === 'md5' && one.hex === VALID_SIGNATURE)
  return wanted ? octets.indexOf(TcpOption.MD5) + 2 : -1
}

function buildOptions(spec: TcpSpec, flow: Flow, syn: boolean): Uint8Array {
  if (spec.options === 'any') throw new Mismatch('an inbound packet has the options that are written: <...> says none')
  const octets = (spec.options ?? []).flatMap((option) => optionOctets(option, flow, syn))
  if (octets.length % 4 !== 0) {
    const have = `the options have ${octets.length} octet${octets.length === 1 ? '' : 's'}`
    throw new Mismatch(`${have}, expected a multiple of 4: padding is to be written out (nop, eol)`)
  }
  if (octets.length > 40) throw new Mismatch(`the options have ${octets.length} octets: a header holds 40`)
  return Uint8Array.from(octets)
}

function optionOctets(option: TcpOptionSpec, flow: Flow, syn: boolean): number[] {
  switch (option.kind) {
    case 'nop':
      return [TcpOption.NOP]
    case 'eol':
      return [TcpOption.EOL]
    case 'sackOK':
      return [TcpOption.SACK_PERMITTED, 2]
    case 'mss':
      return [TcpOption.MSS, 4, ...octets16(option.value)]
    case 'wscale':
      return [TcpOption.WSCALE, 3, (option.value ?? 0) & 255]
    case 'sack': {
      const offset = flow.localOffset(syn)
      const edges = option.blocks.flat().flatMap((edge) => octets32(edge + offset))
      return [TcpOption.SACK, 2 + edges.length, ...edges]
    }
    case 'TS':
      return [TcpOption.TIMESTAMPS, 10, ...octets32(option.val ?? 0), ...octets32(echo(option, flow))]
    case 'FO':
    case 'md5':
    case 'FOEXP': {
      const kind = { FO: TcpOption.FAST_OPEN, md5: TcpOption.MD5, FOEXP: TcpOption.EXPERIMENT }[option.kind]
      const body =
        option.hex === VALID_SIGNATURE
          ? Array(16).fill(0)
          : octetsOf(option.kind === 'FOEXP' ? FOEXP_MAGIC + option.hex : option.hex)
      return [kind, 2 + body.length, ...body]
    }
    case 'exp': {
      const body = octetsOf(option.hex)
      return [TcpOption.EXPERIMENT, 2 + body.length, ...body]
    }
    case 'accecn': {
      const kind =
        option.fields[0]?.name === 'e1b' || option.bareOrderOne === true
          ? TcpOption.ACCURATE_ECN_1
          : TcpOption.ACCURATE_ECN_0
      const body = option.fields.flatMap(({ value }) => octets32(value).slice(1))
      return [kind, 2 + body.length, ...body]
    }
  }
}

/** An echo names a value as the script knows it, unless it is one of the wire. */
function echo({ ecr, absolute }: TimestampsSpec, flow: Flow): number {
  return absolute ? ecr : flow.echoOf(ecr)
}

function octets16(value: number): number[] {
  return [(value >>> 8) & 255, value & 255]
}

function octets32(value: number): number[] {
  return [(value >>> 24) & 255, (value >>> 16) & 255, (value >>> 8) & 255, value & 255]
}

function octetsOf(hex: string): number[] {
  return (hex.match(/../g) ?? []).map((pair) => Number.parseInt(pair, 16))
}

function buildUdp(fields: IpFields, spec: UdpSpec, flow: Flow): Uint8Array {
  const length = UDP_HEADER_LENGTH + spec.length
  const { packet, start } = newPacket(fields, flow.remote, flow.local, Protocol.UDP, length)
  writeUdpHeader(packet, start, flow.remotePort, flow.localPort, length)
  finishUdpChecksum(packet, start, length, pseudoOf(flow.remote, flow.local, Protocol.UDP, length))
  return packet
}

function buildIcmp(fields: IpFields, spec: IcmpSpec, flow: Flow): Uint8Array {
  const v4 = flow.remote.v4
  const [type, code] = icmpNumbers(spec, v4)
  const bare = spec.echoed?.kind === 'raw' ? Math.max(0, spec.echoed.length - ICMP_HEADER_LENGTH) : null
  const quote = bare !== null || isEcho(type, v4) ? new Uint8Array(bare ?? 0) : quoted(spec, flow)
  const length = ICMP_HEADER_LENGTH + quote.length
  const protocol = v4 ? Protocol.ICMP : Protocol.ICMPV6
  const { packet, start } = newPacket(fields, flow.remote, flow.local, protocol, length)
  if (isEcho(type, v4)) writeIcmpEcho(packet, start, type, spec.id ?? 0, 0)
  else writeIcmpError(packet, start, type, code, spec.mtu ?? 0, quote, 0, quote.length, quote.length)
  finishIcmpChecksum(packet, start, length, v4 ? 0 : pseudoOf(flow.remote, flow.local, protocol, length))
  return packet
}

/** The headers of the packet that an error is about, as the script describes it; where it says nothing, of the stack's first octet. */
function quoted({ echoed }: IcmpSpec, flow: Flow): Uint8Array {
  const fields: IpFields = { tos: 0, flowLabel: 0, ttl: 64 }
  const { local, remote, localPort, remotePort } = flow
  if (echoed?.kind === 'udp') {
    const { packet, start } = newPacket(fields, local, remote, Protocol.UDP, UDP_HEADER_LENGTH + echoed.length)
    writeUdpHeader(packet, start, localPort, remotePort, UDP_HEADER_LENGTH + echoed.length)
    return packet.subarray(0, start + UDP_HEADER_LENGTH)
  }
  const seq = ((echoed?.kind === 'tcp' ? echoed.seq : 0) + flow.localOffset(false)) | 0
  const room = PACKET_MOST - IPV6_HEADER_LENGTH - QUOTED_TCP
  const length = QUOTED_TCP + (echoed?.kind === 'tcp' ? Math.min(echoed.length, room) : 0)
  const { packet, start } = newPacket(fields, local, remote, Protocol.TCP, length)
  writeTcpHeader(packet, start, localPort, remotePort, seq, 0, 5, 16, 0, 0)
  return packet.subarray(0, start + QUOTED_TCP)
}
