import { halfSipHash24, keyedHash, type Micros, type Prng, type Seq, sipHash24 } from '../base/index.ts'
import type { Address } from '../wire/index.ts'

/** RFC 9293 §3.4.1: the clock of initial sequence numbers ticks every 4 µs. */
const SEQUENCE_TICK_US = 4

/** What was last reckoned for the ports towards a destination. */
interface PortChoice {
  local: Address | null
  remote: Address | null
  remotePort: number
  offset: number
  counter: number
}

/** What a stranger must not be able to guess about a connection, from its addresses and secrets drawn once per host. */
export class Secrets {
  readonly #keys: Int32Array
  readonly #words: Int32Array = new Int32Array(11)
  /** Two independent words for a connection, both from one hash: it asks for them one after the other. */
  readonly #both: Int32Array = new Int32Array(2)
  /** Whose `#both` are. */
  readonly #whose: Int32Array = new Int32Array(9)
  #whoseCount = 0
  readonly #port: PortChoice = { local: null, remote: null, remotePort: -1, offset: 0, counter: 0 }

  constructor(random: Prng) {
    // MUST-9: drawn once, and never told
    this.#keys = Int32Array.from({ length: 10 }, () => random.next())
  }

  /** RFC 6528: the clock plus F(local, remote, secret). */
  initialSequence(now: Micros, local: Address, localPort: number, remote: Address, remotePort: number): Seq {
    const hash = this.#ofConnection(local, localPort, remote, remotePort)[0] as number
    // MUST-8: one step every 4 µs
    return (Math.floor(now / SEQUENCE_TICK_US) + hash) | 0
  }

  /** RFC 7323 §5.4: where this tuple's timestamp clock starts; the same each time, so that it can be reckoned anew. */
  timestampOffset(local: Address, localPort: number, remote: Address, remotePort: number): number {
    return this.#ofConnection(local, localPort, remote, remotePort)[1] as number
  }

  #ofConnection(local: Address, localPort: number, remote: Address, remotePort: number): Int32Array {
    const count = this.#put(local, localPort, remote, remotePort)
    if (this.#isWhose(count)) return this.#both
    for (let i = 0; i < count; i++) this.#whose[i] = this.#words[i] as number
    this.#whoseCount = count
    // SHLD-1: RFC 6528 §3
    sipHash24(this.#key(0), this.#key(1), this.#key(2), this.#key(3), this.#words, count, this.#both)
    return this.#both
  }

  #isWhose(count: number): boolean {
    if (count !== this.#whoseCount) return false
    for (let i = 0; i < count; i++) if (this.#whose[i] !== this.#words[i]) return false
    return true
  }

  /** RFC 4987 §3.6: what makes a SYN cookie unguessable. */
  cookieHash(
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
    first: number,
    second: number,
  ): number {
    const count = this.#put(local, localPort, remote, remotePort)
    // Two words more than initial sequence numbers hash: never the same input under their key.
    this.#words[count] = first
    this.#words[count + 1] = second
    return keyedHash(this.#key(0), this.#key(1), this.#key(2), this.#key(3), this.#words, count + 2)
  }

  /** RFC 6056 §3.3.4, F(): where the search for an ephemeral port begins for this destination. */
  portOffset(local: Address, remote: Address, remotePort: number): number {
    return this.#portOf(local, remote, remotePort).offset
  }

  /** RFC 6056 §3.3.4, G(): which counter this destination shares. */
  portCounter(local: Address, remote: Address, remotePort: number): number {
    return this.#portOf(local, remote, remotePort).counter
  }

  /** Whoever connects a lot connects to the same server. */
  #portOf(local: Address, remote: Address, remotePort: number): PortChoice {
    const port = this.#port
    if (port.local === local && port.remote?.equals(remote) === true && port.remotePort === remotePort) return port
    const count = this.#put(local, 0, remote, remotePort)
    port.local = local
    port.remote = remote
    port.remotePort = remotePort
    port.offset = halfSipHash24(this.#key(6), this.#key(7), this.#words, count) >>> 0
    port.counter = halfSipHash24(this.#key(8), this.#key(9), this.#words, count) >>> 0
    return port
  }

  #key(index: number): number {
    return this.#keys[index] as number
  }

  /** Lays out what is hashed. IPv4's addresses are a word each; no message is a part of another, for lengths are hashed too. */
  #put(local: Address, localPort: number, remote: Address, remotePort: number): number {
    const words = this.#words
    const ports = (localPort << 16) | remotePort
    if (local.v4 && remote.v4) {
      words[0] = local.w3
      words[1] = remote.w3
      words[2] = ports
      return 3
    }
    words[0] = local.w0
    words[1] = local.w1
    words[2] = local.w2
    words[3] = local.w3
    words[4] = remote.w0
    words[5] = remote.w1
    words[6] = remote.w2
    words[7] = remote.w3
    words[8] = ports
    return 9
  }
}
