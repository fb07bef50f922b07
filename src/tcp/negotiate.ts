import { Ctl, type TcpSegment } from '../wire/index.ts'
import { firstWindow as firstCongestionWindow } from './congestion/unit.ts'
import { beginSearch, withinSearch } from './output/mtu-probing.ts'
import { agreed, repeatedOffer, TIMESTAMPS_LENGTH } from './output/options.ts'
import { firstWindow, initialWindow, windowScale } from './output/window.ts'
import { segmentExpected } from './receive-memory.ts'
import { signatureRoom } from './signature.ts'
import { State } from './state.ts'
import type { Tcb } from './tcb.ts'

/** RFC 9293 §3.7.1: what every host must be able to take. */
// MUST-15: 576 less two headers
const DEFAULT_MSS_V4 = 536
// MUST-15: 1280 less two headers
const DEFAULT_MSS_V6 = 1220
/** Nobody announces less for what routers say. */
const LEAST_ANNOUNCED = 256
/** No path is that narrow, whatever it says. */
const LEAST_MSS = 48
/** What Linux expects to receive at least, octets. */
export const LEAST_RECEIVED = 88
/** RFC 7323 §2.3. */
const LARGEST_SHIFT = 14

/** Octets of IP and TCP header without options. */
function headers(tcb: Tcb): number {
  return tcb.remote.v4 ? 40 : 60
}

/** What we shall offer in SYN or SYN-ACK, from the system's settings and the socket's options. */
export function prepareOffer(tcb: Tcb): void {
  const config = tcb.host.config
  const { noOptions } = tcb.options
  chooseAnnouncedMss(tcb)
  // A SYN has no room for both.
  tcb.timestamps = config.timestamps && !noOptions && !(tcb.active && signatureRoom(tcb) > 0)
  tcb.sackPermitted = config.sack && !noOptions
  tcb.scaling = config.windowScaling && !noOptions
  tcb.rcvScale = tcb.scaling ? windowScale(tcb) : 0
  if (tcb.active) {
    tcb.offered = agreed(tcb)
    if (tcb.host.policy.windowGrows) tcb.receiveMss = LEAST_RECEIVED
  }
  tcb.tsOffset = tcb.host.timestampOffset(tcb.local, tcb.localPort, tcb.remote, tcb.remotePort)
  initialWindow(tcb)
  if (!tcb.active || !tcb.host.policy.windowGrows) return
  // Who is told how much to send at most takes that for what the peer will say.
  tcb.peerMss = tcb.options.maxSegment > 0 ? tcb.options.maxSegment : tcb.remote.v4 ? DEFAULT_MSS_V4 : DEFAULT_MSS_V6
  beginSearch(tcb)
  updateSendMss(tcb)
  tcb.autotuning.threshold = firstWindow(tcb)
}

/** The MSS that SYN and SYN-ACK announce. */
export function chooseAnnouncedMss(tcb: Tcb): void {
  tcb.pathMtu = tcb.host.pathMtu(tcb.remote)
  tcb.advertisedMss = withinOwn(tcb, takeRoute(tcb) || announcedByPath(tcb))
  // A half-open record never announces less than is believed of others (BSD).
  if (!tcb.active && tcb.host.policy.lightHalfOpen !== null)
    tcb.advertisedMss = Math.max(tcb.advertisedMss, tcb.host.config.leastMss)
}

/**
 * A SYN leaves again, and routers may have said meanwhile that the path takes less. A listener's answer, once more or taken, knows nothing of
 * what it announced: the route and TCP_MAXSEG say it as they are by now.
 */
export function announceAnew(tcb: Tcb): void {
  const announced = (tcb.host.routeMetrics(tcb.remote)?.advertisedMss ?? 0) || announcedByPath(tcb)
  if (!tcb.active && tcb.host.policy.halfOpenIsRequest) tcb.advertisedMss = withinOwn(tcb, announced)
  else tcb.advertisedMss = Math.min(tcb.advertisedMss, Math.max(announced, LEAST_ANNOUNCED))
}

/** Where the route does not say, nobody announces less than this, whatever the path takes. */
function announcedByPath({ host, remote, options }: Tcb): number {
  const { leastAnnouncedV4, leastAnnouncedV6 } = host.config
  if (options.leastPackets === true && !remote.v4) return DEFAULT_MSS_V6
  // MUST-67: larger packets would be put together from fragments, but nobody is to send such: a packet of the link is the most
  return Math.max(host.pathMtu(remote) - (remote.v4 ? 40 : 60), remote.v4 ? leastAnnouncedV4 : leastAnnouncedV6)
}

