import type { Micros } from '../base/index.ts'
import type { TcpSegment } from '../wire/index.ts'
import type { TcpHost } from './host.ts'
import { State } from './state.ts'
import type { ListenQueues, Tcb } from './tcb.ts'

/** Bits of `tcp_fastopen`. */
export const FastOpenBit = {
  /** connect() may send data in its SYN. */
  CLIENT: 1,
  /** A listener may take data from a SYN. */
  SERVER: 2,
  /** The SYN carries data even without a cookie. */
  CLIENT_WITHOUT_COOKIE: 4,
  /** A listener takes data even without a cookie. */
  SERVER_WITHOUT_COOKIE: 0x200,
  /** Every listener does it, without asking by TCP_FASTOPEN. */
  EVERY_LISTENER: 0x400,
  /** Cookies are good only under a key that the client was told beforehand (BSD). */
  PRE_SHARED: 0x10000,
} as const

/** What TCP_INFO says of a Fast Open that did not come about (`enum tcp_fastopen_client_fail`). */
const Fail = { NONE: 0, NO_COOKIE: 1, DATA_NOT_ACKED: 2, SYN_RETRANSMITTED: 3 } as const

const NO_OCTETS: Uint8Array = new Uint8Array(0)
/** Octets of a cookie that none of ours has. */
const ODD = 1
/** What is given out where none is needed. */
const NO_COOKIE: Uint8Array = new Uint8Array(8)

/** A key that cookies are made with: four words. */
export type FastOpenKey = Int32Array

/** What a server gave us for the next time. */
export interface CachedCookie {
  readonly cookie: Uint8Array
  /** The MSS it offered. */
  readonly mss: number
  /** It speaks the experimental option (kind 254). */
  readonly experimental: boolean
  /** Without a cookie: how it was asked in vain so far: 1 by the option, 2 by the experimental one too. */
  readonly asked: 0 | 1 | 2
}

/** TCP Fast Open (RFC 7413) on one connection. */
export interface FastOpen {
  /** The option of the next SYN or SYN-ACK: a cookie; empty: one is asked for; null: no option. */
  option: Uint8Array | null
  /** The one of the first SYN. */
  first: Uint8Array | null
  experimental: boolean
  /** Our SYN carried the option. */
  asked: boolean
  /** It left although a black hole had been suspected: if text comes, there is none. */
  probing: boolean
  /** Our SYN carries so many octets of data. */
  data: number
  dataAcked: boolean
  /** The connection was made by a SYN with data, and is open before its handshake is complete. */
  early: boolean
  /** The SYN that made it has not been answered yet. */
  owesAnswer: boolean
  /** It is being answered now: what has no room in the SYN-ACK follows it. */
  answering: boolean
  /** The queues of its listener: it counts among those whose handshake is not complete, accepted or not. */
  counted: ListenQueues | null
  fail: number
}

function newFastOpen(): FastOpen {
  return {
    option: null,
    first: null,
    experimental: false,
    asked: false,
    probing: false,
    data: 0,
    dataAcked: false,
    early: false,
    owesAnswer: false,
    answering: false,
    counted: null,
    fail: Fail.NONE,
  }
}

/** System, socket or route take or send data without a cookie. @param bit which of them the system's setting is about */
function needsNoCookie(tcb: Tcb, bit: number): boolean {
  if ((tcb.host.config.fastOpen & bit) !== 0 || tcb.options.fastOpenNoCookie) return true
  return tcb.host.routeMetrics(tcb.remote)?.fastOpenNoCookie === true
}

/** Whether connect() may put data into its SYN now, or must first ask for a cookie. */
export function mayFastOpen(tcb: Tcb): boolean {
  if (tcb.fastOpen === null && isPaused(tcb)) return false
  if (needsNoCookie(tcb, FastOpenBit.CLIENT_WITHOUT_COOKIE)) return true
  return (tcb.host.fastOpen.cookieOf(tcb)?.cookie.length ?? 0) > 0
}

/** The SYN waits for the first text. */
export function isDeferred(tcb: Tcb): boolean {
  return tcb.state === State.SYN_SENT && tcb.sent.head === null
}

/** The host has been without Fast Open for a while, since something on the way seemed to swallow it: it doubles with each time. */
const DOUBLINGS_MOST = 6

/** Suspicions of black holes, the host's. */
export interface FastOpenDoubts {
  /** How often since the last success. */
  times: number
  at: Micros
  /** The setting under which they count, µs. */
  setting: Micros
}

