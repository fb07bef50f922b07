import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { formatTime, plural } from '../ui/format.ts'
import { useMedia } from '../ui/use-media.ts'
import { differencesOf } from './differences.ts'
import type { NamedLadder } from './drawing-file.tsx'
import type { Lab, Shown } from './lab-store.ts'
import { LadderDrawing } from './ladder-drawing.tsx'
import { endHosts, ladderOf } from './ladder-view.tsx'
import type { Beside, Plan } from './protocol.ts'

/** Two ladders have room side by side. */
const WIDE = '(min-width: 761px)'

/** The other run up to the moment at which this one stands; when this one is over, all of it. */
function upTo(beside: Beside, shown: Shown): Beside {
  if (shown.done) return beside
  const after = beside.events.findIndex(({ time }) => time > shown.now)
  const events = shown.step === 0 ? [] : after === -1 ? beside.events : beside.events.slice(0, after)
  return { ...beside, events, story: beside.story.filter(({ eventIndex }) => eventIndex <= events.length) }
}

function Differences({ plan, shown, beside }: DifferencesProps): VNode {
  const differences = useMemo(() => {
    const hosts = shown.hosts.map(({ host }) => host.name)
    const first = { events: plan.events, hosts, verdict: plan.verdict }
    return differencesOf(first, { ...beside, hosts: beside.hosts.map(({ name }) => name) })
  }, [plan, beside])
  if (differences.length === 0) {
    return (
      <p class="compare-same">Nothing differs that is compared: states and their times, segments, resets, verdict.</p>
    )
  }
  return (
    <table class="compare-table">
      <caption>{plural(differences.length, 'difference')}, over the whole of both runs</caption>
      <thead>
        <tr>
          <th scope="col">What</th>
          <th scope="col">{shown.personality}</th>
          <th scope="col">{beside.personality}</th>
        </tr>
      </thead>
      <tbody>
        {differences.map(({ what, first, second }) => (
          <tr key={what}>
            <th scope="row">{what}</th>
            <td>{first}</td>
            <td>{second}</td>
          </tr>
        ))}
      </tbody>
    </table>
  )
}

interface DifferencesProps {
  readonly plan: Plan
  readonly shown: Shown
  readonly beside: Beside
}

function Head({ name, ladder }: NamedLadder): VNode {
  return (
    <header class="compare-head">
      <span class="quiet">{ladder.hosts[0]}</span>
      <h2>{name}</h2>
      <span class="quiet">{ladder.hosts[1]}</span>
    </header>
  )
}

function Ladders({ lab, shown, beside }: CompareProps & { readonly beside: Beside }): VNode {
  const frames = [useRef<HTMLElement>(null), useRef<HTMLElement>(null)] as const
  const isWide = useMedia(WIDE)
  const ladders = useMemo(() => {
    const hosts = endHosts(shown)
    const lanes = [hosts[0]?.index ?? 0, hosts.at(-1)?.index ?? 1] as const
    const other = upTo(beside, shown)
    return [
      { name: shown.personality, ladder: ladderOf(shown, lanes) },
      {
        name: beside.personality,
        ladder: ladderOf({ ...other, hosts: other.hosts.map((host) => ({ host })) }, lanes),
      },
    ]
  }, [shown, beside])
  useEffect(() => {
    lab.drawn.value = ladders
  }, [lab, ladders])
  const head = ladders.map(({ name, ladder }) => <Head key={name} name={name} ladder={ladder} />)
  const drawing = { raw: lab.raw.value, chosen: null, follows: true } as const
  const all = ladders.map(({ ladder }) => ladder)
  if (isWide) {
    return (
      <>
        <div class="compare-heads">{head}</div>
        <LadderDrawing frame={frames[0]} ladders={all} {...drawing} />
      </>
    )
  }
  return (
    <>
      {all.map((ladder, i) => (
        <div key={ladders[i]?.name}>
          {head[i]}
          <LadderDrawing
            frame={frames[i === 0 ? 0 : 1]}
            label={`Sequence diagram on ${ladders[i]?.name}`}
            ladders={[ladder]}
            {...drawing}
          />
        </div>
      ))}
    </>
  )
}

interface CompareProps {
  readonly lab: Lab
  readonly shown: Shown
}

/** One run on two systems, side by side on one axis of time, and what they do differently. */
export function CompareView({ lab, shown }: CompareProps): VNode {
  const [beside, plan] = [lab.beside.value, lab.plan.value]
  return (
    <section class="panel compare" aria-label="Side by side">
      {(beside === null || plan === null) && <p class="compare-same quiet">Playing it on the other system…</p>}
      {typeof beside === 'string' && (
        <p class="banner" data-kind="bad" role="alert">
          Not beside it: {beside}
        </p>
      )}
      {beside !== null && typeof beside !== 'string' && plan !== null && (
        <>
          <Ladders lab={lab} shown={shown} beside={beside} />
          <p class="compare-note quiet">
            Up to {formatTime(shown.now)}, at one height what happens at one time.{' '}
            <span class="compare-mark">In bold</span>: the other has none like it then.
          </p>
          <Differences plan={plan} shown={shown} beside={beside} />
        </>
      )}
    </section>
  )
}
