import type { Prng } from '../../base/index.ts'
import type { Address } from '../../wire/index.ts'
import type { PortRanges } from '../personalities/config.ts'
import type { Secrets } from '../secrets.ts'
import { inPorts } from '../sysctl/ports.ts'
import type { PortRange } from './port-range.ts'

/** Counters of RFC 6056's double hash: destinations share them, so that one cannot watch another's ports. */
const COUNTERS = 256

/** Which ports are looked at, and what the search asks about each it comes to. */
export interface PortSearch extends PortRange {
  /** Never chosen. */
  readonly reserved: PortRanges
  /** Linux's division of labour: see `BindRules.parity`. */
  readonly parity: boolean
  usable(port: number): boolean
}

/** Chooses local ports that nobody named. */
export class EphemeralPorts {
  readonly #random: Prng
  readonly #secrets: Secrets
  #counters: Uint32Array | null = null
  /** Per counter, with parity: whether the search begins in the half that is connect()'s own (0) or in the other one. */
  readonly #halves: Uint8Array = new Uint8Array(COUNTERS)
  #tried = 0
  #half = 0

  constructor(random: Prng, secrets: Secrets) {
    this.#random = random
    this.#secrets = secrets
  }

  /** For bind(0): from a random start. Returns the port, 0 when none is usable. */
  forBind(search: PortSearch): number {
    const start = this.#random.next() >>> 0
    return this.#find(search, search.parity ? start | 1 : start)
  }

  /**
   * For connect(): RFC 6056 §3.3.4, double-hash port selection. Ports towards one destination follow each other, so that
   * none is used again before it must be; seen from elsewhere they are random. Returns the port, 0 when none is usable.
   */
  forConnect(local: Address, remote: Address, remotePort: number, search: PortSearch): number {
    this.#counters ??= Uint32Array.from({ length: COUNTERS }, () => this.#random.next())
    const counter = this.#secrets.portCounter(local, remote, remotePort) % COUNTERS
    const start = (this.#secrets.portOffset(local, remote, remotePort) + (this.#counters[counter] as number)) >>> 0
    const half = this.#halves[counter] as number
    const port = this.#find(search, search.parity ? (start & ~1) | half : start)
    if (port === 0) return 0
    const step = search.parity ? 2 : 1
    this.#counters[counter] = (this.#counters[counter] as number) + this.#tried + step
    // DIFFERS: from Linux, which tries connect()'s own half anew each time, full as it may be; we go on where we found one.
    this.#halves[counter] = half ^ this.#half
    return port
  }

  /**
   * Tries the range from an offset on, round and round: with parity every second port first, then the others. Leaves in
   * `#tried` how far from the start of its half the port was found, and in `#half` which half that was.
   */
  #find(search: PortSearch, start: number): number {
    const { first: least, last, reserved } = search
    let range = last - least + 1
    if (range < 1) return 0
    const step = search.parity && range > 1 ? 2 : 1
    // Linux's loop leaves out the last port of a range whose length is odd.
    if (step === 2) range &= ~1
    const first = (start >>> 0) % range
    for (let half = 0; half < step; half++) {
      const offset = first ^ half
      for (let tried = 0; tried < range; tried += step) {
        const port = least + ((offset + tried) % range)
        if (inPorts(reserved, port) || !search.usable(port)) continue
        this.#tried = tried
        this.#half = half
        return port
      }
    }
    return 0
  }
}
