import { SECOND } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'

/** In slow start twice the window a round trip, else 1.2 times (`tcp_pacing_ss_ratio`, `tcp_pacing_ca_ratio`). */
const SLOW_START_RATIO = 2
const AVOIDANCE_RATIO = 1.2

/** The pace that would spread the window over a round trip, octets per second; 0: unknown. TCP_INFO reports it. */
export function pacingRate(tcb: Tcb): number {
  const c = tcb.congestion
  if (tcb.srtt <= 0) return 0
  const ratio = c.window < Math.floor(c.threshold / 2) ? SLOW_START_RATIO : AVOIDANCE_RATIO
  return Math.floor((tcb.sendMss * SECOND * ratio * Math.max(c.window, tcb.sent.packetsOut)) / tcb.srtt)
}
