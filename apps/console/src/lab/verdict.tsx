import type { ClaimVerdict, RunVerdict } from 'lastack/sim'
import type { VNode } from 'preact'
import { setParams } from '../router.ts'
import { formatMs, plural } from '../ui/format.ts'
import { choiceParams } from './choice.ts'
import type { Lab, Shown } from './lab-store.ts'
import type { Judgement } from './protocol.ts'

const WORDS: Readonly<Record<RunVerdict | ClaimVerdict, { readonly word: string; readonly sign: string }>> = {
  running: { word: 'Running', sign: '…' },
  pass: { word: 'Pass', sign: '✓' },
  fail: { word: 'Fail', sign: '✗' },
  true: { word: 'True', sign: '✓' },
  false: { word: 'False', sign: '✗' },
  depends: { word: 'It depends', sign: '±' },
}

function Stamp({ verdict }: { readonly verdict: RunVerdict | ClaimVerdict }): VNode {
  const { word, sign } = WORDS[verdict]
  return (
    <strong class="stamp" data-verdict={verdict}>
      <span aria-hidden="true">{sign}</span> {word}
    </strong>
  )
}

/** How the run that is on the stage came out. */
function RunOutcome({ shown }: { readonly shown: Shown }): VNode {
  const checks = shown.story.filter((line) => line.kind === 'check')
  const passed = checks.filter((line) => line.passed).length
  return (
    <div class="outcome">
      <Stamp verdict={shown.verdict} />
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

/** What playing every case of a claim says, why, and what would turn it round. */
function ClaimOutcome({
  lab,
  shown,
  judgement,
}: {
  readonly lab: Lab
  readonly shown: Shown
  readonly judgement: Judgement
}): VNode {
  const { mutation } = shown.info
  return (
    <div class="claim">
      <div class="outcome">
        <Stamp verdict={judgement.verdict} />
        <p>{judgement.explanation}</p>
      </div>
      <ul class="claim-cases">
        {judgement.cases.map((one) => (
          <li key={one.case.id}>
            <Stamp verdict={one.holds ? 'true' : 'false'} />
            <span>
              {judgement.cases.length > 1 && <b>{one.case.title}: </b>}
              {one.because}
            </span>
          </li>
        ))}
      </ul>
      <p class="quiet">
        Judged by playing {plural(judgement.cases.length, 'case')} in this page in {formatMs(judgement.tookMs)}.
      </p>
      {mutation !== undefined && (
        <label class="flip">
          <input
            type="checkbox"
            checked={lab.choice.value.broken}
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

/** The verdict of the run, and for a claim that of the claim. */
export function Verdict({ lab, shown }: { readonly lab: Lab; readonly shown: Shown }): VNode {
  const judgement = lab.judgement.value
  return (
    <section class="verdict" aria-label="Verdict">
      <h2>{shown.info.kind === 'claim' ? 'Is it so?' : 'Verdict'}</h2>
      {shown.info.kind === 'scenario' && <RunOutcome shown={shown} />}
      {shown.info.kind === 'claim' && judgement !== null && (
        <ClaimOutcome lab={lab} shown={shown} judgement={judgement} />
      )}
    </section>
  )
}
