import type { Micros } from '../../base/index.ts'
import type { TcpConfig } from '../../tcp/index.ts'

/** Ports as first and last of each range, ascending: `ip_local_reserved_ports`. */
export type PortRanges = readonly (readonly [number, number])[]

/**
 * Everything that sysctls turn: the machine's values (`TcpConfig`) and those of the host around it. A host owns one; each
 * field is read at the moment it matters.
 */
export interface HostConfig extends TcpConfig {
  /** TTL of IPv4 packets, unless IP_TTL says otherwise. */
  ttl: number
  /** Hop limit of IPv6 packets, unless IPV6_UNICAST_HOPS says otherwise. */
  hopLimit: number
  /** IPv6's flow labels: 0 none; 1 all packets have one, unless the program says otherwise; 2 only where it asks; 3 whatever it says. */
  flowLabels: number
  /** SO_TXREHASH of a new socket. */
  changesPath: boolean
  /** Ephemeral ports: the first and the last of the range. */
  portFirst: number
  portLast: number
  /** Ports that nobody is given unasked; bind() to them by number works. */
  reservedPorts: PortRanges
  /** bind(0) may share a port where SO_REUSEADDR allows it, when no free one is left (`ip_autobind_reuse`). */
  autobindReuse: boolean
  /** Ports below this need privilege (uid 0); 0: none do. */
  privilegedPorts: number
  /** bind() to addresses that are not the host's. */
  nonlocalBind4: boolean
  nonlocalBind6: boolean
  /** IPV6_V6ONLY of a new socket. */
  v6only: boolean
  /** The least that a buffer shrinks to (`tcp_rmem`, `tcp_wmem`, first value). */
  receiveBufferMin: number
  sendBufferMin: number
  /** The most that SO_SNDBUF grants, octets, before the system's doubling. */
  sendBufferGrant: number
  /** SO_RCVBUF and SO_SNDBUF of a new UDP socket, octets. */
  datagramReceiveBuffer: number
  datagramSendBuffer: number
  /** What a socket's options and notices may hold of memory, octets (`optmem_max`). */
  optionMemoryMax: number
  /** Timestamps start at an offset that is random per connection (RFC 7323 §5.4), not at one clock for all. */
  timestampOffsets: boolean
  /** Octets: what routers say below that is taken for this much, and for their last word. */
  leastPathMtu: number
  /** For how long what a router said is believed, µs; Infinity: until the path is doubted. */
  pathMtuLifeUs: number
  /** TCP_MAXUNACKTIME of a new socket, µs; 0: the retransmissions decide (`net.inet.tcp.maxunacktime`). */
  unackedMaxUs: Micros
  /** All but 0: new sockets let routers fragment; 1: what a router says is the least there is, 2: it is not heard (`ip_no_pmtu_disc`). */
  noPathMtuDiscovery: number
  /** A connection takes the TOS of the SYN that opens it (`tcp_reflect_tos`). */
  reflectTos: boolean
  /** How often `net.inet.tcp.fastopen.client_enable` was switched off: each time what servers gave is forgotten. */
  fastOpenSwitchedOff: number
  /** Connections of a listener that closes go over to another of its SO_REUSEPORT group (`tcp_migrate_req`). */
  migrateRequests: boolean
  /** How long pieces of a packet wait for the others, µs, IPv4's and IPv6's. */
  reassembly4Us: number
  reassembly6Us: number
  /** Octets that such pieces may take before no further packet is begun. */
  reassemblyOctets4: number
  reassemblyOctets6: number
  /** Echo requests are not answered. */
  ignoreEcho: boolean
}