/** What the route says is asked once, when the connection begins. @returns the MSS to announce; 0: nothing is said of it */
function takeRoute(tcb: Tcb): number {
  const route = tcb.host.routeMetrics(tcb.remote)
  if (route === null) return 0
  tcb.routeRtoMinUs = route.rtoMinUs ?? 0
  tcb.acknowledging.never = route.quickAck === true
  if (route.congestionControl !== undefined) {
    tcb.congestion.algorithm = route.congestionControl
    tcb.options.congestion = route.congestionControl
  }
  const most = route.windowMost ?? 0
  if (most > 0 && tcb.options.windowClamp === Number.POSITIVE_INFINITY) tcb.options.windowClamp = most
  return route.advertisedMss
}

/** What the peer's SYN says: each extension is on only if both offered it (RFC 7323 §1.3, RFC 2018 §2). */
export function takeOffer(tcb: Tcb, segment: TcpSegment): void {
  tcb.offerTaken = true
  // MUST-14: what the peer can take
  if (segment.mss > 0) tcb.peerMss = Math.max(withinOwn(tcb, segment.mss), tcb.host.policy.smallestMss)
  // Who has sent before goes on with what it took for that then (Linux).
  else if (!tcb.active || !(tcb.host.policy.windowGrows || tcb.supposedMss > 0)) tcb.peerMss = unsaidMss(tcb)
  if (segment.mss > 0) tcb.peerMss = Math.max(tcb.peerMss, tcb.host.config.leastMss)
  if (tcb.active && tcb.host.policy.synAckRepeatsOffer) offerAnew(tcb)
  updateSendMss(tcb)
  tcb.scaling = tcb.scaling && segment.wscale >= 0
  if (tcb.scaling) tcb.sndScale = Math.min(segment.wscale, LARGEST_SHIFT)
  else if (!keepsOwnScale(tcb, segment)) tcb.rcvScale = 0
  tcb.timestamps = tcb.timestamps && segment.timestamps
  if (tcb.timestamps) {
    tcb.tsRecent = segment.tsVal
    tcb.tsRecentAt = tcb.host.now
  }
  tcb.sackPermitted = tcb.sackPermitted && segment.sackPermitted
  if (tcb.host.policy.windowCountsOctets)
    tcb.congestion.window = firstCongestionWindow(tcb, tcb.host.config.initialWindow)
  tcb.receiveMss = guessReceiveMss(tcb)
  if (tcb.timestamps && tcb.sackPermitted && !tcb.active && signatureRoom(tcb) > 0) dropTimestamps(tcb)
}

/** The settings may have changed since our SYN left: what it would say by now counts. */
function offerAnew(tcb: Tcb): void {
  const { timestamps, sack, scale } = repeatedOffer(tcb)
  tcb.timestamps = timestamps
  tcb.sackPermitted = sack
  tcb.scaling = scale >= 0
}

/** Linux does not ask whether a SYN that crosses ours scales, and goes on to scale what it offers itself. */
function keepsOwnScale(tcb: Tcb, segment: TcpSegment): boolean {
  return tcb.active && (segment.ctl & Ctl.ACK) === 0 && tcb.host.policy.crossedOpenIsSynchronised
}

/** There is no room for them beside a signature and SACK blocks; the first window was reckoned with them. */
function dropTimestamps(tcb: Tcb): void {
  initialWindow(tcb)
  tcb.firstOffer = firstWindow(tcb)
  tcb.timestamps = false
}

/** Until a larger segment arrives. */
function guessReceiveMss(tcb: Tcb): number {
  if (!tcb.host.policy.windowGrows) return Math.min(tcb.advertisedMss, tcb.peerMss)
  const sent = tcb.sendMss - (tcb.timestamps ? TIMESTAMPS_LENGTH : 0)
  // What a SYN-ACK is about to offer counts like what was offered.
  const offered = tcb.snd.nxt === 0 ? firstWindow(tcb) : (tcb.rcv.edge - tcb.rcv.wup) | 0
  return Math.max(LEAST_RECEIVED, Math.min(segmentExpected(tcb), sent, offered >> 1, DEFAULT_MSS_V4))
}

