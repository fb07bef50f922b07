import { paceDelay } from '../output/pace.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { rtoMin, TIMER_LEAST_US } from '../timeout-bounds.ts'
import { TimerSlot } from '../trace-sink.ts'
import { Phase } from './loss-recovery.ts'
import { armAs } from './rack.ts'

/**
 * RFC 8985 §7.2: the last segments of a flight have no successors whose ACKs could show that they are lost. After two round trips a
 * probe asks, long before the retransmission timer would.
 * @param restarts the retransmission timer would start anew now
 * @returns whether the probe's timer runs now
 */
export function scheduleProbe(tcb: Tcb, restarts: boolean): boolean {
  const { config, now } = tcb.host
  const { sent, recovery: r } = tcb
  // Before the handshake is complete the timer is the SYN-ACK's; where SYNs crossed, what the ACK has left of their text asks like any.
  const crossed = tcb.active && tcb.host.policy.crossedOpenIsSynchronised
  if ((tcb.state === State.SYN_RECEIVED && !crossed) || sent.uncounted > 0) return false
  if (config.earlyRetransmit < 3 || sent.packetsOut === 0 || !tcb.sackPermitted) return false
  if (r.phase !== Phase.OPEN && r.phase !== Phase.CWR) return false
  let delay = config.rtoInitialUs
  if (tcb.srtt > 0) delay = 2 * tcb.srtt + (sent.packetsOut === 1 ? rtoMin(tcb) : TIMER_LEAST_US)
  const untilTimeout = restarts || sent.head === null ? tcb.rto : sent.head.sentAt + tcb.rto - now
  if (untilTimeout > 0) delay = Math.min(delay, untilTimeout)
  armAs(tcb, TimerSlot.LOSS_PROBE, delay + paceDelay(tcb))
  return true
}
