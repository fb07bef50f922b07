import { Errno } from '../../base/index.ts'
import { AF_INET6, AUTO_FLOW_LABEL, IpOption, Ipv6Option, Level } from '../constants.ts'
import { hasFlowLabels } from '../ip/flow-label.ts'
import type { Socket } from '../sockets/socket.ts'
import { newSocketName } from '../sockets/socket-address.ts'
import { flag, invalid, kept, type Rule, told, zeroAlone, zeroOrOne } from './kept-rules.ts'
import { isStream, type SocketOption } from './option.ts'

const { IPPROTO_IP, IPPROTO_IPV6 } = Level
/** Small numbers need an octet at least. */
const OCTET = { leastOctets: 1 } as const
const WORD = { leastOctets: 4, exactOctets: true } as const
const NO_ADDRESS = '\0'.repeat(4)
const NOTHING = { leastOctets: 0 } as const

/** Ports from one to the other, a half of the number each; 0: no bound. The lower half is the lower one. */
const portRange: Rule = (value, socket) => {
  const [low, high] = [value & 0xffff, value >>> 16]
  return low !== 0 && high !== 0 && low > high ? invalid(value, socket) : value
}

/** Hops of packets to groups: an IPv4 connection that was accepted has those that its peer's packet had left. */
function groupHops(socket: Socket): number {
  const hops = isStream(socket) && socket.tcb?.remote.v4 ? socket.tcb.openingHops : 0
  return hops || 1
}

/** An IPv4 socket begins by hearing of all groups that the host is in. */
function allGroups(option: SocketOption): SocketOption {
  const initial = (socket: Socket) => Number(socket.family !== AF_INET6)
  return { ...option, get: (socket) => socket.options.kept.get(option.name) ?? initial(socket) }
}

/** IPV6_AUTOFLOWLABEL: it reads as what the packets have. */
function autoFlowLabel(): SocketOption {
  const option = kept(AUTO_FLOW_LABEL, IPPROTO_IPV6, Ipv6Option.AUTOFLOWLABEL, flag, NOTHING)
  return {
    ...option,
    get: ({ host, options }) => {
      const program = options.kept.get(AUTO_FLOW_LABEL)
      return program ?? Number(hasFlowLabels(host.config.flowLabels, program))
    },
  }
}

/** IP_HDRINCL is a raw socket's: Linux tells that it is off, BSD knows it nowhere else. */
const headerIncluded: SocketOption = {
  ...told('IP_HDRINCL', IPPROTO_IP, IpOption.HDRINCL, 0),
  ask: ({ host }) => (host.personality.sockets.tellsHeaderIncluded ? 0 : -Errno.ENOPROTOOPT),
}

/** IPV6_RECVPATHMTU: a stream hears of no path, and BSD does not even keep that it was asked for. */
const tellsOfPath: Rule = (value, socket) =>
  isStream(socket) && !socket.host.personality.sockets.streamsAskForPath ? 0 : flag(value, socket)

