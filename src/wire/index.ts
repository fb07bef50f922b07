/**
 * wire: octets to fields and back: Ethernet, ARP, IPv4, IPv6, ICMP, ICMPv6, neighbour discovery, UDP, TCP, capture files.
 * It keeps no state, knows no connections and decides nothing but whether a packet is well formed.
 * It reads and writes no files and no devices; it is handed octets.
 */
export { Address, ANY4, ANY6, type Cidr, LOOPBACK4, LOOPBACK6, parseCidr } from './address.ts'
export { DROP_REASONS, DropReason, dropReasonName } from './drop.ts'
export {
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  IpHeader,
  Protocol,
  parseIp,
  pseudoSum,
  writeIpv4,
  writeIpv6,
} from './ip.ts'
export {
  Ctl,
  finishTcpChecksum,
  flagsLetters,
  formatCtl,
  parseTcp,
  TCP_HEADER_LENGTH,
  TCP_OPTIONS_LENGTH_MAX,
  TcpSegment,
  writeTcpHeader,
} from './tcp.ts'
export {
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
