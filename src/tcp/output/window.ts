import { segmentExpected, windowOf } from '../receive-memory.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { growingWindowIsNews, offerGrowingWindow, SIGNED_MAX } from './growing-window.ts'
import { TIMESTAMPS_LENGTH } from './options.ts'

/** Octets that SO_RCVBUF allows to be offered; the rest is the system's overhead. */
function windowSpace(tcb: Tcb): number {
  return windowOf(tcb, tcb.options.receiveBuffer)
}

/**
 * The window offered on SYN and SYN-ACK, never scaled (RFC 7323 §2.2).
 * @param segment whole ones of this size, octets; 0: of the size that we announce
 */
export function initialWindow(tcb: Tcb, segment = 0): number {
  const { receiveBufferFixed, windowClamp } = tcb.options
  const space = Math.min(windowSpace(tcb), windowClamp)
  tcb.windowMost = Math.min(65_535 << tcb.rcvScale, receiveBufferFixed ? space : windowClamp)
  // Who opens knows of the peer's timestamps from a TIME-WAIT that it takes over, if at all.
  const stamped = tcb.active ? tcb.tsRecent !== 0 : tcb.timestamps
  const mss = segment || tcb.advertisedMss - (stamped ? TIMESTAMPS_LENGTH : 0)
  const rounded = tcb.host.policy.roundInitialWindow && space > mss ? space - (space % mss) : space
  tcb.windowClamp = rounded
  return Math.min(rounded, 65_535)
}

/** What SYN or SYN-ACK offer, as far as the peer may know: the route may want the beginning smaller. */
export function firstWindow(tcb: Tcb): number {
  const segments = tcb.host.routeMetrics(tcb.remote)?.initialReceiveWindow ?? 0
  const most = tcb.host.config.signedWindows ? Math.min(tcb.windowClamp, SIGNED_MAX) : tcb.windowClamp
  if (segments === 0) return most
  return Math.min(most, segments * (tcb.advertisedMss - (tcb.timestamps && !tcb.active ? TIMESTAMPS_LENGTH : 0)))
}

/** What the buffer has free, as far as the field can say it. */
export function freeSpace(tcb: Tcb): number {
  const { urgentApart, receiveBuffer } = tcb
  const { first, length } = receiveBuffer
  const free = windowSpace(tcb) - length + (urgentApart?.within(first, 0, length) ?? 0)
  return Math.min(Math.max(free, 0), 65_535 << tcb.rcvScale)
}

/** Octets that may arrive now: what was offered, or what is free by now where that is more, whether the field could say so or not. */
export function windowNow(tcb: Tcb): number {
  return Math.max(windowSpace(tcb) - tcb.receiveBuffer.length, tcb.rcv.wnd)
}

/** Only SYNs say it unscaled; what has no request says it as its SYN-ACK did. */
function windowOfRequest(tcb: Tcb): number {
  if (tcb.active || !tcb.host.policy.halfOpenIsRequest) return tcb.rcv.wnd
  return Math.min(tcb.firstOffer || tcb.rcv.wnd, 65_535) >> tcb.rcvScale
}

/** The window field of an answer that offers nothing new. */
export function presentWindow(tcb: Tcb): number {
  // A half-open connection has promised no more than its SYN-ACK did.
  if (tcb.state === State.SYN_RECEIVED) return windowOfRequest(tcb)
  if (tcb.state === State.SYN_SENT) return Math.min(freeSpace(tcb), 65_535)
  // Of an orphan in FIN-WAIT-2 no buffer is left that could be measured.
  return (tcb.host.policy.finWait2IsLight ? tcb.rcv.wnd : freeSpace(tcb)) >> tcb.rcvScale
}

/** RFC 7323 §2.3: the smallest shift that lets the largest window fit 16 bits. */
export function windowScale(tcb: Tcb): number {
  const host = tcb.host
  let largest = windowSpace(tcb)
  // Who chose the buffer chose the largest window with it.
  if (host.policy.scaleFor === 'largest' && !tcb.options.receiveBufferFixed)
    largest = Math.max(largest, host.config.receiveBufferMax, host.config.receiveBufferGrant)
  if (host.config.windowScaleFor > 0) largest = host.config.windowScaleFor
  largest = Math.min(largest, tcb.options.windowClamp)
  let shift = 0
  while (shift < 14 && largest >> shift > 65_535) shift++
  return shift
}

