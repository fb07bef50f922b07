import type { Writable } from 'node:stream'
import type { FeedListener } from './snapshot-feed.ts'

/** A client that has taken nothing for so long is gone or might as well be, ms. */
const PATIENCE_MS = 15_000

/**
 * One client of the stream. At most one event waits in its buffer: a client that has not taken the last one yet does not get
 * the next, and one that takes nothing at all is dropped.
 */
export class EventStream implements FeedListener {
  readonly #response: Writable
  readonly #now: () => number
  /** When the event was written that is still waiting; undefined when the client has taken all. */
  #blockedSince: number | undefined

  /** @param now a clock in ms that never goes back */
  constructor(response: Writable, now: () => number = () => performance.now()) {
    this.#response = response
    this.#now = now
    response.on('drain', () => {
      this.#blockedSince = undefined
    })
  }

  event(bytes: Uint8Array): void {
    if (this.#blockedSince === undefined) {
      if (!this.#response.write(bytes)) this.#blockedSince = this.#now()
    } else if (this.#now() - this.#blockedSince > PATIENCE_MS) {
      this.#response.destroy()
    }
  }
}
