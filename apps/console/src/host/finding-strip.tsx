import type { FindingMessage } from 'lastack/host'
import type { VNode } from 'preact'
import { route, setParams } from '../router.ts'
import { formatCount, plural } from '../ui/format.ts'
import { prose } from '../ui/prose.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import type { HostFeed } from './feed.ts'
import { findingGrowth, findingOwner, findingSince } from './finding-words.ts'
import { paramsOf, queryOf } from './query.ts'
import { SeverityMark } from './severity-mark.tsx'

/** Shows a finding: its sockets in the table, the rest beside it. Once more: all sockets again. */
function choose(feed: HostFeed, id: string): void {
  const { finding } = queryOf(route.peek().params)
  feed.selectedKey.value = null
  setParams(paramsOf({ finding: finding === id ? '' : id }))
}

interface FindingCardProps {
  readonly feed: HostFeed
  readonly finding: FindingMessage
  readonly chosen: boolean
}

function FindingCard({ feed, finding, chosen }: FindingCardProps): VNode {
  const { counts, severity, title, evidence } = finding
  const growth = findingGrowth(finding)
  return (
    <li>
      <button
        type="button"
        class="finding-card"
        data-severity={severity}
        aria-pressed={chosen}
        onClick={() => choose(feed, finding.id)}
      >
        <span class="finding-head">
          <SeverityMark severity={severity} />
          {counts.length > 1 && (
            <Sparkline points={counts} width={96} height={22} label={`${evidence[0]?.name ?? 'count'} over time`} />
          )}
        </span>
        <span class="finding-title">{prose(title)}</span>
        <span class="finding-facts">
          {findingOwner(finding)} · {findingSince(finding)}
          {growth !== '' && ` · ${growth}`}
        </span>
      </button>
    </li>
  )
}

function summary(findings: readonly FindingMessage[]): string {
  const notes = findings.filter(({ severity }) => severity === 'info').length
  const faults = findings.length - notes
  const said = faults === 0 ? 'none: nothing is wrong here' : formatCount(faults)
  return notes === 0 ? said : `${said}; ${plural(notes, 'note')}`
}

/** How to read the map, where nothing more urgent has to be said. */
function Legend(): VNode {
  return (
    <ul class="map-legend">
      <li>
        <svg class="legend-key" viewBox="0 0 28 10" aria-hidden="true">
          <path class="legend-now" d="M0 5h21" />
          <path class="legend-now-head" d="M28 5l-8-4v8z" />
        </svg>
        connections went this way since the reading before
      </li>
      <li>
        <svg class="legend-key" viewBox="0 0 28 10" aria-hidden="true">
          <path class="legend-walked" d="M0 5h28" />
        </svg>
        or since this page was opened
      </li>
      <li>
        <span class="legend-key legend-warm" aria-hidden="true" />
        sockets stay in this state for longer than is ordinary
      </li>
      <li>A click on a state shows its sockets alone; Enter twice on a row shows one connection’s whole life.</li>
    </ul>
  )
}

/** How many cards the filters leave out, and the way back to them. */
function LeftOut({ count }: { readonly count: number }): VNode | null {
  if (count === 0) return null
  return (
    <p class="finding-ended">
      {plural(count, 'finding')} not about these sockets {count === 1 ? 'is' : 'are'} left out.
      <button type="button" class="button bare" onClick={() => setParams(paramsOf({ states: [], text: '' }))}>
        Clear filters
      </button>
    </p>
  )
}

/** What the doctor says of the latest reading, a card a finding; nothing to see on a healthy host but that it looked. */
export function FindingStrip({ feed }: { readonly feed: HostFeed }): VNode | null {
  const diagnosis = feed.facts.value?.diagnosis
  if (diagnosis === undefined) return null
  const { finding: chosen } = queryOf(route.value.params)
  const { findings } = diagnosis
  const met = feed.summary.value?.findings ?? null
  const inSight = findings.filter(({ id }) => met === null || id === chosen || met.includes(id))
  const ended = chosen !== '' && !findings.some(({ id }) => id === chosen)
  return (
    <section class="findings" aria-label="Findings">
      <div class="findings-head">
        <h2 class="findings-title">
          Findings <span class="quiet">{summary(findings)}</span>
        </h2>
        <LeftOut count={findings.length - inSight.length} />
      </div>
      {ended && (
        <p class="finding-ended">
          The chosen finding has ended.{' '}
          <button type="button" class="button bare" onClick={() => setParams(paramsOf({ finding: '' }))}>
            Show all sockets
          </button>
        </p>
      )}
      {findings.length === 0 && <Legend />}
      {inSight.length > 0 && (
        <ul class="finding-cards">
          {inSight.map((finding) => (
            <FindingCard key={finding.id} feed={feed} finding={finding} chosen={finding.id === chosen} />
          ))}
        </ul>
      )}
    </section>
  )
}
