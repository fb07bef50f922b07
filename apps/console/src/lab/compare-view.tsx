import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { formatTime, plural } from '../ui/format.ts'
import { useMedia } from '../ui/use-media.ts'
import type { LadderEvents, LadderLog } from './course.ts'
import type { NamedLadder } from './drawing-file.tsx'
import type { Lab, OtherRun, Shown } from './lab-store.ts'
import { LadderDrawing } from './ladder-drawing.tsx'
import { EVENTS_KEPT, EVENTS_MOST, endHosts, ladderOf } from './ladder-view.tsx'

/** Two ladders have room side by side. */
const WIDE = '(min-width: 761px)'

/** How much of the other run has happened by the moment at which this one stands; when this one is over, all. */
function countBy(beside: OtherRun, shown: Shown): number {
  if (shown.done) return beside.log.log.length
  return shown.step === 0 ? 0 : beside.log.countAt(shown.now)
}

/** Events of both, the latest, from one time on. */
function eventsOf(shown: Shown, beside: OtherRun, most: number): readonly [LadderEvents, LadderEvents] {
  const { course, events } = shown
  const count = countBy(beside, shown)
  const starts = [course.upTo(events, most), beside.log.upTo(count, most)].map(({ part }) => part.start)
  const [own = 0, others = 0] = starts
  const from = Math.max(own === 0 ? 0 : course.log.at(own).time, others === 0 ? 0 : beside.log.log.at(others).time)
  const startIn = (log: LadderLog): number => (from === 0 ? 0 : log.countAt(from - 1))
  return [course.between(startIn(course), events), beside.log.between(startIn(beside.log), count)]
}

function Differences({ shown, beside }: CompareProps): VNode {
  const { differences } = beside
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

interface CompareProps {
  readonly shown: Shown
  readonly beside: OtherRun
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

function Ladders({ lab, shown, beside }: CompareProps & { readonly lab: Lab }): VNode {
  const frames = [useRef<HTMLElement>(null), useRef<HTMLElement>(null)] as const
  const isWide = useMedia(WIDE)
  const make = (own: LadderEvents, others: LadderEvents): readonly [NamedLadder, NamedLadder] => {
    const hosts = endHosts(shown)
    const lanes = [hosts[0]?.index ?? 0, hosts.at(-1)?.index ?? 1] as const
    const end = others.part.start + others.events.length - others.part.learnt
    const story = beside.story.filter(({ eventIndex }) => eventIndex <= end)
    const other = { hosts: beside.hosts.map((host) => ({ host })), story }
    return [
      { name: shown.personality, ladder: ladderOf(shown, lanes, own) },
      { name: beside.personality, ladder: ladderOf(other, lanes, others) },
    ]
  }
  const ladders = useMemo(() => make(...eventsOf(shown, beside, EVENTS_MOST)), [shown, beside])
  useEffect(() => {
    lab.drawn = () => make(...eventsOf(shown, beside, EVENTS_KEPT))
  }, [lab, shown, beside])
  const head = ladders.map(({ name, ladder }) => <Head key={name} name={name} ladder={ladder} />)
  const drawing = { raw: lab.raw.value, chosen: null, follows: true, isFast: lab.isFast.value } as const
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

/** One run on two systems, side by side on one axis of time, and what they do differently. */
export function CompareView({ lab, shown }: { readonly lab: Lab; readonly shown: Shown }): VNode {
  const beside = lab.beside.value
  return (
    <section class="panel compare" aria-label="Side by side">
      {beside === null && <p class="compare-same quiet">Playing it on the other system…</p>}
      {typeof beside === 'string' && (
        <p class="banner" data-kind="bad" role="alert">
          Not beside it: {beside}
        </p>
      )}
      {beside !== null && typeof beside !== 'string' && (
        <>
          <Ladders lab={lab} shown={shown} beside={beside} />
          <p class="compare-note quiet">
            Up to {formatTime(shown.now)}, at one height what happens at one time.{' '}
            <span class="compare-mark">In bold</span>: the other has none like it then.
          </p>
          <Differences shown={shown} beside={beside} />
        </>
      )}
    </section>
  )
}
