import { type Micros, MS, SECOND } from '../../base/index.ts'
import { CUBIC_SETTINGS, cubic, type PacketBuffers, type TcpPolicy } from '../../tcp/index.ts'
import { LINUX_BIND } from './bind-rules.ts'
import type { HostConfig } from './config.ts'
import { LINUX_SYSCTLS } from './linux-sysctls.ts'
import { Personality } from './personality.ts'
import { RFC_POLICY } from './rfc-policy.ts'
import { COMMON_SOCKETS } from './socket-rules.ts'

/** TCP_TIMEWAIT_LEN: compiled in, whatever `tcp_fin_timeout` says. */
const TIME_WAIT: Micros = 60 * SECOND

/**
 * An orphan's FIN-WAIT-2 (`tcp_rcv_state_process`, `tcp_fin_time`). Up to 60 s a TIME-WAIT-like record waits as long as is
 * configured. Above, a keep-alive timer first runs for what exceeds 60 s; then the record is made, to wait for the excess
 * once more: 65 gives 10 s, 90 gives 60 s.
 */
function orphanFinWait2Us(configured: Micros, rto: Micros): Micros {
  // Never less than three and a half RTOs, so that a lost FIN can be sent again.
  const time = Math.max(configured, 3.5 * rto)
  return time <= TIME_WAIT ? time : 2 * (time - TIME_WAIT)
}

/**
 * What skb->truesize is of packets that come by a TUN device: a descriptor, the place for what all sharers of the octets must know, and
 * a block of the kernel's sizes for the octets themselves.
 */
const PACKET_BUFFERS: PacketBuffers = {
  sizes: [
    { holds: 256, memory: 832 },
    { holds: 704, memory: 1280 },
    { holds: 1728, memory: 2304 },
    { holds: 3776, memory: 4352 },
  ],
  page: 4096,
  headroom: 64,
  copiedMost: 3776,
}

const TCP: TcpPolicy = {
  ...RFC_POLICY,

  // Opening
  synOptions: 'sack-timestamps-scale',
  scaleFor: 'largest',
  roundInitialWindow: true,
  synAckRepeatsOffer: true,
  acknowledgesCrossedSynAck: true,
  crossedAckNeedsNoNews: true,
  crossedOpenIsSynchronised: true,
  repeatsSynAfterReset: true,
  resetsHalfOpenOnSyn: true,
  synAckTextNeedsFastOpen: true,
  accurateEcnUnasked: true,
  halfOpenIsRequest: true,
  acceptQueueLimit: (backlog) => backlog + 1,

  // What arrives
  dropsUnacknowledging: true,
  acceptFromLastAck: true,
  takesResetAtFin: true,
  forgivingPaws: true,
  oldAckTellsNoTime: true,
  answerAckOfUnsent: false,
  repeatedAckNarrowsWindow: false,
  guessesPathMtu: false,
  urgentAtZero: true,

  // Receiving
  packetBuffers: PACKET_BUFFERS,
  windowGrows: true,
  windowShare: 128,
  quickAcks: 16,
  acksWithinWindow: true,
  resetKeepsService: true,
  tosHasCodepoint: true,

  // Sending
  sendBufferOverhead: 832,
  emptySendIsNothing: true,
  shortSendEndsUrgent: true,
  sendsBursts: true,
  mssWithinHalfWindow: true,
  nagleWaitsForAll: false,
  noDelayPassesCork: true,
  overrideIsProbe: true,

  // Losses, round trips, timeouts and probes
  rtoFloor: 'variance',
  leastWaitUs: 200 * MS,
  skipsKnownBlocks: true,
  lossDetection: 'time',
  copiesPileUp: true,
  resendingIsActivity: true,
  routersStopTheClock: true,
  changesPath: true,
  doubtForgetsPathMtu: false,
  giveUp: 'modelled-time',
  windowProbe: 'old',
  probesBeginAnew: false,

  // Closing, orphans and TIME-WAIT
  finWaitsForHandshake: true,
  shutdownRefusesText: true,
  orphanFinWait2Us,
  finWait2IsLight: true,
  resetOnLingerTwoExpired: false,
  timeWaitRestartsOnAck: true,
}

