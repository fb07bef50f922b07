import { MS } from '../../base/index.ts'
import { flight } from '../congestion/unit.ts'
import { Phase } from '../recovery/loss-recovery.ts'
import type { Tcb } from '../tcb.ts'
import { pacingRate } from './pace.ts'

/**
 * How much leaves in one go. Linux hands bursts to the device as one packet, which cuts them into segments and puts PSH on the last:
 * so their ends can be seen on the wire. A burst is about a millisecond's worth, and never more than half the congestion window.
 */

/** Octets of a burst at most. */
const OCTETS_MOST = 65_215
/** With no share of the window set, this many segments and one octet are worth sending at once. */
const SEGMENTS_WORTH_SENDING = 3

/** Octets of the congestion window that the next burst may have: whole segments, unless windows count octets. */
export function burstRoom(tcb: Tcb, mss: number): number {
  const { window } = tcb.congestion
  if (tcb.octets !== null) return Math.max(tcb.octets.sending.newRoom(tcb, tcb.octets), 0)
  const room = window - flight(tcb)
  if (room <= 0) return 0
  if (!tcb.host.policy.sendsBursts) return room * mss
  return Math.min(room, Math.max(window >> 1, 1), segmentsMost(tcb, mss)) * mss
}

/** Segments of one burst at most, whatever the window says. */
export function segmentsMost(tcb: Tcb, mss: number): number {
  // A signature is of one segment.
  if (tcb.options.signatureKeys !== null) return 1
  const rate = pacingRate(tcb)
  // Before the first measurement the pace is unbounded.
  let octets = Math.min(Math.floor(rate / 1024), OCTETS_MOST)
  const { burstRttLog, burstSegmentsLeast } = tcb.host.config
  if (Number.isFinite(tcb.minRtt)) {
    // On short paths bursts may be longer.
    const halvings = Math.floor(tcb.minRtt / ((1 << burstRttLog) >>> 0))
    if (halvings < 32) octets += OCTETS_MOST >>> halvings
  }
  // A burst is one packet to the device, so that of large segments not even the least may fit.
  const least = Math.min(burstSegmentsLeast, Math.max(Math.floor(OCTETS_MOST / mss), 1))
  return Math.max(Math.floor(Math.min(octets, OCTETS_MOST) / mss), least)
}

/**
 * Whether a burst had better wait for the next ACK, because it would then be longer. Only right after something was sent, only while
 * less than a third of the window could leave, and never when the ACK is not to be expected soon.
 * @param unsent octets of the chunk, more than one segment
 * @param window octets that the peer's window has room for
 * @returns what it would wait for; null: it may leave
 */
export function worthWaiting(
  tcb: Tcb,
  unsent: number,
  mss: number,
  window: number,
): 'congestion' | 'peer' | 'program' | null {
  const { host, congestion: c, sent, recovery: r } = tcb
  if (!host.policy.sendsBursts || r.phase >= Phase.RECOVERY || host.now - tcb.lastSegmentSentAt > MS) return null
  const head = sent.head
  const room = (c.window - sent.inFlight) * mss
  const limit = Math.min(window, room)
  if (head === null || limit >= segmentsMost(tcb, mss) * mss) return null
  if (!tcb.sendBuffer.chunkIsLast && limit >= unsent) return null
  if (limit >= enough(tcb, mss)) return null
  const roundTrip = Math.max(tcb.srtt, 0)
  if (head.sentAt + roundTrip - host.now > Math.min(roundTrip / 2, MS)) return null
  if (room < window && room <= unsent) return 'congestion'
  if (room >= window && window <= unsent) return 'peer'
  return tcb.finQueued || tcb.sendBuffer.chunkIsClosed ? null : 'program'
}

/** Octets that are worth sending at once: a share of the window. */
function enough(tcb: Tcb, mss: number): number {
  const { burstWindowDivisor } = tcb.host.config
  if (burstWindowDivisor === 0) return SEGMENTS_WORTH_SENDING * mss + 1
  return Math.floor(Math.min(tcb.snd.wnd, tcb.congestion.window * mss) / burstWindowDivisor)
}
