import type { Writable } from 'node:stream'
import type { Frame } from './frames.ts'
import type { FeedListener } from './reading-feed.ts'

/** A client that has taken nothing for so long is gone or might as well be, ms. */
const PATIENCE_MS = 15_000

/**
 * One client of the stream. At most one frame waits in its buffer: a client that has not taken the last one yet does not get
 * the next, and later the whole table; one that takes nothing at all is dropped.
 */
export class FrameStream implements FeedListener {
  readonly #response: Writable
  readonly #now: () => number
  /** When the frame was written that is still waiting; undefined when the client has taken all. */
  #blockedSince: number | undefined
  /** It does not know the table as the frame before left it. */
  #behind = true

  /** @param now a clock in ms that never goes back */
  constructor(response: Writable, now: () => number = () => performance.now()) {
    this.#response = response
    this.#now = now
    response.on('drain', () => {
      this.#blockedSince = undefined
    })
  }

  take(frame: Frame): void {
    if (this.#blockedSince === undefined) {
      const bytes = this.#behind && frame.whole !== undefined ? frame.whole() : frame.bytes
      if (frame.whole !== undefined) this.#behind = false
      if (!this.#response.write(bytes)) this.#blockedSince = this.#now()
      return
    }
    this.#behind = true
    if (this.#now() - this.#blockedSince > PATIENCE_MS) this.#response.destroy()
  }
}
