import { Errno } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { AF_INET, AF_INET6, Level } from '../constants.ts'
import type { Socket } from '../sockets/socket.ts'
import { isStream } from './option.ts'

/** What getsockopt and setsockopt say of an option that no socket of ours has a use for: errno, canonical. */
interface Refusal {
  readonly name: string
  readonly get: number
  readonly set: number
  /** Instead of `set`, by the socket and the octets given; undefined: `set` all the same. */
  refuse?(socket: Socket, octets: number): number | undefined
  /** Instead of `get`, by the room for an answer. */
  refuseToTell?(socket: Socket, room: number): number | undefined
}

type Special = Pick<Refusal, 'refuse' | 'refuseToTell'>
type Row = readonly [name: string, number: number, get: number, set: number, special?: Special]

const { EBADF, EINVAL, EMSGSIZE, ENODATA, ENOENT, ENOPROTOOPT, EOPNOTSUPP, EPERM, EPROTO } = Errno
const INT = 4
/** A token for memory of a device. */
const TOKEN = 8
/** `struct in6_flowlabel_req`, `struct ip6_mtuinfo`. */
const FLOW_REQUEST = 32

const stateOf = (socket: Socket): State => (isStream(socket) ? socket.state : State.CLOSED)
/** A program is named by a descriptor: the number of octets comes first. */
const ofDescriptor: Special = { refuse: (_socket, octets) => (octets === INT ? undefined : EINVAL) }
/** What was never lent is given back without a word. */
const ofTokens: Special = { refuse: (_socket, octets) => (octets % TOKEN === 0 ? 0 : undefined) }
const unlessListening: Special = {
  refuse: (socket) => (stateOf(socket) === State.LISTEN ? EPERM : undefined),
  refuseToTell: (socket) => (stateOf(socket) === State.LISTEN ? EPERM : undefined),
}
/** IPsec: a policy has octets, and is of the socket's own family. */
const policyOf = (family: number): Special => ({
  refuse(socket, octets) {
    if (octets === 0) return EMSGSIZE
    return socket.family === family ? undefined : EOPNOTSUPP
  },
})
const withRoom = (least: number, refusal: number): Special => ({
  refuseToTell: (_socket, room) => (room >= least ? refusal : undefined),
})

/** Local sockets' credentials, packet filters, devices' memory. */
const SOCKET_ROWS: readonly Row[] = [
  ['SO_PASSCRED', 16, EOPNOTSUPP, EOPNOTSUPP],
  ['SO_DETACH_FILTER', 27, ENOPROTOOPT, ENOENT],
  ['SO_PEERSEC', 31, ENOPROTOOPT, ENOPROTOOPT],
  ['SO_PASSSEC', 34, EOPNOTSUPP, EOPNOTSUPP],
  ['SO_ATTACH_BPF', 50, ENOPROTOOPT, EBADF, ofDescriptor],
  ['SO_ATTACH_REUSEPORT_CBPF', 51, ENOPROTOOPT, EINVAL],
  ['SO_ATTACH_REUSEPORT_EBPF', 52, ENOPROTOOPT, EBADF, ofDescriptor],
  ['SO_PEERGROUPS', 59, ENODATA, ENOPROTOOPT],
  ['SO_DETACH_REUSEPORT_BPF', 68, ENOPROTOOPT, EINVAL],
  ['SO_PASSPIDFD', 76, EOPNOTSUPP, EOPNOTSUPP],
  ['SO_PEERPIDFD', 77, ENODATA, ENOPROTOOPT],
  ['SO_DEVMEM_LINEAR', 78, ENOPROTOOPT, ENOPROTOOPT],
  ['SO_DEVMEM_DMABUF', 79, ENOPROTOOPT, ENOPROTOOPT],
  ['SO_DEVMEM_DONTNEED', 80, ENOPROTOOPT, EINVAL, ofTokens],
  ['SO_PASSRIGHTS', 83, EOPNOTSUPP, EOPNOTSUPP],
  ['SO_INQ', 84, ENOPROTOOPT, ENOPROTOOPT],
]

