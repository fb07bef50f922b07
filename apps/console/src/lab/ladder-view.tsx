import { buildLadder, type Ladder } from 'lastack/inspect'
import type { VNode } from 'preact'
import { useLayoutEffect, useMemo, useRef, useState } from 'preact/hooks'
import { useWidth } from '../ui/use-width.ts'
import type { Shown } from './lab-store.ts'
import { drawLadder, type LadderPicture } from './ladder-picture.ts'
import { ladderSentences } from './ladder-sentences.ts'
import { LadderSvg } from './ladder-svg.tsx'

/** Which two hosts stand left and right; the user may choose others where there are more. */
type Lanes = readonly [left: number, right: number]

function endHosts(shown: Shown): readonly { readonly index: number; readonly name: string }[] {
  return shown.hosts.flatMap(({ host }) => (host.kind === 'host' ? [host] : []))
}

function ladderOf(shown: Shown, lanes: Lanes): Ladder {
  return buildLadder(shown.events, {
    hosts: shown.hosts.map(({ host }) => host.name),
    lanes,
    remarks: shown.story.flatMap((line) =>
      line.kind === 'say' ? [{ eventIndex: line.eventIndex, text: line.text }] : [],
    ),
  })
}

interface LanePickerProps {
  readonly shown: Shown
  readonly lanes: Lanes
  onChange(lanes: Lanes): void
}

/** For worlds of three hosts and more. */
function LanePicker({ shown, lanes, onChange }: LanePickerProps): VNode | null {
  const hosts = endHosts(shown)
  if (hosts.length <= 2) return null
  const picker = (lane: 0 | 1, label: string): VNode => (
    <label class="field">
      <span>{label}</span>
      <select
        value={lanes[lane]}
        onChange={(event) => {
          const index = Number(event.currentTarget.value)
          onChange(lane === 0 ? [index, lanes[1]] : [lanes[0], index])
        }}
      >
        {hosts
          .filter(({ index }) => index !== lanes[lane === 0 ? 1 : 0])
          .map(({ index, name }) => (
            <option key={name} value={index}>
              {name}
            </option>
          ))}
      </select>
    </label>
  )
  return (
    <div class="lane-picker">
      {picker(0, 'Left')}
      {picker(1, 'Right')}
    </div>
  )
}

/** The same ladder in sentences, for those who cannot see the drawing. */
function InWords({ ladder }: { readonly ladder: Ladder }): VNode {
  return (
    <ol class="visually-hidden" aria-label="The sequence diagram in words">
      {ladderSentences(ladder).map((sentence, index) => (
        <li key={`${index} ${sentence}`}>{sentence}</li>
      ))}
    </ol>
  )
}

/** What flew between two hosts, and what happened on each: drawn as the run goes on, the newest always in sight. */
export function LadderView({ shown }: { readonly shown: Shown }): VNode {
  const frame = useRef<HTMLElement>(null)
  const width = useWidth(frame)
  const hosts = endHosts(shown)
  const [chosen, choose] = useState<Lanes | null>(null)
  const known = (index: number): boolean => hosts.some((host) => host.index === index)
  const lanes: Lanes = chosen?.every(known) === true ? chosen : [hosts[0]?.index ?? 0, hosts.at(-1)?.index ?? 1]
  const ladder = useMemo(() => ladderOf(shown, lanes), [shown, lanes[0], lanes[1]])
  const picture = useMemo((): LadderPicture | null => (width === 0 ? null : drawLadder(ladder, width)), [ladder, width])
  useLayoutEffect(() => {
    const scroller = frame.current
    if (scroller !== null) scroller.scrollTop = scroller.scrollHeight
  }, [picture])
  return (
    <section class="panel ladder-panel" aria-label="Ladder">
      <header class="ladder-head">
        <h2>{ladder.hosts[0]}</h2>
        <LanePicker shown={shown} lanes={lanes} onChange={choose} />
        <h2>{ladder.hosts[1]}</h2>
      </header>
      {/* biome-ignore lint/a11y/noNoninteractiveTabindex: what scrolls takes the focus, so that the arrow keys can move it */}
      <section class="ladder" ref={frame} tabIndex={0} aria-label="Sequence diagram">
        {picture !== null && <LadderSvg ladder={ladder} picture={picture} />}
        {shown.events.length === 0 && <p class="nothing">Nothing has happened yet. Step, or play.</p>}
        <InWords ladder={ladder} />
      </section>
    </section>
  )
}
