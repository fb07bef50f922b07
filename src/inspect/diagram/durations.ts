import type { Micros } from '../../base/index.ts'
import type { State } from '../../tcp/index.ts'
import type { TraceEvent } from '../../trace/index.ts'

/** A stay of a connection in one state. */
export interface StateDuration {
  readonly host: number
  readonly conn: number
  readonly state: State
  readonly start: Micros
  /** When it left the state, or the end of the events if it has not. */
  readonly end: Micros
  /** Whether it was still there at the end. */
  readonly isOpen: boolean
}

/**
 * How long each connection was in each state, in the order in which it entered them. What it was in before its first change of
 * state is not counted. `end` is the time at which the last states are measured, the last event's when left out.
 */
export function stateDurations(events: readonly TraceEvent[], end?: Micros): StateDuration[] {
  const last = end ?? events.at(-1)?.time ?? 0
  const stays: { host: number; conn: number; state: State; start: Micros; end: Micros; isOpen: boolean }[] = []
  const open = new Map<string, (typeof stays)[number]>()
  for (const event of events) {
    if (event.kind !== 'state') continue
    const { host, conn, time } = event
    const key = `${host}:${conn}`
    const before = open.get(key)
    if (before !== undefined) {
      before.end = time
      before.isOpen = false
    }
    const stay = { host, conn, state: event.to, start: time, end: last, isOpen: true }
    stays.push(stay)
    open.set(key, stay)
  }
  return stays
}
