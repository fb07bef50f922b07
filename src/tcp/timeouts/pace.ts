import { transmitLost, transmitPending } from '../output/send.ts'
import type { Tcb } from '../tcb.ts'

/** SO_MAX_PACING_RATE lets the next burst go: first what was lost, then what is new. */
export function onPaceTimeout(tcb: Tcb): void {
  transmitLost(tcb)
  transmitPending(tcb)
}
