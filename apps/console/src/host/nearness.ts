import type { Stretch } from './view.ts'

/** Items told beyond those in sight when the table is told anew: most readings are not scrolled through. */
const NEAR = 24
/** Items that the page shall have on either side while it scrolls, so that it seldom has to wait. */
const AHEAD = 96
/** Items that one message brings at most: a frame shall not be long for what a later one shows. */
const STEP_MAX = 24

/** What is told around the items in sight when the table is told anew. */
export function bendNear({ from, to }: Stretch): Stretch {
  return { from: Math.max(0, from - NEAR), to: to + NEAR }
}

/** What of the table the page has to be told, and what it is to keep. */
export interface NearStep {
  /** At most one before what it has and one after. */
  readonly missing: readonly Stretch[]
  /** What it has afterwards. */
  readonly near: Stretch
}

/**
 * The next step towards having what is near the items in sight.
 * @param given what it has
 * @returns `null` where it lacks some of what is in sight already: a step would not do
 */
export function missingOf(sight: Stretch, given: Stretch): NearStep | null {
  if (sight.from < given.from || sight.from > given.to) return null
  const from = Math.min(given.from, Math.max(0, sight.from - AHEAD, given.from - STEP_MAX))
  const to = Math.max(given.to, sight.to, Math.min(sight.to + AHEAD, given.to + STEP_MAX))
  const missing = [
    { from, to: given.from },
    { from: given.to, to },
  ].filter((stretch) => stretch.from < stretch.to)
  return { missing, near: { from: Math.max(from, sight.from - 2 * AHEAD), to: Math.min(to, sight.to + 2 * AHEAD) } }
}
