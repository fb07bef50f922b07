import type { Micros } from '../base/index.ts'

/** A stack as whoever drives it sees it: two ways in, one question. What comes out leaves through its links. */
export interface Driver {
  /** An IP packet has arrived on interface number `iface`. It is copied before this returns. */
  input(now: Micros, iface: number, buf: Uint8Array, start: number, length: number): void
  /** Runs every timer that is due at or before `now`. */
  advance(now: Micros): void
  /** When `advance` must be called next, if nothing arrives before; Infinity when nothing waits. */
  nextDeadline(): Micros
}

/** What an interface sends through. It copies before it returns, and never delivers synchronously. */
export interface Link {
  /** Octets of the largest IP packet it takes. */
  readonly mtu: number
  /** Takes one IP packet; false when it is full, and the packet is lost. */
  transmit(buf: Uint8Array, start: number, length: number): boolean
  /** More waits in it than a burst: senders hold back until it has drained. A link without a queue of its own leaves it out. */
  readonly full?: boolean
}
