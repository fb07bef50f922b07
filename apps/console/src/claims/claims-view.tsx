import { useSignal } from '@preact/signals'
import type { ClaimVerdict } from 'lastack/sim'
import type { VNode } from 'preact'
import { useEffect, useMemo } from 'preact/hooks'
import { route, setParams } from '../router.ts'
import { formatMs, plural } from '../ui/format.ts'
import { Segmented } from '../ui/segmented.tsx'
import { OUTCOME_WORDS } from '../ui/stamp.tsx'
import { ClaimArticle } from './claim-article.tsx'
import { Claims, type JudgedClaim, judgementOf } from './claims-store.ts'

const VERDICTS: readonly ClaimVerdict[] = ['true', 'false', 'depends']

type Shown = 'all' | ClaimVerdict

/** What the address asks for; a verdict that there is none of means all. */
function shownOf(params: ReadonlyMap<string, string>): Shown {
  return VERDICTS.find((verdict) => verdict === params.get('verdict')) ?? 'all'
}

function countOf(claims: readonly JudgedClaim[], verdict: ClaimVerdict): number {
  return claims.filter((claim) => judgementOf(claim)?.verdict === verdict).length
}

function isJudged(claims: readonly JudgedClaim[]): boolean {
  return claims.length > 0 && claims.every(({ outcome }) => typeof outcome === 'object')
}

/** How far it is, or how long it took. */
function Progress({ claims }: { readonly claims: readonly JudgedClaim[] }): VNode {
  const done = claims.filter(({ outcome }) => typeof outcome === 'object').length
  const judged = claims.flatMap((claim) => judgementOf(claim) ?? [])
  const cases = judged.reduce((sum, judgement) => sum + judgement.cases.length, 0)
  const tookMs = judged.reduce((sum, judgement) => sum + judgement.tookMs, 0)
  if (claims.length === 0 || done < claims.length) {
    return (
      <p class="claims-progress">
        <progress max={Math.max(1, claims.length)} value={done} aria-label="Judged" />
        {claims.length === 0 ? 'Fetching the stack…' : `${done} of ${claims.length} judged`}
      </p>
    )
  }
  return (
    <p class="claims-progress">
      {plural(claims.length, 'claim')} judged by playing {plural(cases, 'case')} in this page in{' '}
      {formatMs(Math.max(10, Math.round(tookMs / 10) * 10))}
    </p>
  )
}

/** Tells a screen reader when all are judged, and not each. */
function Announcer({ claims }: { readonly claims: readonly JudgedClaim[] }): VNode {
  return (
    <p class="visually-hidden" role="status">
      {isJudged(claims) && `All ${claims.length} claims are judged.`}
    </p>
  )
}

/**
 * Brings the claim that the address names into sight, as soon as it is there; and again when all are judged and those above it have
 * grown by what was seen, unless one has gone elsewhere meanwhile.
 */
function useScrollTo(id: string, there: boolean, judged: boolean): void {
  const reached = useSignal('')
  useEffect(() => {
    const goal = id === '' || !there ? '' : `${id} ${judged}`
    if (goal === reached.peek()) return
    const isAgain = reached.peek() === `${id} false`
    reached.value = goal
    const heading = goal === '' ? null : document.querySelector<HTMLElement>(`[data-claim="${CSS.escape(id)}"] h2`)
    if (isAgain && document.activeElement !== heading) return
    heading?.focus({ preventScroll: true })
    heading?.scrollIntoView({ block: 'center' })
  }, [id, there, judged, reached])
}

/** What people say about TCP, each played in the page, with its verdict and why. */
export function ClaimsView({ hidden }: { readonly hidden: boolean }): VNode {
  const store = useMemo(() => new Claims(), [])
  const claims = store.list.value
  const { view, item, params } = route.value
  const here = view === 'claims'
  const asked = here ? item : ''
  const shown = here ? shownOf(params) : 'all'
  const failure = store.failure.value
  const isUnknown = asked !== '' && claims.length > 0 && !claims.some(({ info }) => info.id === asked)
  useScrollTo(asked, claims.length > 0, isJudged(claims))
  const inSight = claims.filter(
    (claim) => shown === 'all' || judgementOf(claim)?.verdict === shown || claim.info.id === asked,
  )
  return (
    <main class="claims" hidden={hidden} aria-label="Claims">
      <header class="claims-heading">
        <h1 tabIndex={-1}>Claims</h1>
        <p class="claims-summary">
          What goes round about the end of TCP connections. Each is played on the stack, in this page, and the verdict
          is computed from what happened there.
        </p>
        {failure !== null && (
          <p class="banner" data-kind="bad" role="alert">
            {failure}
          </p>
        )}
        {isUnknown && (
          <p class="banner" data-kind="warn" role="status">
            There is no claim “{asked}”. Below are those that there are.
          </p>
        )}
        <div class="claims-controls">
          <Segmented
            label="Show"
            options={[
              { value: 'all' as const, label: 'All' },
              ...VERDICTS.map((value) => ({
                value,
                label: `${OUTCOME_WORDS[value].word} ${countOf(claims, value)}`,
              })),
            ]}
            value={shown}
            onChange={(verdict) => setParams({ verdict: verdict === 'all' ? '' : verdict })}
          />
          {failure === null && <Progress claims={claims} />}
        </div>
        <Announcer claims={claims} />
      </header>
      <div class="claim-list">
        {inSight.map((claim) => (
          <ClaimArticle key={claim.info.id} claim={claim} asked={claim.info.id === asked} />
        ))}
      </div>
    </main>
  )
}
