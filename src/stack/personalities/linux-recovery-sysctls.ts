import { SECOND } from '../../base/index.ts'
import { CONGESTION_CONTROLS, congestionControl } from '../../tcp/index.ts'
import { algorithm, number, onOff, type SysctlDefinition, told } from '../sysctl/definition.ts'

const INT_MAX = 2_147_483_647
/** Many switches are octets without bounds: 2 is taken and means on. */
const OCTET_MAX = 255

const ALGORITHMS = CONGESTION_CONTROLS.flatMap((name) => congestionControl(name) ?? [])

/** What is done about loss, and how fast a sender goes. */
export const LINUX_RECOVERY_SYSCTLS: readonly SysctlDefinition[] = [
  number({
    name: 'net.ipv4.tcp_recovery',
    field: 'recovery',
    unit: 'switch',
    min: 0,
    max: OCTET_MAX,
    description:
      'RACK (RFC 8985), a sum: 2 its reordering window does not adapt, 4 three segments that overtook another do not yet make it lost. 1 turns nothing any more: RACK is always on.',
  }),
  number({
    name: 'net.ipv4.tcp_reordering',
    field: 'reordering',
    unit: 'packets',
    min: 1,
    max: 300,
    description: 'Segments that may overtake another before it counts as lost, on a path that is not known yet.',
  }),
  number({
    name: 'net.ipv4.tcp_max_reordering',
    field: 'maxReordering',
    unit: 'packets',
    min: 1,
    max: INT_MAX,
    description: 'What a connection may learn of the same at most.',
  }),
  number({
    name: 'net.ipv4.tcp_early_retrans',
    field: 'earlyRetransmit',
    unit: 'switch',
    min: 0,
    max: 4,
    description:
      '3 or 4: after two silent round trips a probe asks for the tail of what was sent (RFC 8985 §7); less: the retransmission timeout does.',
  }),
  onOff({
    name: 'net.ipv4.tcp_frto',
    field: 'frto',
    max: OCTET_MAX,
    on: 2,
    description:
      'RFC 5682: after a timeout new data shows whether it was needless; then it costs nothing. 1 and 2 are the same, and read as 2.',
  }),
  number({
    name: 'net.ipv4.tcp_min_rtt_wlen',
    field: 'minRttWindowUs',
    unit: 's',
    scale: SECOND,
    min: 0,
    max: 86_400,
    description: 'How long the least round trip of a path is remembered.',
  }),
  onOff({
    name: 'net.ipv4.tcp_retrans_collapse',
    field: 'retransmitCollapse',
    max: OCTET_MAX,
    description: '1: small segments are joined when they are sent again.',
  }),
  onOff({
    name: 'net.ipv4.tcp_thin_linear_timeouts',
    field: 'thinLinearTimeouts',
    max: OCTET_MAX,
    description: '1: with fewer than four segments in flight the first six timeouts do not double.',
  }),
  number({
    name: 'net.ipv4.tcp_pacing_ss_ratio',
    field: 'pacingRatioSlowStart',
    unit: 'switch',
    min: 0,
    max: 1000,
    description:
      'The pace in slow start, in percent of window by round trip: bursts are as long as it fills a millisecond.',
  }),
  number({
    name: 'net.ipv4.tcp_pacing_ca_ratio',
    field: 'pacingRatioAvoidance',
    unit: 'switch',
    min: 0,
    max: 1000,
    description: 'The same once the window is more than half the threshold.',
  }),
  number({
    name: 'net.ipv4.tcp_min_tso_segs',
    field: 'burstSegmentsLeast',
    unit: 'packets',
    min: 1,
    max: OCTET_MAX,
    description: 'Segments that may always leave as one burst, whatever the pace.',
  }),
  number({
    name: 'net.ipv4.tcp_tso_rtt_log',
    field: 'burstRttLog',
    unit: 'switch',
    min: 0,
    max: OCTET_MAX,
    description: 'Bursts are longer on short paths: half as long for each 2^this µs of the least round trip.',
  }),
  number({
    name: 'net.ipv4.tcp_tso_win_divisor',
    field: 'burstWindowDivisor',
    unit: 'switch',
    min: 0,
    max: OCTET_MAX,
    description: 'One part in so many of the window is sent at once; less may wait for the next ACK.',
  }),
  algorithm({
    name: 'net.ipv4.tcp_congestion_control',
    names: Object.fromEntries(ALGORITHMS.map((one) => [one.name, one])),
    description: 'What opens and closes the congestion window of new sockets; TCP_CONGESTION says otherwise.',
  }),
  told({
    name: 'net.ipv4.tcp_available_congestion_control',
    unit: 'name',
    text: CONGESTION_CONTROLS.join(' '),
    description: 'What tcp_congestion_control and TCP_CONGESTION take.',
  }),
  told({
    name: 'net.ipv4.tcp_allowed_congestion_control',
    unit: 'name',
    text: CONGESTION_CONTROLS.join(' '),
    description: 'What TCP_CONGESTION takes from users that are not root: here all there is.',
  }),
]
