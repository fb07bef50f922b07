import { MS, SECOND } from '../../base/index.ts'
import { cubic } from '../../tcp/index.ts'
import { BSD_BIND } from '../bind-rules.ts'
import { BSD_SYSCTLS, FREEBSD_ONLY, REXMIT_SLOP_MS } from './bsd-sysctls.ts'
import { Personality } from './personality.ts'
import { RFC_CONFIG, RFC_POLICY } from './rfc9293.ts'

/** FreeBSD 14, from tcp(4), its tuning sysctls and `tcp_timer.h`; not measured. */
export const freebsd: Personality = new Personality({
  name: 'freebsd',
  title: 'FreeBSD 14',
  tcp: {
    ...RFC_POLICY,
    resetOnLingerTwoExpired: false,
    keepaliveOctet: false,
    answerAckOfUnsent: true,
    // sonewconn: a listener holds half as many again as its backlog says.
    acceptQueueLimit: (backlog) => Math.floor((3 * backlog) / 2) + 1,
  },
  config: {
    ...RFC_CONFIG,
    timeWaitUs: 60 * SECOND,
    finWait2Us: 60 * SECOND,
    timeWaitMax: 27_767,
    rfc1337: false,
    synRetries: 12,
    synAckRetries: 3,
    retries2: 12,
    userTimeoutUs: 0,
    keepaliveProbes: 8,
    rtoInitialUs: SECOND,
    // DIFFERS: from FreeBSD, which adds its 200 ms to longer timeouts too, because the machine has one floor.
    rtoMinUs: (30 + REXMIT_SLOP_MS) * MS,
    rtoMaxUs: 64 * SECOND,
    delayedAckMinUs: 40 * MS,
    delayedAckMaxUs: 40 * MS,
    congestionControl: cubic,
    ecn: 2,
    moderateReceiveBuffer: true,
    receiveBuffer: 65_536,
    receiveBufferMax: 2_097_152,
    sendBuffer: 32_768,
    sendBufferMax: 2_097_152,
    receiveBufferGrant: 2_097_152,
    sendBufferGrant: 2_097_152,
    acceptQueueMax: 128,
    invalidRateLimitUs: SECOND,
    portFirst: 10_000,
    portLast: 65_535,
  },
  errno: 'freebsd',
  bind: BSD_BIND,
  sockets: {
    doublesBuffers: false,
    sendBufferLeast: 2048,
    receiveBufferLeast: 2048,
    unreachableEndsOpening: false,
  },
  sysctls: [...BSD_SYSCTLS, ...FREEBSD_ONLY],
})
