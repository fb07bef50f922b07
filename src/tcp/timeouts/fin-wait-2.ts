import { deleteTcb } from '../delete.ts'
import { sendReset } from '../output/reset.ts'
import { savePathMetrics } from '../path-metrics.ts'
import type { Tcb } from '../tcb.ts'
import { arm, finWait2Timer } from '../timers.ts'
import { keepaliveInterval, longestSilence } from './keepalive.ts'

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
  savePathMetrics(tcb)
  boundFinWait2(tcb)
  return true
}

/** FIN-WAIT-2 ends some day: after the time that is configured, or (BSD) when the peer has been silent as long as keep-alive would bear. */
export function boundFinWait2(tcb: Tcb): void {
  const { policy, config } = tcb.host
  if (policy.finWait2EndsIdle && !config.fastFinWait2) return arm(tcb, finWait2Timer(tcb), longestSilence(tcb))
  const configured = tcb.options.linger2Us > 0 ? tcb.options.linger2Us : config.finWait2Us
  arm(tcb, finWait2Timer(tcb), policy.orphanFinWait2Us(configured, tcb.rto))
}

/** The peer had its time. Linux forgets the connection in silence; whatever still comes is answered from CLOSED. */
export function onFinWait2Timeout(tcb: Tcb): void {
  const { policy, config, now } = tcb.host
  const silence = now - tcb.lastSegmentReceivedAt
  if (policy.finWait2EndsIdle && !config.fastFinWait2 && silence <= longestSilence(tcb)) {
    return arm(tcb, finWait2Timer(tcb), keepaliveInterval(tcb))
  }
  if (policy.resetOnLingerTwoExpired) sendReset(tcb)
  deleteTcb(tcb, 0)
}
