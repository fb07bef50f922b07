import type { OctetSender } from '../octets/octet-sender.ts'
import { growSendBuffer } from '../output/send-space.ts'
import type { AckEvent } from '../recovery/ack-event.ts'
import { reduce } from '../recovery/reduction.ts'
import type { Tcb } from '../tcb.ts'
import { algorithm } from './algorithms.ts'
import { updatePacingRate } from './pacing.ts'
import { isWindowLimited } from './window-use.ts'

/** What an ACK makes of the congestion window: a reduction goes on, or the algorithm opens it. */
export function openWindow(tcb: Tcb, event: AckEvent): void {
  setWindow(tcb, event)
  updatePacingRate(tcb)
}

function setWindow(tcb: Tcb, event: AckEvent): void {
  const r = tcb.recovery
  const { policy } = tcb.host
  // The SYN-ACK of a passive open was not yet the connection's.
  const delivered = r.delivered - event.deliveredBefore - Number(event.synAcked && !tcb.active && !event.requestTaken)
  if (r.reducing) return reduce(tcb, delivered, r.lost - event.lostBefore, event)
  if (!mayRaise(tcb, event)) return
  if (isWindowLimited(tcb, event.windowBefore)) algorithm(tcb).opened(tcb, delivered, event.resending)
  tcb.congestion.stampedAt = tcb.host.now
  if (policy.sendBufferOverhead === 0) growSendBuffer(tcb)
}

/** The same where octets are counted: not while the window comes down, and as the peer's window was before the ACK. */
export function openByOctets(tcb: Tcb, octets: OctetSender, event: AckEvent): void {
  const c = tcb.congestion
  const acknowledged = taken(tcb, event)
  if (acknowledged <= 0) return
  const control = algorithm(tcb)
  countTaken(tcb, octets, acknowledged)
  control.heard?.(tcb)
  if (octets.reducing) return
  const empty = tcb.host.config.windowGrowsInUse && c.window >= 2 * event.inFlightBefore
  if (c.window > event.windowBefore || empty) control.unused?.(tcb)
  else control.opened(tcb, acknowledged, event.resending)
  c.stampedAt = tcb.host.now
  growSendBuffer(tcb)
}

/** RFC 3465 §2.1: beyond the threshold the window grows by a segment whenever as many octets as it has are acknowledged. */
function countTaken({ congestion: c }: Tcb, octets: OctetSender, acknowledged: number): void {
  if (c.window <= c.threshold) {
    octets.windowTaken = false
    c.credit = 0
    return
  }
  c.credit += acknowledged
  if (c.credit < c.window) return
  c.credit -= c.window
  octets.windowTaken = true
}

/** Octets that SND.UNA has passed; a SYN is none. */
function taken({ snd }: Tcb, event: AckEvent): number {
  return ((snd.una - event.unaBefore) | 0) - (event.synAcked ? 1 : 0)
}

/** With much reordering SACK blocks are progress enough; else only what moves SND.UNA. An echoed congestion mark raises nothing. */
function mayRaise(tcb: Tcb, event: AckEvent): boolean {
  if (tcb.recovery.reordering > tcb.host.config.reordering) return event.newData || event.dataSacked
  return event.dataAcked
}
