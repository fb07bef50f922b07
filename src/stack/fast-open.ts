import { type Prng, sipHash24 } from '../base/index.ts'
import type { CachedCookie } from '../tcp/index.ts'
import type { Address } from '../wire/index.ts'

/** Octets of a cookie of ours. */
const COOKIE_LENGTH = 8
/** Servers whose cookies are kept; the oldest goes first. */
const SERVERS_MAX = 1024

/** TCP Fast Open's memory (RFC 7413 §4.1): the key of our own cookies, and the cookies that servers gave us. */
export class FastOpenCookies {
  /** Four words, as `tcp_fastopen_key` writes them. */
  readonly #key: Int32Array
  readonly #words: Int32Array = new Int32Array(8)
  readonly #hash: Int32Array = new Int32Array(2)
  readonly #servers = new Map<string, CachedCookie>()

  constructor(random: Prng) {
    this.#key = Int32Array.from({ length: 4 }, () => random.next())
  }

  /** `0a1b2c3d-…`, four words in hexadecimal. */
  get key(): string {
    return [...this.#key].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('-')
  }

  /** Takes another key; false, and nothing changed, if the text is none. */
  setKey(text: string): boolean {
    const words = /^([0-9a-f]{1,8})-([0-9a-f]{1,8})-([0-9a-f]{1,8})-([0-9a-f]{1,8})$/i.exec(text.trim())
    if (words === null) return false
    words.slice(1).forEach((word, i) => {
      this.#key[i] = Number.parseInt(word, 16) | 0
    })
    return true
  }

  /** The cookie for a client: SipHash-2-4 of both addresses, as Linux makes it. */
  make(local: Address, remote: Address): Uint8Array {
    const words = this.#words
    const count = remote.v4 ? 2 : 8
    const octets = remote.v4
      ? [remote.w3, local.w3]
      : [remote.w0, remote.w1, remote.w2, remote.w3, local.w0, local.w1, local.w2, local.w3]
    octets.forEach((word, i) => {
      words[i] = swapped(word)
    })
    const [k0 = 0, k1 = 0, k2 = 0, k3 = 0] = this.#key
    sipHash24(k0, k1, k2, k3, words, count, this.#hash)
    const cookie = new Uint8Array(COOKIE_LENGTH)
    const view = new DataView(cookie.buffer)
    view.setInt32(0, this.#hash[0] as number, true)
    view.setInt32(4, this.#hash[1] as number, true)
    return cookie
  }

  /** What a server gave us, if it did. */
  of(remote: Address): CachedCookie | undefined {
    return this.#servers.get(remote.toString())
  }

  /** Keeps what a server gave us. */
  keep(remote: Address, cookie: CachedCookie): void {
    const name = remote.toString()
    this.#servers.delete(name)
    this.#servers.set(name, cookie)
    if (this.#servers.size <= SERVERS_MAX) return
    for (const oldest of this.#servers.keys()) {
      this.#servers.delete(oldest)
      return
    }
  }

  /** `ip tcp_metrics flush`: all of it is forgotten. */
  forget(): void {
    this.#servers.clear()
  }
}

/** The octets of a word in the other order. */
function swapped(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}
