/**
 * Sequence numbers: RFC 9293 §3.4, arithmetic modulo 2^32.
 *
 * A `Seq` is kept as a signed 32-bit integer because engines hold those without allocation; the sign means nothing, and
 * only the circular comparisons below are true. Two numbers exactly 2^31 apart have no order; both `seqLt(a, b)` and
 * `seqLt(b, a)` are then true, and no window of this stack is that wide.
 */

/** A sequence number: an int32 modulo 2^32. Add with `seqAdd`, compare with `seqLt` and its kin, print with `>>> 0`. */
export type Seq = number

/** `a` moved on by `n` octets, which may be negative. */
export function seqAdd(a: Seq, n: number): Seq {
  return (a + n) | 0
}

/** How far `a` lies after `b`, in octets: −2^31 … 2^31−1. */
export function seqDiff(a: Seq, b: Seq): number {
  return (a - b) | 0
}

/** `a` comes before `b`. */
export function seqLt(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) < 0
}

/** `a` comes before `b` or is `b`. */
export function seqLeq(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) <= 0
}

/** `a` comes after `b`. */
export function seqGt(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) > 0
}

/** `a` comes after `b` or is `b`. */
export function seqGeq(a: Seq, b: Seq): boolean {
  return ((a - b) | 0) >= 0
}

/** The later of the two. */
export function seqMax(a: Seq, b: Seq): Seq {
  return ((a - b) | 0) >= 0 ? a : b
}

/** The earlier of the two. */
export function seqMin(a: Seq, b: Seq): Seq {
  return ((a - b) | 0) <= 0 ? a : b
}

/** `start` ≤ `seq` < `start` + `size`, for a `size` of 0 … 2^31−1; nothing lies in a window of 0. */
export function seqInWindow(seq: Seq, start: Seq, size: number): boolean {
  const offset = (seq - start) | 0
  return offset >= 0 && offset < size
}
