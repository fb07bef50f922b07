import { type Micros, MS, SECOND } from '../../base/index.ts'
import { cubic, LAWS, type TcpPolicy } from '../../tcp/index.ts'
import { LINUX_BIND } from '../bind-rules.ts'
import type { HostConfig } from './config.ts'
import { LINUX_SYSCTLS } from './linux-sysctls.ts'
import { Personality } from './personality.ts'

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

const TCP: TcpPolicy = {
  synOptions: 'linux',
  rtoFloor: 'variance',
  lossDetection: 'time',
  repeatedAckNarrowsWindow: false,
  giveUp: 'modelled-time',
  orphanFinWait2Us,
  finWait2IsLight: true,
  shutdownRefusesText: true,
  dropsUnacknowledging: true,
  synAckRepeatsOffer: true,
  repeatsSynAfterReset: true,
  finWaitsForHandshake: true,
  resetsHalfOpenOnSyn: true,
  orphanRetriesDefault: 8,
  resetOnLingerTwoExpired: false,
  quickAcks: 16,
  windowProbe: 'old',
  sendsBursts: true,
  mssWithinHalfWindow: true,
  keepaliveOctet: false,
  acceptFromLastAck: true,
  answerAckOfUnsent: false,
  boundOldAcks: true,
  windowGrows: true,
  windowShare: 128,
  roundInitialWindow: true,
  scaleFor: 'largest',
  timestampTickUs: MS,
  resetUnaccepted: true,
  acceptQueueLimit: (backlog) => backlog + 1,
  laws: LAWS,
}

const CONFIG: HostConfig = {
  timeWaitUs: TIME_WAIT,
  finWait2Us: 60 * SECOND,
  timeWaitMax: 262_144,
  rfc1337: false,
  timeWaitReuse: 2,
  timeWaitReuseDelayUs: SECOND,
  synRetries: 6,
  synLinearTimeouts: 4,
  synAckRetries: 5,
  retries1: 3,
  retries2: 15,
  orphanRetries: 0,
  maxOrphans: 65_536,
  userTimeoutUs: 0,
  keepaliveIdleUs: 7200 * SECOND,
  keepaliveIntervalUs: 75 * SECOND,
  keepaliveProbes: 9,
  timestamps: true,
  windowScaling: true,
  sack: true,
  dsack: true,
  ecn: 2,
  ecnFallback: true,
  congestionControl: cubic,
  reordering: 3,
  maxReordering: 300,
  recovery: 1,
  earlyRetransmit: 3,
  frto: true,
  minRttWindowUs: 300 * SECOND,
  retransmitCollapse: true,
  thinLinearTimeouts: false,
  rtoInitialUs: SECOND,
  rtoMinUs: 200 * MS,
  rtoMaxUs: 120 * SECOND,
  delayedAckMinUs: 40 * MS,
  delayedAckMaxUs: 200 * MS,
  initialWindow: 10,
  slowStartAfterIdle: true,
  notSentLowat: Number.POSITIVE_INFINITY,
  moderateReceiveBuffer: true,
  sackCompressionUs: MS,
  sackCompressionMax: 44,
  receiveBuffer: 131_072,
  receiveBufferMax: 6_291_456,
  sendBuffer: 16_384,
  sendBufferMax: 4_194_304,
  acceptQueueMax: 4096,
  synQueueMax: 1024,
  fastOpen: 1,
  synCookies: 1,
  abortOnOverflow: false,
  challengeAckLimit: 2_147_483_647,
  invalidRateLimitUs: 500 * MS,
  standardUrgent: false,
  ttl: 64,
  hopLimit: 64,
  portFirst: 32_768,
  portLast: 60_999,
  reservedPorts: [],
  privilegedPorts: 1024,
  nonlocalBind4: false,
  nonlocalBind6: false,
  v6only: false,
  receiveBufferMin: 4096,
  sendBufferMin: 4096,
  receiveBufferGrant: 212_992,
  sendBufferGrant: 212_992,
  datagramReceiveBuffer: 212_992,
  datagramSendBuffer: 212_992,
  optionMemoryMax: 131_072,
  timestampOffsets: true,
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
    doublesBuffers: true,
    sendBufferLeast: 4608,
    receiveBufferLeast: 2304,
    unreachableEndsOpening: true,
  },
  sysctls: LINUX_SYSCTLS,
})
