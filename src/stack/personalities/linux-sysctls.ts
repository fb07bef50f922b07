import { MS, SECOND } from '../../base/index.ts'
import { number, numbers, onOff, ports, type SysctlDefinition } from '../sysctl/definition.ts'
import { LINUX_BUFFER_SYSCTLS } from './linux-buffer-sysctls.ts'
import { LINUX_PATH_SYSCTLS } from './linux-path-sysctls.ts'
import { LINUX_RECOVERY_SYSCTLS } from './linux-recovery-sysctls.ts'

const INT_MIN = -2_147_483_648
const INT_MAX = 2_147_483_647
/** proc_dointvec_jiffies at 250 Hz refuses what overflows an int of jiffies. */
const JIFFIES_MAX = 8_589_934
/** Many switches are octets without bounds: 2 is taken and means on. */
const OCTET_MAX = 255

const CLOSING: readonly SysctlDefinition[] = [
  number({
    name: 'net.ipv4.tcp_fin_timeout',
    field: 'finWait2Us',
    unit: 's',
    scale: SECOND,
    min: -JIFFIES_MAX,
    max: JIFFIES_MAX,
    description:
      'How long an orphan (descriptor closed) waits in FIN-WAIT-2 for the peer. It is not the length of TIME-WAIT. Above 60 the orphan waits about 2 × (value − 60).',
  }),
  number({
    name: 'net.ipv4.tcp_max_tw_buckets',
    field: 'timeWaitMax',
    unit: 'entries',
    min: INT_MIN,
    max: INT_MAX,
    description: 'TIME-WAIT entries at most; beyond it connections are closed without one (TCPTimeWaitOverflow).',
  }),
  onOff({
    name: 'net.ipv4.tcp_rfc1337',
    field: 'rfc1337',
    max: OCTET_MAX,
    description: '1: a RST does not end TIME-WAIT early; 0: one with exactly the expected sequence number does.',
  }),
  number({
    name: 'net.ipv4.tcp_tw_reuse',
    field: 'timeWaitReuse',
    unit: 'switch',
    min: 0,
    max: 2,
    description:
      'Whether connect() may take over the port of its own TIME-WAIT to the same peer: 0 no, 1 yes, 2 over loopback only. Needs timestamps and tcp_tw_reuse_delay.',
  }),
  number({
    name: 'net.ipv4.tcp_tw_reuse_delay',
    field: 'timeWaitReuseDelayUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 60_000,
    description: 'How old a TIME-WAIT must be before tcp_tw_reuse takes it over.',
  }),
  number({
    name: 'net.ipv4.tcp_orphan_retries',
    field: 'orphanRetries',
    unit: 'attempts',
    min: 0,
    max: OCTET_MAX,
    description: 'Retransmissions before an orphan is given up; 0 means 8.',
  }),
  number({
    name: 'net.ipv4.tcp_max_orphans',
    field: 'maxOrphans',
    unit: 'entries',
    min: INT_MIN,
    max: INT_MAX,
    description: 'Orphans at most; beyond it a close() resets the connection.',
  }),
]

const OPENING: readonly SysctlDefinition[] = [
  number({
    name: 'net.ipv4.tcp_syn_retries',
    field: 'synRetries',
    unit: 'attempts',
    min: 1,
    max: 127,
    description:
      'How long connect() tries: until the first timeout after the time that so many doublings of one second take; 6 means 131 s, and 127 s where tcp_syn_linear_timeouts is 0.',
  }),
  number({
    name: 'net.ipv4.tcp_syn_linear_timeouts',
    field: 'synLinearTimeouts',
    unit: 'attempts',
    min: 0,
    max: 127,
    description: 'SYN timeouts that keep the first interval before it doubles.',
  }),
  number({
    name: 'net.ipv4.tcp_synack_retries',
    field: 'synAckRetries',
    unit: 'attempts',
    min: 0,
    max: OCTET_MAX,
    description: 'Retransmissions of a SYN-ACK before an embryonic connection is given up.',
  }),
  number({
    name: 'net.ipv4.tcp_max_syn_backlog',
    field: 'synQueueMax',
    unit: 'entries',
    min: INT_MIN,
    max: INT_MAX,
    description: 'Embryonic connections of one listener at most, where SYN cookies are off.',
  }),
  number({
    name: 'net.ipv4.tcp_syncookies',
    field: 'synCookies',
    unit: 'switch',
    min: 0,
    max: OCTET_MAX,
    description: '1: a SYN for which there is no room as half-open gets a cookie; 2: every SYN does; 0: none.',
  }),
  number({
    name: 'net.ipv4.tcp_fastopen',
    field: 'fastOpen',
    unit: 'switch',
    min: INT_MIN,
    max: INT_MAX,
    description:
      'Fast Open (RFC 7413), a sum: 1 connect() may send data in its SYN, 2 listeners take it, 4 and 512 the same without a cookie, 1024 every listener.',
  }),
  onOff({
    name: 'net.ipv4.tcp_abort_on_overflow',
    field: 'abortOnOverflow',
    max: OCTET_MAX,
    description: '1: a handshake that completes while the accept queue is full is reset; 0: its ACK is ignored.',
  }),
  number({
    name: 'net.core.optmem_max',
    field: 'optionMemoryMax',
    unit: 'octets',
    min: 0,
    max: INT_MAX,
    description: 'Memory that a socket may hold for its options and for unread notices of MSG_ZEROCOPY.',
  }),
  number({
    name: 'net.core.somaxconn',
    field: 'acceptQueueMax',
    unit: 'entries',
    min: 0,
    max: INT_MAX,
    description: 'Upper bound of the backlog that listen() asks for.',
  }),
]

