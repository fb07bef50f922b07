import { MS, SECOND } from '../../base/index.ts'
import { FastOpenBit, octetCubic, octetReno } from '../../tcp/index.ts'
import { algorithm, number, numbers, onOff, type SysctlDefinition } from '../sysctl/definition.ts'
import { BSD_SYSCTLS } from './bsd-sysctls.ts'
import { FREEBSD_RECOVERY_SYSCTLS } from './freebsd-recovery-sysctls.ts'

const INT_MAX = 2_147_483_647

/** When things happen: tcp(4), `tcp_timer.h`. */
const TIMERS: readonly SysctlDefinition[] = [
  number({
    name: 'net.inet.tcp.keepinit',
    field: 'keepInitUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'Time that connect() may take as a whole, where TCP_KEEPINIT does not say otherwise.',
  }),
  onOff({
    name: 'net.inet.tcp.always_keepalive',
    field: 'alwaysKeepalive',
    description: '1: connections are probed whether SO_KEEPALIVE is set or not.',
  }),
  number({
    name: 'net.inet.tcp.finwait2_timeout',
    field: 'finWait2Us',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'How long FIN-WAIT-2 lasts where nobody will read, with fast_finwait2_recycle.',
  }),
  onOff({
    name: 'net.inet.tcp.fast_finwait2_recycle',
    field: 'fastFinWait2',
    description:
      '1: FIN-WAIT-2 ends after finwait2_timeout where nobody will read; 0: after keepcnt times keepintvl of silence.',
  }),
  number({
    name: 'net.inet.tcp.rexmit_min',
    field: 'rtoMinUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'The least retransmission timeout, before rexmit_slop is added.',
  }),
  number({
    name: 'net.inet.tcp.rexmit_slop',
    field: 'rtoSlopUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'Added to every retransmission timeout but the first of all.',
  }),
  number({
    name: 'net.inet.tcp.rexmit_max',
    field: 'rtoMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'The longest retransmission timeout.',
  }),
  number({
    name: 'net.inet.tcp.persmin',
    field: 'persistMinUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'The least time between probes of a closed window.',
  }),
  number({
    name: 'net.inet.tcp.persmax',
    field: 'persistMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'The longest time between probes of a closed window.',
  }),
  onOff({
    name: 'net.inet.tcp.rexmit_drop_options',
    field: 'synDropsOptions',
    description: '1: from the third unanswered SYN on they go without window scale, SACK and timestamps.',
  }),
  onOff({
    name: 'net.inet.tcp.delayed_ack',
    field: 'delayedAck',
    description: '1: the ACK of a single segment waits for delacktime.',
  }),
]

