/** What has begun and what has ended between two looks. */
import type { Finding } from './types.ts'

/** The findings after one more look, and what is new about them. */
export interface Changes {
  /** What is wrong now, as far as anything has told. */
  readonly current: readonly Finding[]
  readonly began: readonly Finding[]
  /** Those that are still there and are graver or less grave than they were. */
  readonly shifted: readonly Finding[]
  /** As they were when they were last seen. */
  readonly ended: readonly Finding[]
}

/**
 * Compares the findings of a look with those from before it. A finding is the same while its id is.
 * @param before what the last comparison called current
 * @param unjudged rules about which this look says nothing, as `unjudged` answers them: their findings have not ended
 */
export function changesBetween(
  before: readonly Finding[],
  after: readonly Finding[],
  unjudged: readonly string[] = [],
): Changes {
  const known = new Map(before.map((finding) => [finding.id, finding]))
  const ids = new Set(after.map(({ id }) => id))
  const gone = before.filter(({ id }) => !ids.has(id))
  return {
    current: [...after, ...gone.filter(({ rule }) => unjudged.includes(rule))],
    began: after.filter(({ id }) => !known.has(id)),
    shifted: after.filter(({ id, severity }) => known.has(id) && known.get(id)?.severity !== severity),
    ended: gone.filter(({ rule }) => !unjudged.includes(rule)),
  }
}
