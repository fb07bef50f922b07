/** What has begun and what has ended between two looks. */
import type { Finding } from './types.ts'

/** The findings after one more look, and what is new about them. */
export interface Changes {
  /** What is wrong now, as far as anything has told: those that are held for one look more are among them, as they were. */
  readonly current: readonly Finding[]
  readonly began: readonly Finding[]
  /** Those that are still there and are graver or less grave than they were. */
  readonly shifted: readonly Finding[]
  /** As they were when they were last seen. */
  readonly ended: readonly Finding[]
  /** The ids of those in `current` that this look has not shown: they end with the next, unless it shows them. */
  readonly missed: ReadonlySet<string>
}

/** Before the first look. */
export const NO_CHANGES: Changes = { current: [], began: [], shifted: [], ended: [], missed: new Set() }

/**
 * Compares the findings of a look with those from before it. A finding is the same while its id is. One that a single look does not
 * show has not ended: a count that goes up and down about its threshold would begin and end all day.
 * @param before what the last comparison answered
 * @param unjudged rules about which this look says nothing, as `unjudged` answers them: their findings have not ended
 */
export function changesBetween(before: Changes, after: readonly Finding[], unjudged: readonly string[] = []): Changes {
  const known = new Map(before.current.map((finding) => [finding.id, finding]))
  const ids = new Set(after.map(({ id }) => id))
  const gone = before.current.filter(({ id }) => !ids.has(id))
  const isHidden = ({ rule }: Finding): boolean => unjudged.includes(rule)
  const missed = gone.filter((finding) => !isHidden(finding) && !before.missed.has(finding.id))
  const ended = gone.filter((finding) => !isHidden(finding) && before.missed.has(finding.id))
  const held = gone.filter((finding) => !ended.includes(finding))
  return {
    current: [...after, ...held],
    began: after.filter(({ id }) => !known.has(id)),
    shifted: after.filter(({ id, severity }) => known.has(id) && known.get(id)?.severity !== severity),
    ended,
    // What could not be judged now had been missed or not: that stays as it was.
    missed: new Set(
      [...missed, ...held.filter((one) => isHidden(one) && before.missed.has(one.id))].map(({ id }) => id),
    ),
  }
}
