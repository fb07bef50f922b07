import type { Seq } from '../../base/index.ts'

const MOST = 4

/** The SACK blocks that the last ACK told, lowest first, the report of a duplicate among them. */
export class KnownBlocks {
  readonly lefts: Int32Array = new Int32Array(MOST)
  readonly rights: Int32Array = new Int32Array(MOST)
  count = 0

  /** Forgets those of the ACK before, and keeps these. */
  take(lefts: ArrayLike<Seq>, rights: ArrayLike<Seq>, count: number): void {
    this.count = count
    for (let i = 0; i < count; i++) {
      this.lefts[i] = lefts[i] as Seq
      this.rights[i] = rights[i] as Seq
    }
  }
}