/** What strangers may do. */
const SAFETY: readonly SysctlDefinition[] = [
  onOff({
    name: 'net.inet.tcp.insecure_rst',
    field: 'insecureRst',
    description: '1: a RST anywhere in the window ends the connection, as before RFC 5961.',
  }),
  onOff({
    name: 'net.inet.tcp.insecure_syn',
    field: 'insecureSyn',
    description: '1: a SYN in the window ends the connection, as before RFC 5961.',
  }),
  onOff({
    name: 'net.inet.tcp.insecure_ack',
    field: 'insecureAck',
    description: '1: no ACK is too old, as before RFC 5961.',
  }),
  onOff({
    name: 'net.inet.tcp.icmp_may_rst',
    field: 'icmpMayReset',
    description: '1: ICMP errors that say so (port unreachable, prohibited, time exceeded) end a connect() at once.',
  }),
  onOff({
    name: 'net.inet.tcp.drop_synfin',
    field: 'dropSynFin',
    description: '1: segments with both SYN and FIN are dropped.',
  }),
  number({
    name: 'net.inet.tcp.blackhole',
    field: 'blackhole',
    unit: 'switch',
    min: 0,
    max: 3,
    description:
      'Silence instead of RST: 1 to SYNs for closed ports, 2 to every segment for them, 3 to what listeners cannot use too.',
  }),
  onOff({
    name: 'net.inet.tcp.tolerate_missing_ts',
    field: 'toleratesMissingTimestamps',
    description: '1: segments without timestamps are taken where these were agreed to.',
  }),
  number({
    name: 'net.inet.tcp.ack_war_cnt',
    field: 'challengeAckBurst',
    unit: 'packets',
    min: 0,
    max: INT_MAX,
    description: 'Challenge ACKs of one connection within ack_war_timewindow; 0: as many as there are reasons.',
  }),
  onOff({
    name: 'net.inet.tcp.nolocaltimewait',
    field: 'noLocalTimeWait',
    description: '1: connections within the host leave no TIME-WAIT.',
  }),
  onOff({
    name: 'net.inet.tcp.syncache.rst_on_sock_fail',
    field: 'abortOnOverflow',
    description: '1: an accept queue without room answers RST; 0: nothing.',
  }),
  number({
    name: 'net.inet.tcp.syncookies',
    field: 'synCookies',
    unit: 'switch',
    min: 0,
    max: 1,
    description: '1: SYN cookies where there is no room for another half-open connection.',
  }),
  onOff({
    name: 'net.inet.tcp.syncookies_only',
    field: 'synCookiesOnly',
    description: '1: nothing is remembered of a SYN, SYN cookies alone bring a connection about.',
  }),
]

/** One bit of the word that says who may use TCP Fast Open. */
function fastOpenBit(name: string, bit: number, description: string): SysctlDefinition {
  return numbers({
    name,
    unit: 'switch',
    range: '0 or 1',
    description,
    read: ({ fastOpen }) => [(fastOpen & bit) === 0 ? 0 : 1],
    write: (config, [value]) => {
      if (value !== 0 && value !== 1) return false
      if (bit === FastOpenBit.CLIENT && value === 0 && (config.fastOpen & bit) !== 0) config.fastOpenSwitchedOff++
      config.fastOpen = value === 0 ? config.fastOpen & ~bit : config.fastOpen | bit
      return true
    },
  })
}

/** TCP Fast Open (RFC 7413). */
const FAST_OPEN: readonly SysctlDefinition[] = [
  fastOpenBit('net.inet.tcp.fastopen.client_enable', FastOpenBit.CLIENT, 'TCP_FASTOPEN on sockets that connect.'),
  fastOpenBit('net.inet.tcp.fastopen.server_enable', FastOpenBit.SERVER, 'TCP_FASTOPEN on sockets that listen.'),
  fastOpenBit(
    'net.inet.tcp.fastopen.acceptany',
    FastOpenBit.SERVER_WITHOUT_COOKIE,
    '1: listeners with TCP_FASTOPEN take data from SYNs without a cookie.',
  ),
  fastOpenBit(
    'net.inet.tcp.fastopen.psk_enable',
    FastOpenBit.PRE_SHARED,
    '1: listeners with TCP_FASTOPEN take cookies only under a key that clients were told beforehand (setpsk).',
  ),
  number({
    name: 'net.inet.tcp.fastopen.path_disable_time',
    field: 'fastOpenPauseUs',
    unit: 's',
    scale: SECOND,
    min: 0,
    max: INT_MAX,
    description: 'A path on which Fast Open was not answered is spared it for so long.',
  }),
]

