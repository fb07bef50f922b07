import { Address, ANY4 } from './address.ts'
import { pseudoSum } from './pseudo-header.ts'

/** Protocol and next-header numbers (IANA). */
export const Protocol = {
  ICMP: 1,
  TCP: 6,
  UDP: 17,
  ICMPV6: 58,
} as const

/** Octets of an IPv4 header without options. */
export const IPV4_HEADER_LENGTH = 20
/** Octets of an IPv6 header without extension headers. */
export const IPV6_HEADER_LENGTH = 40

/**
 * The fields of one IP header, either version; one instance is read into again and again. Addresses are four int32 words
 * in network order, IPv4 as IPv4-mapped.
 */
export class IpHeader {
  /** 4 or 6. */
  version = 0
  /** Octets from the start of the packet to its payload: options and extension headers included. */
  headerLength = 0
  /** The upper protocol: IPv6's last next-header. */
  protocol = 0
  /** TTL or hop limit. */
  ttl = 0
  /** TOS or traffic class: DSCP in the upper six bits, ECN in the lower two. */
  tos = 0
  /** IPv4 identification; 0 for IPv6. */
  id = 0
  /** IPv4's DF bit; true for IPv6, whose routers never fragment. */
  dontFragment = false
  /** IPv6 flow label; 0 for IPv4. */
  flowLabel = 0
  /** Index of the first octet of the payload. */
  payloadStart = 0
  /** Octets of payload, link padding excluded. */
  payloadLength = 0
  s0 = 0
  s1 = 0
  s2 = 0
  s3 = 0
  d0 = 0
  d1 = 0
  d2 = 0
  d3 = 0

  #source: Address = ANY4
  #destination: Address = ANY4

  /** The source as an object, the same one as before if it is the same address. */
  source(): Address {
    const { s0, s1, s2, s3 } = this
    const v4 = this.version === 4
    if (!isThis(this.#source, s0, s1, s2, s3, v4)) this.#source = new Address(s0, s1, s2, s3, v4)
    return this.#source
  }

  /** The destination as an object. */
  destination(): Address {
    const { d0, d1, d2, d3 } = this
    const v4 = this.version === 4
    if (!isThis(this.#destination, d0, d1, d2, d3, v4)) this.#destination = new Address(d0, d1, d2, d3, v4)
    return this.#destination
  }

  /** The partial sum of the pseudo-header of what it carries, as `pseudoSum` makes it. */
  pseudoSum(): number {
    const { s0, s1, s2, s3, d0, d1, d2, d3 } = this
    return pseudoSum(s0, s1, s2, s3, d0, d1, d2, d3, this.protocol, this.payloadLength)
  }
}

function isThis(known: Address, w0: number, w1: number, w2: number, w3: number, v4: boolean): boolean {
  return known.w3 === w3 && known.w2 === w2 && known.w1 === w1 && known.w0 === w0 && known.v4 === v4
}
