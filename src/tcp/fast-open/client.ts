import type { TcpSegment } from '../../wire/index.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { doubtsOf, isPaused } from './doubts.ts'
import { type FastOpen, FastOpenBit, FastOpenFail, type FastOpenKey, newFastOpen } from './fast-open.ts'
import { needsNoCookie } from './without-cookie.ts'

const NO_OCTETS: Uint8Array = new Uint8Array(0)

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
    fast.fail = FastOpenFail.NO_COOKIE
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
  fast.fail = tcb.totalRetransmissions > 0 ? FastOpenFail.SYN_RETRANSMITTED : FastOpenFail.DATA_NOT_ACKED
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
