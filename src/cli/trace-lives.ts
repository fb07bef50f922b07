/** What `lastack trace` keeps of the connections that it has seen move, for what it prints at the end. */
import type { LiveEvent, SocketMove, SocketRemark } from '../host/index.ts'
import { formatEndpoint, type RowState } from '../inspect/index.ts'
import { columns } from './text.ts'

/** Connections remembered; of more, the oldest are forgotten. */
const LIVES_MAX = 10_000
/** Moves remembered of each: a life has fewer. */
const MOVES_MAX = 32
/** Connections whose times are printed, and ladders drawn. */
export const SHOWN_MAX = 50
/** Remarks remembered of each: of more, retransmissions that is, only their number matters. */
const REMARKS_MAX = 64

/** One connection, from the first move that was seen of it. */
export interface Life {
  readonly socket: number
  readonly moves: SocketMove[]
  readonly remarks: SocketRemark[]
}

/** All of them. */
export class Lives {
  readonly #lives = new Map<number, Life>()
  #forgotten = 0

  /** Adds what happened. Answers how long the connection was in the state that it leaves, µs; undefined when that is not known. */
  add(event: LiveEvent): number | undefined {
    if (event.kind === 'gap') return undefined
    if (event.kind !== 'move') {
      const remarks = this.#lives.get(event.socket)?.remarks
      if (remarks !== undefined && remarks.length < REMARKS_MAX) remarks.push(event)
      return undefined
    }
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
    const life = { socket, moves: [], remarks: [] }
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
  if (exact) return `${(duration / 1e6).toFixed(6)} s`
  const tenths = (duration / 1e6).toFixed(1)
  return tenths === '0.0' ? 'under 0.1 s' : `about ${tenths} s`
}

/** Addresses as the last move has them: a client's port is not known at its first. */
export function endsOf(moves: readonly SocketMove[]): string[] {
  const { local, peer } = moves.findLast(({ local: { port } }) => port !== 0) ?? (moves[0] as SocketMove)
  return [local, peer].map(({ address, port }) => formatEndpoint(address, port))
}
