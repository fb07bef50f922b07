import { Errno, MS, SECOND } from '../../base/index.ts'
import {
  arrivesByItsSequence,
  arrivesHalfOpen,
  boundedPersist,
  bufferSteps,
  ecnAsSaid,
  FastOpenBit,
  freeWindow,
  LAWS,
  octetCubic,
  octetReno,
  octetSending,
  queueRules,
  sackList,
  searchBlackHole,
  type TcpPolicy,
  takeUrgentApart,
  trimming,
} from '../../tcp/index.ts'
import { isHandedDown } from '../sockets/handed-down.ts'
import { socketAnswers } from '../sockets/socket-answers.ts'
import { FREEBSD_BIND } from './bind-rules.ts'
import type { HostConfig } from './config.ts'
import { FREEBSD_STATUS } from './freebsd-status.ts'
import { FREEBSD_SYSCTLS } from './freebsd-sysctls.ts'
import { BSD_ICMP } from './icmp-meanings.ts'
import { Personality } from './personality.ts'
import { RFC_POLICY } from './rfc-policy.ts'
import { RFC_CONFIG } from './rfc9293.ts'

/** kern.ipc.maxsockbuf. */
const MAXSOCKBUF = 2_097_152

/** Socket options are bits of one word (`so_options`, `t_flags`), and read so. */
const OPTION_BITS = {
  SO_REUSEADDR: 0x4,
  SO_KEEPALIVE: 0x8,
  SO_DONTROUTE: 0x10,
  SO_BROADCAST: 0x20,
  SO_LINGER: 0x80,
  SO_OOBINLINE: 0x100,
  SO_REUSEPORT: 0x200,
  SO_DEBUG: 0x1,
  SO_USELOOPBACK: 0x40,
  SO_TIMESTAMP: 0x400,
  SO_BINTIME: 0x2000,
  SO_NO_OFFLOAD: 0x4000,
  SO_NO_DDP: 0x8000,
  SO_RERROR: 0x20000,
  SO_NOSIGPIPE: 0x800,
  SO_REUSEPORT_LB: 0x10000,
  SO_ACCEPTCONN: 0x2,
  TCP_FASTOPEN: 0x80000000 | 0,
  TCP_NODELAY: 0x4,
  TCP_NOOPT: 0x8,
  TCP_NOPUSH: 0x1000,
  TCP_LRD: 0x10000000,
} as const

const RARE_OPTIONS = [
  ...['TCP_NOPUSH', 'TCP_NOOPT', 'TCP_KEEPINIT', 'TCP_MAXUNACKTIME', 'TCP_FUNCTION_BLK'],
  ...['SO_NOSIGPIPE', 'SO_REUSEPORT_LB', 'SO_USELOOPBACK', 'SO_BINTIME', 'SO_NO_OFFLOAD', 'SO_NO_DDP', 'SO_RERROR'],
  ...['SO_ACCEPTFILTER', 'SO_LISTENQLIMIT', 'SO_LISTENQLEN', 'SO_LISTENINCQLEN', 'SO_SETFIB', 'SO_USER_COOKIE'],
  ...[
    'SO_TS_CLOCK',
    'TCP_REMOTE_UDP_ENCAPS_PORT',
    'TCP_LRD',
    'TCP_REUSPORT_LB_NUMA',
    'TCP_LOG',
    'TCP_STATS',
    'TCP_LOGBUF',
    'TCP_TXTLS_MODE',
    'TCP_RXTLS_MODE',
  ],
  ...['IPV6_USE_MIN_MTU', 'IPV6_PORTRANGE', 'IPV6_BINDANY'],
  ...['IP_RECVDSTADDR', 'IP_RECVIF', 'IP_ONESBCAST', 'IP_DONTFRAG', 'IP_BINDANY', 'IP_PORTRANGE'],
]

const POLICY: TcpPolicy = {
  ...RFC_POLICY,

  // Opening
  padsWithZeros: true,
  maxSegmentIsAnnounced: false,
  // Whatever net.inet.tcp.minmss says.
  smallestMss: 64,
  scaleFor: 'largest',
  refusesStrangeEcho: false,
  ecnAsSaid,
  lightHalfOpen: arrivesHalfOpen,
  fullQueueRefusesSyn: false,
  // sonewconn: a listener holds half as many again as its backlog says.
  acceptQueueLimit: (backlog) => Math.floor((3 * backlog) / 2) + 1,
  cookieHoldsOptions: true,
  timesSynAck: false,
  slowTimeoutAfterLostSyn: false,
  synLossesForgiven: 0,
  lostSynCostsThreshold: true,
  closedOpensWide: true,

  // What arrives
  trimming,
  takeUrgentApart,
  repeatedAckNarrowsWindow: false,
  windowFollowsSequence: true,
  icmpIsDoubted: true,

  // Receiving
  freeWindow,
  bufferSteps,
  acksEverySecond: true,
  acksRepeatFin: true,
  sackList,
  queueRules,
  respondsBare: true,
  discardsUnwanted: true,
  errorBeforeEnd: true,

  // Sending
  burstsPassNagle: true,
  windowGrowsUnused: true,
  pushesWhatIsLast: true,
  resendsFromBuffer: true,
  urgentIsToldAtOnce: true,
  closedWindowEndsTimeouts: true,
  finTakesRoom: false,

  // Losses, round trips, timeouts and probes
  roundTripsAreTicks: true,
  windowCountsOctets: true,
  noDelayWaits: true,
  octetSending,
  sacksOfSmallCountNot: true,
  timeoutsAreReckonedAnew: true,
  userTimeoutFromProgress: true,
  searchBlackHole,
  boundedPersist,
  resetsOnGivingUp: true,

  // Closing, orphans and TIME-WAIT
  closeForgetsOpening: true,
  fastOpenAnswersLate: true,
  fastOpenSparesPaths: true,
  fastOpenRepeatsCookie: true,
  fastOpenWithinBacklog: true,
  fastOpenHoldsPlaceUs: 0,
  abortsWhileClosing: true,
  orphanRetriesDefault: 12,
  orphansLastAsLong: true,
  finWait2EndsIdle: true,
  resetOnLingerTwoExpired: false,
  keepaliveUntilFin: true,
  timeWaitBySequence: arrivesByItsSequence,

  // Unread data is thrown away at close(), and the FIN leaves as if it had been read.
  laws: { ...LAWS, unreadDataResets: false },
}

