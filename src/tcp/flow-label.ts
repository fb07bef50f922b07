import { Phase } from './recovery/loss-recovery.ts'
import type { Tcb } from './tcb.ts'

/**
 * IPv6's flow label (RFC 6437, RFC 6438): routers that share out load over several paths choose by it, so that a connection whose packets get
 * lost may try another path by another label. The label itself is the host's to choose, by how often it was changed.
 */

/** Another path, if the socket allows it (SO_TXREHASH). */
function changePath(tcb: Tcb): boolean {
  if (!tcb.host.policy.changesPath || !tcb.options.changesPath) return false
  tcb.pathChanges++
  return true
}

/** A retransmission timeout: perhaps it is the path. */
export function timeoutChangesPath(tcb: Tcb): void {
  if (!changePath(tcb)) return
  tcb.timeoutPathChanges++
  tcb.host.counters.TcpTimeoutRehash++
}

/** A SYN-ACK leaves again, each time by another path. */
export function synAckChangesPath(tcb: Tcb): void {
  changePath(tcb)
}

/** The label of a segment that brings text. */
export function noteFlowLabel(tcb: Tcb): void {
  tcb.flowLabelSeen = tcb.flowLabelArrived
}

/**
 * Old text under another label: the peer has had a timeout, so that our ACKs do not get through. We try another path too, unless we are in
 * trouble ourselves.
 */
export function duplicateChangesPath(tcb: Tcb): void {
  if (tcb.remote.v4) return
  const news = tcb.flowLabelArrived !== tcb.flowLabelSeen
  if (news && tcb.recovery.phase !== Phase.LOSS && changePath(tcb)) tcb.host.counters.TcpDuplicateDataRehash++
  noteFlowLabel(tcb)
}
