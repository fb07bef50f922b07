/** What is kept of connections that were seen to move: each one's life, as far as it was seen. */
import type { RowState } from '../../inspect/index.ts'
import type { LiveEvent, SocketMove, SocketRemark } from './live-event.ts'

/** Connections remembered; of more, the oldest are forgotten. */
const LIVES_MAX = 10_000
/** Moves remembered of each: a life has fewer. */
const MOVES_MAX = 32
/** Remarks remembered of each: of more, retransmissions that is, only their number matters. */
const REMARKS_MAX = 64

/** One connection, from the first move that was seen of it. */
export interface Life {
  readonly socket: number
  readonly moves: SocketMove[]
  readonly remarks: SocketRemark[]
}

/** The lives of all connections that were seen, up to a limit: the oldest are forgotten first. */
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
