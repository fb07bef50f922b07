import { IpOption, Ipv6Option, Level } from '../constants.ts'

/** The multicast API of RFC 3678 has the same numbers at both levels: memberships and sources, and the filter behind them. */
const JOIN_GROUP = 42
const MSFILTER = 48
/** IPv4's own: from IP_MULTICAST_IF to IP_MSFILTER; IPv6's from IPV6_MULTICAST_IF to IPV6_DROP_MEMBERSHIP. */
const IP_MSFILTER = 41
const IPV6_DROP_MEMBERSHIP = 21

/** Whether an option is about groups, which a stream has no use for. */
export function isOfGroups(level: number, number: number): boolean {
  if (level !== Level.IPPROTO_IP && level !== Level.IPPROTO_IPV6) return false
  if (number >= JOIN_GROUP && number <= MSFILTER) return true
  const [first, last] =
    level === Level.IPPROTO_IP ? [IpOption.MULTICAST_IF, IP_MSFILTER] : [Ipv6Option.MULTICAST_IF, IPV6_DROP_MEMBERSHIP]
  return number >= first && number <= last
}

/** Whether it is one that can be asked for: the interface, the hops, the loop and the filter. */
export function tellsOfGroups(level: number, number: number): boolean {
  if (!isOfGroups(level, number)) return false
  if (number === MSFILTER) return true
  if (level === Level.IPPROTO_IP) return number <= IpOption.MULTICAST_LOOP || number === IP_MSFILTER
  return number <= Ipv6Option.MULTICAST_LOOP
}
