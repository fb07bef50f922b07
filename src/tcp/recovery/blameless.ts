import { algorithm } from '../congestion/algorithms.ts'
import type { Tcb } from '../tcb.ts'
import { Phase } from './loss-recovery.ts'
import { currentThreshold } from './reduction.ts'

/** What is marked lost leaves again, one window at a time, though the path is not to blame: nothing of it can be undone. */
export function enterBlamelessLoss(tcb: Tcb): void {
  const { recovery: r } = tcb
  if (r.phase === Phase.LOSS) return
  r.highSeq = tcb.snd.nxt
  r.priorThreshold = 0
  r.undoable = false
  // Of a recovery that was under way the threshold is what it comes down to.
  tcb.congestion.threshold = currentThreshold(tcb)
  r.phase = Phase.LOSS
  algorithm(tcb).lost(tcb)
}
