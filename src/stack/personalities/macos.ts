import { MS, SECOND } from '../../base/index.ts'
import { cubic, takeUrgentApart } from '../../tcp/index.ts'
import { BSD_BIND } from './bind-rules.ts'
import { BSD_SYSCTLS, MACOS_ONLY, REXMIT_SLOP_MS } from './bsd-sysctls.ts'
import { Personality } from './personality.ts'
import { RFC_POLICY } from './rfc-policy.ts'
import { RFC_CONFIG } from './rfc9293.ts'
import { COMMON_SOCKETS } from './socket-rules.ts'

/** macOS, from its sysctls' documented defaults; not measured. */
export const macos: Personality = new Personality({
  name: 'macos',
  title: 'macOS',
  tcp: {
    ...RFC_POLICY,
    takeUrgentApart,
    resetOnLingerTwoExpired: false,
    acceptQueueLimit: (backlog) => Math.floor((3 * backlog) / 2) + 1,
  },
  config: {
    ...RFC_CONFIG,
    toleratesMissingTimestamps: true,
    timeWaitUs: 30 * SECOND,
    finWait2Us: 60 * SECOND,
    rfc1337: false,
    synRetries: 12,
    synAckRetries: 3,
    retries2: 12,
    userTimeoutUs: 0,
    keepaliveProbes: 8,
    // As on FreeBSD.
    rtoMinUs: (100 + REXMIT_SLOP_MS) * MS,
    rtoMaxUs: 64 * SECOND,
    delayedAckMinUs: 100 * MS,
    delayedAckMaxUs: 100 * MS,
    congestionControl: cubic,
    moderateReceiveBuffer: true,
    receiveBuffer: 131_072,
    receiveBufferMax: 4_194_304,
    sendBuffer: 131_072,
    sendBufferMax: 4_194_304,
    receiveBufferGrant: 8_388_608,
    sendBufferGrant: 8_388_608,
    acceptQueueMax: 128,
  },
  errno: 'macos',
  bind: BSD_BIND,
  sockets: {
    ...COMMON_SOCKETS,
    doublesBuffers: false,
    sendBufferLeast: 2048,
    receiveBufferLeast: 2048,
    unreachableEndsOpening: false,
    hardErrorsEnd: false,
    reportsDelivery: false,
    takesSourceRoutes: false,
  },
  sysctls: [...BSD_SYSCTLS, ...MACOS_ONLY],
})
