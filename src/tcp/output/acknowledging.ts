import type { Micros, Seq } from '../../base/index.ts'

/** What a connection remembers to decide when to acknowledge (RFC 1122 §4.2.3.2, RFC 5681 §4.2). */
export interface Acknowledging {
  /** Something was received that is not acknowledged yet. */
  scheduled: boolean
  /** The host has promised to have it sent at the end of its batch. */
  promised: boolean
  /** The next ACK must not be delayed: out-of-order text, a FIN, a window that reopened. */
  atOnce: boolean
  /** Quick ACKs left: so many ACKs are sent at once. */
  quick: number
  /** The route wants no ACK delayed. */
  never: boolean
  /** The connection looks interactive: replies carry the ACKs. */
  interactive: boolean
  /** So often did text leave soon behind text received, since the connection last was not interactive. */
  answers: number
  /** Small segments received since the last ACK: 0, 1, or 2 for more. */
  pushed: number
  /** Duplicate ACKs sent for the gap at `duplicatesOf`, and those collected since. */
  duplicates: number
  duplicatesOf: Seq
  compressed: number
  /** Something had to be thrown away for want of room: the next ACK closes the window. */
  outOfMemory: boolean
  /** The last window offered was zero. */
  saidZeroWindow: boolean
  /** Segments that offered a window of zero. */
  zeroWindows: number
  /** Length of the last segment that was smaller than the largest. */
  lastSmall: number
  /** The delay in use, µs; 0: no data received yet. */
  delayUs: Micros
}

/** A connection that has received nothing yet. */
export function newAcknowledging(): Acknowledging {
  return {
    scheduled: false,
    promised: false,
    atOnce: false,
    quick: 0,
    never: false,
    interactive: false,
    answers: 0,
    pushed: 0,
    duplicates: 0,
    duplicatesOf: 0,
    compressed: 0,
    outOfMemory: false,
    saidZeroWindow: false,
    zeroWindows: 0,
    lastSmall: 0,
    delayUs: 0,
  }
}
