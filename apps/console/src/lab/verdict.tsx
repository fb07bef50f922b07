import type { VNode } from 'preact'
import { formatRoute, setParams } from '../router.ts'
import { formatMs, plural } from '../ui/format.ts'
import { Stamp } from '../ui/stamp.tsx'
import { choiceParams } from './choice.ts'
import type { Lab, Shown } from './lab-store.ts'
import type { Judgement } from './protocol.ts'

/** How the run that is on the stage came out. */
function RunOutcome({ shown }: { readonly shown: Shown }): VNode {
  const checks = shown.story.filter((line) => line.kind === 'check')
  const passed = checks.filter((line) => line.passed).length
  return (
    <div class="outcome">
      <Stamp verdict={shown.step === 0 ? 'ready' : shown.verdict} />
      <p>
        {shown.done
          ? shown.because
          : checks.length > 0
            ? `${passed} of ${plural(checks.length, 'check')} passed so far.`
            : 'Play or step to see how it comes out.'}
      </p>
    </div>
  )
}

/** One case of a claim: a link that puts it on the stage, what it says, and the numbers that it rests on. */
function CaseLine({ lab, shown, judged }: CaseLineProps): VNode {
  const { id, title } = judged.case
  const params = choiceParams({ ...lab.choice.value, case: id === shown.info.cases[0]?.id ? '' : id })
  const address = formatRoute({ view: 'lab', item: shown.info.id, params: new Map(Object.entries(params)) })
  return (
    <li>
      <Stamp verdict={judged.holds ? 'true' : 'false'} />
      <span>
        {shown.info.cases.length > 1 && (
          <>
            <a href={address} aria-current={shown.case.id === id ? 'true' : undefined}>
              {title}
            </a>
            {': '}
          </>
        )}
        {judged.because}
      </span>
    </li>
  )
}

interface CaseLineProps {
  readonly lab: Lab
  readonly shown: Shown
  readonly judged: Judgement['cases'][number]
}

/** What playing every case of a claim says, and what would turn it round. */
function ClaimOutcome({ lab, shown, judgement }: ClaimOutcomeProps): VNode {
  const { mutation } = shown.info
  const { broken } = lab.choice.value
  return (
    <div class="claim">
      <div class="outcome">
        <Stamp verdict={judgement.verdict} />
        <p class="quiet">
          {broken ? 'With TCP broken on purpose; ' : ''}
          judged by playing {plural(judgement.cases.length, 'case')} in this page in{' '}
          {formatMs(Math.max(1, Math.round(judgement.tookMs)))}
        </p>
      </div>
      <ul class="claim-cases">
        {judgement.cases.map((judged) => (
          <CaseLine key={judged.case.id} lab={lab} shown={shown} judged={judged} />
        ))}
      </ul>
      {mutation !== undefined && (
        <label class="flip">
          <input
            type="checkbox"
            checked={broken}
            onChange={(event) => setParams(choiceParams({ broken: event.currentTarget.checked }))}
          />
          <span>
            <b>What would turn it round.</b> Break it on purpose: {mutation.title}
          </span>
        </label>
      )}
    </div>
  )
}

interface ClaimOutcomeProps {
  readonly lab: Lab
  readonly shown: Shown
  readonly judgement: Judgement
}

/** The verdict of a scenario's run, or that of a claim. */
export function Verdict({ lab }: { readonly lab: Lab }): VNode | null {
  const [shown, judgement] = [lab.readable.value, lab.judgement.value]
  if (shown === null) return null
  return (
    <section class="verdict" aria-label="Verdict">
      {shown.info.kind === 'scenario' && <RunOutcome shown={shown} />}
      {shown.info.kind === 'claim' && judgement === null && <p class="quiet">Playing every case…</p>}
      {shown.info.kind === 'claim' && judgement !== null && (
        <ClaimOutcome lab={lab} shown={shown} judgement={judgement} />
      )}
    </section>
  )
}