/** What a host remembers of Fast Open (RFC 7413 §4.1). */
export interface FastOpenMemory {
  /** What it suspects of paths since Fast Open failed. */
  readonly doubts: FastOpenDoubts
  /** The cookie that a connection's server gave us, if it did. */
  cookieOf(tcb: Tcb): CachedCookie | undefined
  keep(tcb: Tcb, cookie: CachedCookie): void
  /** When a Fast Open on the path to there was last not answered, µs; −∞: never. */
  failedAt(tcb: Tcb): Micros
  failed(tcb: Tcb): void
  /** The cookies of which a client must bring one to our server; the first one is given out. */
  makeFor(child: Tcb): readonly Uint8Array[]
  /** Whether a client has brought that cookie: itself, or what a key that both know makes of it (BSD). */
  isBrought(cookie: Uint8Array, given: Uint8Array): boolean
  /** What a key that both know makes of a cookie. */
  underKey(key: FastOpenKey, cookie: Uint8Array): Uint8Array
}

/** Nothing is suspected. */
export function noDoubts(): FastOpenDoubts {
  return { times: 0, at: 0, setting: 0 }
}

/** Doubts so far; whoever sets the time anew begins anew. */
function doubtsOf({ fastOpen, config }: TcpHost): FastOpenDoubts {
  const { doubts } = fastOpen
  if (doubts.setting !== config.fastOpenBlackHoleUs) {
    doubts.setting = config.fastOpenBlackHoleUs
    doubts.times = 0
  }
  return doubts
}

function isDisabled({ host }: Tcb): boolean {
  const { fastOpenBlackHoleUs: pause } = host.config
  const { times, at } = doubtsOf(host)
  return pause > 0 && times > 0 && host.now < at + pause * 2 ** Math.min(times - 1, DOUBLINGS_MOST)
}

/** Fast Open seems to lead into a black hole: the host does without it for a while (`tcp_fastopen_blackhole_timeout_sec`). */
function suspectBlackHole(tcb: Tcb): void {
  const { host } = tcb
  if (host.config.fastOpenBlackHoleUs === 0) return
  const doubts = doubtsOf(host)
  doubts.times++
  doubts.at = host.now
  host.counters.TCPFastOpenBlackhole++
}

/** A timeout, the second repetition or the last: behind the handshake, too, Fast Open may be what a middlebox stumbles over. */
export function timeoutDoubtsFastOpen(tcb: Tcb, last = false): void {
  const fast = tcb.fastOpen
  if (fast === null || !(fast.asked || fast.data > 0 || fast.dataAcked)) return
  if (last ? tcb.retransmits >= 2 : tcb.retransmits !== 2) return
  suspectBlackHole(tcb)
  tcb.host.counters.TCPFastOpenActiveFail++
}

/** A RST that is not at the expected number, before any text has come. */
export function resetDoubtsFastOpen(tcb: Tcb): void {
  if (tcb.fastOpen?.asked === true && tcb.dataSegmentsIn === 0) suspectBlackHole(tcb)
}

/** The connection ends: with a FIN ahead of text that never came, or with text. */
export function endJudgesFastOpen(tcb: Tcb): void {
  const fast = tcb.fastOpen
  if (fast === null || !fast.asked) return
  if (tcb.dataSegmentsIn === 0) {
    if (tcb.finEarly) suspectBlackHole(tcb)
  } else if (fast.probing && !tcb.host.isOwn(tcb.remote)) doubtsOf(tcb.host).times = 0
}

/** On this path the option was not answered lately, or on none. */
function isPaused(tcb: Tcb): boolean {
  if (isDisabled(tcb)) return true
  const { fastOpenPauseUs } = tcb.host.config
  if (fastOpenPauseUs === 0) return false
  return tcb.host.now - tcb.host.fastOpen.failedAt(tcb) <= fastOpenPauseUs
}

/**
 * An active open by Fast Open: with the cookie and data, or asking for one.
 * @param askAnew whatever is known of the server
 */
export function prepareFastOpen(tcb: Tcb, askAnew: boolean): void {
  if (isPaused(tcb) && !askAnew) return switchOff(tcb)
  const fast = newFastOpen()
  tcb.fastOpen = fast
  fast.probing = doubtsOf(tcb.host).times > 0
  const cached = askAnew ? undefined : tcb.host.fastOpen.cookieOf(tcb)
  if (needsNoCookie(tcb, FastOpenBit.CLIENT_WITHOUT_COOKIE)) return
  fast.asked = true
  fast.option = optionOf(tcb, cached?.cookie)
  if (fast.option.length > 0) fast.experimental = cached?.experimental === true
  else {
    // A server that does not know the option may know the one before it.
    fast.experimental = cached?.asked === 1
    fast.fail = Fail.NO_COOKIE
  }
}

