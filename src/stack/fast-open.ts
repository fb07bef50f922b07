import { type Micros, type Prng, sipHash24 } from '../base/index.ts'
import {
  type CachedCookie,
  FastOpenBit,
  type FastOpenDoubts,
  type FastOpenKey,
  type FastOpenMemory,
  noDoubts,
  type Tcb,
} from '../tcp/index.ts'
import type { Address } from '../wire/index.ts'
import type { StackHost } from './stack-host.ts'

/** Octets of a key. */
const KEY_LENGTH = 16
/** Octets of a cookie of ours. */
const COOKIE_LENGTH = 8
/** Servers of which something is remembered; the oldest goes first. */
const SERVERS_MAX = 1024

/** TCP Fast Open's memory (RFC 7413 §4.1): the key of our own cookies, and the cookies that servers gave us. */
export class FastOpenCookies implements FastOpenMemory {
  readonly doubts: FastOpenDoubts = noDoubts()
  readonly #host: StackHost
  /** Four words each, as `tcp_fastopen_key` writes them: the one that makes cookies, and one whose cookies are still good. */
  #keys: readonly FastOpenKey[]
  /** What clients were told beforehand, the newest first (BSD). */
  #shared: readonly FastOpenKey[] = []
  readonly #servers = new Map<string, CachedCookie>()
  readonly #failed = new Map<string, Micros>()
  /** Whether anything is remembered of servers, and how often that was switched off. */
  #enabled = true
  #switchedOff = 0

  constructor(host: StackHost, random: Prng) {
    this.#host = host
    this.#keys = [Int32Array.from({ length: 4 }, () => random.next())]
  }

  /** `0a1b2c3d-…`, four words in hexadecimal; two keys with a comma between. */
  get key(): string {
    const text = (key: FastOpenKey): string =>
      [...key].map((word) => (word >>> 0).toString(16).padStart(8, '0')).join('-')
    return this.#keys.map(text).join(',')
  }

  /** Takes another key, or two; false, and nothing changed, if the text is none. */
  setKey(text: string): boolean {
    const keys = text.split(',').map(readKey)
    if (keys.length > 2 || !keys.every((key) => key !== null)) return false
    this.#keys = keys
    return true
  }

  /** One more key, 16 octets: cookies are made with it from now on, and those of the one before are good still (BSD). False: it is none. */
  addKey(text: string): boolean {
    if (text.length !== KEY_LENGTH) return false
    this.#keys = [keyOf(text), ...this.#keys].slice(0, 2)
    return true
  }

  /** One more key that clients were told beforehand, and that of before is good still. False: it is none. */
  addShared(text: string): boolean {
    if (text.length !== KEY_LENGTH) return false
    this.#shared = [keyOf(text), ...this.#shared].slice(0, 2)
    return true
  }

