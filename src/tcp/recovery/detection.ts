import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { detectLossByTime, markLost } from './rack.ts'
import { markOldestLost } from './without-sack.ts'

/** What is lost, as far as this ACK tells: by duplicate ACKs, by SACK blocks, or by time. */
export function detectLosses(tcb: Tcb, event: AckEvent): void {
  const sent = tcb.sent
  if (sent.packetsOut === 0) return
  if (!tcb.sackPermitted) return markOldestLost(tcb, event.advanced)
  if (tcb.host.policy.lossDetection === 'sack') return markOvertaken(tcb)
  const inFlight = sent.retransOut
  if (detectLossByTime(tcb)) event.restartTimer = false
  if (sent.retransOut < inFlight) event.lostRetransmission = true
}

/** RFC 6675 §4 IsLost(): what as many segments behind it have overtaken as would make three duplicate ACKs. */
function markOvertaken(tcb: Tcb): void {
  const sent = tcb.sent
  let behind = sent.sackedOut
  for (let s: SentSegment | null = sent.head; s !== null && behind >= tcb.recovery.reordering; s = s.next) {
    if (s.sacked) behind--
    else if (!s.lost) markLost(tcb, s)
  }
}
