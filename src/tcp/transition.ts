import { assert } from '../base/index.ts'
import { mayMove, type State, stateName } from './state.ts'
import type { Tcb } from './tcb.ts'

/**
 * Moves a connection to another state: the only place where a state changes. What every move does happens here: the arrow is
 * checked, traced, and the descriptor's side looks again.
 */
export function setState(tcb: Tcb, to: State): void {
  const from = tcb.state
  if (!mayMove(from, to)) assert(false, `connection ${tcb.id}: no arrow from ${stateName(from)} to ${stateName(to)}`)
  tcb.state = to
  const host = tcb.host
  if (host.trace !== null) host.trace.state(host.now, tcb.id, from, to)
  tcb.owner?.ready(tcb)
}
