import type { VNode } from 'preact'
import { formatRoute } from '../router.ts'
import { prose } from '../ui/prose.tsx'
import { OUTCOME_WORDS, type Outcome, Stamp } from '../ui/stamp.tsx'
import { type JudgedClaim, judgementOf } from './claims-store.ts'

function outcomeOf(claim: JudgedClaim): Outcome | null {
  const { outcome } = claim
  return typeof outcome === 'string' ? outcome : (judgementOf(claim)?.verdict ?? null)
}

function labAddress(id: string, which: string): string {
  return formatRoute({ view: 'lab', item: id, params: new Map([['case', which]]) })
}

/** What was seen in each case. One alone needs no name. */
function Cases({ claim }: { readonly claim: JudgedClaim }): VNode | null {
  const judgement = judgementOf(claim)
  if (judgement === null) return null
  const { cases } = judgement
  return (
    <ul class="claim-seen">
      {cases.map(({ case: { id, title }, holds, because }, index) => (
        <li key={id} data-named={cases.length > 1}>
          {cases.length > 1 && (
            <span class="claim-holds" data-holds={holds}>
              <span aria-hidden="true">{holds ? '✓' : '✗'}</span>
              <span class="visually-hidden">{holds ? 'True: ' : 'Not true: '}</span>
            </span>
          )}
          <span>
            {cases.length > 1 && (
              <>
                <a href={labAddress(claim.info.id, index === 0 ? '' : id)}>{prose(title)}</a>
                {': '}
              </>
            )}
            {prose(because)}
          </span>
        </li>
      ))}
    </ul>
  )
}

/** One claim: the verdict, what is said, why it is so, and what was seen. */
export function ClaimArticle({ claim, asked }: { readonly claim: JudgedClaim; readonly asked: boolean }): VNode {
  const { info, outcome } = claim
  const verdict = outcomeOf(claim)
  const judgement = judgementOf(claim)
  const differs = judgement !== null && judgement.verdict !== judgement.expected
  return (
    <article class="claim-article" data-claim={info.id} data-asked={asked} aria-labelledby={`claim-${info.id}`}>
      <p class="claim-verdict">
        {verdict === null ? <strong class="stamp">Not played</strong> : <Stamp verdict={verdict} />}
      </p>
      <div class="claim-text">
        <h2 id={`claim-${info.id}`} tabIndex={-1}>
          {prose(info.title)}
        </h2>
        <p class="claim-why">{prose(info.summary)}</p>
        {typeof outcome === 'object' && 'error' in outcome && <p class="claim-differs">{outcome.error}</p>}
        {differs && (
          <p class="claim-differs">
            The facts say: {OUTCOME_WORDS[judgement.expected].word.toLowerCase()}. This run does not agree.
          </p>
        )}
        <Cases claim={claim} />
      </div>
      <a class="button claim-play" href={labAddress(info.id, '')}>
        Play it<span class="visually-hidden">: {info.title}</span>
      </a>
    </article>
  )
}
