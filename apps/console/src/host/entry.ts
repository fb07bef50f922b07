import type { RowState, StreamedRow } from 'lastack/inspect'
import type { Change, PastState } from './view.ts'

/** A socket as the table keeps it from reading to reading. */
export interface Entry {
  readonly key: string
  row: StreamedRow
  since: number
  sinceExact: boolean
  changedAt: number
  change: Change | null
  was: RowState | null
  /** The states before, the oldest first. */
  past: PastState[]
  /** What the text filter looks at, lower case; made when first asked for. */
  text: string | null
  gone: boolean
}
