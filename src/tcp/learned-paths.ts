import type { Micros } from '../base/index.ts'
import type { Tcb } from './tcb.ts'

/** What earlier connections learned of the path to a peer, for the next one (Linux: `ip tcp_metrics`); 0: nothing. */
export interface PathMetrics {
  /** The round trip, eighths of µs, and its deviation, quarters of µs. */
  srttEighths: number
  deviationQuarters: number
  /** Slow start threshold and congestion window, packets. */
  threshold: number
  window: number
  reordering: number
  /** When it was learned, µs. */
  at: Micros
}

/** Whose path it is: a connection's, or of one that is yet to be made. */
export type PathEnds = Pick<Tcb, 'host' | 'local' | 'remote'>

/** What a host remembers of paths, by the addresses of both ends. */
export interface LearnedPaths {
  /** What is known of a path. @param create where nothing is known, something is to be kept; else null */
  of(ends: PathEnds, create: boolean): PathMetrics | null
}

/** Nothing is known. */
export function noPathMetrics(now: Micros): PathMetrics {
  return { srttEighths: 0, deviationQuarters: 0, threshold: 0, window: 0, reordering: 0, at: now }
}
