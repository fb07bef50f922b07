import { effectiveMss } from '../output/mss.ts'
import { paceDelay } from '../output/pace.ts'
import { lastOfBurst, resend } from '../output/retransmission.ts'
import { transmitProbe } from '../output/send.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { rtoMin } from '../timeout-bounds.ts'
import { restartRetransmit, resumeRetransmit } from '../timeouts/arm.ts'
import { TimerSlot } from '../trace-sink.ts'
import { Phase } from './loss-recovery.ts'
import { armAs } from './rack.ts'

/** Two ticks of a 1000 Hz clock. */
const TIMER_LEAST_US = 2000

/**
 * RFC 8985 §7.2: the last segments of a flight have no successors whose ACKs could show that they are lost. After two round trips a
 * probe asks, long before the retransmission timer would.
 * @param restarts the retransmission timer would start anew now
 * @returns whether the probe's timer runs now
 */
export function scheduleProbe(tcb: Tcb, restarts: boolean): boolean {
  const { config, now } = tcb.host
  const { sent, recovery: r } = tcb
  // Before the handshake is complete the timer is the SYN-ACK's.
  if (tcb.state === State.SYN_RECEIVED) return false
  if (config.earlyRetransmit < 3 || sent.packetsOut === 0 || !tcb.sackPermitted) return false
  if (r.phase !== Phase.OPEN && r.phase !== Phase.CWR) return false
  let delay = config.rtoInitialUs
  if (tcb.srtt > 0) delay = 2 * tcb.srtt + (sent.packetsOut === 1 ? rtoMin(tcb) : TIMER_LEAST_US)
  const untilTimeout = restarts || sent.head === null ? tcb.rto : sent.head.sentAt + tcb.rto - now
  if (untilTimeout > 0) delay = Math.min(delay, untilTimeout)
  armAs(tcb, TimerSlot.LOSS_PROBE, delay + paceDelay(tcb))
  return true
}

/** RFC 8985 §7.3: the probe is new data if there is any, else the last segment once more. */
export function onProbeTimeout(tcb: Tcb): void {
  const { sent, recovery: r } = tcb
  const { tail } = sent
  if (tail === null) return
  // At most one probe at a time.
  if (r.probed || !sendProbe(tcb)) return resumeRetransmit(tcb)
  r.probed = true
  r.probeEnd = tcb.snd.nxt
  tcb.host.counters.TCPLossProbes++
  restartRetransmit(tcb)
}

function sendProbe(tcb: Tcb): boolean {
  const { sent, recovery: r } = tcb
  const before = sent.packetsOut
  r.probeRetransmits = false
  transmitProbe(tcb)
  if (sent.packetsOut > before) return true
  // The window would have taken new data; something else holds it back.
  if (((tcb.sendBuffer.end - tcb.snd.nxt) | 0) > 0 && windowTakesNext(tcb)) return false
  if (sent.tail === null) return false
  // It leaves its burst, even if the window should not take it.
  const last = lastOfBurst(tcb, sent.tail)
  sent.setFollows(last, false)
  if (!resend(tcb, last)) return false
  r.probeRetransmits = true
  return true
}

/** Whether the peer's window has room for the next segment, whole. */
function windowTakesNext(tcb: Tcb): boolean {
  const { una, wnd, nxt } = tcb.snd
  const next = Math.min((tcb.sendBuffer.chunkEnd() - nxt) | 0, effectiveMss(tcb))
  return ((una + wnd - nxt) | 0) >= next
}
