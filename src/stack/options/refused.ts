import { Errno } from '../../base/index.ts'
import { Level } from '../constants.ts'

/** What getsockopt and setsockopt say of an option that no socket of ours has a use for: errno, canonical. */
interface Refusal {
  readonly name: string
  readonly get: number
  readonly set: number
}

type Row = readonly [name: string, number: number, get: number, set: number]

const { EBADF, EINVAL, ENOENT, ENOPROTOOPT, ENOTCONN, EOPNOTSUPP, EPERM, EPROTO } = Errno

/** Local sockets' credentials, packet filters, devices' memory. */
const SOCKET_ROWS: readonly Row[] = [
  ['SO_PASSCRED', 16, EOPNOTSUPP, EOPNOTSUPP],
  ['SO_DETACH_FILTER', 27, ENOPROTOOPT, ENOENT],
  ['SO_PEERSEC', 31, ENOPROTOOPT, ENOPROTOOPT],
  ['SO_PASSSEC', 34, EOPNOTSUPP, EOPNOTSUPP],
  ['SO_ATTACH_BPF', 50, ENOPROTOOPT, EBADF],
  ['SO_ATTACH_REUSEPORT_CBPF', 51, ENOPROTOOPT, EINVAL],
  ['SO_ATTACH_REUSEPORT_EBPF', 52, ENOPROTOOPT, EBADF],
  ['SO_CNX_ADVICE', 53, ENOPROTOOPT, ENOPROTOOPT],
  ['SO_DETACH_REUSEPORT_BPF', 68, ENOPROTOOPT, EINVAL],
  ['SO_PASSPIDFD', 76, EOPNOTSUPP, EOPNOTSUPP],
  ['SO_DEVMEM_LINEAR', 78, ENOPROTOOPT, ENOPROTOOPT],
  ['SO_DEVMEM_DMABUF', 79, ENOPROTOOPT, ENOPROTOOPT],
  ['SO_DEVMEM_DONTNEED', 80, ENOPROTOOPT, EINVAL],
  ['SO_INQ', 84, ENOPROTOOPT, ENOPROTOOPT],
]

/** What only TCP_REPAIR opens, cookie transactions, and the authentication option. */
const TCP_ROWS: readonly Row[] = [
  // FreeBSD's other TCP stacks have these, and kernels that were built to capture.
  ['TCP_IDLE_REDUCE', 0x10046, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_DELACK', 0x10048, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_FIN_IS_RST', 0x10049, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_LOG_LIMIT', 0x1004a, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_USER_LOG', 0x10060, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_PCAP_OUT', 0x10800, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_PCAP_IN', 0x11000, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_COOKIE_TRANSACTIONS', 15, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_REPAIR_QUEUE', 20, EINVAL, EPERM],
  ['TCP_QUEUE_SEQ', 21, EINVAL, EPERM],
  ['TCP_REPAIR_OPTIONS', 22, ENOPROTOOPT, EINVAL],
  ['TCP_REPAIR_WINDOW', 29, EINVAL, EPERM],
  ['TCP_AO_ADD_KEY', 38, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_DEL_KEY', 39, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_INFO', 40, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_GET_KEYS', 41, ENOPROTOOPT, ENOPROTOOPT],
  ['TCP_AO_REPAIR', 42, ENOPROTOOPT, ENOPROTOOPT],
]

/** Policies of IPsec, and groups, which a stream cannot join. */
const IP_ROWS: readonly Row[] = [
  ['IP_IPSEC_POLICY', 16, ENOPROTOOPT, EOPNOTSUPP],
  ['IP_XFRM_POLICY', 17, ENOPROTOOPT, EINVAL],
  ['IP_ADD_MEMBERSHIP', 35, ENOPROTOOPT, EPROTO],
  ['IP_DROP_MEMBERSHIP', 36, ENOPROTOOPT, EPROTO],
  ['IP_UNBLOCK_SOURCE', 37, ENOPROTOOPT, EINVAL],
  ['IP_BLOCK_SOURCE', 38, ENOPROTOOPT, EINVAL],
  ['IP_ADD_SOURCE_MEMBERSHIP', 39, ENOPROTOOPT, EINVAL],
  ['IP_DROP_SOURCE_MEMBERSHIP', 40, ENOPROTOOPT, EINVAL],
  ['IP_MSFILTER', 41, EINVAL, EINVAL],
]

const IPV6_ROWS: readonly Row[] = [
  ['IPV6_ADDRFORM', 1, ENOTCONN, EINVAL],
  ['IPV6_CHECKSUM', 7, ENOPROTOOPT, ENOPROTOOPT],
  ['IPV6_ADD_MEMBERSHIP', 20, ENOPROTOOPT, EINVAL],
  ['IPV6_DROP_MEMBERSHIP', 21, ENOPROTOOPT, EINVAL],
  ['IPV6_JOIN_ANYCAST', 27, ENOPROTOOPT, EINVAL],
  ['IPV6_LEAVE_ANYCAST', 28, ENOPROTOOPT, EINVAL],
  ['IPV6_FLOWLABEL_MGR', 32, EINVAL, EINVAL],
  ['IPV6_IPSEC_POLICY', 34, ENOPROTOOPT, EOPNOTSUPP],
  ['IPV6_XFRM_POLICY', 35, ENOPROTOOPT, EINVAL],
  ['IPV6_HDRINCL', 36, ENOPROTOOPT, ENOPROTOOPT],
  ['IPV6_PKTINFO', 50, ENOPROTOOPT, EINVAL],
  ['IPV6_HOPLIMIT', 52, ENOPROTOOPT, ENOPROTOOPT],
]

/** The multicast API of RFC 3678, alike at both levels. */
const GROUPS: readonly Row[] = [
  ...['MCAST_JOIN_GROUP', 'MCAST_BLOCK_SOURCE', 'MCAST_UNBLOCK_SOURCE', 'MCAST_LEAVE_GROUP'],
  ...['MCAST_JOIN_SOURCE_GROUP', 'MCAST_LEAVE_SOURCE_GROUP'],
].map((name, i): Row => [name, 42 + i, ENOPROTOOPT, EINVAL])

const LEVELS: readonly (readonly [level: number, rows: readonly Row[]])[] = [
  [Level.SOL_SOCKET, SOCKET_ROWS],
  [Level.IPPROTO_TCP, TCP_ROWS],
  [Level.IPPROTO_IP, [...IP_ROWS, ...GROUPS]],
  [Level.IPPROTO_IPV6, [...IPV6_ROWS, ...GROUPS]],
]

const REFUSED: ReadonlyMap<string, Refusal> = new Map(
  LEVELS.flatMap(([level, rows]) =>
    rows.map(([name, number, get, set]) => [`${level}/${number}`, { name, get, set }] as const),
  ),
)

/** An option that Linux knows and that is always refused in the same way; undefined: it is none of those. */
export function refusalOf(level: number, number: number): Refusal | undefined {
  return REFUSED.get(`${level}/${number}`)
}
