import { transmitLost } from '../output/send.ts'
import type { Tcb } from '../tcb.ts'
import { resumeRetransmit } from '../timeouts/arm.ts'
import { AckEvent } from './ack-event.ts'
import { enterRecovery } from './alert.ts'
import { Phase } from './loss-recovery.ts'
import { markOverdue } from './rack.ts'
import { reduce } from './reduction.ts'

const NO_ACK = new AckEvent()

/** RFC 8985 §6.3: what might only have been late is overdue now. */
export function onReorderingTimeout(tcb: Tcb): void {
  const { sent, recovery: r } = tcb
  const inFlight = sent.inFlight
  const lost = r.lost
  markOverdue(tcb)
  if (sent.inFlight !== inFlight) {
    if (r.phase !== Phase.RECOVERY) {
      enterRecovery(tcb, false)
      reduce(tcb, 1, r.lost - lost, NO_ACK)
    }
    transmitLost(tcb)
  }
  if (!tcb.retransmitTimer.armed) resumeRetransmit(tcb)
}
