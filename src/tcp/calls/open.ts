import { assert } from '../../base/index.ts'
import { prepareOffer } from '../negotiate.ts'
import { sendFirstSyn } from '../output/syn.ts'
import { State, setState } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { startUserTimeout } from '../timeouts/user.ts'

/**
 * RFC 9293 §3.10.1, passive OPEN: CLOSED → LISTEN.
 * @param backlog connections that may wait for accept(); already bounded by the system's limit
 */
export function openPassive(tcb: Tcb, backlog: number): void {
  assert(tcb.state === State.CLOSED, 'passive OPEN of a TCB that is in use')
  tcb.listen = { backlog, embryonic: new Set(), accept: [], cookieSentAt: Number.NEGATIVE_INFINITY }
  tcb.error = 0
  tcb.done = false
  setState(tcb, State.LISTEN)
}

/** listen() on a listener: only the limit changes. */
export function resizeBacklog(tcb: Tcb, backlog: number): void {
  assert(tcb.listen !== null, 'no listener')
  tcb.listen.backlog = backlog
}

/**
 * RFC 9293 §3.10.1, active OPEN: CLOSED → SYN-SENT. The caller has chosen both addresses and ports.
 * The result arrives later: ESTABLISHED, or CLOSED with `tcb.error`.
 */
export function openActive(tcb: Tcb): void {
  assert(tcb.state === State.CLOSED, 'active OPEN of a TCB that is in use')
  const host = tcb.host
  tcb.active = true
  tcb.error = 0
  tcb.done = false
  host.register(tcb)
  host.counters.ActiveOpens++
  tcb.iss = host.initialSequence(tcb.local, tcb.localPort, tcb.remote, tcb.remotePort)
  prepareOffer(tcb)
  setState(tcb, State.SYN_SENT)
  sendFirstSyn(tcb, false)
  restartRetransmit(tcb)
  startUserTimeout(tcb)
}

/** The oldest connection that waits for accept(), or null. The caller becomes its owner. */
export function acceptChild(listener: Tcb): Tcb | null {
  const child = listener.listen?.accept.shift()
  if (child === undefined) return null
  child.listener = null
  return child
}
