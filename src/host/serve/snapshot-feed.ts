import { reasonOf } from '../errors.ts'
import type { FailureMessage, SnapshotMessage } from './protocol.ts'

/** Reads the host once. */
export type ReadSnapshot = () => Promise<SnapshotMessage>

/** Takes events as they are to be written; it must not wait. */
export interface FeedListener {
  event(bytes: Uint8Array): void
}

/** From the start of one reading to the start of the next, ms. A reading that takes long earns the machine as long a rest. */
const INTERVAL_MS = 1000

/** Reads the host about once a second for as long as somebody listens, and not at all otherwise. */
export class SnapshotFeed {
  readonly #read: ReadSnapshot
  readonly #listeners = new Set<FeedListener>()
  #reading: Promise<SnapshotMessage> | undefined
  #timer: NodeJS.Timeout | undefined
  #ticking = false
  /** The last event, and when its reading began and the next one may, on the clock of `performance.now`. */
  #last: { readonly bytes: Uint8Array; readonly start: number; readonly next: number } | undefined

  constructor(read: ReadSnapshot) {
    this.#read = read
  }

  /** One reading now; those who ask while one is under way share it. */
  read(): Promise<SnapshotMessage> {
    this.#reading ??= this.#read().finally(() => {
      this.#reading = undefined
    })
    return this.#reading
  }

  /** Begin to listen: the first event is the last one there was if that is fresh, or else comes with the next reading. */
  add(listener: FeedListener): void {
    this.#listeners.add(listener)
    if (this.#last !== undefined && performance.now() - this.#last.start < INTERVAL_MS) listener.event(this.#last.bytes)
    this.#schedule()
  }

  /** Stop listening; the last one out stops the readings. */
  remove(listener: FeedListener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
  }

  #schedule(): void {
    if (this.#ticking || this.#timer !== undefined || this.#listeners.size === 0) return
    const delay = Math.max(0, (this.#last?.next ?? 0) - performance.now())
    this.#timer = setTimeout(() => void this.#tick(), delay)
  }

  async #tick(): Promise<void> {
    this.#timer = undefined
    this.#ticking = true
    const start = performance.now()
    const bytes = await this.#event()
    const took = performance.now() - start
    this.#last = { bytes, start, next: start + Math.max(INTERVAL_MS, 2 * took) }
    this.#ticking = false
    for (const listener of this.#listeners) listener.event(bytes)
    this.#schedule()
  }

  async #event(): Promise<Uint8Array> {
    try {
      return serverSentEvent('snapshot', await this.read())
    } catch (error) {
      return serverSentEvent('failure', { error: reasonOf(error) })
    }
  }
}

/** An event as the wire has it. JSON text has no line feeds, so its data is one line. */
function serverSentEvent(name: string, data: SnapshotMessage | FailureMessage): Uint8Array {
  return Buffer.from(`event: ${name}\ndata: ${JSON.stringify(data)}\n\n`)
}
