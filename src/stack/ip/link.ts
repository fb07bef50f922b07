import type { Micros } from '../../base/index.ts'
import type { Handover } from './handover.ts'

/** A stack as whoever drives it sees it: two ways in, one question. What comes out leaves through its links. */
export interface Driver {
  /**
   * An IP packet has arrived on interface number `iface`. It is copied before this returns.
   * @param now µs since the stack was made, as in `advance`: never less than before; a fraction is cut off
   * @param cut above 0: a TCP packet whose checksum the device vouches for, and which holds one or several segments joined, of so
   *   many octets of text each, the last at most (segmentation and receive offload). Left out: an ordinary packet
   */
  input(now: Micros, iface: number, buf: Uint8Array, start: number, length: number, cut?: number): void
  /** Runs every timer that is due at or before `now`. */
  advance(now: Micros): void
  /** When `advance` must be called next, if nothing arrives before; Infinity when nothing waits. */
  nextDeadline(): Micros
}

/** A cut that no text reaches: the segment is alone, and the device has to do with its checksum only. */
export const ALONE = 65_535

/** What an interface sends through. It copies before it returns, and never delivers synchronously. */
export interface Link {
  /** Octets of the largest IP packet it takes. */
  readonly mtu: number
  /** It cuts segments itself: see `transmit`. */
  readonly cuts?: boolean
  /**
   * Takes one IP packet; false when it is full, and the packet is lost.
   * @param cut above 0, and only where the link says that it `cuts`: a TCP packet of up to 65,535 octets for as many segments as
   *   its text has pieces of that size, one at least; the checksum field holds the sum of the pseudo-header only, PSH and FIN belong
   *   to the last
   */
  transmit(buf: Uint8Array, start: number, length: number, cut?: number): boolean
  /** Where a link within this program takes segments as fields; left out: packets only. Only for a link that `cuts`. */
  readonly handover?: Handover | undefined
  /**
   * More waits in it than a burst: senders hold back until it has drained; call `advance` then. A link without a queue of its own leaves it out.
   */
  readonly full?: boolean
}
