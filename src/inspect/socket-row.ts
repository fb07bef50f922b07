/**
 * What is: one socket, as any source tells it. The views (ss, netstat, the console, the doctor) read only this.
 *
 * A field is `undefined` when the source cannot know it; a view then prints nothing rather than a guess.
 */
export interface SocketRow {
  readonly source: RowSource
  readonly netid: NetId
  /** 4, 6, or 0 for unix sockets. */
  readonly family: 4 | 6 | 0
  readonly state: RowState
  readonly local: Endpoint
  readonly peer: Endpoint
  /** Octets; for LISTEN the connections waiting for accept(). */
  readonly recvQueue: number
  /** Octets; for LISTEN the limit of the accept queue. */
  readonly sendQueue: number
  readonly timer?: RowTimer | undefined
  readonly uid?: number | undefined
  readonly inode?: number | undefined
  /** The kernel's socket cookie; the stack's connection number. */
  readonly cookie?: bigint | undefined
  readonly v6only?: boolean | undefined
  readonly mark?: number | undefined
  readonly cgroup?: string | undefined
  /** The network namespace by a name or number of the source's choice; `undefined`: the source's own. */
  readonly netns?: string | undefined
  /** `undefined`: not looked for, or not visible; an empty list: looked for with full sight, and there is none. */
  readonly owners?: readonly SocketOwner[] | undefined
  readonly tcpInfo?: TcpInfo | undefined
  /** Congestion control's name. */
  readonly congestion?: string | undefined
  /** What BBR tells of itself, when it is the congestion control. */
  readonly bbr?: BbrInfo | undefined
  /** What rides on a TCP connection, where something does. */
  readonly upperLayer?: UpperLayer | undefined
  /** Of a multipath connection. */
  readonly mptcpInfo?: MptcpInfo | undefined
  readonly memory?: SocketMemory | undefined
  /** Unix sockets: path (abstract names start with @) and the peer's inode. */
  readonly path?: string | undefined
  readonly peerInode?: number | undefined
  /** Directions that are shut down: RCV_SHUTDOWN 1, SEND_SHUTDOWN 2, as Linux calls them. */
  readonly shutdown?: number | undefined
  /** References that the kernel holds to the socket: netstat's RefCnt of unix sockets. */
  readonly references?: number | undefined
  /** Unix sockets bound to a path: the file that stands for them. */
  readonly file?: SocketFile | undefined
  /** Listening unix sockets: the inodes of the connections that wait for accept(), as `ss -xe` lists them. */
  readonly waiting?: readonly number[] | undefined
}

/** Who told of the socket: our own stack, netlink, the dump of `ss -D`, /proc, or a capture. */
export type RowSource = 'stack' | 'netlink' | 'ss' | 'proc' | 'capture'
/** Kinds of socket, as ss's Netid column names them. */
export type NetId = 'tcp' | 'mptcp' | 'udp' | 'u_str' | 'u_dgr' | 'u_seq'

/** RFC 9293's names; UNCONN for datagram and unconnected sockets, NEW-SYN-RECV's rows are SYN-RECEIVED. */
export type RowState =
  | 'ESTABLISHED'
  | 'SYN-SENT'
  | 'SYN-RECEIVED'
  | 'FIN-WAIT-1'
  | 'FIN-WAIT-2'
  | 'TIME-WAIT'
  | 'CLOSED'
  | 'CLOSE-WAIT'
  | 'LAST-ACK'
  | 'LISTEN'
  | 'CLOSING'
  | 'BOUND-INACTIVE'
  | 'UNCONN'

/** One end of a connection. */
export interface Endpoint {
  /** Canonical text (RFC 5952 for IPv6); unix sockets: empty. */
  readonly address: string
  /** 0: any. */
  readonly port: number
  /** Scope or bound device, as ss prints behind a %. */
  readonly device?: string | undefined
}

/** The timer that is pending, as the kernel tells it: one of them at most. */
export interface RowTimer {
  readonly kind: 'on' | 'keepalive' | 'timewait' | 'persist' | 'unknown'
  readonly expiresMs: number
  /** What ss prints last: retransmissions when the timer is `on`, else unanswered probes. */
  readonly retransmits: number
  /** Unanswered probes of whatever timer, where the source has them apart (/proc/net/tcp's `timeout` column). */
  readonly probes?: number | undefined
}

/** A descriptor that holds the socket. A row lists them in the order of /proc: pid ascending, then fd ascending. */
export interface SocketOwner {
  readonly pid: number
  /** The kernel's name of the process (`comm`, at most 15 octets): what ss prints. */
  readonly command: string
  /** What netstat prints instead: argv[0], behind its last slash when it is an absolute path. */
  readonly program?: string | undefined
  readonly fd: number
}

