import type { Micros } from '../base/index.ts'

/** Of a kernel with HZ=250, as distributions build it. */
export const TICK_US: Micros = 4000
/** Of one with HZ=1000. */
const FINEST_TICK_US = 1000
/** The kernel's wheel has levels of 64 slots, each level eight times as coarse as the one below; the first 63 lie in the lowest. */
const FIRST_LEVEL = 63
const COARSER = 8

/**
 * The clock of a Linux kernel's timers, for whoever compares with a recording of one: a timer runs out between one tick and an eighth of
 * its delay late, and how late depends on where in the ticks it was started. Without it (`TcpHost.jiffies` is null) timers are exact.
 */
export class Jiffies {
  readonly #ahead: Micros

  /** @param ahead what the kernel's clock shows when the host's shows 0, µs; may be negative */
  constructor(ahead: Micros) {
    this.#ahead = ahead
  }

  /** The last tick up to `now`, as the host's time. */
  last(now: Micros): Micros {
    return Math.floor((now + this.#ahead) / TICK_US) * TICK_US - this.#ahead
  }

  /** A delay in whole ticks. */
  whole(delay: Micros): Micros {
    return Math.ceil(delay / TICK_US) * TICK_US
  }

  /** When a timer runs out that is started now. */
  expiry(now: Micros, delay: Micros): Micros {
    const ticks = Math.ceil(delay / TICK_US)
    let grain = 1
    while (ticks >= FIRST_LEVEL * grain) grain *= COARSER
    const due = Math.floor((now + this.#ahead) / TICK_US) + ticks
    return (Math.floor(due / grain) + 1) * grain * TICK_US - this.#ahead
  }
}

/** A host's time, and the clock of its timers. */
export interface HostClock {
  readonly now: Micros
  readonly jiffies: Jiffies | null
}

/** The time since then, by the clock of the host's timers. */
export function elapsed({ jiffies, now }: HostClock, since: Micros): Micros {
  return jiffies === null ? now - since : jiffies.last(now) - jiffies.last(since)
}

/** Half of a delay, in whole ticks of the host's clock: of the finest that kernels have, 1 ms, where timers are exact. */
export function halfOf({ jiffies }: HostClock, delay: Micros): Micros {
  const tick = jiffies === null ? FINEST_TICK_US : TICK_US
  return Math.floor(delay / 2 / tick) * tick
}
