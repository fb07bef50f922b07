/** The timeout that first narrows. */
export const BLACK_HOLE_FIRST = 2

/**
 * Large segments seem to vanish, and no router says so: the BSDs try `pmtud_blackhole_mss`, then the default MSS, at every second timeout, and
 * go back to what they had when that did not help either.
 */
export class BlackHole {
  /** The largest MSS for now; 0: nothing is narrowed. */
  mss = 0
  /** The timeout at which the search is over. */
  exit: number = BLACK_HOLE_FIRST
  /** The default MSS was tried: there is nothing smaller. */
  exhausted = false
}
