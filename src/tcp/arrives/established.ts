import { growSendBuffer } from '../output/send-space.ts'
import { State, setState } from '../state.ts'
import type { Tcb } from '../tcb.ts'
import { startKeepalive } from '../timeouts/keepalive.ts'

/** Both SYNs are acknowledged: the connection is open. */
export function becomeEstablished(tcb: Tcb): void {
  tcb.synTimeouts = 0
  growSendBuffer(tcb)
  setState(tcb, State.ESTABLISHED)
  startKeepalive(tcb)
}

/** A passive open is complete: the connection waits for accept(). */
export function becomeAcceptable(tcb: Tcb): void {
  const queues = tcb.listener?.listen
  becomeEstablished(tcb)
  if (queues === null || queues === undefined) return
  tcb.host.counters.PassiveOpens++
  queues.embryonic.delete(tcb)
  queues.accept.push(tcb)
  const listener = tcb.listener
  if (listener !== null) listener.owner?.ready(listener)
}
