import type { ClaimVerdict, RunVerdict } from 'lastack/sim'
import type { VNode } from 'preact'

/** How things stand: `waiting` until its turn has come, `ready` before the first step. */
export type Outcome = 'waiting' | 'ready' | RunVerdict | ClaimVerdict

/** What is said of each. */
export const OUTCOME_WORDS: Readonly<Record<Outcome, { readonly word: string; readonly sign: string }>> = {
  waiting: { word: 'Waiting', sign: '○' },
  ready: { word: 'Ready', sign: '○' },
  running: { word: 'Running', sign: '…' },
  pass: { word: 'Pass', sign: '✓' },
  fail: { word: 'Fail', sign: '✗' },
  true: { word: 'True', sign: '✓' },
  false: { word: 'False', sign: '✗' },
  depends: { word: 'It depends', sign: '±' },
}

/** How something came out: a sign, a word and a colour. */
export function Stamp({ verdict }: { readonly verdict: Outcome }): VNode {
  const { word, sign } = OUTCOME_WORDS[verdict]
  return (
    <strong class="stamp" data-verdict={verdict}>
      <span class="stamp-sign" aria-hidden="true">
        {sign}
      </span>{' '}
      {word}
    </strong>
  )
}