/** What only TCP_REPAIR opens, cookie transactions, and the authentication option. */
const TCP_ROWS: readonly Row[] = [
  // CUBIC has nothing to set. FreeBSD's other TCP stacks have the next ones, and kernels that were built to capture.
  ['TCP_CCALGOOPT', 0x10041, ENOENT, ENOENT],
  ['TCP_RACK_MBUF_QUEUE', 0x1041a, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_TLP_REDUCE', 0x1041c, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_PACE_MAX_SEG', 0x1041e, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_PACE_ALWAYS', 0x1041f, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_PRR_SENDALOT', 0x10421, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_MIN_TO', 0x10422, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_EARLY_SEG', 0x10424, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_REORD_THRESH', 0x10426, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_REORD_FADE', 0x10427, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_TLP_THRESH', 0x10428, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_RACK_PKT_DELAY', 0x10429, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_IDLE_REDUCE', 0x10046, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_DELACK', 0x10048, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_FIN_IS_RST', 0x10049, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_LOG_LIMIT', 0x1004a, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_USER_LOG', 0x10060, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_PCAP_OUT', 0x10800, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_PCAP_IN', 0x11000, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_COOKIE_TRANSACTIONS', 15, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_REPAIR_OPTIONS', 22, ENOPROTOOPT, EINVAL],
  ['TCP_REPAIR_WINDOW', 29, EINVAL, EPERM],
  ['TCP_AO_ADD_KEY', 38, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_DEL_KEY', 39, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_INFO', 40, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_GET_KEYS', 41, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_REPAIR', 42, ENOPROTOOPT, ENOPROTOOPT, unlessListening],
]

/** Policies of IPsec, and groups, which a stream cannot join. */
const IP_ROWS: readonly Row[] = [
  ['IP_IPSEC_POLICY', 16, ENOPROTOOPT, EOPNOTSUPP, policyOf(AF_INET)],
  ['IP_XFRM_POLICY', 17, ENOPROTOOPT, EINVAL, policyOf(AF_INET)],
  ['IP_ADD_MEMBERSHIP', 35, ENOPROTOOPT, EPROTO],
  ['IP_DROP_MEMBERSHIP', 36, ENOPROTOOPT, EPROTO],
  ['IP_UNBLOCK_SOURCE', 37, ENOPROTOOPT, EINVAL],
  ['IP_BLOCK_SOURCE', 38, ENOPROTOOPT, EINVAL],
  ['IP_ADD_SOURCE_MEMBERSHIP', 39, ENOPROTOOPT, EINVAL],
  ['IP_DROP_SOURCE_MEMBERSHIP', 40, ENOPROTOOPT, EINVAL],
  ['IP_MSFILTER', 41, EINVAL, EINVAL],
]

const IPV6_ROWS: readonly Row[] = [
  ['IPV6_CHECKSUM', 7, ENOPROTOOPT, ENOPROTOOPT],
  ['IPV6_ADD_MEMBERSHIP', 20, ENOPROTOOPT, EINVAL],
  ['IPV6_DROP_MEMBERSHIP', 21, ENOPROTOOPT, EINVAL],
  ['IPV6_JOIN_ANYCAST', 27, ENOPROTOOPT, EINVAL],
  ['IPV6_LEAVE_ANYCAST', 28, ENOPROTOOPT, EINVAL],
  ['IPV6_FLOWLABEL_MGR', 32, EINVAL, EINVAL, withRoom(FLOW_REQUEST, ENOENT)],
  ['IPV6_IPSEC_POLICY', 34, ENOPROTOOPT, EOPNOTSUPP, policyOf(AF_INET6)],
  ['IPV6_XFRM_POLICY', 35, ENOPROTOOPT, EINVAL, policyOf(AF_INET6)],
  ['IPV6_HDRINCL', 36, ENOPROTOOPT, ENOPROTOOPT],
  ['IPV6_PKTINFO', 50, ENOPROTOOPT, EINVAL],
  ['IPV6_HOPLIMIT', 52, ENOPROTOOPT, ENOPROTOOPT],
]

/** The multicast API of RFC 3678, alike at both levels. */
const GROUPS: readonly Row[] = [
  ...['MCAST_JOIN_GROUP', 'MCAST_BLOCK_SOURCE', 'MCAST_UNBLOCK_SOURCE', 'MCAST_LEAVE_GROUP'],
  ...['MCAST_JOIN_SOURCE_GROUP', 'MCAST_LEAVE_SOURCE_GROUP'],
].map((name, i): Row => [name, 42 + i, ENOPROTOOPT, EINVAL])

const FILTER: Row = ['MCAST_MSFILTER', 48, EINVAL, EINVAL]

const LEVELS: readonly (readonly [level: number, rows: readonly Row[]])[] = [
  [Level.SOL_SOCKET, SOCKET_ROWS],
  [Level.IPPROTO_TCP, TCP_ROWS],
  [Level.IPPROTO_IP, [...IP_ROWS, ...GROUPS, FILTER]],
  [Level.IPPROTO_IPV6, [...IPV6_ROWS, ...GROUPS, FILTER]],
]

const REFUSED: ReadonlyMap<string, Refusal> = new Map(
  LEVELS.flatMap(([level, rows]) =>
    rows.map(([name, number, get, set, special]) => [`${level}/${number}`, { name, get, set, ...special }] as const),
  ),
)

/** An option that Linux knows and that is always refused in the same way; undefined: it is none of those. */
export function refusalOf(level: number, number: number): Refusal | undefined {
  return REFUSED.get(`${level}/${number}`)
}
