import { formatDuration, type Micros } from '../../base/index.ts'
import { type State, type StateName, stateName } from '../../stack/index.ts'
import type { CallEvent, FaultEvent, NoteEvent, SegmentEvent, TimerEvent, TraceEvent } from '../../trace/index.ts'
import type { LabHost, Step, TableStep } from './types.ts'

/** One visit of a connection to a state. */
export interface Stay {
  readonly conn: number
  readonly state: StateName
  readonly since: Micros
  /** When it left; Infinity if it is there still. */
  readonly until: Micros
  /** Where it went; null if it is there still. */
  readonly next: StateName | null
}

/**
 * A run's events, to be asked questions. Verdicts are computed from this and nothing else, so whatever they say can be seen in the
 * trace.
 */
export class Evidence {
  readonly events: readonly TraceEvent[]
  /** What the story told beside: tables and counts. */
  readonly steps: readonly Step[]
  private readonly hosts: readonly LabHost[]

  constructor(events: readonly TraceEvent[], steps: readonly Step[], hosts: readonly LabHost[]) {
    this.events = events
    this.steps = steps
    this.hosts = hosts
  }

  /** The last count of that name. */
  fact(name: string): number {
    const step = this.steps.findLast((candidate) => candidate.kind === 'fact' && candidate.name === name)
    if (step?.kind !== 'fact') throw new RangeError(`this run has no count of ${name}`)
    return step.value
  }

  /** The tables that were kept. */
  get tables(): readonly TableStep[] {
    return this.steps.filter((step) => step.kind === 'table')
  }

  /** What one host saw. */
  at(name: string): HostEvidence {
    const host = this.hosts.find((candidate) => candidate.name === name)
    if (host === undefined)
      throw new RangeError(`no host "${name}" in this run: ${this.hosts.map((h) => h.name).join(', ')}`)
    return new HostEvidence(
      name,
      this.events.filter((event) => event.host === host.index),
    )
  }

  /** What was done to packets and hosts. */
  get faults(): readonly FaultEvent[] {
    return this.events.filter((event) => event.kind === 'fault')
  }
}

/** One host's part of a run. */
export class HostEvidence {
  readonly name: string
  readonly events: readonly TraceEvent[]
  private staysFound: readonly Stay[] | null = null

  constructor(name: string, events: readonly TraceEvent[]) {
    this.name = name
    this.events = events
  }

  /** Every visit of every connection, in the order they began; CLOSED is no visit. */
  get stays(): readonly Stay[] {
    this.staysFound ??= findStays(this.events)
    return this.staysFound
  }

  /** Visits to one state. */
  in(state: StateName): readonly Stay[] {
    return this.stays.filter((stay) => stay.state === state)
  }

  /** Whether any connection was ever in that state. */
  was(state: StateName): boolean {
    return this.in(state).length > 0
  }

  /** The states a connection went through, in order: `['SYN-SENT', 'ESTABLISHED', …]`. */
  path(conn: number): readonly StateName[] {
    return this.stays.filter((stay) => stay.conn === conn).map((stay) => stay.state)
  }

  /** The connection's state at that time, CLOSED before and after its life. */
  stateAt(conn: number, time: Micros): StateName {
    return this.stays.find((stay) => stay.conn === conn && stay.since <= time && time < stay.until)?.state ?? 'CLOSED'
  }

  /** How many connections are in that state at that time. */
  countAt(state: StateName, time: Micros): number {
    return this.in(state).filter((stay) => stay.since <= time && time < stay.until).length
  }

  get segments(): readonly SegmentEvent[] {
    return this.events.filter((event) => event.kind === 'segment')
  }

  get sent(): readonly SegmentEvent[] {
    return this.segments.filter((segment) => segment.direction === 'out')
  }

  get received(): readonly SegmentEvent[] {
    return this.segments.filter((segment) => segment.direction === 'in')
  }

  get calls(): readonly CallEvent[] {
    return this.events.filter((event) => event.kind === 'call')
  }

  /** Calls whose text begins so: `close(`, `connect(`. */
  callsTo(prefix: string): readonly CallEvent[] {
    return this.calls.filter((call) => call.text.startsWith(prefix))
  }

  get notes(): readonly NoteEvent[] {
    return this.events.filter((event) => event.kind === 'note')
  }

  get timers(): readonly TimerEvent[] {
    return this.events.filter((event) => event.kind === 'timer')
  }
}

function findStays(events: readonly TraceEvent[]): Stay[] {
  const stays: Stay[] = []
  /** Where each connection's present stay is in the list. */
  const open = new Map<number, number>()
  for (const event of events) {
    if (event.kind !== 'state') continue
    const at = open.get(event.conn)
    if (at !== undefined) {
      stays[at] = { ...(stays[at] as Stay), until: event.time, next: stateName(event.to) }
      open.delete(event.conn)
    }
    if (stateName(event.to) === 'CLOSED') continue
    open.set(event.conn, stays.length)
    stays.push(newStay(event.conn, event.to, event.time))
  }
  return stays
}

function newStay(conn: number, state: State, since: Micros): Stay {
  return { conn, state: stateName(state), since, until: Number.POSITIVE_INFINITY, next: null }
}

/** How long a connection stayed: `60 s`, or `it is there still`. */
export function stayedFor(stay: Stay): string {
  return stay.next === null ? 'it is there still' : formatDuration(stay.until - stay.since)
}

/** Control bits, as `SegmentEvent.flags` has them. */
export const Flag = { FIN: 1, SYN: 2, RST: 4, PSH: 8, ACK: 16 } as const

/** Whether a segment has that bit. */
export function has(segment: SegmentEvent, flag: number): boolean {
  return (segment.flags & flag) !== 0
}
