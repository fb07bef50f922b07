import { type Micros, SECOND } from '../../base/index.ts'
import { deleteTcb } from '../delete.ts'
import { sendReset } from '../output/reset.ts'
import { savePathMetrics } from '../path-metrics.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { arm, finWait2Timer, stop } from '../timers.ts'
import { Note } from '../trace-sink.ts'
import { keepaliveInterval, longestSilence } from './keepalive.ts'

/** Linux counts what waits no longer than this apart. */
const SHORT_LIVED: Micros = 4 * SECOND

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
  return tcb.state === State.FIN_WAIT_2
}

/** FIN-WAIT-2 ends some day: after the time that is configured, or (BSD) when the peer has been silent as long as keep-alive would bear. */
export function boundFinWait2(tcb: Tcb): void {
  const { policy, config } = tcb.host
  if (policy.finWait2EndsIdle && !config.fastFinWait2) return arm(tcb, finWait2Timer(tcb), longestSilence(tcb))
  const configured = tcb.options.linger2Us > 0 ? tcb.options.linger2Us : config.finWait2Us
  const time = policy.orphanFinWait2Us(configured, tcb.rto)
  if (!policy.finWait2IsLight) return arm(tcb, finWait2Timer(tcb), time)
  // Who waits for the FIN asks for no other sign of life: one timer serves both there.
  stop(tcb, tcb.keepaliveTimer)
  if (configured <= config.timeWaitUs) return becomeLight(tcb, time)
  // What exceeds TIME-WAIT is waited for twice: by the whole connection first.
  arm(tcb, finWait2Timer(tcb), time / 2)
}

/** Of an orphan no more is kept than of a connection in TIME-WAIT, and it counts as one; above the system's limit nothing is. */
function becomeLight(tcb: Tcb, time: Micros): void {
  const { host } = tcb
  if (!host.timeWait.hasRoom) {
    host.counters.TCPTimeWaitOverflow++
    host.trace?.note(host.now, tcb.id, Note.TIME_WAIT_OVERFLOW, 1)
    return deleteTcb(tcb, 0)
  }
  tcb.light = true
  // It has answered nobody yet.
  tcb.lastOutOfWindowReplyAt = Number.NEGATIVE_INFINITY
  // The counter is of records that do not last, by their time.
  if (time <= SHORT_LIVED) host.counters.TWKilled++
  else host.counters.TW++
  arm(tcb, finWait2Timer(tcb), time)
}

/** The peer had its time. Linux forgets the connection in silence; whatever still comes is answered from CLOSED. */
export function onFinWait2Timeout(tcb: Tcb): void {
  const { policy, config, now } = tcb.host
  const silence = now - tcb.lastSegmentReceivedAt
  if (policy.finWait2EndsIdle && !config.fastFinWait2 && silence <= longestSilence(tcb)) {
    return arm(tcb, finWait2Timer(tcb), keepaliveInterval(tcb))
  }
  if (policy.finWait2IsLight && !tcb.light) {
    const configured = tcb.options.linger2Us > 0 ? tcb.options.linger2Us : config.finWait2Us
    return becomeLight(tcb, policy.orphanFinWait2Us(configured, tcb.rto) / 2)
  }
  if (policy.resetOnLingerTwoExpired) sendReset(tcb)
  deleteTcb(tcb, 0)
}
