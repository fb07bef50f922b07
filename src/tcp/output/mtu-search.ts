import type { Micros, Seq } from '../../base/index.ts'

/**
 * Packetization-layer path MTU discovery (RFC 4821): what a path takes is found by larger segments that get through or do not, without a
 * word from any router. Sizes here are those of whole packets, octets.
 */
export class MtuSearch {
  /** It runs: at once, or since timeouts made a black hole likely. */
  enabled = false
  /** Known to pass, and believed to pass at most. */
  low: number
  high: number
  /** The probe in flight; 0: there is none. */
  probe = 0
  probeStart: Seq = 0
  probeEnd: Seq = 0
  /** When the search began. */
  since: Micros

  constructor(low: number, high: number, now: Micros) {
    this.low = low
    this.high = high
    this.since = now
  }
}
