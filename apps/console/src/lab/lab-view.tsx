import type { VNode } from 'preact'
import { useMemo } from 'preact/hooks'
import { fetched } from '../ui/fetched.tsx'
import { plural } from '../ui/format.ts'
import { ActList } from './act-list.tsx'
import { HostPanel } from './host-panel.tsx'
import { LabControls } from './lab-controls.tsx'
import { LabRail } from './lab-rail.tsx'
import { Lab } from './lab-store.ts'
import { LadderView } from './ladder-view.tsx'
import { SeekBar } from './seek-bar.tsx'
import { Story, storyText } from './story.tsx'
import { useLabKeys } from './use-lab-keys.ts'
import { Verdict } from './verdict.tsx'
import { WireView } from './wire-view.tsx'

const CompareView = fetched('The run beside this one', async () => (await import('./compare-view.tsx')).CompareView)
const PacketPanel = fetched('What shows a packet', async () => (await import('./packet-panel.tsx')).PacketPanel)

function Heading({ lab }: { readonly lab: Lab }): VNode {
  const info = lab.setting.value?.info
  return (
    <header class="lab-heading">
      <div>
        {info !== undefined && <p class="overline">{info.kind === 'claim' ? 'Claim' : 'Scenario'}</p>}
        <h1 tabIndex={-1}>{info?.title ?? 'Lab'}</h1>
        {info !== undefined && <p class="lab-summary">{info.summary}</p>}
      </div>
      {info !== undefined && <Verdict lab={lab} />}
    </header>
  )
}

/** What a screen reader hears as the run goes on: the newest line of the story, or how far it is. */
function Announcer({ lab }: { readonly lab: Lab }): VNode {
  const isPlaying = lab.playing.value
  const shown = isPlaying ? null : lab.shown.value
  const line = shown?.story.at(-1)
  const text = line === undefined ? '' : storyText(line)
  const played = shown === null ? '' : `Step ${shown.step}, ${plural(shown.events, 'event')}. `
  return (
    <p class="visually-hidden" role="status">
      {/* While it plays by itself, each step would be one too many. */}
      {isPlaying ? 'Playing' : `${played}${text}`}
    </p>
  )
}

/** Hosts, wire and ladder at the present moment. */
function Stage({ lab }: { readonly lab: Lab }): VNode | null {
  const [shown, readable] = [lab.shown.value, lab.readable.value]
  const panels = useMemo(() => {
    const hosts = readable?.hosts.filter(({ host }) => host.kind === 'host') ?? []
    const half = Math.ceil(hosts.length / 2)
    return [hosts.slice(0, half), hosts.slice(half)].map((frames) => (
      <div key={frames[0]?.host.name} class="stage-hosts">
        {readable !== null &&
          frames.map((frame) => <HostPanel key={frame.host.name} lab={lab} frame={frame} shown={readable} />)}
      </div>
    ))
  }, [lab, readable])
  if (shown === null) return null
  const compares = lab.choice.value.beside !== ''
  return (
    <>
      {compares && <CompareView lab={lab} shown={shown} />}
      <div class="stage" data-compares={compares}>
        {panels[0]}
        <div class="stage-middle">
          <WireView lab={lab} shown={shown} />
          {!compares && <LadderView lab={lab} shown={shown} />}
          {lab.packet.value !== null && <PacketPanel lab={lab} />}
        </div>
        {panels[1]}
        <div class="stage-outcome">
          <Story id={shown.info.id} story={shown.story} />
        </div>
      </div>
    </>
  )
}

function Trouble({ lab }: { readonly lab: Lab }): VNode | null {
  const error = lab.error.value
  if (error === null) return null
  return (
    <p class="banner" data-kind="bad" role="alert">
      {error}
    </p>
  )
}

/** The real stack, in the page: a scenario or a claim, step by step. */
export function LabView({ hidden }: { readonly hidden: boolean }): VNode {
  const lab = useMemo(() => new Lab(), [])
  useLabKeys(lab)
  return (
    <main class="lab" hidden={hidden} aria-label="Lab">
      <LabRail lab={lab} />
      <div class="lab-page">
        <Heading lab={lab} />
        <Trouble lab={lab} />
        <LabControls lab={lab} />
        <SeekBar lab={lab} />
        <ActList lab={lab} />
        <Announcer lab={lab} />
        <Stage lab={lab} />
      </div>
    </main>
  )
}
