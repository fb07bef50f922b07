/** States in which sockets stay for longer than is ordinary, fault or not: what a look over the whole machine shows warm. */
import { SECOND } from '../base/index.ts'
import type { RowState } from '../inspect/index.ts'
import type { History } from './history.ts'
import type { Thresholds } from './thresholds.ts'

/** Sockets that have been in a state for too long. */
export interface AgedState {
  readonly state: RowState
  readonly count: number
  /** Each of them for longer than this, s. */
  readonly beyond: number
}

/** States that wait for one answer last a round trip; ten seconds leave room for some retransmissions. */
const ANSWER = 10

/** The states that hold such sockets, as far as their ages are known. */
export function agedStates(history: History, { closeWaitAge, finWait2Age }: Thresholds): AgedState[] {
  const limits = new Map<RowState, number>([
    ['CLOSE-WAIT', closeWaitAge],
    ['LAST-ACK', ANSWER],
    ['FIN-WAIT-1', ANSWER],
    ['FIN-WAIT-2', finWait2Age],
    ['CLOSING', ANSWER],
  ])
  const counts = new Map<RowState, number>()
  for (const { state, since } of history.sockets.values()) {
    const limit = limits.get(state)
    if (limit === undefined || history.lastLook - since.at <= limit * SECOND) continue
    counts.set(state, (counts.get(state) ?? 0) + 1)
  }
  return [...limits].flatMap(([state, beyond]) => {
    const count = counts.get(state)
    return count === undefined ? [] : [{ state, count, beyond }]
  })
}
