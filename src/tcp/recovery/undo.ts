import { seqGeq, seqLt } from '../../base/index.ts'
import { algorithm } from '../congestion/algorithms.ts'
import { timestampAt } from '../output/options.ts'
import type { Tcb } from '../tcb.ts'
import { Phase } from './loss-recovery.ts'
import { RACK_PERSISTS } from './rack.ts'
import { reorderedFrom } from './reordering.ts'

/**
 * Taking a reduction back when it turns out that nothing was lost: DSACKs call every retransmission needless (RFC 3708), or a
 * timestamp shows that the original arrived (Eifel, RFC 3522), or F-RTO finds the timeout spurious (RFC 5682).
 */

/** A reduction begins: from here on it can be undone. */
export function beginUndo(tcb: Tcb): void {
  const r = tcb.recovery
  r.undoable = true
  r.undoMarker = tcb.snd.una
  r.undoRetransmissions = tcb.sent.retransOut > 0 ? tcb.sent.retransOut : -1
  if (r.probed && r.probeRetransmits) r.undoRetransmissions = Math.max(0, r.undoRetransmissions) + 1
}

/** Eifel: the ACK echoes a timestamp from before the first retransmission, or nothing was sent again at all. */
function originalArrived(tcb: Tcb): boolean {
  const r = tcb.recovery
  // Without SACK the stamp is also cleared while recovery is held at its end: then it tells nothing.
  if (r.retransmitStamp === 0) return tcb.sackPermitted || !phaseIsOver(tcb)
  if (!tcb.timestamps || tcb.lastEcho === 0) return false
  return seqLt(tcb.lastEcho, timestampAt(tcb, r.retransmitStamp))
}

function mayUndo(tcb: Tcb): boolean {
  const r = tcb.recovery
  return r.undoable && (r.undoRetransmissions === 0 || originalArrived(tcb))
}

function undo(tcb: Tcb, unmark: boolean): void {
  const r = tcb.recovery
  const c = tcb.congestion
  if (unmark) tcb.sent.unmarkLost()
  if (r.priorThreshold > 0) {
    c.window = algorithm(tcb).undone(tcb)
    if (r.priorThreshold > c.threshold) {
      c.threshold = r.priorThreshold
      tcb.ecn.mustTellReduced = false
    }
  }
  c.stampedAt = tcb.host.now
  r.undoable = false
  r.rackAdvanced = true
}

/** Recovery is over. @returns true: NewReno stays in it until more than `highSeq` is acknowledged (RFC 6582 §4.1) */
export function undoAtEnd(tcb: Tcb): boolean {
  const r = tcb.recovery
  const { counters } = tcb.host
  if (mayUndo(tcb)) {
    if (r.phase === Phase.LOSS) counters.TCPLossUndo++
    else counters.TCPFullUndo++
    undo(tcb, false)
  } else if (r.rackPersist > 0) {
    r.rackPersist--
  }
  if (mustHold(tcb)) return true
  r.phase = Phase.OPEN
  r.reneged = false
  return false
}

/** Without SACK, duplicate ACKs of needless retransmissions would look like a loss behind `highSeq`. */
function mustHold(tcb: Tcb): boolean {
  const r = tcb.recovery
  if (tcb.snd.una !== r.highSeq || tcb.sackPermitted) return false
  if (!anythingResent(tcb)) r.retransmitStamp = 0
  return true
}

/** Every retransmission of the episode was reported as a duplicate. */
export function undoByDsack(tcb: Tcb): boolean {
  const r = tcb.recovery
  if (!r.undoable || r.undoRetransmissions !== 0) return false
  r.rackPersist = Math.min(RACK_PERSISTS, r.rackPersist + 1)
  undo(tcb, false)
  tcb.host.counters.TCPDSACKUndo++
  return true
}

/** In LOSS, SND.UNA has moved. @param spurious F-RTO has decided already */
export function undoLoss(tcb: Tcb, spurious: boolean): boolean {
  const r = tcb.recovery
  if (!spurious && !mayUndo(tcb)) return false
  undo(tcb, true)
  tcb.host.counters.TCPLossUndo++
  if (spurious) tcb.host.counters.TCPSpuriousRTOs++
  tcb.retransmits = 0
  if (mustHold(tcb)) return true
  if (spurious || tcb.sackPermitted) {
    r.phase = Phase.OPEN
    r.reneged = false
  }
  return true
}

/** The handshake is complete that Fast Open did not wait for: its SYN-ACK was repeated twice, but had arrived the first time (Eifel). */
export function undoEarlyLoss(tcb: Tcb, echo: number): void {
  const { host, recovery, sent } = tcb
  const firstTimeout = tcb.synSentAt + host.config.rtoInitialUs
  if (recovery.phase !== Phase.LOSS || sent.head?.next !== null || !tcb.timestamps || echo === 0) return
  if (!seqLt(echo, timestampAt(tcb, firstTimeout))) return
  undo(tcb, false)
  tcb.host.counters.TCPLossUndo++
}

/**
 * A partial ACK in RECOVERY that the original brought, late: the hole was reordering.
 * @returns true: nothing more is to be sent again for now
 */
export function undoPartly(tcb: Tcb, una: number): boolean {
  const r = tcb.recovery
  if (!r.undoable || !originalArrived(tcb)) return false
  reorderedFrom(tcb, una, true)
  if (tcb.sent.retransOut > 0) return true
  if (!anythingResent(tcb)) r.retransmitStamp = 0
  undo(tcb, true)
  tcb.host.counters.TCPPartialUndo++
  keepOpen(tcb)
  return false
}

/** OPEN, or DISORDER while something is out of order. */
export function keepOpen(tcb: Tcb): void {
  const r = tcb.recovery
  const { sackedOut, lostOut } = tcb.sent
  const phase = sackedOut + lostOut > 0 || anythingResent(tcb) ? Phase.DISORDER : Phase.OPEN
  if (r.phase === phase) return
  r.phase = phase
  r.highSeq = tcb.snd.nxt
}

/** Something in the retransmission queue was sent more than once. */
export function anythingResent(tcb: Tcb): boolean {
  return tcb.sent.retransOut > 0 || tcb.sent.head?.everRetransmitted === true
}

/** SND.UNA has reached where the phase began. */
export function phaseIsOver(tcb: Tcb): boolean {
  return seqGeq(tcb.snd.una, tcb.recovery.highSeq)
}
