import { type Seq, seqGeq, seqGt, seqLt } from '../../base/index.ts'

/** More blocks than this fit no header (RFC 2018 §3). */
const BLOCKS_MOST = 4

const NONE: Seq[] = []

/** What becomes of a list of blocks, left and right edges in turns: `output/sack-list.ts`. @param nxt RCV.NXT */
export interface SackListRules {
  /** What lies before RCV.NXT need not be told again. */
  readonly withoutOld: (list: readonly Seq[], nxt: Seq) => Seq[]
  /** Text that had been received before. */
  readonly withOld: (list: readonly Seq[], left: Seq, right: Seq, nxt: Seq) => Seq[]
  /** Text was stored, in order or behind a gap. */
  readonly withArrival: (list: readonly Seq[], left: Seq, right: Seq, nxt: Seq) => Seq[]
}

/** What the receiver will tell about text beyond a gap (RFC 2018 §4) and about duplicates (RFC 2883). */
export class SackReport {
  /** Blocks, the one that changed last first: left and right edges in turns. Most connections never have one. */
  #blocks: Seq[] = NONE
  /** A duplicate is to be reported, once. */
  duplicate = false
  duplicateLeft: Seq = 0
  duplicateRight: Seq = 0

  /** How many blocks there are to report. */
  get count(): number {
    return this.#blocks.length / 2 + (this.duplicate ? 1 : 0)
  }

  /** Text arrived beyond a gap. */
  arrived(left: Seq, right: Seq): void {
    if (this.#blocks === NONE) this.#blocks = []
    const blocks = this.#blocks
    let lo = left
    let hi = right
    for (let i = 0; i < blocks.length; i += 2) {
      const l = blocks[i] as Seq
      const r = blocks[i + 1] as Seq
      if (seqGt(lo, r) || seqGt(l, hi)) continue
      if (seqLt(l, lo)) lo = l
      if (seqGt(r, hi)) hi = r
      blocks.splice(i, 2)
      i -= 2
    }
    blocks.unshift(lo, hi)
    // What is forgotten here the peer knows from earlier reports.
    if (blocks.length > 2 * BLOCKS_MOST) blocks.length = 2 * BLOCKS_MOST
  }

  /** In one list: text was stored. @param grew RCV.NXT moved with it, to `nxt` */
  listArrival(rules: SackListRules, left: Seq, right: Seq, nxt: Seq, grew: boolean): void {
    const [first = 0, second = 0] = this.#blocks
    // Its beginning was old, and has just been noted.
    const noted = grew && this.#blocks.length > 0 && second === left
    this.#blocks = noted
      ? rules.withOld(this.#blocks, first, second, nxt)
      : rules.withArrival(this.#blocks, left, right, nxt)
  }

  /** In one list: text before RCV.NXT came once more. */
  listOld(rules: SackListRules, left: Seq, right: Seq, nxt: Seq): void {
    this.#blocks = rules.withOld(this.#blocks, left, right, nxt)
  }

  /** In one list: what there is to tell has been told. */
  listTold(rules: SackListRules, nxt: Seq): void {
    this.#blocks = rules.withoutOld(this.#blocks, nxt)
  }

  /** RCV.NXT has moved: what it covers need not be told any more. */
  covered(nxt: Seq): void {
    const blocks = this.#blocks
    for (let i = blocks.length - 2; i >= 0; i -= 2) {
      if (seqGeq(nxt, blocks[i] as Seq)) blocks.splice(i, 2)
    }
  }

  /** The end of what is highest among the blocks; undefined: there are none. */
  get highest(): Seq | undefined {
    let most: Seq | undefined
    for (let i = 1; i < this.#blocks.length; i += 2) {
      const right = this.#blocks[i] as Seq
      if (most === undefined || seqGt(right, most)) most = right
    }
    return most
  }

  /** Writes up to `limit` blocks; returns their number. */
  write(left: Int32Array, right: Int32Array, limit: number): number {
    let n = 0
    if (this.duplicate && limit > 0) {
      left[n] = this.duplicateLeft
      right[n++] = this.duplicateRight
    }
    for (let i = 0; i < this.#blocks.length && n < limit; i += 2) {
      left[n] = this.#blocks[i] as Seq
      right[n++] = this.#blocks[i + 1] as Seq
    }
    return n
  }

  clear(): void {
    this.#blocks = NONE
    this.duplicate = false
  }
}
