import type { BoundedPersist } from '../personality.ts'
import { measuredTimeout } from '../rtt.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { arm, persistTimer } from '../timers.ts'
import { withinUnackedTime } from './arm.ts'

/** Window probes as the BSDs have them (`policy.boundedPersist`): their waits have bounds of their own, and time decides when to give up. */

/** The most that the wait is multiplied by as a power of two. */
const DOUBLINGS_MOST = 9

function start(tcb: Tcb, doublings: number): void {
  const { persistMinUs, persistMaxUs, retries2, rtoInitialUs, rtoSlopUs } = tcb.host.config
  const base = tcb.srtt < 0 ? 2 * rtoInitialUs : 4 * tcb.srtt + 8 * tcb.rttvar
  const wait = base * 2 ** Math.min(doublings, DOUBLINGS_MOST) + rtoSlopUs
  if (tcb.octets !== null) tcb.octets.before = null
  if (doublings === 0) tcb.probesSince = Math.max(tcb.host.now, 1)
  // Counted as it begins: a round trip that is measured meanwhile makes the next wait the first again.
  if (tcb.backoff < retries2) tcb.backoff++
  const within = Math.min(Math.max(wait, persistMinUs), persistMaxUs)
  arm(tcb, persistTimer(tcb), withinUnackedTime(tcb, within, tcb.probesSince))
}

/** Timeouts of a full series, in multiples of the first: 1 + 2 + … + 512 and three more of these. */
const SERIES = 2559

/** A full series of probes and its length, or, once closed, the longest wait. */
function isSilent(tcb: Tcb): boolean {
  const { config, now } = tcb.host
  const silence = now - tcb.lastSegmentReceivedAt
  const closed = tcb.state !== State.ESTABLISHED && tcb.state !== State.CLOSE_WAIT
  if (closed && silence >= config.persistMaxUs) return true
  if (tcb.backoff < config.retries2) return false
  return silence >= config.keepaliveIdleUs || silence >= (measuredTimeout(tcb) - config.rtoSlopUs) * SERIES
}

/** `TcpPolicy.boundedPersist` of the BSDs. */
export const boundedPersist: BoundedPersist = { start, isSilent }
