import { receiveMemory, windowOf } from '../receive-memory.ts'
import type { Tcb } from '../tcb.ts'

/** What the window field says at most to whom takes it for a signed number. */
export const SIGNED_MAX = 32_767

/**
 * The window where it begins small and grows with what arrives (Linux's __tcp_select_window): what memory is worth in text, within the
 * clamp and the threshold, whether or not the field can say it.
 */
export function selectWindow(tcb: Tcb): number {
  const allowed = windowOf(tcb, tcb.options.receiveBuffer)
  const full = Math.min(tcb.windowClamp, allowed)
  const mss = Math.min(tcb.receiveMss, full)
  if (mss <= 0) return 0
  const unit = 1 << tcb.rcvScale
  let free = windowOf(tcb, tcb.options.receiveBuffer - receiveMemory(tcb))
  if (mayRetract(tcb)) return selectByMemory(tcb, free, full, allowed, mss)
  if (free < full >> 1) {
    tcb.acknowledging.quick = 0
    free = Math.floor(free / unit) * unit
    // Less than a segment and less than a sixteenth of the buffer is as good as nothing (RFC 1122 §4.2.3.3).
    if (free < allowed >> 4 || free < mss) return 0
  }
  free = Math.min(free, tcb.autotuning.threshold)
  // A scaled window is rounded coarsely enough already; a plain one moves in whole segments.
  if (tcb.rcvScale > 0) return Math.ceil(free / unit) * unit
  const offered = (tcb.rcv.edge - tcb.rcv.wup) | 0
  if (offered <= free - mss || offered > free) return free - (free % mss)
  return mss === full && free > offered + (full >> 1) ? free : offered
}

/** RFC 7323 §2.4: with a scale the edge may move left, if the administrator allows it. */
function mayRetract(tcb: Tcb): boolean {
  return tcb.host.config.shrinkWindow && tcb.rcvScale > 0
}

/** The same where the edge may move left: never more than there is memory for, so that it is rounded down but where the threshold decides. */
function selectByMemory(tcb: Tcb, space: number, full: number, allowed: number, mss: number): number {
  const unit = 1 << tcb.rcvScale
  const free = Math.floor(space / unit) * unit
  if (free < full >> 1) {
    tcb.acknowledging.quick = 0
    if (free < allowed >> 4 || free < mss || free < unit) return 0
  }
  const { threshold } = tcb.autotuning
  return free > threshold ? Math.ceil(threshold / unit) * unit : free
}

/** Chooses the window for the segment about to leave, moves RCV.NXT + RCV.WND there and returns the window field. */
export function offerGrowingWindow(tcb: Tcb): number {
  const { rcv, acknowledging: a, host } = tcb
  const before = (rcv.edge - rcv.wup) | 0
  if (a.outOfMemory) {
    a.outOfMemory = false
    tcb.foresees = false
    rcv.edge = rcv.nxt
    return 0
  }
  const current = rcv.wnd
  let wnd = selectWindow(tcb)
  if (wnd < current && !mayRetract(tcb)) {
    if (wnd === 0) host.counters.TCPWantZeroWindowAdv++
    // The edge only moves right.
    const unit = 1 << tcb.rcvScale
    wnd = Math.ceil(current / unit) * unit
  }
  rcv.edge = (rcv.nxt + wnd) | 0
  const most = tcb.rcvScale === 0 && host.config.signedWindows ? SIGNED_MAX : 65_535
  const field = Math.min(wnd >> tcb.rcvScale, most)
  if (field === 0) tcb.foresees = false
  if (field === 0 && before > 0) host.counters.TCPToZeroWindowAdv++
  else if (field > 0 && before === 0) host.counters.TCPFromZeroWindowAdv++
  return field
}

/** After recv(): whether the window could be twice what is left of it. */
export function growingWindowIsNews(tcb: Tcb): boolean {
  const current = tcb.rcv.wnd
  if (2 * current > tcb.windowClamp) return false
  const wanted = selectWindow(tcb)
  // Reading a little tells the peer nothing.
  return wanted > 0 && wanted >= 2 * current
}
