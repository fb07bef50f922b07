import { LAWS, type TcpConfig, type TcpPolicy } from '../../src/tcp/index.ts'
const S = 1_000_000
const config: TcpConfig = {
  timeWaitUs: 60 * S, finWait2Us: 60 * S, timeWaitMax: 262144, rfc1337: false, timeWaitReuse: 2, timeWaitReuseDelayUs: S,
  synRetries: 6, synLinearTimeouts: 4, synAckRetries: 5, retries1: 3, retries2: 15, orphanRetries: 0, maxOrphans: 65536, userTimeoutUs: 0,
  keepaliveIdleUs: 7200 * S, keepaliveIntervalUs: 75 * S, keepaliveProbes: 9, timestamps: true, windowScaling: true, sack: true,
  rtoInitialUs: S, rtoMinUs: 200_000, rtoMaxUs: 120 * S, delayedAckMinUs: 40_000, delayedAckMaxUs: 200_000, initialWindow: 10, slowStartAfterIdle: true,
  receiveBuffer: 131072, receiveBufferMax: 6291456, sendBuffer: 87040, sendBufferMax: 4194304, acceptQueueMax: 4096, synQueueMax: 1024, abortOnOverflow: false,
  challengeAckLimit: 2147483647, invalidRateLimitUs: 500_000, standardUrgent: false,
}
const tcp: TcpPolicy = {
  synOptions: 'linux', rtoFloor: 'variance', giveUp: 'modelled-time', orphanFinWait2Us: (c, rto) => { const v = Math.max(c, 3.5 * rto); return v <= 60 * S ? v : 2 * (v - 60 * S) }, finWait2IsLight: true, repeatsSynAfterReset: true, resetsHalfOpenOnSyn: true, orphanRetriesDefault: 8,
  resetOnLingerTwoExpired: false, quickAcks: 16, windowProbe: 'old', fillsSmallWindows: true, keepaliveOctet: false, acceptFromLastAck: true, answerAckOfUnsent: false, boundOldAcks: true,
  windowShare: 128, roundInitialWindow: true, scaleFor: 'largest', timestampTickUs: 1000, resetUnaccepted: true, acceptQueueLimit: (n) => n + 1, laws: LAWS,
}
export const linux = { config, tcp }
export const rfc9293 = {
  config: { ...config, timeWaitUs: 240 * S, rtoMinUs: S, userTimeoutUs: 300 * S, delayedAckMinUs: 200_000, initialWindow: 4 },
  tcp: { ...tcp, rtoFloor: 'whole', giveUp: 'count', quickAcks: 0, windowProbe: 'new', fillsSmallWindows: false, acceptFromLastAck: false, answerAckOfUnsent: true, finWait2IsLight: false, repeatsSynAfterReset: false, resetsHalfOpenOnSyn: false, windowShare: 256, roundInitialWindow: false, scaleFor: 'socket' } as TcpPolicy,
}
