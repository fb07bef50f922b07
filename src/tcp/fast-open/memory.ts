import type { Micros } from '../../base/index.ts'
import type { Tcb } from '../tcb.ts'
import type { FastOpenKey } from './fast-open.ts'

/** What a server gave us for the next time. */
export interface CachedCookie {
  readonly cookie: Uint8Array
  /** The MSS it offered. */
  readonly mss: number
  /** It speaks the experimental option (kind 254). */
  readonly experimental: boolean
  /** Without a cookie: how it was asked in vain so far: 1 by the option, 2 by the experimental one too. */
  readonly asked: 0 | 1 | 2
}

/** Suspicions of black holes, the host's. */
export interface FastOpenDoubts {
  /** How often since the last success. */
  times: number
  at: Micros
  /** The setting under which they count, µs. */
  setting: Micros
}

/** What a host remembers of Fast Open (RFC 7413 §4.1). */
export interface FastOpenMemory {
  /** What it suspects of paths since Fast Open failed. */
  readonly doubts: FastOpenDoubts
  /** The cookie that a connection's server gave us, if it did. */
  cookieOf(tcb: Tcb): CachedCookie | undefined
  keep(tcb: Tcb, cookie: CachedCookie): void
  /** When a Fast Open on the path to there was last not answered, µs; −∞: never. */
  failedAt(tcb: Tcb): Micros
  failed(tcb: Tcb): void
  /** The cookies of which a client must bring one to our server; the first one is given out. */
  makeFor(child: Tcb): readonly Uint8Array[]
  /** Whether a client has brought that cookie: itself, or what a key that both know makes of it (BSD). */
  isBrought(cookie: Uint8Array, given: Uint8Array): boolean
  /** What a key that both know makes of a cookie. */
  underKey(key: FastOpenKey, cookie: Uint8Array): Uint8Array
}

/** Nothing is suspected. */
export function noDoubts(): FastOpenDoubts {
  return { times: 0, at: 0, setting: 0 }
}
