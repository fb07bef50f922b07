import { MS, type Seq, seqGt } from '../../base/index.ts'
import { judgeProbeLost } from '../output/mtu-probing.ts'
import { resendTooLarge } from '../output/too-large.ts'
import type { Tcb } from '../tcb.ts'
import { armRetransmit } from '../timeouts/arm.ts'
import type { AckEvent } from './ack-event.ts'
import { detectLosses } from './detection.ts'
import { Phase } from './loss-recovery.ts'
import { beginReduction, currentThreshold, endReduction, enterCwr } from './reduction.ts'
import { Resend } from './resend.ts'
import { endTimeouts, processLoss } from './timeout.ts'
import { anythingResent, beginUndo, keepOpen, phaseIsOver, undoAtEnd, undoByDsack, undoPartly } from './undo.ts'
import { countDuplicate } from './without-sack.ts'

/**
 * Judges an ACK that is not plain progress: the phases of loss recovery and the ways between them.
 * @param una SND.UNA before this ACK
 * @returns what is to be sent when the window has been set
 */
export function alertRecovery(tcb: Tcb, una: Seq, event: AckEvent): Resend {
  const r = tcb.recovery
  const sent = tcb.sent
  if (sent.packetsOut === 0) sent.sackedOut = 0
  // An ECN echo means congestion whatever else turns out to be spurious.
  if (event.ece) r.priorThreshold = 0
  if (event.reneging && event.advanced) {
    suspectReneging(tcb, event)
    return Resend.NOTHING
  }
  if (r.phase === Phase.OPEN) r.retransmitStamp = 0
  else if (phaseIsOver(tcb) && mustStay(tcb)) return Resend.NOTHING
  switch (r.phase) {
    case Phase.RECOVERY:
      return inRecovery(tcb, una, event)
    case Phase.LOSS:
      return inLoss(tcb, event)
    default:
      return beforeRecovery(tcb, event)
  }
}

/**
 * The oldest segment is acknowledged selectively, and not otherwise: the peer may have thrown it away (RFC 2018 §8). If nothing
 * better comes soon, the timeout forgets all SACK blocks.
 */
function suspectReneging(tcb: Tcb, event: AckEvent): void {
  armRetransmit(tcb, Math.max(Math.floor(tcb.srtt / 2), 10 * MS))
  event.restartTimer = false
}

/** `highSeq` is acknowledged: the phase ends, unless it must be held. */
function mustStay(tcb: Tcb): boolean {
  const r = tcb.recovery
  if (r.phase === Phase.CWR && tcb.snd.una !== r.highSeq) {
    endReduction(tcb)
    r.phase = Phase.OPEN
  } else if (r.phase === Phase.RECOVERY) {
    if (!tcb.sackPermitted) tcb.sent.sackedOut = 0
    if (undoAtEnd(tcb)) return true
    // What ends here is RECOVERY, although the phase is OPEN by now.
    endReduction(tcb)
  }
  return false
}

function inRecovery(tcb: Tcb, una: Seq, event: AckEvent): Resend {
  const r = tcb.recovery
  if (event.advanced) {
    if (undoPartly(tcb, una)) return Resend.NOTHING
  } else if (!tcb.sackPermitted && event.duplicate) {
    countDuplicate(tcb, event)
  }
  if (undoByDsack(tcb)) tryToOpen(tcb, event)
  detectLosses(tcb, event)
  if (r.phase !== Phase.RECOVERY) {
    // Undone just now; yet a loss is evident.
    if (tcb.sent.lostOut === 0) return Resend.NOTHING
    enterRecovery(tcb, event.ece)
  }
  return Resend.LOST
}

function inLoss(tcb: Tcb, event: AckEvent): Resend {
  const r = tcb.recovery
  const resend = processLoss(tcb, event)
  if (r.phase !== Phase.LOSS) endTimeouts(tcb)
  detectLosses(tcb, event)
  if (r.phase !== Phase.OPEN && !event.lostRetransmission) return resend
  // The timeout was spurious, or a retransmission is lost as well: begin anew.
  return beforeRecovery(tcb, event)
}

function beforeRecovery(tcb: Tcb, event: AckEvent): Resend {
  const r = tcb.recovery
  const sent = tcb.sent
  if (!tcb.sackPermitted) {
    if (event.advanced) sent.sackedOut = 0
    if (event.duplicate && sent.packetsOut > 0) countDuplicate(tcb, event)
  }
  if (r.phase <= Phase.DISORDER) undoByDsack(tcb)
  detectLosses(tcb, event)
  if (sent.lostOut === 0) {
    tryToOpen(tcb, event)
    return Resend.NOTHING
  }
  if (judgeProbeLost(tcb)) {
    resendTooLarge(tcb)
    return Resend.NOTHING
  }
  enterRecovery(tcb, event.ece)
  return Resend.LOST
}

/** Nothing is believed lost. */
function tryToOpen(tcb: Tcb, event: AckEvent): void {
  if (!anythingResent(tcb)) tcb.recovery.retransmitStamp = 0
  if (event.ece) enterCwr(tcb)
  if (tcb.recovery.phase !== Phase.CWR) keepOpen(tcb)
}

/** RFC 5681 §3.2, RFC 6675 §5: fast retransmit and fast recovery. */
export function enterRecovery(tcb: Tcb, ece: boolean): void {
  const r = tcb.recovery
  const { counters } = tcb.host
  if (tcb.sackPermitted) counters.TCPSackRecovery++
  else counters.TCPRenoRecovery++
  // The clock of this episode starts with its own first retransmission.
  if (!anythingResent(tcb)) r.retransmitStamp = 0
  r.priorThreshold = 0
  beginUndo(tcb)
  if (!r.reducing) {
    if (!ece) r.priorThreshold = currentThreshold(tcb)
    beginReduction(tcb)
  }
  r.phase = Phase.RECOVERY
}

/** The ACK of a loss probe (RFC 8985 §7.4): did the probe repair a loss that nobody else noticed? */
export function judgeProbe(tcb: Tcb, ack: Seq, event: AckEvent): void {
  const r = tcb.recovery
  if (!r.probed || seqGt(r.probeEnd, ack)) return
  const silent = !event.advanced && !event.carriesData && !event.windowUpdated && !event.newData && !event.dataSacked
  if (!r.probeRetransmits || event.dsackOfProbe) {
    r.probed = false
  } else if (seqGt(ack, r.probeEnd)) {
    // No duplicate was reported: the probe was what arrived.
    beginReduction(tcb)
    r.phase = Phase.CWR
    endReduction(tcb)
    keepOpen(tcb)
    tcb.host.counters.TCPLossProbeRecovery++
  } else if (silent) {
    r.probed = false
  }
}
