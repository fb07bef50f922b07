import { SECOND } from '../../base/index.ts'
import { number, onOff, type SysctlDefinition } from '../sysctl/definition.ts'
import { LINUX_MTU_SYSCTLS } from './linux-mtu-sysctls.ts'

const INT_MAX = 2_147_483_647
const OCTET_MAX = 255
/** In ticks of 250 Hz it has to fit 32 bits. */
const SECONDS_MOST = 8_589_934
/** What `ipfrag_low_thresh` and `ip6frag_low_thresh` are: no high one may be less. */
const REASSEMBLY_LEAST = 3_145_728

/** How large segments may be, what routers are believed, what a SYN's packet decides, and when two ends count as talking in turns. */
export const LINUX_PATH_SYSCTLS: readonly SysctlDefinition[] = [
  ...LINUX_MTU_SYSCTLS,
  number({
    name: 'net.ipv4.tcp_fastopen_blackhole_timeout_sec',
    field: 'fastOpenBlackHoleUs',
    scale: SECOND,
    unit: 's',
    min: 0,
    max: INT_MAX,
    description:
      'Fast Open rests for so long when something on the way seems to swallow it, and twice as long each time, up to 64 times; 0: never. A change forgets what was suspected.',
  }),
  onOff({
    name: 'net.ipv4.tcp_no_metrics_save',
    field: 'noMetricsSave',
    max: OCTET_MAX,
    description:
      '1: what a connection learns of the path to its peer (round trip, window, reordering) is not kept for the next one.',
  }),
  onOff({
    name: 'net.ipv4.tcp_no_ssthresh_metrics_save',
    field: 'noThresholdSave',
    description: '0: the slow start threshold at which a connection ends is where the next one to that peer begins.',
  }),
  number({
    name: 'net.ipv4.ip_no_pmtu_disc',
    field: 'noPathMtuDiscovery',
    unit: 'switch',
    min: 0,
    max: 3,
    description:
      'All but 0: IP_MTU_DISCOVER of a new socket is IP_PMTUDISC_DONT; 1: what routers say counts as the least there is, 2: not at all, 3: if it quotes enough.',
  }),
  number({
    name: 'net.ipv4.route.min_pmtu',
    field: 'leastPathMtu',
    unit: 'octets',
    min: 68,
    max: INT_MAX,
    description: 'What routers say below this is taken for this much, and for their last word.',
  }),
  number({
    name: 'net.ipv4.route.min_adv_mss',
    field: 'leastAnnouncedV4',
    unit: 'octets',
    min: 0,
    max: INT_MAX,
    description: 'The least MSS that SYNs announce where the route does not say it, however narrow the path is.',
  }),
  number({
    name: 'net.ipv6.route.min_adv_mss',
    field: 'leastAnnouncedV6',
    unit: 'octets',
    min: 0,
    max: INT_MAX,
    description: 'The same with IPv6.',
  }),
  number({
    name: 'net.ipv4.route.mtu_expires',
    field: 'pathMtuLifeUs',
    scale: SECOND,
    unit: 's',
    min: 0,
    max: SECONDS_MOST,
    description: 'For so long is believed what a router said of a path.',
  }),
  onOff({
    name: 'net.ipv4.tcp_reflect_tos',
    field: 'reflectTos',
    description: '1: a connection takes the TOS or traffic class of the SYN that opens it, without its ECN bits.',
  }),
  onOff({
    name: 'net.ipv4.tcp_migrate_req',
    field: 'migrateRequests',
    description:
      '1: when a listener closes, its connections go over to another one of its SO_REUSEPORT group, half open or waiting for accept(); 0: they are reset.',
  }),
  onOff({
    name: 'net.ipv4.tcp_shrink_window',
    field: 'shrinkWindow',
    description:
      '1: a window that was offered with a scale is taken back where memory no longer suffices for it; 0: it never is.',
  }),
  number({
    name: 'net.ipv4.tcp_pingpong_thresh',
    field: 'pingpongThreshold',
    unit: 'packets',
    min: 1,
    max: OCTET_MAX,
    description: 'So many answers soon behind data received make a connection interactive: ACKs then wait for answers.',
  }),
  number({
    name: 'net.ipv6.auto_flowlabels',
    field: 'flowLabels',
    unit: 'switch',
    min: 0,
    max: 3,
    description:
      'Flow labels of IPv6 packets: 0 none, 1 unless IPV6_AUTOFLOWLABEL says otherwise, 2 where it asks for them, 3 always.',
  }),
  onOff({
    name: 'net.core.txrehash',
    field: 'changesPath',
    description: 'SO_TXREHASH of new sockets: a timeout changes the flow label, and with it perhaps the path.',
  }),
  number({
    name: 'net.ipv4.ipfrag_time',
    field: 'reassembly4Us',
    scale: SECOND,
    unit: 's',
    min: 0,
    max: SECONDS_MOST,
    description: 'How long the fragments of an IPv4 packet wait for those that are missing.',
  }),
  number({
    name: 'net.ipv4.ipfrag_high_thresh',
    field: 'reassemblyOctets4',
    unit: 'octets',
    min: REASSEMBLY_LEAST,
    max: Number.MAX_SAFE_INTEGER,
    description: 'While waiting fragments of IPv4 packets take more memory than this, no other packet is begun.',
  }),
  number({
    name: 'net.ipv6.ip6frag_time',
    field: 'reassembly6Us',
    scale: SECOND,
    unit: 's',
    min: 0,
    max: SECONDS_MOST,
    description: 'How long the fragments of an IPv6 packet wait for those that are missing.',
  }),
  number({
    name: 'net.ipv6.ip6frag_high_thresh',
    field: 'reassemblyOctets6',
    unit: 'octets',
    min: REASSEMBLY_LEAST,
    max: Number.MAX_SAFE_INTEGER,
    description: 'While waiting fragments of IPv6 packets take more memory than this, no other packet is begun.',
  }),
]