const RETRANSMISSION: readonly SysctlDefinition[] = [
  number({
    name: 'net.ipv4.tcp_retries1',
    field: 'retries1',
    unit: 'attempts',
    min: 0,
    max: OCTET_MAX,
    description: 'Retransmissions after which the route is doubted (R1).',
  }),
  number({
    name: 'net.ipv4.tcp_retries2',
    field: 'retries2',
    unit: 'attempts',
    min: 0,
    max: OCTET_MAX,
    description:
      'Retransmissions after which a connection is given up (R2), as the time they would take from the least RTO: 15 is 924.6 s.',
  }),
  number({
    name: 'net.ipv4.tcp_rto_min_us',
    field: 'rtoMinUs',
    unit: 'µs',
    min: 1,
    max: INT_MAX,
    description: 'The least retransmission timeout.',
  }),
  number({
    name: 'net.ipv4.tcp_rto_max_ms',
    field: 'rtoMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1000,
    max: 120_000,
    description: 'The longest retransmission timeout.',
  }),
  onOff({
    name: 'net.ipv4.tcp_slow_start_after_idle',
    field: 'slowStartAfterIdle',
    max: OCTET_MAX,
    description: '1: the congestion window shrinks while a connection is idle (RFC 2861).',
  }),
]

const KEEPALIVE: readonly SysctlDefinition[] = [
  number({
    name: 'net.ipv4.tcp_keepalive_time',
    field: 'keepaliveIdleUs',
    unit: 's',
    scale: SECOND,
    min: -JIFFIES_MAX,
    max: JIFFIES_MAX,
    description: 'Idle time before the first keep-alive probe; only of sockets with SO_KEEPALIVE.',
  }),
  number({
    name: 'net.ipv4.tcp_keepalive_intvl',
    field: 'keepaliveIntervalUs',
    unit: 's',
    scale: SECOND,
    min: -JIFFIES_MAX,
    max: JIFFIES_MAX,
    description: 'Time between unanswered keep-alive probes.',
  }),
  number({
    name: 'net.ipv4.tcp_keepalive_probes',
    field: 'keepaliveProbes',
    unit: 'attempts',
    min: 0,
    max: OCTET_MAX,
    description: 'Unanswered keep-alive probes before the connection is given up.',
  }),
]

const SEGMENTS: readonly SysctlDefinition[] = [
  numbers({
    name: 'net.ipv4.tcp_timestamps',
    unit: 'switch',
    range: 'a whole number from 0 to 255',
    description: 'RFC 7323 timestamps: 0 off, 1 on, 2 on with one clock for all connections.',
    read: (config) => [config.timestamps ? (config.timestampOffsets ? 1 : 2) : 0],
    write: (config, [value]) => {
      if (value === undefined || value < 0 || value > OCTET_MAX) return false
      config.timestamps = value !== 0
      config.timestampOffsets = value !== 2
      return true
    },
  }),
  onOff({
    name: 'net.ipv4.tcp_window_scaling',
    field: 'windowScaling',
    max: OCTET_MAX,
    description: 'RFC 7323 window scaling.',
  }),
  onOff({
    name: 'net.ipv4.tcp_sack',
    field: 'sack',
    max: OCTET_MAX,
    description: 'RFC 2018 selective acknowledgments.',
  }),
  onOff({
    name: 'net.ipv4.tcp_dsack',
    field: 'dsack',
    max: OCTET_MAX,
    description: 'RFC 2883: SACK blocks report what arrived twice.',
  }),
  numbers({
    name: 'net.ipv4.tcp_comp_sack_delay_ns',
    unit: 'ns',
    range: 'a whole number from 0 on; kept to the microsecond',
    description:
      'How long ACKs behind a gap are collected, behind the first three; a twentieth of the round trip at most. 0: not at all.',
    read: (config) => [config.sackCompressionUs * 1000],
    write: (config, [ns]) => {
      if (ns === undefined || ns < 0) return false
      config.sackCompressionUs = Math.ceil(ns / 1000)
      return true
    },
  }),
  number({
    name: 'net.ipv4.tcp_comp_sack_nr',
    field: 'sackCompressionMax',
    unit: 'packets',
    min: 0,
    max: OCTET_MAX,
    description: 'ACKs that are collected into one at most.',
  }),
  number({
    name: 'net.ipv4.tcp_ecn',
    field: 'ecn',
    unit: 'switch',
    min: 0,
    max: 5,
    description:
      'Congestion marks: 0 never, 1 asks for those of RFC 3168 and accepts, 2 accepts when the peer asks; 3, 4 and 5 accept accurate ECN (RFC 9768) too, and ask for that, for RFC 3168, for nothing. Kernels before 7.0 take 0 to 2.',
  }),
  onOff({
    name: 'net.ipv4.tcp_ecn_fallback',
    field: 'ecnFallback',
    description: '1: a SYN that asked for ECN and was not answered is sent again without (RFC 3168 §6.1.1.1).',
  }),
  number({
    name: 'net.ipv4.tcp_ecn_option',
    field: 'ecnOption',
    unit: 'switch',
    min: 0,
    max: 3,
    description:
      'The AccECN option of accurate ECN: 0 never, 1 when what arrives changes, 2 on every segment that has room, 3 even where the path seems to drop it.',
  }),
  number({
    name: 'net.ipv4.tcp_ecn_option_beacon',
    field: 'ecnOptionBeacon',
    unit: 'packets',
    min: 0,
    max: 3,
    description: 'With tcp_ecn_option 1: the option is sent at least so often in a round trip; 0: no bound.',
  }),
  onOff({
    name: 'net.ipv4.tcp_stdurg',
    field: 'standardUrgent',
    max: OCTET_MAX,
    description: '1: the urgent pointer is read as RFC 1122 says; 0: as everybody does (RFC 6093).',
  }),
  number({
    name: 'net.ipv4.tcp_challenge_ack_limit',
    field: 'challengeAckLimit',
    unit: 'packets',
    min: INT_MIN,
    max: INT_MAX,
    description: 'Challenge ACKs (RFC 5961) of the host per second; 2147483647: no limit.',
  }),
  number({
    name: 'net.ipv4.tcp_invalid_ratelimit',
    field: 'invalidRateLimitUs',
    unit: 'ms',
    scale: MS,
    min: 0,
    max: INT_MAX,
    description: 'Least time between two answers of one connection to segments outside its window.',
  }),
]

