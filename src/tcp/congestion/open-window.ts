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
  const delivered = r.delivered - event.deliveredBefore
  if (r.reducing) return reduce(tcb, delivered, r.lost - event.lostBefore, event)
  if (!mayRaise(tcb, event)) return
  const { windowGrowsInUse } = tcb.host.config
  const limited = windowGrowsInUse ? tcb.congestion.window <= event.inFlightBefore : isWindowLimited(tcb)
  if (limited) algorithm(tcb).opened(tcb, delivered)
  tcb.congestion.stampedAt = tcb.host.now
  if (tcb.host.policy.sendBufferOverhead === 0) growSendBuffer(tcb)
}

/** With much reordering SACK blocks are progress enough; else only what moves SND.UNA. An echoed congestion mark raises nothing. */
function mayRaise(tcb: Tcb, event: AckEvent): boolean {
  if (tcb.recovery.reordering > tcb.host.config.reordering) return event.newData || event.dataSacked
  return event.dataAcked
}
