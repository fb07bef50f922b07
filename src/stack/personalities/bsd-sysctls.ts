import { MS } from '../../base/index.ts'
import { cubic, newReno } from '../../tcp/index.ts'
import { number, numbers, onOff, type SysctlDefinition } from '../sysctl/definition.ts'

const INT_MAX = 2_147_483_647
/** What macOS adds to every retransmission timeout. */
export const REXMIT_SLOP_MS = 200
/** A packet buffer and a cluster: less than that no socket buffer may be. */
const SOCKBUF_LEAST = 2304

/** What FreeBSD and macOS name alike. */
export const BSD_SYSCTLS: readonly SysctlDefinition[] = [
  number({
    name: 'net.inet.tcp.msl',
    field: 'timeWaitUs',
    unit: 'ms',
    scale: 2 * MS,
    min: 1,
    max: INT_MAX,
    description: 'Maximum segment lifetime; TIME-WAIT lasts twice as long.',
  }),
  number({
    name: 'net.inet.tcp.keepidle',
    field: 'keepaliveIdleUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'Idle time before the first keep-alive probe; only of sockets with SO_KEEPALIVE.',
  }),
  number({
    name: 'net.inet.tcp.keepintvl',
    field: 'keepaliveIntervalUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'Time between unanswered keep-alive probes.',
  }),
  number({
    name: 'net.inet.tcp.keepcnt',
    field: 'keepaliveProbes',
    unit: 'attempts',
    min: 1,
    max: INT_MAX,
    description: 'Unanswered keep-alive probes before the connection is given up.',
  }),
  number({
    name: 'net.inet.tcp.sendspace',
    field: 'sendBuffer',
    unit: 'octets',
    min: 1,
    max: INT_MAX,
    description: 'Send buffer of a new socket.',
  }),
  number({
    name: 'net.inet.tcp.recvspace',
    field: 'receiveBuffer',
    unit: 'octets',
    min: 1,
    max: INT_MAX,
    description: 'Receive buffer of a new socket.',
  }),
  numbers({
    name: 'kern.ipc.maxsockbuf',
    unit: 'octets',
    range: `a whole number from ${SOCKBUF_LEAST} to ${INT_MAX}`,
    description: 'The most that SO_RCVBUF and SO_SNDBUF grant.',
    read: (config) => [config.receiveBufferGrant],
    write: (config, [octets]) => {
      if (octets === undefined || octets < SOCKBUF_LEAST || octets > INT_MAX) return false
      config.receiveBufferGrant = octets
      config.sendBufferGrant = octets
      if (config.windowScaleFor > 0) config.windowScaleFor = octets
      return true
    },
  }),
  number({
    name: 'net.inet.ip.portrange.first',
    field: 'portFirst',
    unit: 'port',
    min: 1,
    max: 65_535,
    description: 'First port that connect() and bind(0) choose from.',
  }),
  number({
    name: 'net.inet.ip.portrange.last',
    field: 'portLast',
    unit: 'port',
    min: 1,
    max: 65_535,
    description: 'Last port that connect() and bind(0) choose from.',
  }),
  number({
    name: 'net.inet.ip.ttl',
    field: 'ttl',
    unit: 'hops',
    min: 1,
    max: 255,
    description: 'TTL of IPv4 packets.',
  }),
  number({
    name: 'net.inet6.ip6.hlim',
    field: 'hopLimit',
    unit: 'hops',
    min: 1,
    max: 255,
    description: 'Hop limit of IPv6 packets.',
  }),
  number({
    name: 'net.inet6.ip6.auto_flowlabel',
    field: 'flowLabels',
    unit: 'switch',
    min: 0,
    max: 1,
    description: '1: IPv6 packets have a flow label.',
  }),
  onOff({
    name: 'net.inet6.ip6.v6only',
    field: 'v6only',
    description: 'IPV6_V6ONLY of new sockets.',
  }),
]

/** What macOS alone has. */
export const MACOS_ONLY: readonly SysctlDefinition[] = [
  numbers({
    name: 'net.inet.tcp.use_newreno',
    unit: 'switch',
    range: '0 or 1',
    description: 'The congestion window of new sockets: 1 as NewReno has it, 0 as CUBIC.',
    read: (config) => [config.congestionControl === newReno ? 1 : 0],
    write: (config, [value]) => {
      if (value !== 0 && value !== 1) return false
      config.congestionControl = value === 1 ? newReno : cubic
      return true
    },
  }),
  onOff({
    name: 'net.inet.tcp.doautorcvbuf',
    field: 'moderateReceiveBuffer',
    description: '1: a receive buffer grows with what is read in a round trip, up to autorcvbufmax.',
  }),
  number({
    name: 'net.inet.tcp.autorcvbufmax',
    field: 'receiveBufferMax',
    unit: 'octets',
    min: 2048,
    max: INT_MAX,
    description: 'The largest receive buffer that doautorcvbuf makes.',
  }),
  number({
    name: 'net.inet.tcp.autosndbufmax',
    field: 'sendBufferMax',
    unit: 'octets',
    min: 2048,
    max: INT_MAX,
    description: 'The largest send buffer that grows by itself.',
  }),
  number({
    name: 'net.inet.tcp.fin_timeout',
    field: 'finWait2Us',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: INT_MAX,
    description: 'How long an orphan waits in FIN-WAIT-2.',
  }),
  numbers({
    name: 'net.inet.tcp.rfc1323',
    unit: 'switch',
    range: '0 or 1',
    description: 'RFC 7323: window scaling and timestamps.',
    read: (config) => [config.windowScaling ? 1 : 0],
    write: (config, [value]) => {
      if (value !== 0 && value !== 1) return false
      config.windowScaling = value === 1
      config.timestamps = value === 1
      return true
    },
  }),
  onOff({
    name: 'net.inet.tcp.sack',
    field: 'sack',
    description: 'RFC 2018 selective acknowledgments.',
  }),
  number({
    name: 'kern.ipc.somaxconn',
    field: 'acceptQueueMax',
    unit: 'entries',
    min: 1,
    max: 32_767,
    description: 'Upper bound of the backlog that listen() asks for.',
  }),
]
