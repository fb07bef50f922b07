import { deleteTcb, release } from '../delete.ts'
import { savePathMetrics } from '../path-metrics.ts'
import { State } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { Note } from '../trace-sink.ts'
import { setState } from '../transition.ts'

/**
 * Enters TIME-WAIT for 2·MSL (RFC 9293 §3.6.1). The control block is replaced by the stack's small record; its time-out
 * (§3.10.8) is the record's expiry. Above the system's limit there is no TIME-WAIT at all.
 */
export function enterTimeWait(tcb: Tcb): void {
  const host = tcb.host
  const { laws } = host.policy
  const { timeWaitUs, finWait2Us } = host.config
  if (!laws.timeWaitExists || (host.config.noLocalTimeWait && host.isOwn(tcb.remote))) return deleteTcb(tcb, 0)
  // An orphan in FIN-WAIT-2 has done so.
  if (tcb.state !== State.FIN_WAIT_2 || !tcb.orphan) savePathMetrics(tcb)
  setState(tcb, State.TIME_WAIT)
  const orphan = tcb.orphan
  release(tcb)
  tcb.orphan = false
  host.unregister(tcb)
  // What was a light orphan has been counted.
  if (!tcb.light && host.timeWait.hasRoom) host.counters.TW++
  // MUST-13: the whole of it
  if (host.enterTimeWait(tcb, laws.finTimeoutIsNotTimeWait ? timeWaitUs : finWait2Us)) return
  host.counters.TCPTimeWaitOverflow++
  host.trace?.note(host.now, tcb.id, Note.TIME_WAIT_OVERFLOW, orphan ? 1 : 0)
  setState(tcb, State.CLOSED)
}
