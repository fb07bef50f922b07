import { MS, SECOND } from '../../base/index.ts'
import { takeUrgentApart } from '../../tcp/index.ts'
import { number, numbers, onOff, type SysctlDefinition } from '../sysctl/definition.ts'
import { BSD_BIND } from './bind-rules.ts'
import { Personality } from './personality.ts'
import { RFC_POLICY } from './rfc-policy.ts'
import { RFC_CONFIG } from './rfc9293.ts'
import { COMMON_SOCKETS } from './socket-rules.ts'

const INT_MAX = 2_147_483_647

/** Parameters of `ndd /dev/tcp`, from the tunable parameters reference. */
const NDD: readonly SysctlDefinition[] = [
  number({
    name: 'tcp_time_wait_interval',
    // Its name before Solaris 7. It read as if it governed CLOSE-WAIT, and never did.
    aliases: ['tcp_close_wait_interval'],
    field: 'timeWaitUs',
    unit: 'ms',
    scale: MS,
    min: 1000,
    max: 600_000,
    formerly: '240000 in old releases, where it was called tcp_close_wait_interval',
    description:
      'The length of TIME-WAIT (2·MSL). Its old name tcp_close_wait_interval never had to do with CLOSE-WAIT.',
  }),
  number({
    name: 'tcp_fin_wait_2_flush_interval',
    field: 'finWait2Us',
    unit: 'ms',
    scale: MS,
    min: 1000,
    max: 7_200_000,
    description: 'How long an orphan waits in FIN-WAIT-2.',
  }),
  number({
    name: 'tcp_keepalive_interval',
    field: 'keepaliveIdleUs',
    unit: 'ms',
    scale: MS,
    min: 10_000,
    max: 864_000_000,
    description: 'Idle time before the first keep-alive probe; only of sockets with SO_KEEPALIVE.',
  }),
  number({
    name: 'tcp_ip_abort_interval',
    field: 'userTimeoutUs',
    unit: 'ms',
    scale: MS,
    min: 500,
    max: 4_294_967_295,
    description: 'Unacknowledged for this long, a connection is given up.',
  }),
  number({
    name: 'tcp_rexmit_interval_initial',
    field: 'rtoInitialUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 20_000,
    description: 'First retransmission timeout.',
  }),
  number({
    name: 'tcp_rexmit_interval_min',
    field: 'rtoMinUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 7_200_000,
    description: 'The least retransmission timeout.',
  }),
  number({
    name: 'tcp_rexmit_interval_max',
    field: 'rtoMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 7_200_000,
    description: 'The longest retransmission timeout.',
  }),
  number({
    name: 'tcp_deferred_ack_interval',
    field: 'delayedAckMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 60_000,
    description: 'How long an ACK may be delayed.',
  }),
  number({
    name: 'tcp_conn_req_max_q',
    field: 'acceptQueueMax',
    unit: 'entries',
    min: 1,
    max: INT_MAX,
    description: 'Upper bound of the backlog that listen() asks for.',
  }),
  number({
    name: 'tcp_conn_req_max_q0',
    field: 'synQueueMax',
    unit: 'entries',
    min: 0,
    max: INT_MAX,
    description: 'Embryonic connections of one listener at most.',
  }),
  number({
    name: 'tcp_smallest_anon_port',
    field: 'portFirst',
    unit: 'port',
    min: 1024,
    max: 65_535,
    description: 'First port that connect() and bind(0) choose from.',
  }),
  number({
    name: 'tcp_largest_anon_port',
    field: 'portLast',
    unit: 'port',
    min: 1024,
    max: 65_535,
    description: 'Last port that connect() and bind(0) choose from.',
  }),
  number({
    name: 'tcp_smallest_nonpriv_port',
    field: 'privilegedPorts',
    unit: 'port',
    min: 1024,
    max: 32_768,
    description: 'The first port above those that need privilege.',
  }),
  number({
    name: 'tcp_xmit_hiwat',
    field: 'sendBuffer',
    unit: 'octets',
    min: 4096,
    max: 1 << 30,
    description: 'Send buffer of a new socket.',
  }),
  number({
    name: 'tcp_recv_hiwat',
    field: 'receiveBuffer',
    unit: 'octets',
    min: 2048,
    max: 1 << 30,
    description: 'Receive buffer of a new socket.',
  }),
  numbers({
    name: 'tcp_ecn_permitted',
    unit: 'switch',
    range: '0 to 2',
    description: 'RFC 3168 congestion marks: 0 never, 1 accepts when the peer asks, 2 asks for them and accepts.',
    read: ({ ecn }) => [ecn === 0 ? 0 : 3 - ecn],
    write: (config, [value]) => {
      if (value === undefined || value < 0 || value > 2) return false
      config.ecn = value === 0 ? 0 : 3 - value
      return true
    },
  }),
  onOff({ name: 'tcp_tstamp_always', field: 'timestamps', description: 'RFC 7323 timestamps.' }),
  onOff({ name: 'tcp_wscale_always', field: 'windowScaling', description: 'RFC 7323 window scaling.' }),
  onOff({ name: 'tcp_sack_permitted', field: 'sack', max: 2, description: 'RFC 2018 selective acknowledgments.' }),
]

/** Solaris, from its tunable parameters reference; not measured. `tcp_time_wait_interval=240000` makes it an old release. */
export const solaris: Personality = new Personality({
  name: 'solaris',
  title: 'Solaris',
  tcp: { ...RFC_POLICY, takeUrgentApart, resetOnLingerTwoExpired: true },
  config: {
    ...RFC_CONFIG,
    toleratesMissingTimestamps: true,
    timeWaitUs: 60 * SECOND,
    finWait2Us: 675 * SECOND,
    rfc1337: false,
    synRetries: 7,
    synAckRetries: 7,
    retries2: 15,
    userTimeoutUs: 480 * SECOND,
    rtoMinUs: 200 * MS,
    delayedAckMinUs: 100 * MS,
    delayedAckMaxUs: 100 * MS,
    ecn: 2,
    receiveBuffer: 131_072,
    receiveBufferMax: 1_048_576,
    sendBuffer: 49_152,
    sendBufferMax: 1_048_576,
    acceptQueueMax: 128,
    synQueueMax: 1024,
    portFirst: 32_768,
    portLast: 65_535,
  },
  errno: 'solaris',
  bind: BSD_BIND,
  sockets: {
    ...COMMON_SOCKETS,
    doublesBuffers: false,
    sendBufferLeast: 4096,
    receiveBufferLeast: 2048,
    unreachableEndsOpening: false,
    hardErrorsEnd: false,
    reportsDelivery: false,
    takesSourceRoutes: false,
  },
  sysctls: NDD,
})
