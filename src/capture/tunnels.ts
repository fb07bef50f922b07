/** Packets within packets: where the inner one begins. What is encrypted is not looked into. */
import { EtherType, get16, type IpHeader, ipOffset, LinkType, Protocol, UDP_HEADER_LENGTH } from '../wire/index.ts'

/** IP protocols that carry packets: RFC 2003, RFC 4213, RFC 2784. */
const IPIP = 4
const IPV6_IN_IP = 41
const GRE = 47

/** RFC 7348, and the port that Linux's driver had before. */
const VXLAN_PORTS: readonly number[] = [4789, 8472]
const VXLAN_HEADER_LENGTH = 8
/** The network's number is valid; all other flags are 0. */
const VXLAN_FLAGS = 0x0800
/** RFC 8926. */
const GENEVE_PORT = 6081
const GENEVE_HEADER_LENGTH = 8

const GRE_HEADER_LENGTH = 4
/** GRE's flags for fields of four octets each: checksum, key (RFC 2890), sequence number. */
const GRE_CHECKSUM = 0x8000
const GRE_KEY = 0x2000
const GRE_SEQUENCE = 0x1000
/** A source route (RFC 1701), and version 1, which carries PPP: not looked into. */
const GRE_OTHERS = 0x4007

/** What GRE and GENEVE carry beside IP. */
const ETHERNET_WITHIN = 0x6558
/** Of ports that switches mirror: ERSPAN, types I and II; only the latter has a header, and a sequence number. */
const ERSPAN = 0x88be
const ERSPAN_HEADER_LENGTH = 8

/**
 * Where the IP packet begins that another one carries, by IP itself, GRE, VXLAN or GENEVE; −1: it carries none, or what of it was
 * captured ends before.
 */
export function carriedPacket(data: Uint8Array, { protocol, payloadStart }: IpHeader): number {
  switch (protocol) {
    case IPIP:
    case IPV6_IN_IP:
      return ipOffset(LinkType.RAW, data, payloadStart)
    case GRE:
      return behindGre(data, payloadStart)
    case Protocol.UDP:
      return behindUdp(data, payloadStart)
    default:
      return -1
  }
}

function behindGre(data: Uint8Array, start: number): number {
  if (start + GRE_HEADER_LENGTH > data.length) return -1
  const flags = get16(data, start)
  if ((flags & GRE_OTHERS) !== 0) return -1
  const fields = [GRE_CHECKSUM, GRE_KEY, GRE_SEQUENCE].filter((flag) => (flags & flag) !== 0).length
  const at = start + GRE_HEADER_LENGTH + 4 * fields
  const type = get16(data, start + 2)
  if (type !== ERSPAN) return ofType(data, type, at)
  return ofType(data, ETHERNET_WITHIN, (flags & GRE_SEQUENCE) === 0 ? at : at + ERSPAN_HEADER_LENGTH)
}

function behindUdp(data: Uint8Array, start: number): number {
  const at = start + UDP_HEADER_LENGTH
  // GENEVE's header is as long, before its options.
  if (at + VXLAN_HEADER_LENGTH > data.length) return -1
  const port = get16(data, start + 2)
  if (VXLAN_PORTS.includes(port) && get16(data, at) === VXLAN_FLAGS)
    return ofType(data, ETHERNET_WITHIN, at + VXLAN_HEADER_LENGTH)
  if (port !== GENEVE_PORT) return -1
  const options = ((data[at] as number) & 0x3f) << 2
  return ofType(data, get16(data, at + 2), at + GENEVE_HEADER_LENGTH + options)
}

function ofType(data: Uint8Array, type: number, at: number): number {
  if (type === ETHERNET_WITHIN) return ipOffset(LinkType.ETHERNET, data, at)
  return type === EtherType.IPV4 || type === EtherType.IPV6 ? ipOffset(LinkType.RAW, data, at) : -1
}
