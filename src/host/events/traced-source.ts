/** Sockets as tracefs tells of them: every transition, when it happens. */
import type { RowState, SocketRow, StateMask } from '../../inspect/index.ts'
import { stateBit } from '../../inspect/index.ts'
import type { TcpTraces } from '../tracefs/instance.ts'
import type { EndTrace, StateTrace, TcpTraceEvent } from '../tracefs/tcp-events.ts'
import type { LiveEvent, LiveSource, SocketMove } from './live-event.ts'
import { otherTupleOf, tupleOf } from './tuple.ts'

/** Where transitions come from: a `TcpTracer`. */
export interface Tracer {
  readonly missing: readonly string[]
  take(): TcpTraces
  close(): void
}

/** Reads the sockets that are in some states, of all network namespaces. */
export type ReadRows = (states: StateMask) => Promise<readonly SocketRow[]>

/** Sockets followed at a time; of more, the oldest are forgotten. */
const SOCKETS_MAX = 100_000
/** What waits for the end of TIME-WAIT is looked at so often, µs. */
const LOOK_EVERY = 1_000_000
/** A smaller socket takes the place of one in these states when it enters TIME-WAIT, and of an orphan in FIN-WAIT-2. */
const BEFORE_TIME_WAIT: ReadonlySet<RowState> = new Set(['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING'])
const SMALL_STATES: StateMask = stateBit('TIME-WAIT') | stateBit('FIN-WAIT-2')

/** A socket in TIME-WAIT, or an orphan in FIN-WAIT-2: its full socket is gone, and no event will tell of its end. */
interface Small {
  readonly move: SocketMove
  state: RowState
}

/** Tells what the kernel traces of every connection, as it happens. */
export class TracedSource implements LiveSource {
  readonly name = 'tracefs'
  readonly lacks: readonly string[]
  readonly #tracer: Tracer
  readonly #readRows: ReadRows
  readonly #now: () => number
  /** The numbers of sockets that live, by the kernel's address. */
  readonly #numbers = new Map<bigint, number>()
  readonly #small = new Map<number, Small>()
  /** When the other end of a connection, by this end's tuple, sent the FIN that leads to TIME-WAIT: known when it is on this machine. */
  readonly #fins = new Map<string, number>()
  #count = 0
  #looked = Number.NEGATIVE_INFINITY

  /** @param now µs on CLOCK_MONOTONIC */
  constructor(tracer: Tracer, readRows: ReadRows, now: () => number) {
    this.#tracer = tracer
    this.#readRows = readRows
    this.#now = now
    this.lacks = tracer.missing.length === 0 ? [] : [`This kernel does not trace ${tracer.missing.join(', ')}.`]
  }

