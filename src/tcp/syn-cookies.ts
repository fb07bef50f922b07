import { MINUTE, SECOND, type Seq } from '../base/index.ts'
import type { TcpSegment } from '../wire/index.ts'
import { agreeByCookie } from './ecn/handshake.ts'
import type { TcpHost } from './host.ts'
import type { ListenQueues, Tcb } from './tcb.ts'

/**
 * SYN cookies (RFC 4987 §3.6): when a listener has no room for another half-open connection, it remembers nothing; what it needs to
 * know again when the handshake completes travels in the initial sequence number, and, if the peer sends timestamps, in the low bits of
 * TSval.
 */

/** The MSS travels as one of these. */
const MSS_V4: readonly number[] = [536, 1300, 1440, 1460]
const MSS_V6: readonly number[] = [1220, 1420, 1440, 8940]
/** Where the number holds the options too (`policy.cookieHoldsOptions`): three bits of MSS, three of window scale, one for SACK. */
const MSS_HELD: readonly number[] = [216, 536, 1200, 1360, 1400, 1440, 1452, 1460]
/** The first stands for no scaling. */
const SCALES_HELD: readonly number[] = [-1, 0, 1, 2, 4, 6, 7, 8]
const HELD_SACK = 64
/** Such a number is sealed with a secret that is replaced so often, and good as long as the next one. */
const SECRET_LASTS = 15 * SECOND
/** Of the eight bits that it holds: under which of two secrets. */
const HELD_ODD = 128
const LOW_8 = 0xff
/** A cookie is good for so many minutes. */
const AGE_MOST = 2
const LOW_24 = 0xffffff
/** In TSval: four bits of window scale, fifteen for none; SACK permitted; ECN. */
const OPTION_BITS = 63
const NO_SCALE = 15
const SACK = 16
const ECN = 32

/** For so long after the last cookie one may come back. */
const COOKIES_COME_BACK_US = 2 * MINUTE

/** A cookie that this listener, or one of its group, gave out may still come back. */
export function expectsCookies(host: TcpHost, { cookies }: ListenQueues): boolean {
  const { synCookies, synCookiesOnly } = host.config
  return (synCookies !== 0 || synCookiesOnly) && host.now - cookies.sentAt <= COOKIES_COME_BACK_US
}

/** A half-open connection's peer acknowledges what was never sent: Linux looks whether it is a cookie, and it is not. */
export function countStrayCookie(request: Tcb): void {
  const queues = request.listener?.listen ?? null
  if (queues !== null && expectsCookies(request.host, queues)) request.host.counters.SyncookiesFailed++
}

/** The parts of a connection's name that the cookie is about. */
function hash(tcb: Tcb, which: number, count: number): number {
  return tcb.host.cookieHash(tcb.local, tcb.localPort, tcb.remote, tcb.remotePort, which, count)
}

/** What vouches for what a number holds (BSD): the peer's number is part of it, so that no segment but the handshake's last brings it back. */
function seal(tcb: Tcb, irs: Seq, holds: number, secret: number): number {
  return hash(tcb, irs, (secret << 8) | holds)
}

function secretOf(tcb: Tcb): number {
  return Math.floor(tcb.host.now / SECRET_LASTS)
}

function makeSealed(tcb: Tcb): Seq {
  const secret = secretOf(tcb)
  const holds = held(tcb) | ((secret & 1) === 0 ? 0 : HELD_ODD)
  const sealed = seal(tcb, tcb.irs, holds, secret)
  return (sealed & ~LOW_8) | (holds ^ (sealed >>> 24))
}

/** What a sealed number holds; −1: it is none of ours, or too old. */
function openSealed(tcb: Tcb, irs: Seq, number: Seq): number {
  const holds = (number ^ (number >>> 24)) & LOW_8
  const now = secretOf(tcb)
  const secret = (now & 1) === holds >> 7 ? now : now - 1
  return ((seal(tcb, irs, holds, secret) ^ number) & ~LOW_8) === 0 ? holds : -1
}

function minutes(tcb: Tcb): number {
  return Math.floor(tcb.host.now / MINUTE)
}

/** The initial sequence number that says all about `tcb`, whose offer has been taken. */
export function makeCookie(tcb: Tcb): Seq {
  if (tcb.host.policy.cookieHoldsOptions) return makeSealed(tcb)
  const count = minutes(tcb)
  return (hash(tcb, 0, 0) + tcb.irs + (count << 24) + ((hash(tcb, 1, count) + held(tcb)) & LOW_24)) | 0
}

