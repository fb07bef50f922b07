/**
 * fnmatch(3) with FNM_CASEFOLD: `*` any characters, slashes and none included, `?` one character, `[a-z]` and `[!a-z]` one of a
 * set, a backslash the character behind it. Time is bounded by the product of the lengths, whatever the pattern.
 */
export function globMatches(pattern: string, text: string): boolean {
  const p = pattern.toLowerCase()
  const t = text.toLowerCase()
  let at = 0
  let pos = 0
  // Where to go on when the rest fails: behind the last star, which then takes one character more.
  let star = -1
  let taken = 0
  while (pos < t.length) {
    if (p[at] === '*') {
      star = ++at
      taken = pos
      continue
    }
    const next = at < p.length ? matchOne(p, at, t[pos] as string) : -1
    if (next >= 0) {
      at = next
      pos++
    } else if (star >= 0) {
      at = star
      pos = ++taken
    } else return false
  }
  while (p[at] === '*') at++
  return at === p.length
}

/** The index behind the pattern's element at `at` when it matches the character, otherwise −1. */
function matchOne(pattern: string, at: number, char: string): number {
  const element = pattern[at] as string
  if (element === '?') return at + 1
  if (element === '[') {
    const set = matchSet(pattern, at + 1, char)
    if (set !== undefined) return set
  }
  if (element === '\\' && at + 1 < pattern.length) return pattern[at + 1] === char ? at + 2 : -1
  return element === char ? at + 1 : -1
}

/** `undefined` when the bracket is never closed and so stands for itself. */
function matchSet(pattern: string, start: number, char: string): number | undefined {
  const negated = pattern[start] === '!' || pattern[start] === '^'
  const first = negated ? start + 1 : start
  const end = pattern.indexOf(']', first + 1)
  if (end < 0) return undefined
  let found = false
  for (let i = first; i < end; i++) {
    const low = pattern[i] as string
    const isRange = pattern[i + 1] === '-' && i + 2 < end
    const high = isRange ? (pattern[i + 2] as string) : low
    if (low <= char && char <= high) found = true
    if (isRange) i += 2
  }
  return found === negated ? -1 : end + 1
}
