import type { Micros, Seq } from '../base/index.ts'

/**
 * How far the offered window may grow, and the buffer behind it (dynamic right-sizing, Fisk and Feng 2001, as Linux does it): the
 * receiver measures its own round trip and offers twice what the program read in the last one, so that the sender can double.
 */
export class ReceiveAutotuning {
  /** The window offered stays within this; it grows with the segments that arrive (`rcv_ssthresh`). */
  threshold = 0
  /** Octets of text in 256 of memory, as the packets that arrived had them; 0: the system's share. */
  share = 0
  /** The receiver's round trip in eighths of µs; 0: unknown. */
  rttEighths = 0
  /** Without timestamps: the round trip is over when this arrives. */
  roundEnd: Seq = 0
  roundStart: Micros = -1
  /** TSecr of the last measurement. */
  lastEcho = 0
  /** Octets read in the best round trip so far, and the measurement under way. */
  space = 0
  readSeq: Seq = 0
  readSince: Micros = 0
  /** Octets that came since (BSD); −1: nothing was sent since the last look. */
  counted = 0
  countedSince: Micros = -1
  /** Nothing of the segment that is being read is new but its text (BSD). */
  plain = false
}