  /** The cookies for a client that are good, made with its listener's own keys if it has some; the first one is given out. */
  makeFor({ local, remote, options }: Tcb): Uint8Array[] {
    const own = this.#host.personality.sockets.cookiesPerPort ? null : local
    return (options.fastOpenKeys ?? this.#keys).map((key) => makeCookie(key, own, remote))
  }

  isBrought(cookie: Uint8Array, given: Uint8Array): boolean {
    if ((this.#host.config.fastOpen & FastOpenBit.PRE_SHARED) === 0) return equal(given, cookie)
    return this.#shared.some((key) => equal(given, this.underKey(key, cookie)))
  }

  underKey(key: FastOpenKey, cookie: Uint8Array): Uint8Array {
    const padded = new DataView(new ArrayBuffer(KEY_LENGTH))
    cookie.forEach((octet, i) => {
      padded.setUint8(i, octet)
    })
    const words = Int32Array.from({ length: (cookie.length + 3) >> 2 }, (_, i) => padded.getInt32(4 * i, true))
    return hashed(key, words, cookie.length)
  }

  cookieOf(tcb: Tcb): CachedCookie | undefined {
    return this.#servers.get(this.#serverOf(tcb))
  }

  keep(tcb: Tcb, cookie: CachedCookie): void {
    const server = this.#serverOf(tcb)
    if (!this.#enabled) return
    putLast(this.#servers, server, cookie)
    if (cookie.cookie.length > 0) this.#failed.delete(server)
  }

  failedAt(tcb: Tcb): Micros {
    return this.#failedAt(this.#serverOf(tcb))
  }

  #failedAt(server: string): Micros {
    return this.#failed.get(server) ?? Number.NEGATIVE_INFINITY
  }

  /** A server's SYN-ACK said nothing to the option: what it gave is worth nothing. */
  failed(tcb: Tcb): void {
    const server = this.#serverOf(tcb)
    if (!this.#enabled) return
    this.#servers.delete(server)
    // As long as it is spared it is not spared anew.
    const { now, config } = this.#host
    if (now - this.#failedAt(server) > config.fastOpenPauseUs) putLast(this.#failed, server, now)
  }

  /** Servers go by what the system tells them apart by: address, or (BSD) both addresses and port. */
  #serverOf({ local, remote, remotePort }: Tcb): string {
    if (!this.#host.personality.sockets.cookiesPerPort) return remote.toString()
    this.#followSetting()
    return `${local.toString()} ${remote.toString()} ${remotePort}`
  }

  /** net.inet.tcp.fastopen.client_enable as it is now: switched off it forgets what servers gave, and keeps nothing. */
  #followSetting(): void {
    const { fastOpen, fastOpenSwitchedOff } = this.#host.config
    this.#enabled = (fastOpen & FastOpenBit.CLIENT) !== 0
    if (fastOpenSwitchedOff !== this.#switchedOff) this.forget()
    this.#switchedOff = fastOpenSwitchedOff
  }

  /** `ip tcp_metrics flush`: all of it is forgotten. */
  forget(): void {
    this.#servers.clear()
    this.#failed.clear()
  }
}

/** Remembers something of a server, and forgets the oldest where that makes one too many. */
function putLast<T>(servers: Map<string, T>, server: string, value: T): void {
  servers.delete(server)
  servers.set(server, value)
  const [oldest] = servers.keys()
  if (servers.size > SERVERS_MAX && oldest !== undefined) servers.delete(oldest)
}

function readKey(text: string): FastOpenKey | null {
  const words = /^([0-9a-f]{1,8})-([0-9a-f]{1,8})-([0-9a-f]{1,8})-([0-9a-f]{1,8})$/i.exec(text.trim())
  return words === null ? null : Int32Array.from(words.slice(1), (word) => Number.parseInt(word, 16))
}

/** A key of 16 octets. */
function keyOf(text: string): FastOpenKey {
  const view = new DataView(Uint8Array.from(text, (letter) => letter.charCodeAt(0)).buffer)
  return Int32Array.from({ length: 4 }, (_, i) => view.getInt32(4 * i, true))
}

function equal(a: Uint8Array, b: Uint8Array): boolean {
  return a.length === b.length && a.every((octet, i) => octet === b[i])
}

/** SipHash-2-4 of both addresses, as Linux makes it, or of the client's alone (BSD). */
function makeCookie(key: FastOpenKey, local: Address | null, remote: Address): Uint8Array {
  const addresses = local === null ? [remote] : [remote, local]
  const words = addresses.flatMap(({ v4, w0, w1, w2, w3 }) => (v4 ? [w3] : [w0, w1, w2, w3]))
  return hashed(key, Int32Array.from(words, swapped), 4 * words.length)
}

function hashed([k0 = 0, k1 = 0, k2 = 0, k3 = 0]: FastOpenKey, words: Int32Array, octets: number): Uint8Array {
  const hash = new Int32Array(2)
  sipHash24(k0, k1, k2, k3, words, words.length, hash, octets)
  const cookie = new Uint8Array(COOKIE_LENGTH)
  const view = new DataView(cookie.buffer)
  view.setInt32(0, hash[0] as number, true)
  view.setInt32(4, hash[1] as number, true)
  return cookie
}

/** The cookie that a server at `local` with that key gives a client; `key` as `tcp_fastopen_key` writes it. */
export function fastOpenCookie(key: string, local: Address, remote: Address): Uint8Array {
  return makeCookie(readKey(key) ?? new Int32Array(4), local, remote)
}

/** The octets of a word in the other order. */
function swapped(word: number): number {
  return ((word & 0xff) << 24) | ((word & 0xff00) << 8) | ((word >>> 8) & 0xff00) | (word >>> 24)
}