/** Of IPPROTO_IP and IPPROTO_IPV6: taken, kept and told, as Linux does; a stream makes nothing of them. */
export const keptIpOptions: readonly SocketOption[] = [
  headerIncluded,
  kept('IP_ROUTER_ALERT', IPPROTO_IP, IpOption.ROUTER_ALERT, invalid),
  kept('IP_RECVOPTS', IPPROTO_IP, IpOption.RECVOPTS, flag),
  kept('IP_RETOPTS', IPPROTO_IP, IpOption.RETOPTS, flag),
  kept('IP_PKTINFO', IPPROTO_IP, IpOption.PKTINFO, flag),
  told('IP_PKTOPTIONS', IPPROTO_IP, IpOption.PKTOPTIONS, '', 0),
  kept('IP_RECVTTL', IPPROTO_IP, IpOption.RECVTTL, flag),
  kept('IP_RECVTOS', IPPROTO_IP, IpOption.RECVTOS, flag),
  kept('IP_PASSSEC', IPPROTO_IP, IpOption.PASSSEC, flag),
  kept('IP_TRANSPARENT', IPPROTO_IP, IpOption.TRANSPARENT, flag, OCTET),
  kept('IP_RECVORIGDSTADDR', IPPROTO_IP, IpOption.RECVORIGDSTADDR, flag),
  told('IP_NODEFRAG', IPPROTO_IP, IpOption.NODEFRAG, 0),
  kept('IP_CHECKSUM', IPPROTO_IP, IpOption.CHECKSUM, flag),
  kept('IP_BIND_ADDRESS_NO_PORT', IPPROTO_IP, IpOption.BIND_ADDRESS_NO_PORT, flag),
  kept('IP_RECVFRAGSIZE', IPPROTO_IP, IpOption.RECVFRAGSIZE, invalid),
  kept('IP_RECVERR_RFC4884', IPPROTO_IP, IpOption.RECVERR_RFC4884, zeroOrOne),
  { ...kept('IP_MULTICAST_IF', IPPROTO_IP, IpOption.MULTICAST_IF, invalid), get: () => NO_ADDRESS },
  { ...kept('IP_MULTICAST_TTL', IPPROTO_IP, IpOption.MULTICAST_TTL, invalid, OCTET), get: groupHops },
  kept('IP_MULTICAST_LOOP', IPPROTO_IP, IpOption.MULTICAST_LOOP, flag, { ...OCTET, initial: 1 }),
  allGroups(kept('IP_MULTICAST_ALL', IPPROTO_IP, IpOption.MULTICAST_ALL, zeroOrOne, OCTET)),
  kept('IP_UNICAST_IF', IPPROTO_IP, IpOption.UNICAST_IF, zeroAlone, WORD),
  kept('IP_LOCAL_PORT_RANGE', IPPROTO_IP, IpOption.LOCAL_PORT_RANGE, portRange, { ...WORD, signed: true }),
  told('IP_PROTOCOL', IPPROTO_IP, IpOption.PROTOCOL, (socket) => {
    const name = newSocketName()
    socket.localName(name)
    return name.port
  }),
  kept('IPV6_2292PKTINFO', IPPROTO_IPV6, Ipv6Option.OLD_PKTINFO, flag),
  kept('IPV6_2292HOPOPTS', IPPROTO_IPV6, Ipv6Option.OLD_HOPOPTS, flag),
  kept('IPV6_2292DSTOPTS', IPPROTO_IPV6, Ipv6Option.OLD_DSTOPTS, flag),
  kept('IPV6_2292RTHDR', IPPROTO_IPV6, Ipv6Option.OLD_RTHDR, flag),
  kept('IPV6_2292HOPLIMIT', IPPROTO_IPV6, Ipv6Option.OLD_HOPLIMIT, flag),
  kept('IPV6_FLOWINFO', IPPROTO_IPV6, Ipv6Option.FLOWINFO, flag),
  kept('IPV6_MULTICAST_ALL', IPPROTO_IPV6, Ipv6Option.MULTICAST_ALL, flag, { initial: 1 }),
  kept('IPV6_ROUTER_ALERT_ISOLATE', IPPROTO_IPV6, Ipv6Option.ROUTER_ALERT_ISOLATE, flag),
  kept('IPV6_RECVERR_RFC4884', IPPROTO_IPV6, Ipv6Option.RECVERR_RFC4884, zeroOrOne),
  kept('IPV6_FLOWINFO_SEND', IPPROTO_IPV6, Ipv6Option.FLOWINFO_SEND, flag),
  kept('IPV6_RECVPKTINFO', IPPROTO_IPV6, Ipv6Option.RECVPKTINFO, flag),
  kept('IPV6_RECVHOPLIMIT', IPPROTO_IPV6, Ipv6Option.RECVHOPLIMIT, flag),
  kept('IPV6_RECVHOPOPTS', IPPROTO_IPV6, Ipv6Option.RECVHOPOPTS, flag),
  kept('IPV6_RECVRTHDR', IPPROTO_IPV6, Ipv6Option.RECVRTHDR, flag),
  kept('IPV6_RECVDSTOPTS', IPPROTO_IPV6, Ipv6Option.RECVDSTOPTS, flag),
  kept('IPV6_RECVPATHMTU', IPPROTO_IPV6, Ipv6Option.RECVPATHMTU, tellsOfPath),
  kept('IPV6_DONTFRAG', IPPROTO_IPV6, Ipv6Option.DONTFRAG, flag, NOTHING),
  kept('IPV6_RECVTCLASS', IPPROTO_IPV6, Ipv6Option.RECVTCLASS, flag),
  autoFlowLabel(),
  kept('IPV6_RECVORIGDSTADDR', IPPROTO_IPV6, Ipv6Option.RECVORIGDSTADDR, flag),
  kept('IPV6_TRANSPARENT', IPPROTO_IPV6, Ipv6Option.TRANSPARENT, flag),
  kept('IPV6_UNICAST_IF', IPPROTO_IPV6, Ipv6Option.UNICAST_IF, zeroAlone, WORD),
  kept('IPV6_RECVFRAGSIZE', IPPROTO_IPV6, Ipv6Option.RECVFRAGSIZE, flag, NOTHING),
]