/** The cookie that is known, or none; a key that the server was told beforehand hides it, or goes itself where none is known (BSD). */
function optionOf({ host, options }: Tcb, cookie: Uint8Array | undefined): Uint8Array {
  const { fastOpenPsk: key } = options
  if (key === undefined || cookie?.length === 0) return cookie ?? NO_OCTETS
  return cookie === undefined ? octetsOfKey(key) : host.fastOpen.underKey(key, cookie)
}

/** A key as it was given: its words begin with their lowest octets. */
export function octetsOfKey(key: FastOpenKey): Uint8Array {
  const octets = new Uint8Array(4 * key.length)
  const view = new DataView(octets.buffer)
  key.forEach((word, i) => {
    view.setInt32(4 * i, word, true)
  })
  return octets
}

/** The SYN has left: repeated, it is a plain one. */
export function fastOpenSynSent({ fastOpen }: Tcb): void {
  if (fastOpen === null) return
  fastOpen.first ??= fastOpen.option
  fastOpen.option = null
}

/**
 * The SYN-ACK: a cookie in it is kept for the next time (§4.1.3).
 * @returns whether data of the SYN must be sent again
 */
export function takeFastOpenSynAck(tcb: Tcb, segment: TcpSegment): boolean {
  const fast = tcb.fastOpen
  if (fast === null || (!fast.asked && fast.data === 0)) return false
  const { host } = tcb
  learnCookie(tcb, fast, segment)
  // An empty cookie is as good as none.
  if (lengthSaid(tcb, segment) <= 0) fastOpenFailed(tcb)
  if (!segment.fastOpenSaid) switchOff(tcb)
  if (fast.data === 0) return false
  fast.dataAcked = segment.ack === tcb.snd.nxt
  if (fast.dataAcked) {
    host.counters.TCPFastOpenActive++
    return false
  }
  fast.fail = tcb.totalRetransmissions > 0 ? Fail.SYN_RETRANSMITTED : Fail.DATA_NOT_ACKED
  host.counters.TCPFastOpenActiveFail++
  // Where the path is given up (BSD), the timeout alone sends them again.
  return !host.policy.fastOpenSparesPaths || segment.fastOpenSaid || tcb.totalRetransmissions > 0
}

/** Octets of the cookie; to the BSDs the experimental option is none. */
function lengthSaid({ host }: Tcb, { fastOpenLength, fastOpenExperimental }: TcpSegment): number {
  return fastOpenExperimental && host.policy.fastOpenSparesPaths ? -1 : fastOpenLength
}

/** This path does not bear the option: it is not tried again for a while (BSD), and then from the beginning. */
export function fastOpenFailed(tcb: Tcb): void {
  const { host } = tcb
  if (tcb.fastOpen?.asked === true && host.policy.fastOpenSparesPaths) host.fastOpen.failed(tcb)
}

/** A path that is spared Fast Open takes TCP_FASTOPEN off the socket, too (BSD). */
function switchOff(tcb: Tcb): void {
  if (tcb.host.policy.fastOpenSparesPaths) tcb.options.fastOpenQueue = 0
}

/** A SYN has crossed ours: it says as much of the path as an answer does (BSD). */
export function takeFastOpenSyn(tcb: Tcb, segment: TcpSegment): void {
  const { fastOpen, host } = tcb
  if (fastOpen?.asked !== true || !host.policy.fastOpenSparesPaths || segment.fastOpenSaid) return
  fastOpenFailed(tcb)
  switchOff(tcb)
}

/** What the server said, or kept to itself, for the next time. */
function learnCookie(tcb: Tcb, fast: FastOpen, segment: TcpSegment): void {
  const { host } = tcb
  const { mss, fastOpenStart: start } = segment
  const length = lengthSaid(tcb, segment)
  // A cookie that nobody asked for is none.
  if (length > 0 && fast.asked) {
    const cookie = segment.buf.slice(start, start + length)
    host.fastOpen.keep(tcb, { cookie, mss, experimental: segment.fastOpenExperimental, asked: 0 })
    return
  }
  const known = host.fastOpen.cookieOf(tcb)
  const vain = tcb.totalRetransmissions === 0 && fast.data === 0 && length < 0
  const asked = vain ? (fast.experimental ? 2 : 1) : 0
  const cookie = known?.cookie ?? NO_OCTETS
  const before = known?.asked ?? 0
  const inVain = cookie.length > 0 || asked <= before ? before : asked
  host.fastOpen.keep(tcb, { cookie, mss, experimental: known?.experimental === true, asked: inVain })
}