/** `struct unix_diag_vfs`. */
export interface SocketFile {
  readonly inode: number
  readonly deviceMajor: number
  readonly deviceMinor: number
}

/** `struct tcp_bbr_info`. */
export interface BbrInfo {
  /** Estimated bandwidth, octets per second. */
  readonly bandwidth: bigint
  /** µs. */
  readonly min_rtt: number
  /** Gains are fixed point: 256 is 1. */
  readonly pacing_gain: number
  readonly cwnd_gain: number
}

/** An upper layer protocol (TCP_ULP): `mptcp` on each path of a multipath connection, `tls` where the kernel encrypts. */
export interface UpperLayer {
  readonly name: string
  /** Of a path: where it stands in its connection. */
  readonly subflow?: SubflowInfo | undefined
}

/** `MPTCP_SUBFLOW_ATTR_*`; what the kernel does not say is undefined. */
export interface SubflowInfo {
  readonly flags: number | undefined
  readonly token_rem: number | undefined
  readonly token_loc: number | undefined
  readonly id_rem: number | undefined
  readonly id_loc: number | undefined
  readonly map_seq: bigint | undefined
  readonly map_sfseq: number | undefined
  readonly ssn_offset: number | undefined
  readonly map_datalen: number | undefined
}

/** `struct mptcp_info` under its own field names without the `mptcpi_`, and its flags. */
export interface MptcpInfo {
  /** Paths beside the first. */
  readonly subflows: number
  readonly add_addr_signal: number
  readonly add_addr_accepted: number
  readonly subflows_max: number
  readonly add_addr_signal_max: number
  readonly add_addr_accepted_max: number
  /** The peer speaks plain TCP. */
  readonly fallback: boolean
  readonly remote_key: boolean
  readonly token: number
  readonly write_seq: bigint
  readonly snd_una: bigint
  readonly rcv_nxt: bigint
}

/** `struct sk_meminfo`, octets (drops: a count). */
export interface SocketMemory {
  readonly rmemAlloc: number
  readonly rcvbuf: number
  readonly wmemAlloc: number
  readonly sndbuf: number
  readonly fwdAlloc: number
  readonly wmemQueued: number
  readonly optmem: number
  readonly backlog: number
  readonly drops: number
}

/** Linux's `struct tcp_info` under its own field names without the `tcpi_`; times in µs unless the kernel has ms (last_*). */
export interface TcpInfo {
  readonly state: number
  readonly ca_state: number
  readonly retransmits: number
  readonly probes: number
  readonly backoff: number
  readonly options: number
  readonly snd_wscale: number
  readonly rcv_wscale: number
  readonly delivery_rate_app_limited?: boolean | undefined
  readonly rto: number
  readonly ato: number
  readonly snd_mss: number
  readonly rcv_mss: number
  readonly unacked: number
  readonly sacked: number
  readonly lost: number
  readonly retrans: number
  readonly last_data_sent: number
  readonly last_data_recv: number
  readonly last_ack_recv: number
  readonly pmtu: number
  readonly rcv_ssthresh: number
  readonly rtt: number
  readonly rttvar: number
  readonly snd_ssthresh: number
  readonly snd_cwnd: number
  readonly advmss: number
  readonly reordering: number
  readonly rcv_rtt: number
  readonly rcv_space: number
  readonly total_retrans: number
  readonly pacing_rate?: bigint | undefined
  readonly max_pacing_rate?: bigint | undefined
  readonly bytes_acked?: bigint | undefined
  readonly bytes_received?: bigint | undefined
  readonly segs_out?: number | undefined
  readonly segs_in?: number | undefined
  readonly notsent_bytes?: number | undefined
  readonly min_rtt?: number | undefined
  readonly data_segs_in?: number | undefined
  readonly data_segs_out?: number | undefined
  readonly delivery_rate?: bigint | undefined
  readonly busy_time?: bigint | undefined
  readonly rwnd_limited?: bigint | undefined
  readonly sndbuf_limited?: bigint | undefined
  readonly delivered?: number | undefined
  readonly delivered_ce?: number | undefined
  readonly bytes_sent?: bigint | undefined
  readonly bytes_retrans?: bigint | undefined
  readonly dsack_dups?: number | undefined
  readonly reord_seen?: number | undefined
  readonly rcv_ooopack?: number | undefined
  readonly snd_wnd?: number | undefined
}
