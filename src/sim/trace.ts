import type { Micros } from '../base/index.ts'
import { HostTrace } from '../trace/index.ts'

/** What one call of a process said of itself. */
export interface CallReport {
  readonly conn: number
  readonly text: string
  readonly result: number
  readonly errno: string
}

/**
 * A host's trace in a world. The stack traces every call as it ends; a program of a world makes blocking calls of these, which
 * try and wait and try again, and are to be told once. While `capture` runs, calls are kept instead of recorded.
 */
export class WorldTrace extends HostTrace {
  private capturing = false
  private last: CallReport | null = null

  override call(now: Micros, conn: number, process: string, text: string, result: number, errno: string): void {
    if (this.capturing) this.last = { conn, text, result, errno }
    else super.call(now, conn, process, text, result, errno)
  }

  /** Makes a call and keeps what it says of itself; null when it said nothing. */
  capture(call: () => number): { readonly result: number; readonly report: CallReport | null } {
    this.capturing = true
    this.last = null
    try {
      const result = call()
      return { result, report: this.last }
    } finally {
      this.capturing = false
    }
  }
}
