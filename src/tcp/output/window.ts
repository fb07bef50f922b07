import type { Tcb } from '../tcb.ts'
import { TIMESTAMPS_LENGTH } from './options.ts'

/** Octets that SO_RCVBUF allows to be offered; the rest is the system's overhead. */
function windowSpace(tcb: Tcb): number {
  return Math.floor((tcb.options.receiveBuffer * tcb.host.policy.windowShare) / 256)
}

/** The window offered on SYN and SYN-ACK, never scaled (RFC 7323 §2.2). */
export function initialWindow(tcb: Tcb): number {
  const space = Math.min(windowSpace(tcb), tcb.options.windowClamp)
  const mss = tcb.advertisedMss - (tcb.timestamps && !tcb.active ? TIMESTAMPS_LENGTH : 0)
  const rounded = tcb.host.policy.roundInitialWindow && space > mss ? space - (space % mss) : space
  tcb.windowClamp = rounded
  return Math.min(rounded, 65_535)
}

/** RFC 7323 §2.3: the smallest shift that lets the largest window fit 16 bits. */
export function windowScale(tcb: Tcb): number {
  const host = tcb.host
  let largest = windowSpace(tcb)
  if (host.policy.scaleFor === 'largest') largest = Math.max(largest, host.config.receiveBufferMax)
  largest = Math.min(largest, tcb.options.windowClamp)
  let shift = 0
  while (shift < 14 && largest >> shift > 65_535) shift++
  return shift
}

/** The connection is established: the largest window leaves room for one more segment than it promises. */
export function clampWindow(tcb: Tcb): void {
  if (!tcb.host.policy.windowGrows) return
  const mss = tcb.advertisedMss - (tcb.timestamps ? TIMESTAMPS_LENGTH : 0)
  const space = windowSpace(tcb)
  tcb.windowClamp = Math.min(Math.max(2 * mss, space - mss), tcb.options.windowClamp)
}

/** TCP_WINDOW_CLAMP on a connection. */
export function clampWindowTo(tcb: Tcb, octets: number): void {
  const a = tcb.autotuning
  if (octets < tcb.windowClamp) a.threshold = Math.min(a.threshold, octets)
  else a.threshold = Math.max(a.threshold, Math.min(tcb.rcv.wnd, octets))
  tcb.windowClamp = octets
}

/**
 * Chooses the window for the segment about to leave, moves RCV.NXT + RCV.WND there and returns the window field.
 *
 * RFC 9293 §3.8.6.2.2 (silly window avoidance, receiver): the right edge moves only by a segment or half the buffer, and
 * never left (§3.8.6, SHLD-14). Rounded up to the scale's unit, so that the edge stays where it was promised.
 */
export function offerWindow(tcb: Tcb): number {
  const rcv = tcb.rcv
  const current = rcv.wnd
  let wnd = current
  if (!tcb.receiveShutdown || !tcb.orphan) {
    const wanted = chooseWindow(tcb, current)
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
  const grows = tcb.host.policy.windowGrows
  let free = (grows ? windowSpace(tcb) : space) - tcb.receiveBuffer.length
  if (free < space >> 1) {
    tcb.acknowledging.quick = 0
    free -= free % (1 << tcb.rcvScale)
    // Less than a segment and less than a sixteenth of the buffer is as good as nothing (Linux; RFC 1122 §4.2.3.3).
    if (free < Math.min(windowSpace(tcb), space) >> 4 || free < mss) return 0
  }
  if (grows) free = Math.min(free, tcb.autotuning.threshold, 65_535 << tcb.rcvScale)
  // A scaled window is rounded coarsely enough already (Linux); a plain one moves in whole segments.
  if (tcb.rcvScale > 0) return free
  if (current <= free - mss || current > free) return free - (free % mss)
  return mss === space && free > current + (space >> 1) ? free : current
}

function countZeroWindow(tcb: Tcb, before: number, after: number): void {
  if (after === 0 && before > 0) tcb.host.counters.TCPToZeroWindowAdv++
  else if (after > 0 && before === 0) tcb.host.counters.TCPFromZeroWindowAdv++
}

/** After recv(): would the window now grow by enough to tell the peer at once? (RFC 9293 §3.8.6.2.2) */
export function windowUpdateDue(tcb: Tcb): boolean {
  const current = tcb.rcv.wnd
  const wanted = chooseWindow(tcb, current)
  if (wanted <= current) return false
  const least = tcb.host.policy.windowGrows ? current : Math.min(tcb.receiveMss, windowSpace(tcb) >> 1)
  return wanted - current >= Math.max(least, 1)
}
