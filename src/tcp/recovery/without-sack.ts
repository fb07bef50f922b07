import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { Phase } from './loss-recovery.ts'
import { markLost } from './rack.ts'

/**
 * Without SACK (RFC 6582): each duplicate ACK says that one segment, nobody knows which, has left the network. The count stands
 * for SACK blocks, so that recovery needs no second form.
 */

/** A duplicate ACK arrived. */
export function countDuplicate(tcb: Tcb, event: AckEvent): void {
  const sent = tcb.sent
  const before = sent.sackedOut
  sent.sackedOut++
  limit(tcb, 0)
  noteDelivered(tcb, Math.max(0, sent.sackedOut - before), event)
}

/** `segments` were acknowledged: the first fills the hole, the others are those that the duplicates had stood for. */
export function forgetDuplicates(tcb: Tcb, event: AckEvent): void {
  const sent = tcb.sent
  const { segments } = event
  if (segments <= 0) return
  noteDelivered(tcb, Math.max(segments - sent.sackedOut, 1), event)
  sent.sackedOut = Math.max(0, sent.sackedOut - (segments - 1))
  limit(tcb, segments)
}

function noteDelivered(tcb: Tcb, segments: number, event: AckEvent): void {
  tcb.recovery.delivered += segments
  if (event.ece && tcb.ecn.on) tcb.recovery.deliveredCe += segments
}

/** More duplicates than segments behind a hole: the path reorders. */
function limit(tcb: Tcb, acknowledged: number): void {
  const sent = tcb.sent
  const r = tcb.recovery
  if (!limitDuplicates(tcb)) return
  r.reordering = Math.min(sent.packetsOut + acknowledged, tcb.host.config.maxReordering)
  r.reorderSeen++
  tcb.host.counters.TCPRenoReorder++
}

/** What is lost cannot have arrived, whatever duplicates stood for it. @returns whether there were too many of them */
export function limitDuplicates({ sent }: Tcb): boolean {
  const holes = Math.min(Math.max(sent.lostOut, 1), sent.packetsOut)
  if (sent.sackedOut + holes <= sent.packetsOut) return false
  sent.sackedOut = sent.packetsOut - holes
  return true
}

/** RFC 6582 §3.2: the third duplicate, and each partial ACK, says that the oldest segment is lost. */
export function markOldestLost(tcb: Tcb, advanced: boolean): void {
  const r = tcb.recovery
  const head = tcb.sent.head
  if (head === null || head.lost) return
  const third = r.phase < Phase.RECOVERY && tcb.sent.sackedOut >= r.reordering
  if (third || (r.phase === Phase.RECOVERY && advanced)) markLost(tcb, head)
}
