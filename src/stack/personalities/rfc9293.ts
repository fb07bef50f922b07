import { MS, SECOND } from '../../base/index.ts'
import { cubic, newReno } from '../../tcp/index.ts'
import { BSD_BIND } from '../bind-rules.ts'
import { RFC_ICMP } from '../icmp-meanings.ts'
import { algorithm, number, onOff, type SysctlDefinition } from '../sysctl/definition.ts'
import type { HostConfig } from './config.ts'
import { Personality } from './personality.ts'
import { RFC_POLICY } from './rfc-policy.ts'
import { COMMON_SOCKETS } from './socket-rules.ts'

/** RFC 9293, 1122, 6298, 6928, 7323, 6056 where they name a number. */
export const RFC_CONFIG: HostConfig = {
  // Opening
  // RFC 1122 §4.2.3.5: R2 of a SYN at least three minutes: 1 + 2 + 4 + … + 128 s.
  // MUST-23: with the timeout at most a minute: 183 s
  synRetries: 7,
  synLinearTimeouts: 0,
  synAckRetries: 7,
  keepInitUs: 0,
  synDropsOptions: false,
  timestamps: true,
  windowScaling: true,
  sack: true,
  dsack: true,
  ecn: 0,
  ecnFallback: true,
  ecnOption: 2,
  ecnOptionBeacon: 3,
  ecnRetries: 0,
  mssDefaultV4: 0,
  mssDefaultV6: 0,
  leastMss: 0,
  windowScaleFor: 0,

  // Listeners, SYN cookies, Fast Open
  acceptQueueMax: 128,
  synQueueMax: 1024,
  abortOnOverflow: false,
  synCookies: 0,
  synCookiesOnly: false,
  fastOpen: 0,
  fastOpenPauseUs: 0,
  fastOpenBlackHoleUs: 0,

  // What arrives
  challengeAckLimit: 10,
  challengeAckBurst: 1,
  invalidRateLimitUs: 0,
  insecureRst: false,
  insecureSyn: false,
  insecureAck: false,
  dropSynFin: false,
  blackhole: 0,
  icmpMayReset: true,
  toleratesMissingTimestamps: true,
  standardUrgent: false,

  // Receiving
  delayedAck: true,
  delayedAckMinUs: 200 * MS,
  delayedAckMaxUs: 200 * MS,
  pingpongThreshold: 1,
  sackCompressionUs: 0,
  sackCompressionMax: 0,
  earlyStretchesMax: Number.POSITIVE_INFINITY,
  moderateReceiveBuffer: false,
  receiveBufferGrant: 1_048_576,
  shrinkWindow: false,

  // Buffers
  receiveBuffer: 65_536,
  receiveBufferMax: 65_536,
  sendBuffer: 65_536,
  sendBufferMax: 65_536,
  sendBufferGrows: true,
  sendBufferStep: 8192,
  sendBufferLowat: false,
  notSentLowat: Number.POSITIVE_INFINITY,

  // Sending
  congestionControl: newReno,
  initialWindow: 10,
  slowStartAfterIdle: true,
  abcLimit: Number.POSITIVE_INFINITY,
  windowGrowsInUse: false,
  pacingRatioSlowStart: 200,
  pacingRatioAvoidance: 120,
  burstSegmentsLeast: 2,
  burstRttLog: 9,
  burstWindowDivisor: 3,
  noMetricsSave: true,
  noThresholdSave: true,

  // Losses
  reordering: 3,
  maxReordering: 300,
  recovery: 0,
  earlyRetransmit: 0,
  limitedTransmit: true,
  rateReduction: true,
  reductionIsConservative: false,
  frto: false,
  minRttWindowUs: 300 * SECOND,
  retransmitCollapse: false,
  thinLinearTimeouts: false,

  // How large segments may be
  pathMtuDiscovery: true,
  minSendMss: 48,
  mtuProbing: 0,
  baseMss: 1024,
  mtuProbeFloor: 48,
  probeThreshold: 8,
  probeIntervalS: 600,
  hostCache: true,
  blackHoleDetection: 0,
  blackHoleMssV4: 1200,
  blackHoleMssV6: 1220,

  // Timeouts and probes
  rtoInitialUs: SECOND,
  rtoMinUs: SECOND,
  rtoMaxUs: 60 * SECOND,
  rtoSlopUs: 0,
  persistMinUs: 0,
  persistMaxUs: 0,
  // SHLD-10: R1
  retries1: 3,
  // R2 at least 100 s; ten retransmissions from one second take 17 minutes, from there the user timeout decides.
  // SHLD-11: R2: 1 s doubling up to a minute, ten times
  retries2: 10,
  userTimeoutUs: 300 * SECOND,
  alwaysKeepalive: false,
  // MUST-28: two hours
  keepaliveIdleUs: 7200 * SECOND,
  keepaliveIntervalUs: 75 * SECOND,
  keepaliveProbes: 9,

  // Closing and TIME-WAIT
  orphanRetries: 0,
  maxOrphans: 65_536,
  finWait2Us: 600 * SECOND,
  fastFinWait2: true,
  // MUST-13: a lifetime is two minutes (§3.4.2)
  timeWaitUs: 240 * SECOND,
  timeWaitMax: 1_000_000,
  rfc1337: true,
  timeWaitReuse: 0,
  timeWaitReuseDelayUs: SECOND,
  noLocalTimeWait: false,

  // The host around it
  fastOpenSwitchedOff: 0,
  ttl: 64,
  hopLimit: 64,
  flowLabels: 1,
  changesPath: true,
  portFirst: 49_152,
  portLast: 65_535,
  reservedPorts: [],
  privilegedPorts: 1024,
  nonlocalBind4: false,
  nonlocalBind6: false,
  v6only: false,
  receiveBufferMin: 4096,
  sendBufferMin: 4096,
  sendBufferGrant: 1_048_576,
  datagramReceiveBuffer: 65_536,
  datagramSendBuffer: 65_536,
  optionMemoryMax: 131_072,
  timestampOffsets: true,
  leastPathMtu: 68,
  pathMtuLifeUs: Number.POSITIVE_INFINITY,
  noPathMtuDiscovery: 0,
  reflectTos: false,
  migrateRequests: false,
  ignoreEcho: false,
}

