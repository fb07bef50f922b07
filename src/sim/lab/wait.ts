import type { Micros } from '../../base/index.ts'

/** What a story waits for: the first of a time and a condition. */
export interface Wait {
  readonly time: Micros
  readonly until: (() => boolean) | null
}
