import type { Micros } from '../base/index.ts'

/** What holds the sender back. */
export const Limit = {
  /** Nothing is to be sent. */
  IDLE: 0,
  /** The network, or nothing. */
  BUSY: 1,
  /** The peer's window. */
  WINDOW: 2,
  /** The program could write more, were the send buffer larger. */
  SEND_BUFFER: 3,
} as const
/** One of these. */
export type Limit = (typeof Limit)[keyof typeof Limit]

/** How long a connection had something to send, and what held it back (TCP_INFO's busy_time, rwnd_limited, sndbuf_limited). */
export class SendingTime {
  #limit: Limit = Limit.IDLE
  #since: Micros = 0
  readonly #total: [number, number, number, number] = [0, 0, 0, 0]

  get limit(): Limit {
    return this.#limit
  }

  /** From now on `limit` holds the sender back. */
  enter(limit: Limit, now: Micros): void {
    if (limit === this.#limit) return
    this.#total[this.#limit] += now - this.#since
    this.#limit = limit
    this.#since = now
  }

  /** µs under `limit` until now. */
  under(limit: Limit, now: Micros): Micros {
    return this.#total[limit] + (limit === this.#limit ? now - this.#since : 0)
  }
}
