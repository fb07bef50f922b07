/** Sockets as looks at the table tell of them: what has changed from one to the next. */
import type { SocketRow } from '../../inspect/index.ts'
import type { EndedSockets } from './destroy-listener.ts'
import type { LiveEvent, LiveSource, SocketMove } from './live-event.ts'
import { tupleOf } from './tuple.ts'

/** Hears of the ends of sockets: a `DestroyListener`. */
export interface EndListener {
  take(): EndedSockets
  close(): void
}

/** Where the source has its sockets from. */
export interface Polling {
  /** One look at all TCP sockets. */
  readonly look: () => Promise<readonly SocketRow[]>
  /** µs on CLOCK_MONOTONIC. */
  readonly now: () => number
  /** Undefined where this kernel has no notices. */
  readonly ends: EndListener | undefined
  readonly lacks: readonly string[]
}

interface Known {
  readonly number: number
  readonly row: SocketRow
}

/** Looks at the table of sockets again and again, and tells what has changed between two looks. */
export class PolledSource implements LiveSource {
  readonly name = 'netlink'
  readonly lacks: readonly string[]
  readonly #polling: Polling
  #known: ReadonlyMap<bigint | string, Known> | undefined
  #count = 0

  constructor(polling: Polling) {
    this.#polling = polling
    this.lacks = polling.lacks
  }

  async take(): Promise<readonly LiveEvent[]> {
    // Ends are taken before the look: what ends in between is missed by the look, and told then.
    const { ended, overrun } = this.#polling.ends?.take() ?? { ended: [], overrun: false }
    const rows = await this.#polling.look()
    const time = this.#polling.now()
    const before = this.#known
    const known = new Map<bigint | string, Known>()
    const events: LiveEvent[] = []
    for (const row of rows) {
      const key = keyOf(row)
      const old = before?.get(key)
      const number = old?.number ?? ++this.#count
      known.set(key, { number, row })
      if (before !== undefined && old?.row.state !== row.state)
        events.push(moveOf(time, number, row, old?.row, row.state))
    }
    this.#known = known
    if (before === undefined) return []
    for (const [key, { number, row }] of before) {
      if (!known.has(key)) events.push(moveOf(time, number, row, row, 'CLOSED'))
    }
    for (const row of ended) {
      if (!before.has(keyOf(row)) && !known.has(keyOf(row)) && wasConnected(row)) {
        events.push(moveOf(time, ++this.#count, row, undefined, 'CLOSED'))
      }
    }
    if (overrun) {
      const text = 'Notices of ended sockets were lost: connections shorter than the time between looks may be missing.'
      events.push({ kind: 'gap', time, text })
    }
    return events
  }

  close(): void {
    this.#polling.ends?.close()
  }
}

function keyOf(row: SocketRow): bigint | string {
  return row.cookie === undefined || row.cookie === 0n ? tupleOf(row) : row.cookie
}

function wasConnected({ peer }: SocketRow): boolean {
  return peer.port !== 0
}

function moveOf(
  time: number,
  socket: number,
  row: SocketRow,
  from: SocketRow | undefined,
  to: SocketMove['to'],
): SocketMove {
  const { family, local, peer, cookie } = row
  return { kind: 'move', time, socket, family, local, peer, from: from?.state, to, exact: false, cookie }
}