/**
 * A SYN at a listener: is its data taken at once (§4.2.2)? The SYN-ACK's option is prepared in either case.
 * @returns whether the connection is open from here on
 */
export function judgeFastOpenSyn(child: Tcb, queues: ListenQueues, segment: TcpSegment): boolean {
  const { config, counters, policy } = child.host
  const { fastOpenRepeatsCookie: repeats } = policy
  // Where a cookie may be anything, one that is too long or too short is a wrong one, and the experimental option none.
  const strange = repeats && segment.fastOpenLength < 0 && segment.fastOpenSaid
  const length = strange ? ODD : repeats && !segment.fastOpenSaid ? -1 : segment.fastOpenLength
  const free = needsNoCookie(child, FastOpenBit.SERVER_WITHOUT_COOKIE)
  if (length === 0) counters.TCPFastOpenCookieReqd++
  if ((config.fastOpen & FastOpenBit.SERVER) === 0 || (length < 0 && (repeats || segment.dataLength === 0)))
    return false
  if (!hasRoom(child, queues)) return false
  const fast = newFastOpen()
  if (free && repeats) fast.option = NO_COOKIE
  if (!free) {
    if (length < 0) return false
    const valid = child.host.fastOpen.makeFor(child)
    const given = strange ? NO_OCTETS : segment.buf.subarray(segment.fastOpenStart, segment.fastOpenStart + length)
    const which = length === 0 ? -1 : valid.findIndex((cookie) => child.host.fastOpen.isBrought(cookie, given))
    // Whoever brings none, or an older key's, is given the one that will be good for longest.
    if (which !== 0 || repeats) fast.option = valid[0] ?? null
    fast.experimental = segment.fastOpenExperimental
    if (which < 0) {
      if (length > 0) counters.TCPFastOpenPassiveFail++
      child.fastOpen = fast
      return false
    }
    if (which > 0) counters.TCPFastOpenPassiveAltKey++
  }
  counters.TCPFastOpenPassive++
  fast.early = true
  fast.owesAnswer = policy.fastOpenAnswersLate && segment.dataLength > 0
  fast.dataAcked = segment.dataLength > 0
  child.fastOpen = fast
  return true
}

/** listen(): where every listener is to do Fast Open it is as if the program had asked for it, with the length of its queue. */
export function askedBySystem({ host, options }: Tcb, backlog: number): void {
  const every = FastOpenBit.EVERY_LISTENER | FastOpenBit.SERVER
  if (options.fastOpenQueue === 0 && (host.config.fastOpen & every) === every) options.fastOpenQueue = backlog
}

/** TCP_FASTOPEN bounds the connections whose handshake is not complete yet (§5.1). */
function hasRoom(child: Tcb, queues: ListenQueues): boolean {
  const { counters, policy } = child.host
  const asked = child.options.fastOpenQueue
  const most = policy.fastOpenWithinBacklog && asked > 0 ? queues.backlog >> 1 : asked
  const { early, held } = queues
  if (early.size + held.length < most) return true
  // A place that has been held for long enough goes to the next, one at a time.
  if (most > 0 && (held[0] ?? Number.POSITIVE_INFINITY) <= child.host.now) {
    held.shift()
    return true
  }
  if (most > 0) counters.TCPFastOpenListenOverflow++
  return false
}

/** Its handshake is complete, or never will be: its listener has room for another. */
export function leaveEarly(tcb: Tcb): void {
  const { fastOpen } = tcb
  if (fastOpen === null || fastOpen.counted === null) return
  fastOpen.counted.early.delete(tcb)
  fastOpen.counted = null
}

/**
 * A RST ends it before its handshake is complete. Behind accept() its place stays taken for a while, or whoever forges SYNs could have
 * as many connections as there are RSTs in answer to them (§5.1).
 */
export function endEarlyByReset({ fastOpen, host, listener }: Tcb): void {
  const holds = host.policy.fastOpenHoldsPlaceUs
  if (holds > 0 && listener === null) fastOpen?.counted?.held.push(host.now + holds)
}

/** Open although its handshake is not complete. */
export function isEarly(tcb: Tcb): boolean {
  return tcb.fastOpen?.early === true
}

/** Whether what is open early may send behind its SYN-ACK: until the handshake is complete, or only as that leaves (BSD). */
export function mayFollowSynAck(tcb: Tcb): boolean {
  if (!isEarly(tcb)) return false
  return tcb.host.policy.fastOpenAnswersLate ? tcb.fastOpen?.answering === true : !owesAnswer(tcb)
}

/** The SYN that made it waits for its answer: the program may have something to say. */
export function owesAnswer(tcb: Tcb): boolean {
  return tcb.fastOpen?.owesAnswer === true
}
