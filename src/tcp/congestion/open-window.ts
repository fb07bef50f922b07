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
  const { policy, config } = tcb.host
  // The SYN-ACK of a passive open was not yet the connection's.
  const delivered = r.delivered - event.deliveredBefore - Number(event.synAcked && !tcb.active && !event.requestTaken)
  if (r.reducing) return reduce(tcb, delivered, r.lost - event.lostBefore, event)
  if (!mayRaise(tcb, event)) return
  const limited = isWindowLimited(tcb, event.windowBefore) && !(config.windowGrowsInUse && isHalfEmpty(tcb, event))
  if (!limited) algorithm(tcb).unused?.(tcb)
  else algorithm(tcb).opened(tcb, policy.windowCountsOctets ? taken(tcb, event) : delivered, event.resending)
  tcb.congestion.stampedAt = tcb.host.now
  if (policy.sendBufferOverhead === 0) growSendBuffer(tcb)
}

/** Octets that SND.UNA has passed; a SYN is none. */
function taken({ snd }: Tcb, event: AckEvent): number {
  return ((snd.una - event.unaBefore) | 0) - (event.synAcked ? 1 : 0)
}

/** Less than half of the window was in flight (BSD's `newcwv`). */
function isHalfEmpty({ congestion }: Tcb, event: AckEvent): boolean {
  return congestion.window >= 2 * event.inFlightBefore
}

/** With much reordering SACK blocks are progress enough; else only what moves SND.UNA. An echoed congestion mark raises nothing. */
function mayRaise(tcb: Tcb, event: AckEvent): boolean {
  if (tcb.recovery.reordering > tcb.host.config.reordering) return event.newData || event.dataSacked
  // Where octets count, a part of a segment does, too.
  return event.dataAcked || (tcb.host.policy.windowCountsOctets && taken(tcb, event) > 0)
}
