/**
 * wire: octets to fields and back: Ethernet, ARP, IPv4, IPv6, ICMP, ICMPv6, neighbour discovery, UDP, TCP, capture files.
 * It keeps no state, knows no connections and decides nothing but whether a packet is well formed.
 * It reads and writes no files and no devices; it is handed octets.
 */
export { Address, ANY4, ANY6, type Cidr, LOOPBACK4, LOOPBACK6, parseCidr } from './address.ts'
export { ARP_LENGTH, ArpMessage, ArpOperation, parseArp, writeArp } from './arp.ts'
export { LinkType } from './capture-format.ts'
export { readCapture } from './capture-reader.ts'
export { CaptureStream } from './capture-stream.ts'
export type { Capture, CapturedPacket, CaptureInterface } from './captured-packet.ts'
export { DROP_REASONS, DropReason, dropReasonName } from './drop.ts'
export {
  ETHERNET_HEADER_LENGTH,
  EthernetHeader,
  EtherType,
  formatMac,
  type Mac,
  parseEthernet,
  parseMac,
  writeEthernet,
} from './ethernet.ts'
export {
  FRAGMENT_UNIT,
  Fragment,
  holdsUpperHeader,
  parseFragment,
  writeFragmentHeader,
  writeIpv4Fragment,
  writeWholeHeaders,
} from './fragment.ts'
export {
  finishIcmpChecksum,
  ICMP_HEADER_LENGTH,
  ICMP_QUOTE_MAX,
  ICMPV6_QUOTE_MAX,
  IcmpKind,
  IcmpMessage,
  IcmpType,
  IcmpUnreachable,
  icmpName,
  isIcmpError,
  parseIcmp,
  writeIcmpEcho,
  writeIcmpError,
} from './icmp.ts'
export { Icmpv6Type, Icmpv6Unreachable, icmpv6Name, parseIcmpv6 } from './icmpv6.ts'
export { finishIpv4Options, parseIp, writeIpv4, writeIpv6 } from './ip.ts'
export { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, IpHeader, Protocol } from './ip-header.ts'
export { paddedIpOptions, stampedIpOptions } from './ip-options.ts'
export { FRAGMENT_HEADER, FRAGMENT_HEADER_LENGTH, lastNextHeader, NO_NEXT_HEADER } from './ipv6-extensions.ts'
export { cookedInterface, ipOffset, isKnownLinkType } from './link-header.ts'
export { NDP_LENGTH, NdpFlag, NdpMessage, parseNdp, writeNdp } from './ndp.ts'
export { get16, get32, put16 } from './octets.ts'
export {
  buildTcpPacket,
  buildUdpPacket,
  type IpFields,
  type TcpPacketFields,
  type UdpPacketFields,
} from './packet-build.ts'
export {
  describePacket,
  type IcmpSummary,
  type PacketSummary,
  type QuoteSummary,
  type TcpSummary,
  type UdpSummary,
} from './packet-summary.ts'
export { type PacketNotes, PcapngWriter } from './pcapng-writer.ts'
export { type Piece, Pieces, wholeKey } from './pieces.ts'
export { pseudoSum, pseudoSumBetween } from './pseudo-header.ts'
export { QuotedPacket } from './quote.ts'
export {
  type RouteRecord,
  readSourceRoute,
  returnRoute,
  type SourceRoute,
  sourceRouteLength,
  writeSourceRoute,
} from './source-route.ts'
export {
  beginTcpChecksum,
  Ctl,
  finishTcpChecksum,
  flagsLetters,
  formatCtl,
  parseTcp,
  TCP_HEADER_LENGTH,
  TCP_OPTIONS_LENGTH_MAX,
  writeTcpHeader,
} from './tcp.ts'
export { writeSegmentOfBurst } from './tcp-burst.ts'
export {
  putAccurateEcn,
  putEol,
  putFastOpen,
  putMss,
  putNop,
  putSackBlocks,
  putSackPermitted,
  putTimestamps,
  putWscale,
  SACK_BLOCKS_MAX,
  TcpOption,
  WSCALE_MAX,
} from './tcp-options.ts'
export { TcpSegment } from './tcp-segment.ts'
export { isSignature, putSignature, SIGNATURE_LENGTH, signatureOf } from './tcp-signature.ts'
export { finishUdpChecksum, parseUdp, UDP_HEADER_LENGTH, UdpDatagram, writeUdpHeader } from './udp.ts'
export { decodeUtf8, encodeUtf8 } from './utf8.ts'
