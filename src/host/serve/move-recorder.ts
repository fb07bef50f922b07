/** What happens between two readings: connections as they move, where the kernel tells. */
import type { RowState, SocketRow } from '../../inspect/index.ts'
import { HostError, reasonOf } from '../errors.ts'
import { openLive } from '../events/live.ts'
import type { LiveEvent, LiveSource } from '../events/live-event.ts'
import { Lives } from '../events/lives.ts'
import { otherTupleOf, tupleOf } from '../events/tuple.ts'
import { listNamespaces } from '../namespaces/list.ts'
import type { MoveMessage } from './protocol.ts'

/** Nobody has asked for so long: the kernel need not trace for us, ms. */
const IDLE_MS = 10_000
/** Sockets that are known to be of a network namespace that is shown; of more, the oldest are forgotten. */
const SHOWN_MAX = 100_000

/** How the recorder comes by its source, and whether what that tells may be of network namespaces that are not shown. */
export interface MoveSources {
  readonly open: () => Promise<LiveSource>
  readonly isShared: () => boolean
}

const THIS_KERNEL: MoveSources = {
  open: () => openLive('tracefs'),
  isShared: () => listNamespaces().length > 1,
}

/** Follows connections for as long as somebody looks. */
export class MoveRecorder {
  readonly #sources: MoveSources
  #source: LiveSource | undefined
  #isShared = false
  #shown = new ShownSockets()
  /** Why there is no source; it is not tried again. */
  #lack: string | undefined
  /** What was missing in the last reading. */
  #gaps: readonly string[] = []
  #idle: NodeJS.Timeout | undefined
  /** What was seen since the recording began. */
  lives: Lives = new Lives()

  constructor(sources: MoveSources = THIS_KERNEL) {
    this.#sources = sources
  }

  /** Sentences: what is not seen of how connections move. */
  get lacks(): readonly string[] {
    return this.#lack === undefined ? this.#gaps : [this.#lack]
  }

  /**
   * How many connections went along each arrow since the last time; undefined where the kernel does not tell.
   * @param rows the sockets that are shown, as they are now
   */
  async take(rows: readonly SocketRow[]): Promise<readonly MoveMessage[] | undefined> {
    clearTimeout(this.#idle)
    const source = await this.#opened()
    if (source === undefined) return undefined
    this.#idle = setTimeout(() => this.close(), IDLE_MS).unref()
    const all = await this.#eventsOf(source)
    if (all === undefined) return undefined
    const events = this.#isShared ? this.#shown.of(all, rows) : all
    for (const event of events) this.lives.add(event)
    return countMoves(events)
  }

  /** Ends the recording; the next question begins another. */
  close(): void {
    clearTimeout(this.#idle)
    this.#source?.close()
    this.#source = undefined
    this.lives = new Lives()
    this.#shown = new ShownSockets()
  }

  async #eventsOf(source: LiveSource): Promise<OfSocket[] | undefined> {
    try {
      const told = await source.take()
      this.#gaps = told.flatMap((event) => (event.kind === 'gap' ? [event.text] : []))
      return told.filter((event) => event.kind !== 'gap')
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      this.#giveUp(error)
      return undefined
    }
  }

  #giveUp(error: HostError): void {
    this.close()
    this.#lack = `What connections do between two readings is not seen: ${reasonOf(error)}.`
  }

  async #opened(): Promise<LiveSource | undefined> {
    if (this.#source !== undefined || this.#lack !== undefined) return this.#source
    try {
      this.#source = await this.#sources.open()
      this.#isShared = this.#sources.isShared()
    } catch (error) {
      if (!(error instanceof HostError)) throw error
      this.#giveUp(error)
    }
    return this.#source
  }
}

type OfSocket = Exclude<LiveEvent, { readonly kind: 'gap' }>

/**
 * The kernel tells of every network namespace: of those that are shown, a row has the connection's ends, or those of its other side. A
 * client has no port yet when it begins, and no row when it has ended: what was known once stays known.
 */
class ShownSockets {
  readonly #numbers = new Set<number>()

  of(events: readonly OfSocket[], rows: readonly SocketRow[]): OfSocket[] {
    if (events.length === 0) return []
    const ports = new Set(events.flatMap(({ local, peer }) => [local.port, peer.port]))
    const shown = new Set<string>()
    for (const row of rows) {
      if (row.family === 0 || !ports.has(row.local.port)) continue
      shown.add(tupleOf(row))
      shown.add(otherTupleOf(row))
    }
    for (const event of events) if (shown.has(tupleOf(event))) this.#remember(event.socket)
    return events.filter(({ socket }) => this.#numbers.has(socket))
  }

  #remember(socket: number): void {
    this.#numbers.add(socket)
    const [oldest] = this.#numbers
    if (this.#numbers.size > SHOWN_MAX && oldest !== undefined) this.#numbers.delete(oldest)
  }
}

function countMoves(events: readonly OfSocket[]): MoveMessage[] {
  const counts = new Map<string, { readonly from: RowState; readonly to: RowState; count: number }>()
  for (const event of events) {
    if (event.kind !== 'move') continue
    const { from, to } = event
    if (from === undefined) continue
    const key = `${from} ${to}`
    const known = counts.get(key)
    if (known === undefined) counts.set(key, { from, to, count: 1 })
    else known.count++
  }
  return [...counts.values()]
}