/** The connection is established: the largest window leaves room for one more segment than it promises. */
export function clampWindow(tcb: Tcb): void {
  if (!tcb.host.policy.windowGrows) return
  const mss = segmentExpected(tcb)
  const space = windowSpace(tcb)
  const { applicationWindow } = tcb.host.config
  let clamp = Math.min(65_535 << tcb.rcvScale, tcb.windowMost, space)
  if (applicationWindow > 0) {
    if (clamp === space && space > 4 * mss) clamp = Math.max(space - (space >> applicationWindow), 4 * mss)
    if (clamp > 2 * mss && clamp + mss > space) clamp = Math.max(2 * mss, space - mss)
  }
  tcb.windowClamp = clamp
}

/** TCP_WINDOW_CLAMP on a connection. */
export function clampWindowTo(tcb: Tcb, octets: number): void {
  const a = tcb.autotuning
  tcb.windowMost = octets
  if (octets === tcb.windowClamp) return
  if (octets < tcb.windowClamp) a.threshold = Math.min(a.threshold, octets)
  else a.threshold = Math.max(a.threshold, Math.min((tcb.rcv.edge - tcb.rcv.wup) | 0, octets))
  tcb.windowClamp = octets
}

/**
 * Chooses the window for the segment about to leave, moves RCV.NXT + RCV.WND there and returns the window field.
 *
 * RFC 9293 §3.8.6.2.2 (silly window avoidance, receiver): the right edge moves only by a segment or half the buffer, and
 * never left (§3.8.6, SHLD-14). Rounded up to the scale's unit, so that the edge stays where it was promised.
 */
export function offerWindow(tcb: Tcb, ctl = 0): number {
  const { freeWindow } = tcb.host.policy
  if (freeWindow !== null) return freeWindow.offer(tcb, ctl)
  if (tcb.host.policy.windowGrows) return offerGrowingWindow(tcb)
  const rcv = tcb.rcv
  const current = rcv.wnd
  let wnd = current
  if (!tcb.receiveShutdown || !tcb.orphan) {
    const wanted = chooseWindow(tcb, current)
    // SHLD-14: the edge only moves right
    if (wanted > current) wnd = wanted
    else if (wanted === 0 && current > 0) tcb.host.counters.TCPWantZeroWindowAdv++
  }
  const field = Math.min(Math.ceil(wnd / (1 << tcb.rcvScale)), 65_535)
  const offered = field << tcb.rcvScale
  countZeroWindow(tcb, current, offered)
  rcv.edge = (rcv.nxt + offered) | 0
  return field
}

/** Octets to offer, were the edge allowed to move left. */
function chooseWindow(tcb: Tcb, current: number): number {
  // What the field cannot say is not offered: without scaling, a larger buffer must not look like news at every recv().
  const space = Math.min(windowSpace(tcb), tcb.windowClamp, 65_535 << tcb.rcvScale)
  const mss = Math.min(tcb.receiveMss, space)
  let free = space - tcb.receiveBuffer.length
  if (free < space >> 1) {
    tcb.acknowledging.quick = 0
    free -= free % (1 << tcb.rcvScale)
    // Less than a segment and less than a sixteenth of the buffer is as good as nothing (RFC 1122 §4.2.3.3).
    // MAY-8: as long as nobody reads
    if (free < Math.min(windowSpace(tcb), space) >> 4 || free < mss) return 0
  }
  // A scaled window is rounded coarsely enough already; a plain one moves in whole segments.
  if (tcb.rcvScale > 0) return free
  // MUST-39: not in pieces of one
  if (current <= free - mss || current > free) return free - (free % mss)
  return mss === space && free > current + (space >> 1) ? free : current
}

/** What is offered closes the window, or opens it again. */
export function countZeroWindow(tcb: Tcb, before: number, after: number): void {
  if (after === 0 && before > 0) tcb.host.counters.TCPToZeroWindowAdv++
  else if (after > 0 && before === 0) tcb.host.counters.TCPFromZeroWindowAdv++
}

/** After recv(): would the window now grow by enough to tell the peer at once? (RFC 9293 §3.8.6.2.2) */
export function windowUpdateDue(tcb: Tcb): boolean {
  const { freeWindow } = tcb.host.policy
  if (freeWindow !== null) return freeWindow.isNews(tcb)
  if (tcb.host.policy.windowGrows) return growingWindowIsNews(tcb)
  const current = tcb.rcv.wnd
  const wanted = chooseWindow(tcb, current)
  if (wanted <= current) return false
  const least = Math.min(tcb.receiveMss, windowSpace(tcb) >> 1)
  // MUST-39: reading a little tells the peer nothing
  return wanted - current >= Math.max(least, 1)
}
