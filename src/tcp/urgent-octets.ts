import { type Seq, seqGeq, seqLt } from '../base/index.ts'

/** So many unread ones are out of the stream at most: they leave the window open, and a peer could go on without end. */
const APART_MOST = 1024

/**
 * Octets that were urgent and came out of the stream as they arrived (`policy.takeUrgentApart`): reading passes them over, and they take no
 * room. Places count from the first unread octet, which has the sequence number `first`.
 */
export class UrgentOctets {
  /** Lowest first. */
  #list: Seq[] = []

  /** Takes an octet out of the stream; beyond `APART_MOST` it stays there, and takes room. */
  takeOut(seq: Seq): void {
    const list = this.#list
    if (list.length === APART_MOST) return
    let at = list.length
    while (at > 0 && seqLt(seq, list[at - 1] as Seq)) at--
    if (list[at - 1] !== seq) list.splice(at, 0, seq)
  }

  /** How many octets from one place to another are out of the stream. */
  within(first: Seq, from: number, to: number): number {
    return this.#list.filter((seq) => ((seq - first) | 0) >= from && ((seq - first) | 0) < to).length
  }

  /** How many from there on are, one after another. */
  from(first: Seq, from: number): number {
    let at = from
    while (this.within(first, at, at + 1) > 0) at++
    return at - from
  }

  /** Octets from there on until one is; infinite: none is. */
  until(first: Seq, from: number): number {
    const next = this.#list.find((seq) => ((seq - first) | 0) >= from)
    return next === undefined ? Number.POSITIVE_INFINITY : ((next - first) | 0) - from
  }

  /** What has been read is forgotten. Returns whether anything is left. */
  forgetRead(first: Seq): boolean {
    this.#list = this.#list.filter((seq) => seqGeq(seq, first))
    return this.#list.length > 0
  }
}
