import type { Micros } from '../base/index.ts'

/** What holds the sender back, the weightier the larger. */
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
  #busy: Micros = 0
  #window: Micros = 0
  #sendBuffer: Micros = 0

  /** `limit` holds the sender back, unless something weightier does. */
  raise(limit: Limit, now: Micros): void {
    if (limit > this.#limit) this.#enter(limit, now)
  }

  /** `limit` holds the sender back no more. */
  lower(limit: Limit, now: Micros): void {
    if (limit === this.#limit) this.#enter(Limit.BUSY, now)
  }

  /** Nothing is left to be sent or acknowledged. */
  rest(now: Micros): void {
    this.#enter(Limit.IDLE, now)
  }

  #enter(limit: Limit, now: Micros): void {
    if (limit === this.#limit) return
    const passed = now - this.#since
    if (this.#limit === Limit.BUSY) this.#busy += passed
    else if (this.#limit === Limit.WINDOW) this.#window += passed
    else if (this.#limit === Limit.SEND_BUFFER) this.#sendBuffer += passed
    this.#limit = limit
    this.#since = now
  }

  /** µs with something to send until now, whatever held it back. */
  busy(now: Micros): Micros {
    const current = this.#limit === Limit.IDLE ? 0 : now - this.#since
    return this.#busy + this.#window + this.#sendBuffer + current
  }

  /** µs held back by the peer's window. */
  windowLimited(now: Micros): Micros {
    return this.#window + (this.#limit === Limit.WINDOW ? now - this.#since : 0)
  }

  /** µs held back by the size of the send buffer. */
  sendBufferLimited(now: Micros): Micros {
    return this.#sendBuffer + (this.#limit === Limit.SEND_BUFFER ? now - this.#since : 0)
  }
}
