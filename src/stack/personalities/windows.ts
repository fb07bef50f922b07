import { MS, SECOND } from '../../base/index.ts'
import { takeUrgentApart } from '../../tcp/index.ts'
import { number, numbers, onOff, type SysctlDefinition } from '../sysctl/definition.ts'
import { WINDOWS_BIND } from './bind-rules.ts'
import { Personality } from './personality.ts'
import { RFC_POLICY } from './rfc-policy.ts'
import { RFC_CONFIG } from './rfc9293.ts'
import { COMMON_SOCKETS } from './socket-rules.ts'

/** Values of the registry key HKLM\SYSTEM\CurrentControlSet\Services\Tcpip\Parameters. */
const REGISTRY: readonly SysctlDefinition[] = [
  number({
    name: 'TcpTimedWaitDelay',
    field: 'timeWaitUs',
    unit: 's',
    scale: SECOND,
    min: 30,
    max: 300,
    formerly: '240 is the documented default of old releases; newer ones use 120 or less',
    description: 'The length of TIME-WAIT (2·MSL).',
  }),
  number({
    name: 'KeepAliveTime',
    field: 'keepaliveIdleUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 4_294_967_295,
    description: 'Idle time before the first keep-alive probe; only of sockets with SO_KEEPALIVE.',
  }),
  number({
    name: 'KeepAliveInterval',
    field: 'keepaliveIntervalUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 4_294_967_295,
    description: 'Time between unanswered keep-alive probes.',
  }),
  number({
    name: 'TcpMaxDataRetransmissions',
    field: 'retries2',
    unit: 'attempts',
    min: 0,
    max: 255,
    description: 'Retransmissions after which a connection is given up.',
  }),
  number({
    name: 'TcpMaxConnectRetransmissions',
    field: 'synRetries',
    unit: 'attempts',
    min: 0,
    max: 255,
    description: 'Retransmissions of a SYN before connect() fails.',
  }),
  numbers({
    name: 'Tcp1323Opts',
    unit: 'switch',
    range: '0 to 3',
    description: 'RFC 7323: 0 nothing, 1 window scaling, 2 timestamps, 3 both.',
    read: (config) => [(config.windowScaling ? 1 : 0) + (config.timestamps ? 2 : 0)],
    write: (config, [value]) => {
      if (value === undefined || value < 0 || value > 3) return false
      config.windowScaling = (value & 1) !== 0
      config.timestamps = (value & 2) !== 0
      return true
    },
  }),
  onOff({ name: 'SackOpts', field: 'sack', description: 'RFC 2018 selective acknowledgments.' }),
  number({
    name: 'MaxUserPort',
    field: 'portLast',
    unit: 'port',
    min: 5000,
    max: 65_535,
    description: 'Last port that connect() and bind(0) choose from.',
  }),
  number({
    name: 'DefaultTTL',
    field: 'ttl',
    unit: 'hops',
    min: 1,
    max: 255,
    description: 'TTL of IPv4 packets.',
  }),
]

/** Windows, from the documented registry values; TIME-WAIT as in the releases whose 240 s everybody cites. Not measured. */
export const windows: Personality = new Personality({
  name: 'windows',
  title: 'Windows',
  tcp: {
    ...RFC_POLICY,
    takeUrgentApart,
    synOptions: 'scale-timestamps-sack',
    resetOnLingerTwoExpired: false,
    windowProbe: 'new',
    keepaliveOctet: true,
    acceptQueueLimit: (backlog) => Math.max(1, backlog),
  },
  config: {
    ...RFC_CONFIG,
    toleratesMissingTimestamps: true,
    timeWaitUs: 240 * SECOND,
    finWait2Us: 240 * SECOND,
    rfc1337: false,
    synRetries: 2,
    synAckRetries: 2,
    retries2: 5,
    userTimeoutUs: 0,
    keepaliveIntervalUs: SECOND,
    keepaliveProbes: 10,
    timestamps: false,
    rtoMinUs: 300 * MS,
    delayedAckMinUs: 200 * MS,
    delayedAckMaxUs: 200 * MS,
    rtoInitialUs: 3 * SECOND,
    receiveBuffer: 65_536,
    receiveBufferMax: 16_777_216,
    sendBuffer: 65_536,
    sendBufferMax: 16_777_216,
    acceptQueueMax: 200,
    ttl: 128,
    hopLimit: 128,
    portFirst: 49_152,
    portLast: 65_535,
    privilegedPorts: 0,
    v6only: true,
  },
  errno: 'windows',
  bind: WINDOWS_BIND,
  sockets: {
    ...COMMON_SOCKETS,
    doublesBuffers: false,
    sendBufferLeast: 1,
    receiveBufferLeast: 1,
    unreachableEndsOpening: false,
    hardErrorsEnd: false,
    reportsDelivery: false,
    takesSourceRoutes: false,
    rareOptions: ['SO_EXCLUSIVEADDRUSE'],
  },
  sysctls: REGISTRY,
})
