import type { Micros } from '../base/index.ts'
import { TICK_US } from './jiffies.ts'
import type { Tcb } from './tcb.ts'

/** Bounds of a connection's timers: its own (TCP_RTO_MIN_US, TCP_RTO_MAX_MS, TCP_DELACK_MAX_US), else the system's. */
export function rtoMin(tcb: Tcb): Micros {
  return tcb.routeRtoMinUs || tcb.options.rtoMinUs || tcb.host.config.rtoMinUs
}

/** The largest retransmission timeout. */
export function rtoMax(tcb: Tcb): Micros {
  return tcb.options.rtoMaxUs || tcb.host.config.rtoMaxUs
}

/**
 * The longest that an ACK is delayed, and the longest pace that is believed in: where ACKs follow the pace of arrivals, also a tick less than
 * the least timeout (Linux).
 */
export function ackPaceMax(tcb: Tcb): Micros {
  return Math.min(delayedAckMax(tcb), Math.max(rtoMin(tcb), 2 * TICK_US) - TICK_US)
}

/** The longest that an ACK is delayed. */
export function delayedAckMax(tcb: Tcb): Micros {
  return tcb.options.delayedAckMaxUs || tcb.host.config.delayedAckMaxUs
}

/** Two ticks of a 1000 Hz clock: no timer of losses or probes is shorter. */
export const TIMER_LEAST_US: Micros = 2000
