import { seqGt } from '../../base/index.ts'
import { algorithm } from '../congestion/algorithms.ts'
import { flight, oneSegment } from '../congestion/unit.ts'
import type { SentSegment } from '../retransmission-queue.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { Phase } from './loss-recovery.ts'
import { markLost, timeLeft } from './rack.ts'
import { currentThreshold } from './reduction.ts'
import { Resend } from './resend.ts'
import { beginUndo, phaseIsOver, undoAtEnd, undoLoss } from './undo.ts'
import { countDuplicate } from './without-sack.ts'

/** The retransmission timer has run out (RFC 5681 §3.1, equation 4; RFC 6298 §5.4): what is in flight is doubted. */
export function enterLoss(tcb: Tcb): void {
  if (tcb.octets !== null) return tcb.octets.sending.goBack(tcb, tcb.octets)
  const r = tcb.recovery
  const c = tcb.congestion
  const sent = tcb.sent
  const first = r.phase < Phase.RECOVERY
  doubtFlight(tcb)
  if (r.phase <= Phase.DISORDER || phaseIsOver(tcb) || (r.phase === Phase.LOSS && tcb.retransmits === 0)) {
    r.priorThreshold = currentThreshold(tcb)
    r.priorWindow = c.window
    c.threshold = algorithm(tcb).threshold(tcb)
    beginUndo(tcb)
  }
  algorithm(tcb).lost(tcb)
  // MUST-19: a timeout begins anew with one segment
  c.window = flight(tcb) + oneSegment(tcb)
  c.credit = 0
  c.stampedAt = tcb.host.now
  const { reordering, frto } = tcb.host.config
  // So many duplicates and still a timeout: reordering was overrated.
  if (r.phase <= Phase.DISORDER && sent.sackedOut >= reordering) r.reordering = Math.min(r.reordering, reordering)
  r.phase = Phase.LOSS
  r.highSeq = tcb.snd.nxt
  r.probed = false
  tcb.ecn.mustTellReduced = tcb.ecn.on
  // RFC 5682 §2.1 step 1: not in a recovery that was under way, whose retransmissions may be what arrives.
  // Nor while it is open whether a larger segment got through.
  r.frto = frto && (first || tcb.retransmits > 0) && !(tcb.mtuSearch !== null && tcb.mtuSearch.probe > 0)
}

/** What the timeouts doubted is settled: the time that they took is known. */
export function endTimeouts(tcb: Tcb): void {
  if (tcb.timeoutsSince > 0) tcb.timeoutTime += tcb.host.now - tcb.timeoutsSince
  tcb.timeoutsSince = 0
}

/** Everything in flight is believed lost, but for what was sent so recently that it may still arrive. */
function doubtFlight(tcb: Tcb): void {
  const r = tcb.recovery
  const sent = tcb.sent
  const head = sent.head
  if (head === null) return
  const reneged = head.sacked
  if (reneged) {
    tcb.host.counters.TCPSACKReneging++
    sent.forgetSacks()
    r.reneged = true
  } else if (!tcb.sackPermitted) {
    sent.sackedOut = 0
  }
  // The burst that the oldest is of is doubted as a whole.
  let oldest = true
  for (let s: SentSegment | null = head; s !== null; s = s.next) {
    if (s !== head && !s.follows) oldest = false
    if (!reneged && !oldest && timeLeft(tcb, s, 0) > 0) continue
    markLost(tcb, s)
  }
}

/** An ACK in LOSS: F-RTO (RFC 5682, with SACK §3.1) decides whether the timeout was spurious, else go-back-N goes on. */
export function processLoss(tcb: Tcb, event: AckEvent): Resend {
  const r = tcb.recovery
  const recovered = phaseIsOver(tcb)
  if (event.advanced && undoLoss(tcb, false)) return Resend.NOTHING
  if (r.frto) {
    // Step 3b: something arrived that was never sent again.
    if (event.originalAcked && undoLoss(tcb, true)) return Resend.NOTHING
    if (seqGt(tcb.snd.nxt, r.highSeq)) {
      // Step 3a: new data was sent, and a duplicate came back: the loss is real.
      if (event.dataSacked || event.duplicate) r.frto = false
    } else if (event.advanced && !recovered) {
      // Step 2b: send new data, if there is any that fits.
      r.highSeq = tcb.snd.nxt
      if (mayProbeWithNewData(tcb)) return Resend.NEW
      r.frto = false
    }
  }
  if (recovered) {
    undoAtEnd(tcb)
    return Resend.NOTHING
  }
  if (!tcb.sackPermitted) {
    if (seqGt(tcb.snd.nxt, r.highSeq) && event.duplicate) countDuplicate(tcb, event)
    else if (event.advanced) tcb.sent.sackedOut = 0
  }
  return Resend.LOST
}

function mayProbeWithNewData(tcb: Tcb): boolean {
  const { una, wnd, nxt } = tcb.snd
  return ((tcb.sendBuffer.end - nxt) | 0) > 0 && seqGt((una + wnd) | 0, nxt)
}
