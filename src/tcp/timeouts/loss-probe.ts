import { effectiveMss } from '../output/mss.ts'
import { lastOfBurst, resend } from '../output/retransmission.ts'
import { transmitProbe } from '../output/send.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit, resumeRetransmit } from './arm.ts'

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
  const takesNext = ((tcb.sendBuffer.end - tcb.snd.nxt) | 0) > 0 && windowTakesNext(tcb)
  transmitProbe(tcb)
  if (sent.packetsOut > before) return true
  // The window would have taken new data as they lay; something else holds them back, if only that they were made a whole segment.
  if (takesNext) return false
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