/** The connection is open: what the peer is likely to send follows from what it takes. */
export function expectSegments(tcb: Tcb): void {
  if (tcb.host.policy.windowGrows) tcb.receiveMss = guessReceiveMss(tcb)
}

/** Octets of the largest segment as far as is known: until the peer's SYN, what was supposed of it, or what every host takes. */
export function knownMss(tcb: Tcb): number {
  if (tcb.state !== State.SYN_SENT) return tcb.sendMss
  return tcb.supposedMss > 0 ? Math.min(tcb.supposedMss, tcb.sendMss) : unsaidMss(tcb)
}

/**
 * Text opens the connection: until the peer says its MSS, and if it does not, it takes as much as Fast Open knows of it, or as little as
 * anybody may; the buffers hold whole segments of that already (BSD).
 */
export function expectLittle(tcb: Tcb): void {
  const known = (tcb.fastOpen?.option?.length ?? 0) > 0 ? tcb.host.fastOpen.cookieOf(tcb)?.mss : undefined
  const supposed = known === 0 ? defaultMss(tcb) : known
  tcb.peerMss = Math.max(supposed ?? 0, tcb.host.config.leastMss)
  updateSendMss(tcb)
  tcb.supposedMss = tcb.sendMss
  tcb.host.policy.bufferSteps?.round(tcb)
}

/** What a peer takes that does not say: the system may have an opinion of its own. */
function defaultMss(tcb: Tcb): number {
  const { mssDefaultV4, mssDefaultV6 } = tcb.host.config
  return tcb.remote.v4 ? mssDefaultV4 || DEFAULT_MSS_V4 : mssDefaultV6 || DEFAULT_MSS_V6
}

/** The same of a SYN,ACK: where TCP_MAXSEG is about sending alone, nothing has taken its place (BSD). */
function unsaidMss(tcb: Tcb): number {
  const own = tcb.active && !tcb.host.policy.maxSegmentIsAnnounced ? tcb.options.maxSegment : 0
  return own || defaultMss(tcb)
}

/** What the path takes: without discovery no more than the default, but for what routers said. */
function segmentOfPath(tcb: Tcb): number {
  const link = tcb.pathMtu - headers(tcb)
  const path = tcb.options.leastPackets === true && !tcb.remote.v4 ? Math.min(link, DEFAULT_MSS_V6) : link
  const within = tcb.host.config.pathMtuDiscovery ? path : Math.min(path, defaultMss(tcb))
  const narrowed = tcb.blackHole?.mss ?? 0
  return narrowed > 0 ? Math.min(within, narrowed) : within
}

/** Where TCP_MAXSEG bounds what is announced it bounds what the peer is taken to say, once: a connection keeps what was agreed upon. */
function withinOwn({ options, host }: Tcb, mss: number): number {
  return options.maxSegment > 0 && host.policy.maxSegmentIsAnnounced ? Math.min(mss, options.maxSegment) : mss
}

/** RFC 9293 §3.7.1: Eff.snd.MSS before options: the lesser of the peer's MSS, within TCP_MAXSEG, and the path's. */
export function updateSendMss(tcb: Tcb): void {
  tcb.pathMtu = tcb.host.pathMtu(tcb.remote)
  const path = segmentOfPath(tcb)
  const least = tcb.host.config.minSendMss
  const taken = tcb.remote.v4 ? (tcb.options.ipOptions?.length ?? 0) : 0
  // MUST-16: the least of all
  const mss = withinHalfWindow(tcb, Math.max(Math.min(tcb.peerMss, path) - taken, least))
  tcb.sendMss = Math.max(withinSearch(tcb, mss), LEAST_MSS)
}

/** Two segments shall fit the largest window that the peer ever offered, so that the first one's ACK does not wait for it. */
function withinHalfWindow(tcb: Tcb, mss: number): number {
  const { maxWnd } = tcb.snd
  if (!tcb.host.policy.mssWithinHalfWindow || maxWnd === 0) return mss
  const most = maxWnd > DEFAULT_MSS_V4 ? maxWnd >> 1 : maxWnd
  const options = tcb.timestamps ? TIMESTAMPS_LENGTH : 0
  return Math.min(mss, Math.max(most, 68 - 20 - options) + options)
}
