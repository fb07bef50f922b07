import { type Signal, useSignal } from '@preact/signals'
import type { HealPlanMessage, HealReportMessage } from 'lastack/host'
import type { VNode } from 'preact'
import { useEffect, useRef } from 'preact/hooks'
import { formatCount, plural } from '../../ui/format.ts'
import { StateName } from '../../ui/state-mark.tsx'
import { applyHealing, planHealing, Refused, token, type Wanted } from './actions.ts'

/** Of very many sockets the first are told one by one. */
const SHOWN_MAX = 100

/** Where an action stands: asked for, shown, done. */
type Stage =
  | { readonly kind: 'token'; readonly wrong: string }
  | { readonly kind: 'looking' }
  | { readonly kind: 'shown'; readonly plan: HealPlanMessage }
  | { readonly kind: 'acting'; readonly plan: HealPlanMessage }
  | { readonly kind: 'done'; readonly report: HealReportMessage }
  | { readonly kind: 'refused'; readonly reason: string }

/** Asks what would be done, and keeps what went wrong. */
async function look(wanted: Wanted, stage: Signal<Stage>): Promise<void> {
  stage.value = { kind: 'looking' }
  try {
    stage.value = { kind: 'shown', plan: await planHealing(wanted) }
  } catch (error) {
    stage.value = stageOfError(error)
  }
}

async function act(plan: HealPlanMessage, stage: Signal<Stage>): Promise<void> {
  stage.value = { kind: 'acting', plan }
  try {
    stage.value = { kind: 'done', report: await applyHealing(plan) }
  } catch (error) {
    stage.value = stageOfError(error)
  }
}

function stageOfError(error: unknown): Stage {
  if (error instanceof Refused && error.isToken) return { kind: 'token', wrong: error.message }
  return { kind: 'refused', reason: error instanceof Error ? error.message : String(error) }
}

function TokenForm({ wrong, onGiven }: { readonly wrong: string; readonly onGiven: () => void }): VNode {
  const input = useRef<HTMLInputElement>(null)
  useEffect(() => input.current?.focus(), [])
  return (
    <form
      class="heal-token"
      onSubmit={(event) => {
        event.preventDefault()
        token.value = input.current?.value.trim() ?? ''
        onGiven()
      }}
    >
      <label class="field">
        <span>Token</span>
        <input ref={input} class="mono" type="password" autocomplete="off" required />
      </label>
      <button type="submit" class="button primary">
        Show what it will do
      </button>
      <p class="quiet">The terminal in which the console was started has printed it.</p>
      {wrong !== '' && (
        <p class="heal-wrong" role="alert">
          Refused: {wrong}.
        </p>
      )}
    </form>
  )
}

function Sentences({ kind, texts }: { readonly kind: 'warn' | 'note'; readonly texts: readonly string[] }): VNode {
  return (
    <>
      {texts.map((text) => (
        <p key={text} class="heal-sentence" data-kind={kind}>
          {text}
        </p>
      ))}
    </>
  )
}

function Plan({ plan }: { readonly plan: HealPlanMessage }): VNode {
  const more = plan.steps.length - SHOWN_MAX
  return (
    <>
      {plan.gone > 0 && (
        <p class="quiet">{plural(plan.gone, 'socket')} of those chosen ended by themselves meanwhile.</p>
      )}
      <ol class="heal-steps">
        {plan.steps.slice(0, SHOWN_MAX).map((step) => (
          <li key={step.ends} data-possible={step.possible}>
            <p class="heal-socket">
              <StateName state={step.state} /> <span class="mono">{step.ends}</span>{' '}
              <span class="quiet">
                Recv-Q {formatCount(step.recvQueue)}, Send-Q {formatCount(step.sendQueue)}
              </span>
            </p>
            <p>{step.text}</p>
          </li>
        ))}
      </ol>
      {more > 0 && <p class="quiet">and {plural(more, 'socket')} more</p>}
      <Sentences kind="warn" texts={plan.warnings} />
      <Sentences kind="note" texts={plan.leaks.map((text) => `Afterwards: ${text}`)} />
    </>
  )
}

