/** What a rule is, and what it is handed. */
import type { Micros } from '../base/index.ts'
import type { RowState } from '../inspect/index.ts'
import type { History } from './history.ts'
import type { SocketTable } from './socket-table.ts'
import type { Thresholds } from './thresholds.ts'
import type { Finding } from './types.ts'

/** A look, what came before it, and where the limits are. */
export interface Context {
  readonly now: Micros
  readonly table: SocketTable
  /** The look itself is its last sample. */
  readonly history: History
  readonly thresholds: Thresholds
}

/** Whether a look tells of the faults that a rule is about. */
export function canJudge({ needs, needsWhole }: Rule, table: SocketTable): boolean {
  return table.covers(needs) && !(needsWhole === true && table.observation.partial === true)
}

/** One kind of fault. Rules are pure: the same look and history give the same findings. */
export interface Rule {
  readonly id: string
  /** One line: what it finds. */
  readonly about: string
  /** The states that a look must have asked for; without them the rule says nothing. */
  readonly needs: readonly RowState[]
  /** A partial look says nothing about its faults. */
  readonly needsWhole?: boolean
  /** Counts to be kept over time, by name; names begin with the rule's id. */
  measure?(table: SocketTable): Iterable<readonly [key: string, count: number]>
  judge(context: Context): readonly Finding[]
}
