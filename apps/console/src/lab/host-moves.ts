import { stateName } from 'lastack/tcp'
import type { StateEvent, TraceEvent } from 'lastack/trace'

/** Where a host's connections have been and are. */
export interface HostMoves {
  /** Connections in each state, CLOSED left out. */
  readonly live: ReadonlyMap<string, number>
  /** Arrows that were taken: `from to`, in the numbers of the states. */
  readonly walked: ReadonlySet<string>
  /** The last move of a connection; a listener's does not count. */
  readonly last: StateEvent | null
}

/** Reads one host's moves out of a trace. */
export function movesOf(events: readonly TraceEvent[], host: number): HostMoves {
  const states = new Map<number, string>()
  const walked = new Set<string>()
  let last: StateEvent | null = null
  for (const event of events) {
    if (event.kind !== 'state' || event.host !== host) continue
    const listener = stateName(event.to) === 'LISTEN' || states.get(event.conn) === 'LISTEN'
    states.set(event.conn, stateName(event.to))
    walked.add(`${event.from} ${event.to}`)
    if (!listener) last = event
  }
  const live = new Map<string, number>()
  for (const state of states.values()) if (state !== 'CLOSED') live.set(state, (live.get(state) ?? 0) + 1)
  return { live, walked, last }
}
