import { deleteTcb } from '../delete.ts'
import { sendReset } from '../output/reset.ts'
import type { Tcb } from '../tcb.ts'
import { arm } from '../timers.ts'

/**
 * An orphan waits in FIN-WAIT-2 for a FIN that may never come, so its time is bounded: by TCP_LINGER2, else by the system
 * (`tcp_fin_timeout`). A connection whose descriptor is held waits for ever.
 * @returns whether the connection still lives
 */
export function orphanInFinWait2(tcb: Tcb): boolean {
  const host = tcb.host
  if (tcb.options.linger2Us < 0) {
    host.counters.TCPAbortOnLinger++
    sendReset(tcb)
    deleteTcb(tcb, 0)
    return false
  }
  const configured = tcb.options.linger2Us > 0 ? tcb.options.linger2Us : host.config.finWait2Us
  arm(tcb, tcb.finWait2Timer, host.policy.orphanFinWait2Us(configured, tcb.rto))
  return true
}

/** The peer had its time. Linux forgets the connection in silence; whatever still comes is answered from CLOSED. */
export function onFinWait2Timeout(tcb: Tcb): void {
  if (tcb.host.policy.resetOnLingerTwoExpired) sendReset(tcb)
  deleteTcb(tcb, 0)
}