const CONFIG: HostConfig = {
  // Opening
  synRetries: 6,
  synLinearTimeouts: 4,
  synAckRetries: 5,
  keepInitUs: 0,
  synDropsOptions: false,
  timestamps: true,
  windowScaling: true,
  sack: true,
  dsack: true,
  ecn: 2,
  ecnFallback: true,
  ecnOption: 2,
  ecnOptionBeacon: 3,
  ecnRetries: 0,
  mssDefaultV4: 0,
  mssDefaultV6: 0,
  leastMss: 0,
  leastAnnouncedV4: 256,
  leastAnnouncedV6: 1220,
  windowScaleFor: 0,

  // Listeners, SYN cookies, Fast Open
  acceptQueueMax: 4096,
  synQueueMax: 1024,
  abortOnOverflow: false,
  synCookies: 1,
  synCookiesOnly: false,
  fastOpen: 1,
  fastOpenPauseUs: 0,
  fastOpenBlackHoleUs: 0,

  // What arrives
  challengeAckLimit: 2_147_483_647,
  challengeAckBurst: 1,
  invalidRateLimitUs: 500 * MS,
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
  delayedAckMinUs: 40 * MS,
  delayedAckMaxUs: 200 * MS,
  pingpongThreshold: 1,
  sackCompressionUs: MS,
  sackCompressionMax: 44,
  earlyStretchesMax: Number.POSITIVE_INFINITY,
  moderateReceiveBuffer: true,
  receiveBufferGrant: 4_194_304,
  shrinkWindow: false,
  applicationWindow: 31,
  signedWindows: false,

  // Buffers
  receiveBuffer: 131_072,
  receiveBufferMax: 33_554_432,
  sendBuffer: 16_384,
  sendBufferMax: 4_194_304,
  sendBufferGrows: true,
  sendBufferStep: 8192,
  sendBufferLowat: false,
  notSentLowat: Number.POSITIVE_INFINITY,

  // Sending
  congestionControl: cubic,
  initialWindow: 10,
  initialWindowByOctets: true,
  slowStartAfterIdle: true,
  abcLimit: Number.POSITIVE_INFINITY,
  byteCounting: true,
  renoShare: 50,
  renoShareOfMarks: 80,
  backsOffLessOfMarks: false,
  windowGrowsInUse: false,
  pacingRatioSlowStart: 200,
  pacingRatioAvoidance: 120,
  cubic: CUBIC_SETTINGS,
  burstSegmentsLeast: 2,
  burstRttLog: 9,
  burstWindowDivisor: 3,
  noMetricsSave: false,
  noThresholdSave: true,

  // Losses
  reordering: 3,
  maxReordering: 300,
  recovery: 1,
  earlyRetransmit: 3,
  limitedTransmit: true,
  rateReduction: true,
  reductionIsConservative: false,
  findsLostRetransmissions: true,
  frto: true,
  minRttWindowUs: 300 * SECOND,
  retransmitCollapse: true,
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
  rtoMinUs: 200 * MS,
  rtoMaxUs: 120 * SECOND,
  rtoSlopUs: 0,
  persistMinUs: 0,
  persistMaxUs: 0,
  retries1: 3,
  retries2: 15,
  userTimeoutUs: 0,
  alwaysKeepalive: false,
  keepaliveIdleUs: 7200 * SECOND,
  keepaliveIntervalUs: 75 * SECOND,
  keepaliveProbes: 9,

  // Closing and TIME-WAIT
  orphanRetries: 0,
  maxOrphans: 65_536,
  finWait2Us: 60 * SECOND,
  fastFinWait2: true,
  timeWaitUs: TIME_WAIT,
  timeWaitMax: 262_144,
  rfc1337: false,
  timeWaitReuse: 2,
  timeWaitReuseDelayUs: SECOND,
  noLocalTimeWait: false,

  // The host around it
  fastOpenSwitchedOff: 0,
  ttl: 64,
  hopLimit: 64,
  flowLabels: 1,
  changesPath: true,
  portFirst: 32_768,
  portLast: 60_999,
  reservedPorts: [],
  autobindReuse: false,
  privilegedPorts: 1024,
  nonlocalBind4: false,
  nonlocalBind6: false,
  v6only: false,
  unackedMaxUs: 0,
  receiveBufferMin: 4096,
  sendBufferMin: 4096,
  sendBufferGrant: 4_194_304,
  datagramReceiveBuffer: 212_992,
  datagramSendBuffer: 212_992,
  optionMemoryMax: 131_072,
  timestampOffsets: true,
  leastPathMtu: 552,
  pathMtuLifeUs: 600 * SECOND,
  noPathMtuDiscovery: 0,
  reflectTos: false,
  migrateRequests: false,
  reassembly4Us: 30 * SECOND,
  reassembly6Us: 60 * SECOND,
  reassemblyOctets4: 4_194_304,
  reassemblyOctets6: 4_194_304,
  ignoreEcho: false,
}

/** Linux 6.18, measured. */
export const linux: Personality = new Personality({
  name: 'linux',
  title: 'Linux 6.18',
  tcp: TCP,
  config: CONFIG,
  errno: 'linux',
  bind: LINUX_BIND,
  sockets: {
    ...COMMON_SOCKETS,
    doublesBuffers: true,
    sendBufferLeast: 4608,
    receiveBufferLeast: 2304,
    unreachableEndsOpening: true,
    hardErrorsEnd: false,
    reportsDelivery: false,
    takesSourceRoutes: false,
  },
  sysctls: LINUX_SYSCTLS,
})