const ADDRESSES: readonly SysctlDefinition[] = [
  numbers({
    name: 'net.ipv4.ip_local_port_range',
    unit: 'port',
    range: 'first and last port, ip_unprivileged_port_start to 65535, the first not above the last',
    description: 'Ports that connect() and bind(0) choose from; for IPv6 too.',
    read: (config) => [config.portFirst, config.portLast],
    write: (config, [first, last]) => {
      if (first === undefined || last === undefined || first > last || last > 65_535) return false
      if (first < Math.max(1, config.privilegedPorts)) return false
      config.portFirst = first
      config.portLast = last
      return true
    },
  }),
  ports({
    name: 'net.ipv4.ip_local_reserved_ports',
    description: 'Ports that connect() and bind(0) never choose; bind() to them by number works.',
  }),
  onOff({
    name: 'net.ipv4.ip_autobind_reuse',
    field: 'autobindReuse',
    description:
      '1: when no port is free, bind(0) shares one with sockets that do not listen, if both have SO_REUSEADDR: they must have other destinations.',
  }),
  number({
    name: 'net.ipv4.ip_unprivileged_port_start',
    field: 'privilegedPorts',
    unit: 'port',
    min: 0,
    max: 32_768,
    description: 'The first port that bind() gives to other users than root.',
  }),
  onOff({
    name: 'net.ipv4.ip_nonlocal_bind',
    field: 'nonlocalBind4',
    max: OCTET_MAX,
    description: '1: bind() takes IPv4 addresses that are not the host’s.',
  }),
  onOff({
    name: 'net.ipv6.ip_nonlocal_bind',
    field: 'nonlocalBind6',
    max: OCTET_MAX,
    description: '1: bind() takes IPv6 addresses that are not the host’s.',
  }),
  onOff({
    name: 'net.ipv6.bindv6only',
    field: 'v6only',
    max: OCTET_MAX,
    description: 'IPV6_V6ONLY of new sockets.',
  }),
  number({
    name: 'net.ipv4.ip_default_ttl',
    field: 'ttl',
    unit: 'hops',
    min: 1,
    max: 255,
    description: 'TTL of IPv4 packets.',
  }),
  number({
    name: 'net.ipv6.conf.all.hop_limit',
    aliases: ['net.ipv6.conf.default.hop_limit'],
    field: 'hopLimit',
    unit: 'hops',
    min: 1,
    max: 255,
    description: 'Hop limit of IPv6 packets.',
  }),
  onOff({
    name: 'net.ipv4.icmp_echo_ignore_all',
    field: 'ignoreEcho',
    description: '1: echo requests (ping) are not answered.',
  }),
]

/** Linux's sysctls that do something here, in the order of what they govern. */
export const LINUX_SYSCTLS: readonly SysctlDefinition[] = [
  ...CLOSING,
  ...OPENING,
  ...RETRANSMISSION,
  ...LINUX_RECOVERY_SYSCTLS,
  ...KEEPALIVE,
  ...SEGMENTS,
  ...LINUX_PATH_SYSCTLS,
  ...LINUX_BUFFER_SYSCTLS,
  ...ADDRESSES,
]
