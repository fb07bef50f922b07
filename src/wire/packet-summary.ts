import { type Address, ANY4 } from './address.ts'
import { DropReason } from './drop.ts'
import { type IcmpKind, IcmpMessage, isIcmpError, parseIcmp } from './icmp.ts'
import { parseIcmpv6 } from './icmpv6.ts'
import { parseIp } from './ip.ts'
import { IpHeader, Protocol } from './ip-header.ts'
import { parseTcp } from './tcp.ts'
import { TcpSegment } from './tcp-segment.ts'
import { parseUdp, UdpDatagram } from './udp.ts'

/** A packet in the terms that ladders, firewalls and taps speak; a copy, good for as long as one likes. */
export interface PacketSummary {
  /** 0 when the packet is whole and well formed; else the first fault, and the fields before it are still told. */
  readonly reason: DropReason
  /** 4, 6, or 0 for what is no IP packet. */
  readonly version: number
  readonly source: Address
  readonly destination: Address
  /** Upper protocol number; see `Protocol`. */
  readonly protocol: number
  readonly ttl: number
  /** IPv6's; 0 in IPv4. */
  readonly flowLabel: number
  /** Octets of the packet, link padding excluded. */
  readonly length: number
  readonly tcp?: TcpSummary
  readonly udp?: UdpSummary
  readonly icmp?: IcmpSummary
}

/** The TCP part of a `PacketSummary`. */
export interface TcpSummary {
  readonly sourcePort: number
  readonly destinationPort: number
  /** int32; print with `>>> 0`. */
  readonly seq: number
  /** int32; meaningful when the ACK bit is set. */
  readonly ack: number
  readonly ctl: number
  readonly wnd: number
  readonly up: number
  /** Index, in the array that was described, of the first octet of data. */
  readonly dataStart: number
  readonly dataLength: number
  readonly headerLength: number
  /** 0: none. */
  readonly mss: number
  /** −1: none. */
  readonly wscale: number
  readonly sackPermitted: boolean
  readonly timestamps?: { readonly tsVal: number; readonly tsEcr: number }
  /** Edges, int32; empty for none. */
  readonly sack: readonly { readonly left: number; readonly right: number }[]
}

/** The UDP part of a `PacketSummary`. */
export interface UdpSummary {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly dataStart: number
  readonly dataLength: number
}

/** The ICMP or ICMPv6 part of a `PacketSummary`. */
export interface IcmpSummary {
  readonly kind: IcmpKind
  readonly type: number
  readonly code: number
  /** The MTU of a "too big"; 0 otherwise. */
  readonly mtu: number
  /** Errors: the packet they are about. */
  readonly quote?: QuoteSummary
}

/** The packet that an ICMP error quotes. */
export interface QuoteSummary {
  readonly source: Address
  readonly destination: Address
  readonly protocol: number
  readonly sourcePort: number
  readonly destinationPort: number
  /** int32; a sequence number if the protocol is TCP. */
  readonly seq: number
}

/** Describes the IP packet of `length` octets at `start`. Anything may be handed in; nothing throws. */
export function describePacket(buf: Uint8Array, start = 0, length: number = buf.length - start): PacketSummary {
  const ip = new IpHeader()
  const reason = parseIp(buf, start, length, ip)
  if (ip.version !== 4 && ip.version !== 6) {
    return { reason, version: 0, source: ANY4, destination: ANY4, protocol: 0, ttl: 0, flowLabel: 0, length }
  }
  const base = {
    reason,
    version: ip.version,
    source: ip.source(),
    destination: ip.destination(),
    protocol: ip.protocol,
    ttl: ip.ttl,
    flowLabel: ip.flowLabel,
    length: ip.headerLength + Math.max(ip.payloadLength, 0),
  }
  return reason === DropReason.NONE ? { ...base, ...describeTransport(buf, ip) } : base
}

type Transport = Pick<PacketSummary, 'reason' | 'tcp' | 'udp' | 'icmp'>

function describeTransport(buf: Uint8Array, ip: IpHeader): Transport {
  const pseudo = ip.pseudoSum()
  if (ip.protocol === Protocol.TCP) return describeTcp(buf, ip, pseudo)
  if (ip.protocol === Protocol.UDP) return describeUdp(buf, ip, pseudo)
  if (ip.protocol === (ip.version === 4 ? Protocol.ICMP : Protocol.ICMPV6)) return describeIcmp(buf, ip, pseudo)
  return { reason: DropReason.UNKNOWN_PROTOCOL }
}

function describeTcp(buf: Uint8Array, ip: IpHeader, pseudo: number): Transport {
  const segment = new TcpSegment()
  const reason = parseTcp(buf, ip.payloadStart, ip.payloadLength, pseudo, segment)
  if (reason === DropReason.TRUNCATED) return { reason }
  const { sourcePort, destinationPort, seq, ack, ctl, wnd, up, dataStart, dataLength, headerLength } = segment
  const { mss, wscale, sackPermitted, tsVal, tsEcr } = segment
  const sack = Array.from({ length: segment.sackCount }, (_, i) => ({
    left: segment.sackLeft[i] as number,
    right: segment.sackRight[i] as number,
  }))
  const header = { sourcePort, destinationPort, seq, ack, ctl, wnd, up, dataStart, dataLength, headerLength }
  const options = { mss, wscale, sackPermitted, sack }
  return { reason, tcp: { ...header, ...options, ...(segment.timestamps ? { timestamps: { tsVal, tsEcr } } : {}) } }
}

function describeUdp(buf: Uint8Array, ip: IpHeader, pseudo: number): Transport {
  const datagram = new UdpDatagram()
  const reason = parseUdp(buf, ip.payloadStart, ip.payloadLength, pseudo, ip.version === 6, datagram)
  if (reason === DropReason.TRUNCATED) return { reason }
  const { sourcePort, destinationPort, dataStart, dataLength } = datagram
  return { reason, udp: { sourcePort, destinationPort, dataStart, dataLength } }
}

function describeIcmp(buf: Uint8Array, ip: IpHeader, pseudo: number): Transport {
  const message = new IcmpMessage()
  const reason =
    ip.version === 4
      ? parseIcmp(buf, ip.payloadStart, ip.payloadLength, message)
      : parseIcmpv6(buf, ip.payloadStart, ip.payloadLength, pseudo, message)
  if (reason === DropReason.TRUNCATED) return { reason }
  const { kind, type, code, mtu, quote } = message
  if (reason !== DropReason.NONE || !isIcmpError(kind)) return { reason, icmp: { kind, type, code, mtu } }
  const { sourcePort, destinationPort, seq } = quote
  const about = {
    source: quote.ip.source(),
    destination: quote.ip.destination(),
    protocol: quote.ip.protocol,
    sourcePort,
    destinationPort,
    seq,
  }
  return { reason, icmp: { kind, type, code, mtu, quote: about } }
}