const SYSCTLS: readonly SysctlDefinition[] = [
  number({
    name: 'tcp.msl',
    field: 'timeWaitUs',
    unit: 's',
    scale: 2 * SECOND,
    min: 1,
    max: 3600,
    description: 'Maximum segment lifetime (RFC 9293 §3.4.2: 2 minutes); TIME-WAIT lasts twice as long.',
  }),
  number({
    name: 'tcp.user_timeout',
    field: 'userTimeoutUs',
    unit: 's',
    scale: SECOND,
    min: 0,
    max: 86_400,
    description: 'USER TIMEOUT of every connection (RFC 9293 §3.10.8: 5 minutes); 0: none.',
  }),
  number({
    name: 'tcp.r1',
    field: 'retries1',
    unit: 'attempts',
    min: 0,
    max: 255,
    description: 'Retransmissions after which the route is doubted (RFC 9293 §3.8.3, R1).',
  }),
  number({
    name: 'tcp.r2',
    field: 'retries2',
    unit: 'attempts',
    min: 1,
    max: 255,
    description: 'Retransmissions after which a connection is given up (RFC 9293 §3.8.3, R2).',
  }),
  number({
    name: 'tcp.syn_r2',
    field: 'synRetries',
    unit: 'attempts',
    min: 1,
    max: 255,
    description: 'Retransmissions of a SYN: at least three minutes of them (RFC 9293 §3.8.3).',
  }),
  number({
    name: 'tcp.rto_initial',
    field: 'rtoInitialUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 60_000,
    description: 'First retransmission timeout (RFC 6298 §2.1: 1 s).',
  }),
  number({
    name: 'tcp.rto_min',
    field: 'rtoMinUs',
    unit: 'ms',
    scale: MS,
    min: 1,
    max: 60_000,
    description: 'The least retransmission timeout (RFC 6298 §2.4: 1 s).',
  }),
  number({
    name: 'tcp.rto_max',
    field: 'rtoMaxUs',
    unit: 'ms',
    scale: MS,
    min: 1000,
    max: 600_000,
    description: 'The longest retransmission timeout (RFC 6298 §2.5: at least 60 s).',
  }),
  number({
    name: 'tcp.delayed_ack',
    field: 'delayedAckMaxUs',
    unit: 'ms',
    scale: MS,
    min: 0,
    // MUST-40: below half a second
    max: 499,
    description: 'How long an ACK may be delayed (RFC 1122 §4.2.3.2: below 0.5 s).',
  }),
  number({
    name: 'tcp.keepalive_time',
    field: 'keepaliveIdleUs',
    unit: 's',
    scale: SECOND,
    min: 1,
    max: 8_589_934,
    description: 'Idle time before keep-alive probes (RFC 1122 §4.2.3.6: at least two hours), of sockets that asked.',
  }),
  number({
    name: 'tcp.initial_window',
    field: 'initialWindow',
    unit: 'packets',
    min: 1,
    max: 100,
    description: 'Initial congestion window, segments (RFC 6928: 10).',
  }),
  onOff({
    name: 'tcp.rfc1337',
    field: 'rfc1337',
    description: '1: RSTs are ignored in TIME-WAIT (RFC 1337).',
  }),
  onOff({ name: 'tcp.timestamps', field: 'timestamps', description: 'RFC 7323 timestamps.' }),
  onOff({ name: 'tcp.window_scaling', field: 'windowScaling', description: 'RFC 7323 window scaling.' }),
  onOff({ name: 'tcp.sack', field: 'sack', description: 'RFC 2018 selective acknowledgments.' }),
  onOff({ name: 'tcp.dsack', field: 'dsack', description: 'RFC 2883: SACK blocks report what arrived twice.' }),
  number({
    name: 'tcp.ecn',
    field: 'ecn',
    unit: 'switch',
    min: 0,
    max: 2,
    description: 'RFC 3168 congestion marks: 0 never, 1 asks for them and accepts, 2 accepts when the peer asks.',
  }),
  onOff({
    name: 'tcp.ecn_fallback',
    field: 'ecnFallback',
    description: '1: a SYN that asked for ECN and was not answered is sent again without (RFC 3168 §6.1.1.1).',
  }),
  algorithm({
    name: 'tcp.congestion_control',
    names: { reno: newReno, cubic },
    description: 'The congestion window of new sockets: RFC 5681 and 6582 (reno), or RFC 9438 (cubic).',
  }),
  onOff({
    name: 'tcp.frto',
    field: 'frto',
    description: 'RFC 5682: after a timeout new data shows whether it was needless; then it costs nothing.',
  }),
  number({
    name: 'ip.ttl',
    field: 'ttl',
    unit: 'hops',
    min: 1,
    max: 255,
    description: 'TTL of IPv4 packets.',
  }),
]

/** A host that follows the letter of RFC 9293 and its companions. */
export const rfc9293: Personality = new Personality({
  name: 'rfc9293',
  title: 'RFC 9293',
  tcp: RFC_POLICY,
  config: RFC_CONFIG,
  errno: 'linux',
  bind: BSD_BIND,
  sockets: {
    ...COMMON_SOCKETS,
    doublesBuffers: false,
    sendBufferLeast: 2048,
    receiveBufferLeast: 2048,
    unreachableEndsOpening: false,
    icmp: RFC_ICMP,
    hardErrorsEnd: true,
    reportsDelivery: true,
    takesSourceRoutes: true,
  },
  sysctls: SYSCTLS,
})