  async take(): Promise<readonly LiveEvent[]> {
    const { events, lost, leftOut } = this.#tracer.take()
    const live: LiveEvent[] = []
    if (lost) {
      const text = 'Events came faster than they were read: some are lost.'
      live.push({ kind: 'gap', time: events[0]?.time ?? this.#now(), text })
    }
    const cookies = new Map<number, bigint>()
    for (const event of events) {
      const told = this.#tell(event, cookies)
      if (told !== undefined) live.push(told)
    }
    if (leftOut > 0) {
      const text = `${leftOut} events are left out: more came at once than are taken.`
      live.push({ kind: 'gap', time: events.at(-1)?.time ?? this.#now(), text })
    }
    const known = live.map(
      (event): LiveEvent => (event.kind === 'move' ? { ...event, cookie: cookies.get(event.socket) } : event),
    )
    const moves = known.filter(mayBeTimeWait)
    const isDue = this.#small.size + moves.length > 0 && this.#now() - this.#looked >= LOOK_EVERY
    if (moves.length === 0 && !isDue) return known.sort((a, b) => a.time - b.time)
    // To read them costs the kernel a pass over its table for each network namespace: once must do for both questions.
    const rows = await this.#readRows(SMALL_STATES)
    const all = [...this.#withSmall(known, new SmallRows(rows, moves)), ...(isDue ? this.#endsOfSmall(rows) : [])]
    return all.sort((a, b) => a.time - b.time)
  }

  close(): void {
    this.#tracer.close()
  }

  #tell(event: TcpTraceEvent, cookies: Map<number, bigint>): LiveEvent | undefined {
    if (event.kind === 'end') {
      this.#end(event, cookies)
      return undefined
    }
    const { time, family, local, peer } = event
    if (event.kind === 'state') {
      if (event.to === 'LAST-ACK') this.#rememberFin(event)
      const { from, to } = event
      return { kind: 'move', time, socket: this.#numberOf(event), family, local, peer, from, to, exact: true }
    }
    const socket = this.#numbers.get(event.socket) ?? 0
    return { kind: event.kind, time, socket, family, local, peer, reason: event.reason }
  }

  #end({ socket, cookie }: EndTrace, cookies: Map<number, bigint>): void {
    const number = this.#numbers.get(socket)
    if (number !== undefined) cookies.set(number, cookie)
    this.#numbers.delete(socket)
  }

  #numberOf({ socket, from, to }: StateTrace): number {
    let number = this.#numbers.get(socket)
    // What begins a life is at an address that was given back, whether or not the end of the one before was heard of.
    if (number === undefined || from === 'CLOSED' || (from === 'LISTEN' && to === 'SYN-RECEIVED')) {
      number = ++this.#count
      this.#numbers.delete(socket)
      this.#numbers.set(socket, number)
      const [oldest] = this.#numbers.keys()
      if (this.#numbers.size > SOCKETS_MAX && oldest !== undefined) this.#numbers.delete(oldest)
    }
    return number
  }

  #rememberFin(event: StateTrace): void {
    this.#fins.set(otherTupleOf(event), event.time)
    const [oldest] = this.#fins.keys()
    if (this.#fins.size > SOCKETS_MAX && oldest !== undefined) this.#fins.delete(oldest)
    if (this.#small.size > 0) this.#looked = Number.NEGATIVE_INFINITY
  }

  /** When TIME-WAIT began: with the peer's FIN, if that is known and came after what is known for sure. */
  #timeWaitFrom(move: SocketMove, atLeast: number): number {
    const tuple = tupleOf(move)
    const fin = this.#fins.get(tuple)
    this.#fins.delete(tuple)
    // It has to get here: what it causes is told after it.
    return fin === undefined ? atLeast : Math.max(fin + 1, atLeast)
  }

  /** What looks like an end may be the beginning of TIME-WAIT: the table of sockets tells. */
  #withSmall(events: readonly LiveEvent[], rows: SmallRows): LiveEvent[] {
    return events.flatMap((event): LiveEvent[] => {
      if (!mayBeTimeWait(event)) return [event]
      const state = rows.find(event)
      if (state === undefined) return [event]
      if (this.#small.size < SOCKETS_MAX) this.#small.set(event.socket, { move: event, state })
      if (state === event.from) return []
      // An orphan is small from FIN-WAIT-2 on: it may have entered TIME-WAIT at any time between the event and the look.
      const exact = event.from !== 'FIN-WAIT-2'
      return [{ ...event, to: state, time: exact ? event.time : this.#timeWaitFrom(event, event.time), exact }]
    })
  }

  /** TIME-WAIT and orphans in FIN-WAIT-2 end without an event: they are missed at a look. */
  #endsOfSmall(read: readonly SocketRow[]): LiveEvent[] {
    // Not from before they were read: what they show may have happened meanwhile, and its cause be told only the next time.
    const time = this.#now()
    this.#looked = time
    const followed = Array.from(this.#small.values(), ({ move }) => move)
    const rows = new SmallRows(read, followed)
    const moves: LiveEvent[] = []
    for (const [number, small] of this.#small) {
      const state = rows.find(small.move)
      if (state === small.state) continue
      const since = state === 'TIME-WAIT' ? this.#timeWaitFrom(small.move, small.move.time) : time
      moves.push({
        ...small.move,
        time: since === small.move.time ? time : since,
        from: small.state,
        to: state ?? 'CLOSED',
        exact: false,
      })
      if (state === undefined) this.#small.delete(number)
      else small.state = state
    }
    return moves
  }
}

function mayBeTimeWait(event: LiveEvent): event is SocketMove {
  return event.kind === 'move' && event.to === 'CLOSED' && event.from !== undefined && BEFORE_TIME_WAIT.has(event.from)
}

/**
 * Rows of small sockets by their ends, which are those of the full one. (The cookie may be another: a socket is given its own when it is
 * first asked for it, and that may be after the small one was made.)
 */
class SmallRows {
  readonly #byTuple = new Map<string, RowState>()

  /** @param wanted those that will be looked for: a host may have hundreds of thousands of others */
  constructor(rows: readonly SocketRow[], wanted: readonly SocketMove[]) {
    const ports = new Set(wanted.map(({ local }) => local.port))
    for (const row of rows) {
      // A row with an inode is a full socket, which has not ended.
      if (row.inode === 0 && ports.has(row.local.port)) this.#byTuple.set(tupleOf(row), row.state)
    }
  }

  find(move: SocketMove): RowState | undefined {
    return this.#byTuple.get(tupleOf(move))
  }
}
