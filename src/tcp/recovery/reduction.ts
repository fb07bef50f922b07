import { algorithm } from '../congestion/algorithms.ts'
import { THRESHOLD_INFINITE } from '../congestion/congestion.ts'
import type { Tcb } from '../tcb.ts'
import type { AckEvent } from './ack-event.ts'
import { Phase } from './loss-recovery.ts'

/**
 * How the congestion window comes down to the threshold: proportional rate reduction (RFC 6937). While the phase is CWR or
 * RECOVERY each ACK lets so many segments leave as keep the flight on its way to the threshold.
 */

/** The window was full when the loss came: what is threshold while it comes down counts as three quarters otherwise. */
export function currentThreshold(tcb: Tcb): number {
  const c = tcb.congestion
  return tcb.recovery.reducing ? c.threshold : Math.max(c.threshold, (c.window >> 1) + (c.window >> 2))
}

/** Begins a reduction: RFC 6937's prr_delivered, prr_out and RecoverFS. @param marked nothing was lost */
export function beginReduction(tcb: Tcb, marked = false): void {
  const r = tcb.recovery
  const c = tcb.congestion
  r.probed = false
  c.credit = 0
  r.priorWindow = c.window
  r.prrDelivered = 0
  r.prrOut = 0
  r.highSeq = tcb.snd.nxt
  c.threshold = algorithm(tcb).threshold(tcb, marked)
  tcb.ecn.mustTellReduced = tcb.ecn.on
}

/** One ACK of the reduction: `delivered` segments have arrived, `lost` were newly believed lost. */
export function reduce(tcb: Tcb, delivered: number, lost: number, event: AckEvent): void {
  const r = tcb.recovery
  const c = tcb.congestion
  if (delivered <= 0 || r.priorWindow === 0) return
  const inFlight = tcb.sent.inFlight
  const room = c.threshold - inFlight
  r.prrDelivered += delivered
  let send: number
  if (!tcb.host.config.rateReduction) send = Math.min(Math.max(room, 0), Math.max(1, Math.min(2, delivered)))
  else if (room < 0) {
    // Proportional: the flight shrinks by the share by which the window does.
    send = Math.floor((c.threshold * r.prrDelivered + r.priorWindow - 1) / r.priorWindow) - r.prrOut
  } else send = Math.min(room, belowThreshold(tcb, delivered, lost, event))
  // The first retransmission always leaves.
  send = Math.max(send, r.prrOut > 0 ? 0 : 1)
  c.window = inFlight + send
}

/** Segments that one ACK lets leave when there is less in flight than the threshold: as in slow start, if recovery advances; else one for one. */
function belowThreshold(tcb: Tcb, delivered: number, lost: number, event: AckEvent): number {
  const { prrDelivered, prrOut } = tcb.recovery
  return Math.max(prrDelivered - prrOut, delivered) + (event.advanced && lost === 0 ? 1 : 0)
}

/** Text leaves while the window comes down. */
export function noteReduced({ recovery, octets }: Tcb, length: number): void {
  if (octets === null) recovery.prrOut++
  else octets.prrOut += length
}

/** The reduction is complete: the window is the threshold, unless it was undone. */
export function endReduction(tcb: Tcb): void {
  const c = tcb.congestion
  const r = tcb.recovery
  if (c.threshold < THRESHOLD_INFINITE && (r.phase === Phase.CWR || r.undoable)) {
    c.window = c.threshold
    c.stampedAt = tcb.host.now
  }
}

/** Congestion without loss (RFC 3168 §6.1.2, local drops): the window comes down, nothing is sent again. */
export function enterCwr(tcb: Tcb): void {
  const r = tcb.recovery
  r.priorThreshold = 0
  if (r.phase >= Phase.CWR) return
  r.undoable = false
  beginReduction(tcb, true)
  r.prrDelivered = 0
  r.phase = Phase.CWR
}