const CONFIG: HostConfig = {
  ...RFC_CONFIG,
  // net.inet.tcp.hostcache.expire
  pathMtuLifeUs: 3600 * SECOND,

  // Opening
  // As often as any segment.
  synRetries: 0,
  synLinearTimeouts: 0,
  synAckRetries: 3,
  keepInitUs: 75 * SECOND,
  ecn: 2,
  ecnOption: 0,
  ecnRetries: 1,
  mssDefaultV4: 536,
  mssDefaultV6: 1220,
  leastMss: 216,
  windowScaleFor: MAXSOCKBUF,

  // Listeners, SYN cookies, Fast Open
  acceptQueueMax: 128,
  synQueueMax: 15_360,
  abortOnOverflow: true,
  synCookies: 1,
  v6only: true,
  fastOpen: FastOpenBit.CLIENT,
  fastOpenPauseUs: 900 * SECOND,
  fastOpenBlackHoleUs: 0,

  // What arrives
  challengeAckLimit: 2_147_483_647,
  challengeAckBurst: 5,
  invalidRateLimitUs: SECOND,
  toleratesMissingTimestamps: true,

  // Receiving
  delayedAckMinUs: 40 * MS,
  delayedAckMaxUs: 40 * MS,
  earlyStretchesMax: 100,
  moderateReceiveBuffer: true,
  receiveBufferGrant: MAXSOCKBUF,

  // Buffers
  receiveBuffer: 65_536,
  receiveBufferMax: MAXSOCKBUF,
  sendBuffer: 32_768,
  sendBufferMax: MAXSOCKBUF,

  // Sending
  congestionControl: octetCubic,
  abcLimit: 2,
  // Three duplicates mean loss, however much the path reorders.
  maxReordering: 3,

  // Timeouts and probes
  rtoInitialUs: SECOND,
  rtoMinUs: 30 * MS,
  rtoMaxUs: 64 * SECOND,
  rtoSlopUs: 200 * MS,
  persistMinUs: 5 * SECOND,
  persistMaxUs: 60 * SECOND,
  // What a router said of a path is not doubted.
  retries1: 0,
  retries2: 12,
  userTimeoutUs: 0,
  alwaysKeepalive: true,
  keepaliveProbes: 8,

  // Closing and TIME-WAIT
  finWait2Us: 60 * SECOND,
  fastFinWait2: false,
  timeWaitUs: 60 * SECOND,
  timeWaitMax: 27_767,
  rfc1337: true,

  // The host around it
  sendBufferGrant: MAXSOCKBUF,
  portFirst: 10_000,
  portLast: 65_535,
}

/** FreeBSD 15's default TCP stack, from its manual pages and the rules and values of its source; not measured (docs/freebsd.md). */
export const freebsd: Personality = new Personality({
  name: 'freebsd',
  title: 'FreeBSD 15',
  tcp: POLICY,
  config: CONFIG,
  errno: 'freebsd',
  bind: FREEBSD_BIND,
  sockets: {
    icmp: BSD_ICMP,
    tellsSoftErrors: false,
    socketAnswersFirst: socketAnswers,
    waysAreAskedFirst: true,
    kindIsAskedFirst: false,
    otherFamily: Errno.EINVAL,
    addressIsExact: true,
    acceptHandsDownNonblocking: true,
    handsDown: isHandedDown,
    timeoutsBoundCalls: false,
    timeoutsInTicks: false,
    lingersAsCallsWait: true,
    beyondMemory: Errno.EINVAL,
    sendMayEnd: true,
    streamsEndRecords: false,
    streamsTakeControl: false,
    cutUrgentIsTold: false,
    tellsFlagsGiven: true,
    textWakesWriters: false,
    tellsWriteQueue: true,
    corksDatagrams: false,
    cutsUnlessForbidden: true,
    protocolTakesOptions: true,
    timeoutBoundsStay: false,
    lowWaterIsBounded: true,
    largerBufferWakes: false,
    pacesSockets: false,
    keepsWholeTos: true,
    hopsAreTakenAsGiven: true,
    takesRoutesAlone: true,
    tellsHeaderIncluded: false,
    streamsAskForPath: false,
    checksSignatures: false,
    fastOpenIsSwitch: true,
    cookiesPerPort: true,
    handsDownAlgorithm: true,
    unknownAlgorithm: Errno.ESRCH,
    status: FREEBSD_STATUS,
    sendConnects: true,
    optionBits: OPTION_BITS,
    rareOptions: RARE_OPTIONS,
    bufferRefusal: true,
    keepSeconds: [0, 4_294_967],
    keepCounts: [-2_147_483_648, 2_147_483_647],
    lingerIsBounded: true,
    congestionNames: { newreno: octetReno, cubic: octetCubic },
    doublesBuffers: false,
    sendBufferLeast: 1,
    receiveBufferLeast: 1,
    unreachableEndsOpening: false,
    hardErrorsEnd: false,
    reportsDelivery: false,
    takesSourceRoutes: false,
  },
  sysctls: FREEBSD_SYSCTLS,
})
