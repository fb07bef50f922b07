/** What was proved: which tests failed when a tagged line was broken. `npm run conformance` writes it. */
import { readJson } from '../house/source.ts'
import { REQUIREMENTS } from './requirements.ts'
import { collectShowings, collectTags, digest, type Showing, type Tag } from './tags.ts'

/** Where it is kept, from the repository's root. */
export const PROOF_FILE = 'test/conformance/proof.json'

/** One broken line and what it did. */
export interface Proof {
  readonly id: string
  readonly file: string
  readonly code: string
  readonly broken: string
  /** Titles of the tests that failed. */
  readonly failed: readonly string[]
  /** Of the line, what it was changed to, and the tests that were to fail: when it differs, the proof is stale. */
  readonly hash: string
}

/** A tagged line, its broken form, and the tests that must notice. */
export interface Experiment {
  readonly tag: Tag
  readonly broken: string
  readonly tests: readonly Showing[]
  readonly hash: string
}

/** Every tagged line with the break that the table has for it, and the tagged lines that no break fits. */
export function experiments(): { readonly possible: Experiment[]; readonly unfit: Tag[] } {
  const showings = collectShowings()
  const possible: Experiment[] = []
  const unfit: Tag[] = []
  for (const tag of collectTags()) {
    const breaks = REQUIREMENTS.find(({ id }) => id === tag.id)?.breaks ?? []
    const fitting = breaks.filter(([from]) => tag.code.split(from).length === 2)
    // Where one contains another, the longer one is meant.
    const [first] = fitting.sort(([a], [b]) => b.length - a.length)
    if (first === undefined) {
      unfit.push(tag)
      continue
    }
    const broken = tag.code.replace(first[0], () => first[1])
    const tests = showings.filter(({ id }) => id === tag.id)
    possible.push({ tag, broken, tests, hash: digest(tag.code, broken, ...tests.map(({ hash }) => hash)) })
  }
  return { possible, unfit }
}

/** What the committed file says. */
export function committedProofs(): Proof[] {
  return readJson<Proof[]>(PROOF_FILE)
}
