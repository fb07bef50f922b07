import { type Seq, seqLt } from '../../base/index.ts'
import { usualMss } from '../output/mss.ts'
import type { Tcb } from '../tcb.ts'

/** The highest octet that has arrived: beyond it nothing is known. */
export function highestArrived(tcb: Tcb): Seq {
  return tcb.sent.sackedOut > 0 && tcb.sackPermitted ? tcb.sent.highestSacked : tcb.snd.una
}

/**
 * What lies at `seq` arrived late, though it was never sent again: the path reorders by so many segments, and that many out of
 * order do not mean loss any more.
 * @param byTimestamp a timestamp showed it
 */
export function reorderedFrom(tcb: Tcb, seq: Seq, byTimestamp: boolean): void {
  const highest = highestArrived(tcb)
  if (!seqLt(seq, highest)) return
  const r = tcb.recovery
  const { config, counters } = tcb.host
  const segments = Math.ceil(((highest - seq) | 0) / usualMss(tcb))
  if (segments > r.reordering) r.reordering = Math.min(segments, config.maxReordering)
  r.reorderSeen++
  if (byTimestamp) counters.TCPTSReorder++
  else counters.TCPSACKReorder++
}
