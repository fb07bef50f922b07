import { MS } from '../../base/index.ts'
import { pacingRate } from '../congestion/pacing.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import type { Tcb } from '../tcb.ts'

/**
 * How much leaves in one go. Linux hands bursts to the device as one packet, which cuts them into segments and puts PSH on the last:
 * so their ends can be seen on the wire. A burst is about a millisecond's worth, and never more than half the congestion window.
 */

/** `tcp_min_tso_segs`: segments of a burst at least. */
const SEGMENTS_LEAST = 2
/** Octets of a burst at most. */
const OCTETS_MOST = 65_215
/** `tcp_tso_rtt_log`: on short paths bursts may be longer, by this much less for each power of two in 512 µs. */
const RTT_LOG = 9
/** `tcp_tso_win_divisor`: a third of the window is worth sending at once. */
const WINDOW_SHARE = 3

/** Segments that the next burst may have. */
export function burstQuota(tcb: Tcb, mss: number): number {
  const { window } = tcb.congestion
  const room = window - tcb.sent.inFlight
  if (room <= 0 || !tcb.host.policy.sendsBursts) return Math.max(room, 0)
  return Math.min(room, Math.max(window >> 1, 1), segmentsMost(tcb, mss))
}

/** Segments of one burst at most, whatever the window says. */
export function segmentsMost(tcb: Tcb, mss: number): number {
  const rate = pacingRate(tcb)
  // Before the first measurement the pace is unbounded.
  let octets = rate === 0 ? OCTETS_MOST : Math.floor(rate / 1024)
  if (Number.isFinite(tcb.minRtt)) {
    const powers = Math.floor(tcb.minRtt / 2 ** RTT_LOG)
    if (powers < 32) octets += Math.floor(OCTETS_MOST / 2 ** powers)
  }
  return Math.max(Math.floor(Math.min(octets, OCTETS_MOST) / mss), SEGMENTS_LEAST)
}

/**
 * Whether a burst had better wait for the next ACK, because it would then be longer. Only right after something was sent, only while
 * less than a third of the window could leave, and never when the ACK is not to be expected soon.
 * @param unsent octets of the chunk, more than one segment
 * @param window octets that the peer's window has room for
 * @returns what it would wait for; null: it may leave
 */
export function worthWaiting(tcb: Tcb, unsent: number, mss: number, window: number): 'congestion' | 'peer' | null {
  const { host, congestion: c, sent, recovery: r, snd } = tcb
  if (!host.policy.sendsBursts || r.phase >= Phase.RECOVERY || host.now - tcb.lastSegmentSentAt > MS) return null
  const head = sent.head
  const room = (c.window - sent.inFlight) * mss
  const limit = Math.min(window, room)
  if (head === null || limit >= segmentsMost(tcb, mss) * mss) return null
  if (!tcb.sendBuffer.chunkIsLast && limit >= unsent) return null
  if (limit >= Math.floor(Math.min(snd.wnd, c.window * mss) / WINDOW_SHARE)) return null
  const roundTrip = Math.max(tcb.srtt, 0)
  if (head.sentAt + roundTrip - host.now > Math.min(roundTrip / 2, MS)) return null
  if (room < window && room <= unsent) return 'congestion'
  if (room >= window && window <= unsent) return 'peer'
  return tcb.finQueued || tcb.sendBuffer.chunkIsClosed ? null : 'congestion'
}
