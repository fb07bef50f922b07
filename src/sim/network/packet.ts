import { Ctl, get16, IpHeader, Protocol, parseIp, parseTcp, TcpSegment, UDP_HEADER_LENGTH } from '../../wire/index.ts'

/** An IP packet on its way. Its octets are its own: no host's buffer, changed by nobody once they are on a link. */
export interface Packet {
  /** Its number in the trace. */
  readonly number: number
  readonly bytes: Uint8Array
}

/** What stands at the end of a link: a host, or a box in the path. */
export interface Station {
  readonly name: string
  /** `TraceEvent.host`. */
  readonly index: number
  /** Addresses it answers to, as text. */
  readonly addresses: readonly string[]
  /** Hosts make packets; what boxes send was made by somebody else (or is accounted to the box). */
  readonly kind: 'host' | 'box'
  /** Takes a packet that has crossed the link of that number, counted in the order the station's links were made. */
  receive(port: number, packet: Packet): void
}

/** The headers of a packet. One instance serves all: read what is needed before the next `readHeaders`. */
export interface Headers {
  readonly ip: IpHeader
  readonly tcp: TcpSegment
  /** False: the IP header is not sound, and nothing else was read. */
  sound: boolean
  isTcp: boolean
  isUdp: boolean
  sourcePort: number
  destinationPort: number
  /** Octets of TCP or UDP payload. */
  length: number
}

const headers: Headers = {
  ip: new IpHeader(),
  tcp: new TcpSegment(),
  sound: false,
  isTcp: false,
  isUdp: false,
  sourcePort: 0,
  destinationPort: 0,
  length: 0,
}

/** Reads IP and, as far as it is sound, TCP or UDP. Checksums of the transport are not looked at: a corrupt packet has fields too. */
export function readHeaders(bytes: Uint8Array): Headers {
  const { ip, tcp } = headers
  headers.isTcp = headers.isUdp = false
  headers.sourcePort = headers.destinationPort = headers.length = 0
  headers.sound = parseIp(bytes, 0, bytes.length, ip) === 0
  if (!headers.sound) return headers
  const at = ip.payloadStart
  if (ip.protocol === Protocol.TCP) {
    headers.isTcp = parseTcp(bytes, at, ip.payloadLength, 0, tcp, false) === 0
    headers.length = headers.isTcp ? tcp.dataLength : 0
  } else if (ip.protocol === Protocol.UDP && ip.payloadLength >= UDP_HEADER_LENGTH) {
    headers.isUdp = true
    headers.length = ip.payloadLength - UDP_HEADER_LENGTH
  }
  if (headers.isTcp || headers.isUdp) {
    headers.sourcePort = get16(bytes, at)
    headers.destinationPort = get16(bytes, at + 2)
  }
  return headers
}

/** True for a segment that opens a connection: SYN without ACK. */
export function isOpening(tcp: TcpSegment): boolean {
  return (tcp.ctl & (Ctl.SYN | Ctl.ACK)) === Ctl.SYN
}
