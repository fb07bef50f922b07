import { pipe } from '../octets/pipe.ts'
import { usualMss } from '../output/mss.ts'
import type { Tcb } from '../tcb.ts'

/** RFC 6928 §2: the initial window has no more octets than so many per segment, unless they are two segments. */
const INITIAL_SEGMENT = 1460
/** RFC 3390 §1: octets of three segments of Ethernet. */
const ABOUT_THREE = 4380
/** RFC 5681 §3.1: segments that are larger are two, and three. */
const LARGE = 2190
const MEDIUM = 1095
/** The largest window that the peer's scale could ever offer, unscaled. */
const UNSCALED_MOST = 65_535

/** Octets of the largest window that a peer could ever offer. */
export const WINDOW_MOST: number = UNSCALED_MOST * 2 ** 14

/** What a segment of text counts in the congestion window: one, or its octets where windows count octets (`policy.windowCountsOctets`). */
export function oneSegment(tcb: Tcb): number {
  return tcb.host.policy.windowCountsOctets ? usualMss(tcb) : 1
}

/** What is in flight, counted as the congestion window is. */
export function flight(tcb: Tcb): number {
  return tcb.octets === null ? tcb.sent.inFlight : pipe(tcb, tcb.octets)
}

/** Segments with which a path may begin: what its route says, else the system's. */
export function initialSegments({ host, remote }: Tcb): number {
  const { initialWindow = 0 } = host.routeMetrics(remote) ?? {}
  return initialWindow > 0 ? initialWindow : host.config.initialWindow
}

/** The window of a new connection, `segments` of them; 0: as many as RFC 5681 §3.1 or RFC 3390 allow. */
export function firstWindow(tcb: Tcb, segments: number): number {
  if (!tcb.host.policy.windowCountsOctets) return segments
  const mss = usualMss(tcb)
  if (segments === 0 && tcb.host.config.initialWindowByOctets) return Math.min(4 * mss, Math.max(2 * mss, ABOUT_THREE))
  if (segments === 0) return (mss > LARGE ? 2 : mss > MEDIUM ? 3 : 4) * mss
  return Math.min(segments * mss, Math.max(2 * mss, segments * INITIAL_SEGMENT))
}

/** Where windows count octets, none is larger than what the peer could offer. */
export function withinScale(tcb: Tcb, window: number): number {
  return Math.min(window, UNSCALED_MOST * 2 ** tcb.sndScale)
}
