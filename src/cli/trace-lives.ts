/** What `lastack trace` keeps of the connections that it has seen move, for what it prints at the end. */
import type { LiveEvent, SocketMove } from '../host/index.ts'
import { buildLadder, formatEndpoint, printLadder, type RowState } from '../inspect/index.ts'
import { State, type StateName, stateName } from '../tcp/index.ts'
import type { StateEvent } from '../trace/index.ts'
import { columns } from './text.ts'

/** Connections remembered; of more, the oldest are forgotten. */
const LIVES_MAX = 10_000
/** Moves remembered of each: a life has fewer. */
const MOVES_MAX = 32
/** Connections whose times are printed, and ladders drawn. */
const SHOWN_MAX = 50

/** One connection, from the first move that was seen of it. */
export interface Life {
  readonly socket: number
  readonly moves: SocketMove[]
}

/** All of them. */
export class Lives {
  readonly #lives = new Map<number, Life>()
  #forgotten = 0

  /** Adds what happened. Answers how long the connection was in the state that it leaves, µs; undefined when that is not known. */
  add(event: LiveEvent): number | undefined {
    if (event.kind !== 'move') return undefined
    const life = this.#lives.get(event.socket) ?? this.#begin(event.socket)
    const before = life.moves.at(-1)
    if (life.moves.length < MOVES_MAX) life.moves.push(event)
    return before === undefined || before.to !== event.from ? undefined : event.time - before.time
  }

  /** In the order in which they were first seen. */
  get all(): Life[] {
    return [...this.#lives.values()]
  }

  /** How many were too many to remember. */
  get forgotten(): number {
    return this.#forgotten
  }

  #begin(socket: number): Life {
    const life = { socket, moves: [] }
    this.#lives.set(socket, life)
    const [oldest] = this.#lives.keys()
    if (this.#lives.size > LIVES_MAX && oldest !== undefined) {
      this.#lives.delete(oldest)
      this.#forgotten++
    }
    return life
  }
}

/** A stay in one state. */
export interface Stay {
  readonly state: RowState
  /** µs. */
  readonly duration: number
  /** False: its beginning or its end was only noticed at a look. */
  readonly exact: boolean
  /** It was still there at the end. */
  readonly isOpen: boolean
}

/** How long a connection was in each state that it was seen to enter; in the last one until `now`. */
export function staysOf(moves: readonly SocketMove[], now: number): Stay[] {
  return moves.flatMap(({ to, time, exact }, i) => {
    if (to === 'CLOSED') return []
    const next = moves[i + 1]
    const isExact = exact && next?.exact !== false
    return [{ state: to, duration: (next?.time ?? now) - time, exact: isExact, isOpen: next === undefined }]
  })
}

/** The time in each state of each connection. Listeners, and those of which nothing but the end was seen, are left out. */
export function livesText(lives: Lives, now: number): string {
  const told = lives.all
    .map(({ socket, moves }) => ({ socket, moves, stays: staysOf(moves, now) }))
    .filter(({ stays }) => stays.length > 0 && stays.every(({ state }) => state !== 'LISTEN'))
  if (told.length === 0) return ''
  const rows = told
    .slice(0, SHOWN_MAX)
    .map(({ socket, moves, stays }) => [`#${socket}`, ...endsOf(moves), stays.map(stayText).join(', ')])
  const more = told.length - rows.length + lives.forgotten
  return `\ntime in each state\n${columns(rows, '  ')}\n${more > 0 ? `  and ${more} connections more\n` : ''}`
}

function stayText({ state, duration, exact, isOpen }: Stay): string {
  return `${state} ${durationText(duration, exact)}${isOpen ? ' so far' : ''}`
}

/** µs as seconds: with all six digits where they are known. */
export function durationText(duration: number, exact: boolean): string {
  return exact ? `${(duration / 1e6).toFixed(6)} s` : `about ${(duration / 1e6).toFixed(1)} s`
}

/** Addresses as the last move has them: a client's port is not known at its first. */
function endsOf(moves: readonly SocketMove[]): string[] {
  const { local, peer } = moves.findLast(({ local: { port } }) => port !== 0) ?? (moves[0] as SocketMove)
  return [local, peer].map(({ address, port }) => formatEndpoint(address, port))
}

/** A ladder for each connection of which both ends were seen: the states of either, side by side. */
export function ladders(lives: Lives, width: number, colour: boolean): string {
  const pairs = pairsOf(lives.all)
  if (pairs.length === 0) return 'No connection was seen with both of its ends on this machine.\n'
  const drawn = pairs.slice(0, SHOWN_MAX).map((pair) => {
    const hosts = pair.map(({ moves }) => endsOf(moves)[0] as string)
    const start = Math.min(...pair.map(({ moves }) => (moves[0] as SocketMove).time))
    const events = pair.flatMap(({ moves, socket }, host) =>
      moves.flatMap((move) => stateEvent(move, host, socket, start)),
    )
    events.sort((a, b) => a.time - b.time)
    return printLadder(buildLadder(events, { hosts }), { width, colour })
  })
  const more = pairs.length - drawn.length
  return `${drawn.join('\n')}${more > 0 ? `and ${more} connections more\n` : ''}`
}

function pairsOf(lives: readonly Life[]): [client: Life, server: Life][] {
  const waiting = new Map<string, Life>()
  const pairs: [Life, Life][] = []
  for (const life of lives) {
    const [local, peer] = endsOf(life.moves).map((end) => end.replace(/^\[?::ffff:([\d.]+)\]?:/, '$1:'))
    const other = waiting.get(`${peer} ${local}`)
    if (other === undefined) {
      waiting.set(`${local} ${peer}`, life)
      continue
    }
    waiting.delete(`${peer} ${local}`)
    pairs.push(isClient(other) ? [other, life] : [life, other])
  }
  return pairs
}

function isClient({ moves }: Life): boolean {
  return moves.some(({ from, to }) => from === 'SYN-SENT' || to === 'SYN-SENT')
}

const BY_NAME: ReadonlyMap<string, State> = new Map<StateName, State>(
  Object.values(State).map((state) => [stateName(state), state]),
)

function stateEvent({ time, from, to }: SocketMove, host: number, conn: number, start: number): StateEvent[] {
  const [before, after] = [stateOf(from ?? 'CLOSED'), stateOf(to)]
  if (before === undefined || after === undefined) return []
  return [{ kind: 'state', time: time - start, host, conn, from: before, to: after }]
}

function stateOf(name: RowState): State | undefined {
  return BY_NAME.get(name)
}
