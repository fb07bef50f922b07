import { assert } from '../base/index.ts'
import type { Address } from './address.ts'
import { writeIpv4, writeIpv6 } from './ip.ts'
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, Protocol } from './ip-header.ts'
import { pseudoSum } from './pseudo-header.ts'
import { finishTcpChecksum, TCP_HEADER_LENGTH, TCP_OPTIONS_LENGTH_MAX, writeTcpHeader } from './tcp.ts'
import {
  putMss,
  putNop,
  putSackBlocks,
  putSackPermitted,
  putTimestamps,
  putWscale,
  SACK_BLOCKS_MAX,
} from './tcp-options.ts'
import { finishUdpChecksum, UDP_HEADER_LENGTH, writeUdpHeader } from './udp.ts'

/** What every packet needs; both addresses of one family. */
export interface IpFields {
  readonly source: Address
  readonly destination: Address
  readonly ttl?: number
  readonly tos?: number
  /** IPv4 identification. */
  readonly id?: number
}

/** A TCP packet in the terms of `TcpSummary`; what is left out is 0 or absent. */
export interface TcpPacketFields extends IpFields {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: number
  readonly ack?: number
  /** Control bits; see `Ctl`. */
  readonly ctl: number
  readonly wnd?: number
  readonly up?: number
  readonly mss?: number
  readonly wscale?: number
  readonly sackPermitted?: boolean
  readonly timestamps?: { readonly tsVal: number; readonly tsEcr: number }
  readonly sack?: readonly { readonly left: number; readonly right: number }[]
  readonly data?: Uint8Array
}

/** A UDP packet. */
export interface UdpPacketFields extends IpFields {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly data?: Uint8Array
}

const NO_DATA: Uint8Array = new Uint8Array(0)
const TTL = 64
const PACKET_MAX = 65_535

/**
 * A whole TCP packet as a new array, checksums included: for scripts, probes and tests. The stack's own send path writes
 * in place instead. Options come in Linux's order for a SYN, padded with NOP to whole words.
 */
export function buildTcpPacket(fields: TcpPacketFields): Uint8Array {
  const data = fields.data ?? NO_DATA
  const options = new Uint8Array(2 * TCP_OPTIONS_LENGTH_MAX)
  const optionsLength = putOptions(options, fields)
  const headerLength = TCP_HEADER_LENGTH + optionsLength
  const packet = ipPacket(fields, Protocol.TCP, headerLength + data.length)
  const at = packet.length - headerLength - data.length
  const { sourcePort, destinationPort, seq, ack = 0, ctl, wnd = 0, up = 0 } = fields
  writeTcpHeader(packet, at, sourcePort, destinationPort, seq, ack, headerLength >> 2, ctl, wnd, up)
  packet.set(options.subarray(0, optionsLength), at + TCP_HEADER_LENGTH)
  packet.set(data, at + headerLength)
  finishTcpChecksum(packet, at, packet.length - at, pseudoOf(fields, Protocol.TCP, packet.length - at))
  return packet
}

/** A whole UDP packet as a new array, checksums included. */
export function buildUdpPacket(fields: UdpPacketFields): Uint8Array {
  const data = fields.data ?? NO_DATA
  const length = UDP_HEADER_LENGTH + data.length
  const packet = ipPacket(fields, Protocol.UDP, length)
  const at = packet.length - length
  writeUdpHeader(packet, at, fields.sourcePort, fields.destinationPort, length)
  packet.set(data, at + UDP_HEADER_LENGTH)
  finishUdpChecksum(packet, at, length, pseudoOf(fields, Protocol.UDP, length))
  return packet
}

/** An array for a packet with so many octets of payload, its IP header written. */
function ipPacket(fields: IpFields, protocol: number, payloadLength: number): Uint8Array {
  const { source: s, destination: d, ttl = TTL, tos = 0, id = 0 } = fields
  assert(s.v4 === d.v4, 'both addresses of a packet are of one family')
  const length = (s.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH) + payloadLength
  assert(length <= PACKET_MAX, 'a packet has at most 65535 octets')
  const packet = new Uint8Array(length)
  if (s.v4) writeIpv4(packet, 0, tos, length, id, true, ttl, protocol, s.w3, d.w3)
  else writeIpv6(packet, 0, tos, 0, payloadLength, protocol, ttl, s.w0, s.w1, s.w2, s.w3, d.w0, d.w1, d.w2, d.w3)
  return packet
}

function pseudoOf({ source: s, destination: d }: IpFields, protocol: number, length: number): number {
  return pseudoSum(s.w0, s.w1, s.w2, s.w3, d.w0, d.w1, d.w2, d.w3, protocol, length)
}

/** Writes the options into an array of their own and returns their length, a multiple of four. */
function putOptions(buf: Uint8Array, fields: TcpPacketFields): number {
  const { mss, wscale, sackPermitted = false, timestamps, sack = [] } = fields
  assert(sack.length <= SACK_BLOCKS_MAX, 'a header holds at most four SACK blocks')
  let at = 0
  if (mss !== undefined && mss !== 0) at = putMss(buf, at, mss)
  if (sackPermitted) at = putSackPermitted(buf, at)
  else if (timestamps !== undefined) at = putNop(buf, putNop(buf, at))
  if (timestamps !== undefined) at = putTimestamps(buf, at, timestamps.tsVal, timestamps.tsEcr)
  if (wscale !== undefined && wscale >= 0) at = putWscale(buf, putNop(buf, at), wscale)
  if (sack.length > 0) {
    const left = Int32Array.from(sack, (block) => block.left)
    const right = Int32Array.from(sack, (block) => block.right)
    at = putSackBlocks(buf, putNop(buf, putNop(buf, at)), left, right, sack.length)
  }
  while (at % 4 !== 0) at = putNop(buf, at)
  assert(at <= TCP_OPTIONS_LENGTH_MAX, 'the options are longer than the 40 octets of a header')
  return at
}