/** What is offered, kept and sent. */
const VALUES: readonly SysctlDefinition[] = [
  algorithm({
    name: 'net.inet.tcp.cc.algorithm',
    names: { newreno: octetReno, cubic: octetCubic },
    description: 'What opens and closes the congestion window of new sockets.',
  }),
  onOff({
    name: 'net.inet.tcp.recvbuf_auto',
    field: 'moderateReceiveBuffer',
    description: '1: a receive buffer grows with what is read in a round trip, up to recvbuf_max.',
  }),
  number({
    name: 'net.inet.tcp.recvbuf_max',
    field: 'receiveBufferMax',
    unit: 'octets',
    min: 1,
    max: INT_MAX,
    description: 'The largest receive buffer that recvbuf_auto makes.',
  }),
  number({
    name: 'net.inet.tcp.sendbuf_max',
    field: 'sendBufferMax',
    unit: 'octets',
    min: 1,
    max: INT_MAX,
    description: 'The largest send buffer that grows by itself.',
  }),
  onOff({
    name: 'net.inet.tcp.sendbuf_auto',
    field: 'sendBufferGrows',
    description:
      '1: a send buffer that is nearly full grows by sendbuf_inc, up to sendbuf_max, if both windows would take more.',
  }),
  number({
    name: 'net.inet.tcp.sendbuf_inc',
    field: 'sendBufferStep',
    unit: 'octets',
    min: 0,
    max: INT_MAX,
    description: 'By how much sendbuf_auto lets a send buffer grow at a time.',
  }),
  onOff({
    name: 'net.inet.tcp.sendbuf_auto_lowat',
    field: 'sendBufferLowat',
    description: '1: sendbuf_auto counts what SO_SNDLOWAT holds back as used.',
  }),
  number({
    name: 'net.inet.tcp.maxtcptw',
    field: 'timeWaitMax',
    unit: 'entries',
    min: 0,
    max: INT_MAX,
    description: 'TIME-WAIT entries at most.',
  }),
  number({
    name: 'net.inet.tcp.rexmit_initial',
    field: 'rtoInitialUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'First retransmission timeout.',
  }),
  number({
    name: 'net.inet.tcp.delacktime',
    field: 'delayedAckMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'How long an ACK may be delayed.',
  }),
  number({
    name: 'net.inet.tcp.initcwnd_segments',
    field: 'initialWindow',
    unit: 'packets',
    min: 0,
    max: 65_535,
    description: 'Initial congestion window, segments; 0: what rfc3390 says.',
  }),
  onOff({
    name: 'net.inet.tcp.rfc3390',
    field: 'initialWindowByOctets',
    description:
      'Where initcwnd_segments is 0, 1: an initial window of about 4380 octets (RFC 3390), 0: of two to four segments (RFC 5681).',
  }),
  number({
    name: 'net.inet.tcp.syncache.rexmtlimit',
    field: 'synAckRetries',
    unit: 'attempts',
    min: 0,
    max: 12,
    description: 'Retransmissions of a SYN-ACK before an embryonic connection is given up.',
  }),
  number({
    name: 'net.inet.tcp.ack_war_timewindow',
    field: 'invalidRateLimitUs',
    unit: 'ms',
    scale: MS,
    min: 0,
    max: INT_MAX,
    description: 'Least time between two challenge ACKs of one connection.',
  }),
  numbers({
    name: 'net.inet.tcp.rfc1323',
    unit: 'switch',
    range: 'a whole number',
    description: 'RFC 7323: 0 nothing, 2 window scaling, 3 timestamps, 1 and any other number both.',
    read: ({ windowScaling, timestamps }) => [windowScaling ? (timestamps ? 1 : 2) : timestamps ? 3 : 0],
    write: (config, [value]) => {
      if (value === undefined) return false
      config.windowScaling = value !== 0 && value !== 3
      config.timestamps = value !== 0 && value !== 2
      return true
    },
  }),
  onOff({
    name: 'net.inet.tcp.ts_offset_per_conn',
    field: 'timestampOffsets',
    description: '1: the timestamps of each connection begin anywhere; 0: all show one clock.',
  }),
  onOff({
    name: 'net.inet.tcp.sack.enable',
    field: 'sack',
    description: 'RFC 2018 selective acknowledgments.',
  }),
  number({
    name: 'kern.ipc.soacceptqueue',
    aliases: ['kern.ipc.somaxconn'],
    field: 'acceptQueueMax',
    unit: 'entries',
    min: 1,
    max: 65_535,
    description: 'Upper bound of the backlog that listen() asks for.',
  }),
  number({
    name: 'net.inet.ip.portrange.reservedhigh',
    field: 'privilegedPorts',
    unit: 'port',
    min: 0,
    max: 65_535,
    description: 'The first port above those that need privilege.',
  }),
  number({
    name: 'net.inet.tcp.ecn.enable',
    field: 'ecn',
    unit: 'switch',
    min: 0,
    max: 4,
    description:
      'RFC 3168 congestion marks: 0 never, 1 asks for them and accepts, 2 accepts when the peer asks; 3 and 4 the same of accurate ECN (RFC 9768).',
  }),
  number({
    name: 'net.inet.tcp.ecn.maxretries',
    field: 'ecnRetries',
    unit: 'attempts',
    min: 0,
    max: 255,
    description: 'Repetitions of a SYN that still ask for ECN; later ones do without.',
  }),
]

