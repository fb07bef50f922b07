import { assert } from '../../base/index.ts'
import { fastOpenSynSent, mayFastOpen, prepareFastOpen } from '../fast-open.ts'
import { prepareOffer } from '../negotiate.ts'
import { sendFirstSyn, sendSynWithData } from '../output/syn.ts'
import { State, setState } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { TcbList } from '../tcb-list.ts'
import { restartRetransmit } from '../timeouts/arm.ts'
import { boundOpening } from '../timeouts/keepalive.ts'
import { startUserTimeout } from '../timeouts/user.ts'

/**
 * RFC 9293 §3.10.1, passive OPEN: CLOSED → LISTEN.
 * @param backlog connections that may wait for accept(); already bounded by the system's limit
 */
export function openPassive(tcb: Tcb, backlog: number): void {
  assert(tcb.state === State.CLOSED, 'passive OPEN of a TCB that is in use')
  tcb.listen = {
    backlog,
    embryonic: new TcbList(),
    accept: [],
    early: new TcbList(),
    cookieSentAt: Number.NEGATIVE_INFINITY,
  }
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
 *
 * @param fastOpen RFC 7413: data for the SYN, if there is a cookie; empty: only ask for one; null: a plain SYN
 * @returns octets of it that the SYN carries
 */
export function openActive(tcb: Tcb, fastOpen: Uint8Array | null = null): number {
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
  const taken = sendOpening(tcb, fastOpen)
  restartRetransmit(tcb)
  startUserTimeout(tcb)
  boundOpening(tcb)
  return taken
}

function sendOpening(tcb: Tcb, fastOpen: Uint8Array | null): number {
  let taken = 0
  if (fastOpen !== null) prepareFastOpen(tcb)
  if (fastOpen !== null && fastOpen.length > 0 && mayFastOpen(tcb)) {
    taken = sendSynWithData(tcb, fastOpen)
    if (tcb.fastOpen !== null) tcb.fastOpen.data = taken
  } else sendFirstSyn(tcb, false)
  fastOpenSynSent(tcb)
  return taken
}

/** The oldest connection that waits for accept(), or null. The caller becomes its owner. */
export function acceptChild(listener: Tcb): Tcb | null {
  const child = listener.listen?.accept.shift()
  if (child === undefined) return null
  child.listener = null
  return child
}
