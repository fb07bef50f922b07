/**
 * Where this stack answers otherwise than the kernel, and means to. A case that begins to agree fails its test until it is
 * taken off this list, so that the list stays true.
 */
import type { TableName, TruthCase } from '../../kernel/truth/table.ts'

/** Some cases of a table, and why they differ. */
export interface Difference {
  readonly table: TableName
  /** Found in the situation's name; default: any. */
  readonly in?: RegExp
  /** Found in the case's calls, joined by `; `. */
  readonly calls: RegExp
  /** In one sentence. */
  readonly reason: string
  readonly scope: Scope
}

/**
 * `interface`: calls here take numbers and addresses, not octets, so that the step cannot be written down.
 * `later`: a mechanism of Linux that this stack does not have yet.
 * `none`: of Linux alone, and nothing that a program should see again.
 */
export type Scope = 'interface' | 'later' | 'none'

export const DIFFERENCES: readonly Difference[] = []

export function isAbout(difference: Difference, one: TruthCase): boolean {
  return (difference.in?.test(one.situation) ?? true) && difference.calls.test(one.calls.join('; '))
}
