import { number, type SysctlDefinition } from '../sysctl/definition.ts'

const INT_MIN = -2_147_483_648
const INT_MAX = 2_147_483_647
/** In ticks of 250 Hz it has to fit 32 bits. */
const INTERVAL_MOST = 17_179_869
const OCTET_MAX = 255
const PACKET_MAX = 65_535

/** How large segments may be, and how that is found out. */
export const LINUX_MTU_SYSCTLS: readonly SysctlDefinition[] = [
  number({
    name: 'net.ipv4.tcp_mtu_probing',
    field: 'mtuProbing',
    unit: 'switch',
    min: 0,
    max: OCTET_MAX,
    description:
      'Path MTU probing (RFC 4821): 0 never, 1 once timeouts make a black hole likely, 2 and more always: larger segments are tried, and those that get through set the size.',
  }),
  number({
    name: 'net.ipv4.tcp_base_mss',
    field: 'baseMss',
    unit: 'octets',
    min: INT_MIN,
    max: INT_MAX,
    description:
      'MSS from which path MTU probing searches upwards, and to which a suspected black hole takes a connection.',
  }),
  number({
    name: 'net.ipv4.tcp_mtu_probe_floor',
    field: 'mtuProbeFloor',
    unit: 'octets',
    min: 48,
    max: PACKET_MAX,
    description: 'MSS below which further timeouts do not halve it.',
  }),
  number({
    name: 'net.ipv4.tcp_min_snd_mss',
    field: 'minSendMss',
    unit: 'octets',
    min: 48,
    max: PACKET_MAX,
    description: 'Segments are not made smaller than this, whatever the peer or the path asks for.',
  }),
  number({
    name: 'net.ipv4.tcp_probe_threshold',
    field: 'probeThreshold',
    unit: 'octets',
    min: INT_MIN,
    max: INT_MAX,
    description: 'Path MTU probing rests when so little is left between what passes and what does not.',
  }),
  number({
    name: 'net.ipv4.tcp_probe_interval',
    field: 'probeIntervalS',
    unit: 's',
    min: 0,
    max: INTERVAL_MOST,
    description: 'After so long a rest path MTU probing begins anew.',
  }),
]
