import type { Tcb } from '../tcb.ts'

/** System, socket or route take or send data without a cookie. @param bit which of them the system's setting is about */
export function needsNoCookie(tcb: Tcb, bit: number): boolean {
  if ((tcb.host.config.fastOpen & bit) !== 0 || tcb.options.fastOpenNoCookie) return true
  return tcb.host.routeMetrics(tcb.remote)?.fastOpenNoCookie === true
}
