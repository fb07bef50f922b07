import { Phase } from '../recovery/loss-recovery.ts'
import { markLost } from '../recovery/rack.ts'
import { currentThreshold } from '../recovery/reduction.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import { armRetransmit } from '../timeouts/arm.ts'
import { TimerSlot } from '../trace-sink.ts'
import { effectiveMss } from './mss.ts'
import { transmitLost } from './send.ts'

/**
 * The path takes less than was thought: what is in flight and too large for it is lost, and leaves again in smaller pieces (RFC 1191 §6.2).
 * It says nothing of congestion, and the window stays.
 */
export function resendTooLarge(tcb: Tcb): void {
  const { recovery: r, sent } = tcb
  const mss = effectiveMss(tcb)
  // A burst has the size of its first segment.
  let size = 0
  for (let s: SentSegment | null = sent.head; s !== null; s = s.next) {
    if (!s.follows) size = (s.end - s.seq) | 0
    // What the BSDs send again is cut anew from there on.
    if (size > mss || tcb.host.policy.resendsFromBuffer) markLost(tcb, s)
  }
  if (sent.lostOut === 0) return
  if (r.phase !== Phase.LOSS) {
    r.highSeq = tcb.snd.nxt
    tcb.congestion.threshold = currentThreshold(tcb)
    r.priorThreshold = 0
    r.undoable = false
    r.phase = Phase.LOSS
  }
  const { deadline, armed, slot } = tcb.retransmitTimer
  transmitLost(tcb)
  // The wait that had begun goes on.
  if (tcb.host.policy.resendsFromBuffer && armed && slot === TimerSlot.RETRANSMIT)
    armRetransmit(tcb, Math.max(deadline - tcb.host.now, 1))
}
