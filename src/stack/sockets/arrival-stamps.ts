import type { Micros } from '../../base/index.ts'
import type { SocketOptions } from './socket-options.ts'
import { Timestamping } from './timestamping.ts'

/** Who may ask for them. */
interface Asking {
  readonly options: SocketOptions
}

/**
 * From when on a host notes when packets arrive (Linux's `net_enable_timestamp`): it begins as some socket asks for such times, and then does
 * so for all of them.
 */
export class ArrivalStamps {
  readonly #sockets: Iterable<Asking>
  #since: Micros = Number.POSITIVE_INFINITY

  constructor(sockets: Iterable<Asking>) {
    this.#sockets = sockets
  }

  /** A socket's options are about to ask. */
  ask(now: Micros): void {
    if (!this.#isWanted()) this.#since = now
  }

  /** Whether a packet that came then has its time noted. */
  covers(at: Micros): boolean {
    return at >= this.#since && this.#isWanted()
  }

  #isWanted(): boolean {
    return [...this.#sockets].some(asksForArrivals)
  }
}

/** SO_TIMESTAMP and its kin, or SO_TIMESTAMPING with RX_SOFTWARE. */
function asksForArrivals({ options: { timestamping, kept } }: Asking): boolean {
  return (timestamping & Timestamping.RX_SOFTWARE) !== 0 || (kept.get('SO_TIMESTAMP') ?? 0) !== 0
}
