import type { Tcb } from '../tcb.ts'
import { cubic } from './cubic.ts'
import type { CongestionControl } from './interface.ts'
import { newReno } from './new-reno.ts'

/** The algorithms that TCP_CONGESTION knows. */
// MAY-18: CUBIC (RFC 9438)
const ALGORITHMS: readonly CongestionControl[] = [newReno, cubic]

/** Names for `tcp_available_congestion_control`, as the kernel lists them. */
export const CONGESTION_CONTROLS: readonly string[] = ALGORITHMS.map(({ name }) => name)

/** The algorithm of that name, or undefined. */
export function congestionControl(name: string): CongestionControl | undefined {
  return ALGORITHMS.find((algorithm) => algorithm.name === name)
}

/** TCP_CONGESTION on a connection: the window stays, what the old algorithm knew goes, and with it what it could take back. */
export function setCongestionControl(tcb: Tcb, to: CongestionControl): void {
  if (tcb.congestion.algorithm === to) return
  tcb.congestion.algorithm = to
  beginCongestion(tcb)
  tcb.recovery.priorThreshold = 0
}

/** The algorithm knows nothing of the connection yet, which is open. */
export function beginCongestion(tcb: Tcb): void {
  tcb.congestion.memory = null
  algorithm(tcb).begun?.(tcb)
}

/** The algorithm of a connection. */
export function algorithm(tcb: Tcb): CongestionControl {
  return tcb.congestion.algorithm
}