/** How large segments are, and how many of them open the window. */
const SIZES: readonly SysctlDefinition[] = [
  number({
    name: 'net.inet.tcp.mssdflt',
    field: 'mssDefaultV4',
    unit: 'octets',
    min: 216,
    max: 65_495,
    description: 'What a peer takes over IPv4 that does not say, octets.',
  }),
  number({
    name: 'net.inet.tcp.v6mssdflt',
    field: 'mssDefaultV6',
    unit: 'octets',
    min: 216,
    max: 65_475,
    description: 'What a peer takes over IPv6 that does not say, octets.',
  }),
  number({
    name: 'net.inet.tcp.minmss',
    field: 'leastMss',
    unit: 'octets',
    min: 0,
    max: 65_495,
    description: 'No peer is believed that it takes less; 0: any is.',
  }),
  onOff({
    name: 'net.inet.tcp.path_mtu_discovery',
    field: 'pathMtuDiscovery',
    description: '0: towards other networks no segment is larger than mssdflt.',
  }),
  number({
    name: 'net.inet.tcp.pmtud_blackhole_detection',
    field: 'blackHoleDetection',
    unit: 'switch',
    min: 0,
    max: 3,
    description:
      'Timeouts of full segments make segments smaller for a while: 0 never, 1 always, 2 over IPv4, 3 over IPv6 alone.',
  }),
  number({
    name: 'net.inet.tcp.pmtud_blackhole_mss',
    field: 'blackHoleMssV4',
    unit: 'octets',
    min: 216,
    max: 65_495,
    description: 'The MSS that is tried first over IPv4 when full segments vanish.',
  }),
  number({
    name: 'net.inet.tcp.v6pmtud_blackhole_mss',
    field: 'blackHoleMssV6',
    unit: 'octets',
    min: 216,
    max: 65_475,
    description: 'The MSS that is tried first over IPv6 when full segments vanish.',
  }),
  number({
    name: 'net.inet.tcp.abc_l_var',
    field: 'abcLimit',
    unit: 'packets',
    min: 1,
    max: INT_MAX,
    description: 'Segments by which one ACK may open the congestion window in slow start.',
  }),
  number({
    name: 'net.inet.tcp.retries',
    field: 'retries2',
    unit: 'attempts',
    min: 1,
    max: 12,
    description: 'Repetitions of a segment, SYN or text, before a connection is given up.',
  }),
  onOff({
    name: 'net.inet.tcp.hostcache.enable',
    field: 'hostCache',
    description: '1: what routers say of a path counts for other connections too.',
  }),
]

/** FreeBSD's. */
export const FREEBSD_SYSCTLS: readonly SysctlDefinition[] = [
  ...BSD_SYSCTLS,
  ...VALUES,
  ...TIMERS,
  ...SAFETY,
  ...FAST_OPEN,
  ...SIZES,
  ...FREEBSD_RECOVERY_SYSCTLS,
]
