import type { Micros } from '../base/index.ts'
import type { Tcb } from './tcb.ts'

/** RFC 6298 §2: a round trip was measured; SRTT, RTTVAR and RTO follow. */
export function measured(tcb: Tcb, rtt: Micros): void {
  const r = Math.max(rtt, 1)
  if (r < tcb.minRtt) tcb.minRtt = r
  if (tcb.srtt < 0) {
    tcb.srtt = r
    tcb.rttvar = r / 2
  } else {
    tcb.rttvar += (Math.abs(tcb.srtt - r) - tcb.rttvar) / 4
    tcb.srtt += (r - tcb.srtt) / 8
  }
  tcb.srtt = Math.round(tcb.srtt)
  tcb.rttvar = Math.round(tcb.rttvar)
  tcb.rto = bounded(tcb)
}

function bounded(tcb: Tcb): Micros {
  const { rtoMinUs, rtoMaxUs } = tcb.host.config
  if (tcb.host.policy.rtoFloor === 'variance') return Math.min(tcb.srtt + Math.max(4 * tcb.rttvar, rtoMinUs), rtoMaxUs)
  return Math.min(Math.max(tcb.srtt + 4 * tcb.rttvar, rtoMinUs), rtoMaxUs)
}

/** RFC 7323 §4.1: the peer echoed when the segment left, in ticks. */
export function measurementFromEcho(tcb: Tcb, echo: number): void {
  const tick = tcb.host.policy.timestampTickUs
  const now = (Math.floor(tcb.host.now / tick) + tcb.tsOffset) | 0
  const ticks = (now - echo) | 0
  if (ticks >= 0 && ticks * tick < 3_600_000_000) measured(tcb, Math.max(ticks * tick, tick / 2))
}
