import type { Micros } from '../../base/index.ts'
import type { CallSpec } from '../language/ast.ts'

/** A call that has begun. */
export interface Begun {
  /** Tries; null while it would block. Results are as the system gives them: −errno in its own numbers. */
  attempt(): number | null
  /** When an attempt comes to an end though nothing happens; undefined: never. */
  readonly deadline?: Micros | undefined
  /** It opens a descriptor where its result is not negative. */
  readonly opens: boolean
  /** Notes what a result has opened, and compares what the call filled in with the script. @throws {Mismatch} */
  finish(result: number): void
}

/** Who makes a script's calls, and knows its descriptors. */
export interface Caller {
  /** A call that does not block is made at once beside one that does (FreeBSD's packetdrill), or when that has had its time. */
  readonly callsBesideAtOnce: boolean
  /**
   * Begins a call.
   * @param wanted the descriptor that the script wants for what the call opens; −1 when it says none
   * @param zero when the script's time began
   * @throws {Unsupported} for a call that cannot be made here
   */
  begin(spec: CallSpec, wanted: number, zero: Micros): Begun
  /** Something may have happened to the descriptors that are watched. Absent: none can be. */
  observe?(): void
  /** The errno's name of a result, '' for a result that is none. */
  errnoOf(result: number): string
}
