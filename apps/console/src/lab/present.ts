import type { LabRun } from 'lastack/sim'
import { stateName } from 'lastack/tcp'
import type { SegmentEvent, StateEvent, TimerEvent, TraceEvent } from 'lastack/trace'

/** Where a host's connections have been and are. */
export interface HostMoves {
  /** How many moves there were: as long as it is the same, all of this is. */
  readonly count: number
  /** Connections in each state, CLOSED left out. */
  readonly live: ReadonlyMap<string, number>
  /** Arrows that were taken: `from to`, in the numbers of the states. */
  readonly walked: ReadonlySet<string>
  /** The last move of a connection; a listener's does not count. */
  readonly last: StateEvent | null
}

/** A timer that runs at the moment that is shown. */
export interface RunningTimer {
  readonly conn: number
  /** Local port of its connection. */
  readonly port: number
  readonly timer: string
  readonly setAt: number
  readonly dueAt: number
}

/** Timers of a host that are told, the next due first. */
const TIMERS_TOLD = 6

/** What one host has come to. */
class HostPast {
  /** Of connections that are, CLOSED left out. */
  private readonly states = new Map<number, string>()
  private readonly ports = new Map<number, number>()
  private readonly timers = new Map<string, Omit<RunningTimer, 'port'>>()
  private readonly walked = new Set<string>()
  private last: StateEvent | null = null
  private count = 0

  state(event: StateEvent): void {
    const { conn, from, to } = event
    const name = stateName(to)
    this.count += 1
    if (name !== 'LISTEN' && this.states.get(conn) !== 'LISTEN') this.last = event
    this.walked.add(`${from} ${to}`)
    if (name === 'CLOSED') this.states.delete(conn)
    else this.states.set(conn, name)
    if (name === 'CLOSED') this.forget(conn)
  }

  segment({ conn, localPort }: SegmentEvent): void {
    if (this.states.has(conn)) this.ports.set(conn, localPort)
  }

  timer({ conn, timer, action, time, delay }: TimerEvent): void {
    const key = `${conn} ${timer}`
    if (action === 'armed') this.timers.set(key, { conn, timer, setAt: time, dueAt: time + delay })
    else this.timers.delete(key)
  }

  moves(): HostMoves {
    const live = new Map<string, number>()
    for (const state of this.states.values()) live.set(state, (live.get(state) ?? 0) + 1)
    return { count: this.count, live, walked: this.walked, last: this.last }
  }

  /** The timers that have been set and have neither gone off nor been stopped. */
  running(now: number): RunningTimer[] {
    const running: RunningTimer[] = []
    for (const one of this.timers.values()) {
      const state = this.states.get(one.conn)
      // Of a connection that is a mere record in TIME-WAIT nothing else runs, though nobody stopped it.
      const runs = state !== undefined && (state !== 'TIME-WAIT' || one.timer === 'time-wait')
      if (runs && one.dueAt >= now) running.push({ ...one, port: this.ports.get(one.conn) ?? 0 })
    }
    return running.sort((a, b) => a.dueAt - b.dueAt).slice(0, TIMERS_TOLD)
  }

  private forget(conn: number): void {
    this.ports.delete(conn)
    for (const [key, { conn: own }] of this.timers) if (own === conn) this.timers.delete(key)
  }
}

/** What a run's trace tells of the moment at which it stands, kept up to date as it grows. */
export class Present {
  private readonly run: LabRun
  private readonly hosts = new Map<number, HostPast>()
  private lost = 0
  private read = 0

  constructor(run: LabRun) {
    this.run = run
  }

  /** Packets that were lost because somebody asked for the next one to be. */
  get dropsMet(): number {
    this.catchUp()
    return this.lost
  }

  moves(host: number): HostMoves {
    this.catchUp()
    return this.of(host).moves()
  }

  timers(host: number): readonly RunningTimer[] {
    this.catchUp()
    return this.of(host).running(this.run.now)
  }

  private catchUp(): void {
    if (this.read === this.run.eventCount) return
    const events = this.run.events(this.read)
    this.read += events.length
    for (const event of events) this.take(event)
  }

  private take(event: TraceEvent): void {
    if (event.kind === 'state') this.of(event.host).state(event)
    else if (event.kind === 'segment') this.of(event.host).segment(event)
    else if (event.kind === 'timer') this.of(event.host).timer(event)
    else if (event.kind === 'fault' && event.reason.includes('next packet')) this.lost += 1
  }

  private of(host: number): HostPast {
    let past = this.hosts.get(host)
    if (past === undefined) {
      past = new HostPast()
      this.hosts.set(host, past)
    }
    return past
  }
}
