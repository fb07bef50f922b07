import type { Micros } from '../base/index.ts'
import type { Tcb } from './tcb.ts'

/** Bounds of a connection's timers: its own (TCP_RTO_MIN_US, TCP_RTO_MAX_MS, TCP_DELACK_MAX_US), else the system's. */
export function rtoMin(tcb: Tcb): Micros {
  return tcb.routeRtoMinUs || tcb.options.rtoMinUs || tcb.host.config.rtoMinUs
}

/** The largest retransmission timeout. */
export function rtoMax(tcb: Tcb): Micros {
  return tcb.options.rtoMaxUs || tcb.host.config.rtoMaxUs
}

/** The longest that an ACK is delayed. */
export function delayedAckMax(tcb: Tcb): Micros {
  return tcb.options.delayedAckMaxUs || tcb.host.config.delayedAckMaxUs
}