const RESULTS = { ended: 'Ended', waiting: 'Waits', left: 'Left' } as const

function Report({ report }: { readonly report: HealReportMessage }): VNode {
  return (
    <div role="status">
      <ol class="heal-steps">
        {report.steps.slice(0, SHOWN_MAX).map((step) => (
          <li key={step.ends}>
            <p class="heal-socket">
              <span class="heal-result" data-result={step.result}>
                {RESULTS[step.result]}
              </span>{' '}
              <span class="mono">{step.ends}</span>
            </p>
            <p>{step.seen}</p>
          </li>
        ))}
      </ol>
      {report.steps.length > SHOWN_MAX && (
        <p class="quiet">and {plural(report.steps.length - SHOWN_MAX, 'socket')} more</p>
      )}
      <Sentences kind="note" texts={report.leaks} />
    </div>
  )
}

const TITLES: Readonly<Record<Wanted['how'], string>> = {
  shutdown: 'Shut down, by FIN',
  destroy: 'Destroy, by RST',
  kill: 'End the owner, by SIGTERM',
}

/** What the dialog ends with: to agree or not, or to leave. */
function Answer({ stage, onClose }: { readonly stage: Signal<Stage>; readonly onClose: () => void }): VNode {
  const { value } = stage
  const plan = value.kind === 'shown' || value.kind === 'acting' ? value.plan : undefined
  const possible = plan?.steps.filter((step) => step.possible).length ?? 0
  return (
    <footer class="heal-answer">
      {plan !== undefined && possible > 0 && (
        <>
          <p class="heal-question">{plan.question}</p>
          <button
            type="button"
            class="button danger"
            disabled={value.kind === 'acting'}
            onClick={() => void act(plan, stage)}
          >
            {value.kind === 'acting' ? 'Waiting for the peers’ answers…' : 'Yes, do it'}
          </button>
        </>
      )}
      <button type="button" class="button" onClick={onClose}>
        {value.kind === 'done' || possible === 0 ? 'Close' : 'No'}
      </button>
    </footer>
  )
}

/** One action, from the dry run over the question to the report. */
export function HealDialog({ wanted, onClose }: { readonly wanted: Wanted; readonly onClose: () => void }): VNode {
  const dialog = useRef<HTMLDialogElement>(null)
  const stage = useSignal<Stage>(token.peek() === '' ? { kind: 'token', wrong: '' } : { kind: 'looking' })
  useEffect(() => {
    dialog.current?.showModal()
    if (stage.peek().kind === 'looking') void look(wanted, stage)
  }, [wanted, stage])
  const { value } = stage
  return (
    <dialog ref={dialog} class="heal-dialog" aria-labelledby="heal-title" onClose={onClose}>
      <h2 id="heal-title">
        {TITLES[wanted.how]}
        <span class="quiet"> {plural(wanted.cookies.length, 'socket')}</span>
      </h2>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus, so that the arrow keys can move it */}
      <section class="heal-body" tabIndex={0} aria-label="What it does">
        {value.kind === 'token' && <TokenForm wrong={value.wrong} onGiven={() => void look(wanted, stage)} />}
        {value.kind === 'looking' && <p role="status">Looking at what it would do…</p>}
        {value.kind === 'refused' && (
          <p class="heal-wrong" role="alert">
            Nothing was changed: {value.reason}.
          </p>
        )}
        {(value.kind === 'shown' || value.kind === 'acting') &&
          (value.plan.steps.length === 0 ? (
            <p>None of them is there any more: nothing to do.</p>
          ) : (
            <>
              <p class="quiet">Nothing is changed yet. This is what it will do:</p>
              <Plan plan={value.plan} />
            </>
          ))}
        {value.kind === 'done' && <Report report={value.report} />}
      </section>
      <Answer stage={stage} onClose={() => dialog.current?.close()} />
    </dialog>
  )
}
