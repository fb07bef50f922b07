import {
  type Address,
  finishIcmpChecksum,
  ICMP_HEADER_LENGTH,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  Protocol,
  pseudoSum,
  writeIcmpError,
  writeIpv4,
  writeIpv6,
} from '../../../src/wire/index.ts'

/** An ICMP error about a packet. */
export interface IcmpError {
  readonly type: number
  readonly code: number
  /** The second word: the MTU in its lower half, or a pointer. */
  readonly rest: number
  readonly about: Uint8Array
  /** Octets of it that are quoted. */
  readonly quoteMost: number
}

/** An error as a router at `source` sends it. */
export function icmpPacket(source: Address, destination: Address, error: IcmpError): Uint8Array {
  const { type, code, rest, about, quoteMost } = error
  const header = source.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH
  const length = ICMP_HEADER_LENGTH + Math.min(about.length, quoteMost)
  const packet = new Uint8Array(header + length)
  const { w0: s0, w1: s1, w2: s2, w3: s3 } = source
  const { w0: d0, w1: d1, w2: d2, w3: d3 } = destination
  if (source.v4) writeIpv4(packet, 0, 0, packet.length, 0, false, 64, Protocol.ICMP, s3, d3)
  else writeIpv6(packet, 0, 0, 0, length, Protocol.ICMPV6, 64, s0, s1, s2, s3, d0, d1, d2, d3)
  writeIcmpError(packet, header, type, code, rest, about, 0, about.length, quoteMost)
  const pseudo = source.v4 ? 0 : pseudoSum(s0, s1, s2, s3, d0, d1, d2, d3, Protocol.ICMPV6, length)
  finishIcmpChecksum(packet, header, length, pseudo)
  return packet
}
