import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { plural } from '../ui/format.ts'
import { ActList } from './act-list.tsx'
import { CompareView } from './compare-view.tsx'
import { HostPanel } from './host-panel.tsx'
import { LabControls } from './lab-controls.tsx'
import { LabRail } from './lab-rail.tsx'
import { Lab, type Shown } from './lab-store.ts'
import { LadderView } from './ladder-view.tsx'
import { PacketPanel } from './packet-panel.tsx'
import { SeekBar } from './seek-bar.tsx'
import { Story, storyText } from './story.tsx'
import { useLabKeys } from './use-lab-keys.ts'
import { Verdict } from './verdict.tsx'
import { WireView } from './wire-view.tsx'

function Heading({ lab, shown }: { readonly lab: Lab; readonly shown: Shown | null }): VNode {
  const info = shown?.info
  return (
    <header class="lab-heading">
      <div>
        <p class="overline">{info?.kind === 'claim' ? 'Claim' : 'Scenario'}</p>
        <h1 tabIndex={-1}>{info?.title ?? 'Lab'}</h1>
        {info !== undefined && <p class="lab-summary">{info.summary}</p>}
      </div>
      {shown !== null && <Verdict lab={lab} shown={shown} />}
    </header>
  )
}

/** What a screen reader hears as the run goes on: the newest line of the story, or how far it is. */
function Announcer({ lab }: { readonly lab: Lab }): VNode {
  const shown = lab.shown.value
  const line = shown?.story.at(-1)
  const text = line === undefined ? '' : storyText(line)
  const played = shown === null ? '' : `Step ${shown.step}, ${plural(shown.events.length, 'event')}. `
  return (
    <p class="visually-hidden" role="status">
      {/* While it plays by itself, each step would be one too many. */}
      {lab.playing.value ? 'Playing' : `${played}${text}`}
    </p>
  )
}

/** The real stack, in the page: a scenario or a claim, step by step. */
export function LabView({ hidden }: { readonly hidden: boolean }): VNode {
  const lab = useMemo(() => new Lab(), [])
  useLabKeys(lab)
  const shown = lab.shown.value
  const hosts = shown?.hosts.filter(({ host }) => host.kind === 'host') ?? []
  const half = Math.ceil(hosts.length / 2)
  return (
    <main class="lab" hidden={hidden} aria-label="Lab">
      <LabRail lab={lab} />
      <div class="lab-page">
        <Heading lab={lab} shown={shown} />
        {lab.error.value !== null && (
          <p class="banner" data-kind="bad" role="alert">
            {lab.error.value}
          </p>
        )}
        <LabControls lab={lab} />
        <SeekBar lab={lab} />
        <ActList lab={lab} />
        <Announcer lab={lab} />
        {shown !== null && lab.choice.value.beside !== '' && <CompareView lab={lab} shown={shown} />}
        {shown !== null && (
          <div class="stage" data-compares={lab.choice.value.beside !== ''}>
            <div class="stage-hosts">
              {hosts.slice(0, half).map((frame) => (
                <HostPanel key={frame.host.name} lab={lab} frame={frame} shown={shown} />
              ))}
            </div>
            <div class="stage-middle">
              <WireView lab={lab} shown={shown} />
              {lab.choice.value.beside === '' && <LadderView lab={lab} shown={shown} />}
              <PacketPanel lab={lab} />
            </div>
            <div class="stage-hosts">
              {hosts.slice(half).map((frame) => (
                <HostPanel key={frame.host.name} lab={lab} frame={frame} shown={shown} />
              ))}
            </div>
            <div class="stage-outcome">
              <Story shown={shown} />
            </div>
          </div>
        )}
      </div>
    </main>
  )
}