/** The last of a table that is not above a value; else the first. */
function indexOf(table: readonly number[], value: number): number {
  let index = table.length - 1
  while (index > 0 && (table[index] as number) > value) index--
  return index
}

/** What the number shall tell. */
function held(tcb: Tcb): number {
  const { maxSegment } = tcb.options
  if (!tcb.host.policy.cookieHoldsOptions) {
    // What the program set as most counts as what the peer said.
    const mss = maxSegment > 0 ? Math.min(tcb.peerMss, maxSegment) : tcb.peerMss
    return indexOf(tcb.remote.v4 ? MSS_V4 : MSS_V6, mss)
  }
  const scale = indexOf(SCALES_HELD, tcb.scaling ? tcb.sndScale : -1)
  return indexOf(MSS_HELD, tcb.peerMss) | (scale << 3) | (tcb.sackPermitted ? HELD_SACK : 0)
}

/** What cannot be remembered without timestamps is not agreed to; with them, their clock says it. */
export function encodeOptions(tcb: Tcb): void {
  // The answer grants ECN all the same; but nobody will know of it.
  if (tcb.host.policy.cookieHoldsOptions) return
  if (!tcb.timestamps) {
    tcb.sackPermitted = false
    tcb.scaling = false
    tcb.rcvScale = 0
    tcb.ecn.on = false
    return
  }
  const ecn = tcb.ecn.on || tcb.ecn.accurate !== null
  const bits = (tcb.scaling ? tcb.sndScale : NO_SCALE) | (tcb.sackPermitted ? SACK : 0) | (ecn ? ECN : 0)
  const ticks = Math.floor(tcb.host.now / tcb.host.policy.timestampTickUs) | 0
  const now = (ticks + tcb.tsOffset) | 0
  let value = (now & ~OPTION_BITS) | bits
  if (((value - now) | 0) > 0) value = (value - OPTION_BITS - 1) | 0
  tcb.tsOffset = (value - ticks) | 0
}

/**
 * An ACK at a listener that has sent cookies: writes into the segment what the SYN had said, as if it came only now.
 * False: it acknowledges no cookie of ours.
 */
export function readCookie(tcb: Tcb, segment: TcpSegment): boolean {
  const irs = (segment.seq - 1) | 0
  if (tcb.host.policy.cookieHoldsOptions) return readSealed(tcb, segment, irs)
  const cookie = (segment.ack - 1 - hash(tcb, 0, 0) - irs) | 0
  const now = minutes(tcb)
  const age = (now - (cookie >>> 24)) & 0xff
  if (age >= AGE_MOST) return false
  tcb.irs = irs
  return readTimestamp(tcb, segment, ((cookie & LOW_24) - hash(tcb, 1, now - age)) & LOW_24)
}

/** A timestamp brought back what has been turned off since: Linux does not open such a connection. */
export function isOfferedNoMore({ host }: Tcb, segment: TcpSegment): boolean {
  const { config, policy } = host
  if (policy.cookieHoldsOptions) return false
  return (segment.sackPermitted && !config.sack) || (segment.wscale >= 0 && !config.windowScaling)
}

function readSealed(tcb: Tcb, segment: TcpSegment, irs: Seq): boolean {
  const told = openSealed(tcb, irs, (segment.ack - 1) | 0)
  if (told < 0) return false
  tcb.irs = irs
  segment.mss = MSS_HELD[told & 7] as number
  segment.wscale = SCALES_HELD[(told >> 3) & 7] as number
  segment.sackPermitted = (told & HELD_SACK) !== 0
  return true
}

/** What the MSS alone leaves open came back in the timestamp. */
function readTimestamp(tcb: Tcb, segment: TcpSegment, index: number): boolean {
  const mss = (tcb.remote.v4 ? MSS_V4 : MSS_V6)[index]
  if (mss === undefined) return false
  segment.mss = mss
  // Who has turned them off has written nothing there, whatever the peer echoes.
  const bits = segment.timestamps && tcb.host.config.timestamps ? segment.tsEcr & OPTION_BITS : NO_SCALE
  segment.wscale = (bits & NO_SCALE) === NO_SCALE ? -1 : bits & NO_SCALE
  segment.sackPermitted = (bits & SACK) !== 0
  if ((bits & ECN) !== 0) agreeByCookie(tcb, segment)
  return true
}
