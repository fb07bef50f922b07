import { reasonOf } from '../errors.ts'
import { type Frame, FrameWriter } from './frames.ts'
import type { HostReading, ReadHost } from './reading.ts'

/** Takes a frame of every reading; it must not wait. */
export interface FeedListener {
  take(frame: Frame): void
}

/** From the start of one reading to the start of the next, ms. A reading that takes long earns the machine as long a rest. */
const INTERVAL_MS = 1000

/** Reads the host about once a second for as long as somebody listens, and not at all otherwise. */
export class ReadingFeed {
  readonly #read: ReadHost
  readonly #frames = new FrameWriter()
  readonly #listeners = new Set<FeedListener>()
  #reading: Promise<HostReading> | undefined
  #latest: HostReading | undefined
  #timer: NodeJS.Timeout | undefined
  #ticking = false
  /** The last frame, and when its reading began and the next one may, on the clock of `performance.now`. */
  #last: { readonly frame: Frame; readonly start: number; readonly next: number } | undefined

  constructor(read: ReadHost) {
    this.#read = read
  }

  /** One reading now; those who ask while one is under way share it. */
  read(): Promise<HostReading> {
    this.#reading ??= this.#taken()
    return this.#reading
  }

  /** The latest reading while somebody listens; else one now. */
  async latest(): Promise<HostReading> {
    if (this.#listeners.size > 0 && this.#latest !== undefined) return this.#latest
    return this.read()
  }

  /** Begin to listen: the first frame is the last one there was if that is fresh, or else comes with the next reading. */
  add(listener: FeedListener): void {
    this.#listeners.add(listener)
    if (this.#last !== undefined && performance.now() - this.#last.start < INTERVAL_MS) listener.take(this.#last.frame)
    this.#schedule()
  }

  /** Stop listening; the last one out stops the readings. */
  remove(listener: FeedListener): void {
    this.#listeners.delete(listener)
    if (this.#listeners.size > 0) return
    clearTimeout(this.#timer)
    this.#timer = undefined
    this.#latest = undefined
  }

  async #taken(): Promise<HostReading> {
    try {
      this.#latest = await this.#read()
      return this.#latest
    } finally {
      this.#reading = undefined
    }
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
    const frame = await this.#frame()
    const took = performance.now() - start
    this.#last = { frame, start, next: start + Math.max(INTERVAL_MS, 2 * took) }
    this.#ticking = false
    for (const listener of this.#listeners) listener.take(frame)
    this.#schedule()
  }

  async #frame(): Promise<Frame> {
    try {
      return this.#frames.table(await this.read())
    } catch (error) {
      return this.#frames.failure(reasonOf(error))
    }
  }
}
