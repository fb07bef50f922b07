import type { FindingMessage } from 'lastack/host'
import type { VNode } from 'preact'
import { useRef } from 'preact/hooks'
import { route, setParams } from '../router.ts'
import { CloseButton } from '../ui/close-button.tsx'
import { CopyButton } from '../ui/copy-button.tsx'
import { formatCount, plural } from '../ui/format.ts'
import { command, prose } from '../ui/prose.tsx'
import { Sparkline } from '../ui/sparkline.tsx'
import { useWidth } from '../ui/use-width.ts'
import { Fact } from './fact.tsx'
import type { HostFeed } from './feed.ts'
import { labAddress, mythAddress } from './finding-lab.ts'
import { findingGrowth, findingOwner, findingSince } from './finding-words.ts'
import { HealButtons } from './heal/heal-buttons.tsx'
import { MYTHS } from './myths.ts'
import { paramsOf, queryOf } from './query.ts'
import { SeverityMark } from './severity-mark.tsx'

/** What the look told of the first of the processes that own it. */
function OwnerFacts({ finding }: { readonly finding: FindingMessage }): VNode {
  const process = finding.owner.kind === 'processes' ? finding.owner.processes[0] : undefined
  const facts = [
    ['User', process?.user],
    ['Unit', process?.unit],
    ['Container', process?.container],
    ['Directory', process?.cwd],
  ] as const
  return (
    <>
      <Fact name="Owner">{findingOwner(finding)}</Fact>
      {facts.map(([name, value]) =>
        value === undefined || value === '' ? null : (
          <Fact key={name} name={name}>
            {value}
          </Fact>
        ),
      )}
    </>
  )
}

function Evidence({ finding }: { readonly finding: FindingMessage }): VNode {
  return (
    <dl class="details-facts">
      <OwnerFacts finding={finding} />
      {finding.evidence.map(({ name, value, unit }) => (
        <Fact key={name} name={name}>
          {typeof value === 'number' ? formatCount(Math.round(value * 100) / 100) : value}
          {unit !== '' && ` ${unit}`}
        </Fact>
      ))}
    </dl>
  )
}

function Growth({ finding }: { readonly finding: FindingMessage }): VNode {
  const { counts, evidence } = finding
  const growth = findingGrowth(finding)
  const place = useRef<HTMLDivElement>(null)
  const width = useWidth(place)
  return (
    <div ref={place} class="finding-growth" data-severity={finding.severity}>
      <p>
        {findingSince(finding)}
        {growth !== '' && <b> {growth}</b>}
      </p>
      {counts.length > 1 && width > 0 && (
        <Sparkline points={counts} width={width} height={48} label={`${evidence[0]?.name ?? 'count'} over time`} />
      )}
    </div>
  )
}

function Remedies({ finding }: { readonly finding: FindingMessage }): VNode {
  return (
    <>
      <h3>What ends it, the gentlest first</h3>
      <ol class="remedies">
        {finding.remedies.map(({ title, commands, cost }) => (
          <li key={title}>
            <p class="remedy-title">{prose(title)}</p>
            {commands.map((line) => (
              <div class="command" key={line}>
                <code>{command(line)}</code>
                <CopyButton text={line} label={line} />
              </div>
            ))}
            <p class="quiet">Cost: {prose(cost)}</p>
          </li>
        ))}
      </ol>
    </>
  )
}

/** Everything that the doctor says of the chosen finding. */
export function FindingDetails({ feed }: { readonly feed: HostFeed }): VNode | null {
  const { finding: chosen } = queryOf(route.value.params)
  const diagnosis = feed.facts.value?.diagnosis
  const finding = diagnosis?.findings.find(({ id }) => id === chosen)
  if (finding === undefined || diagnosis === undefined || feed.selectedKey.value !== null) return null
  const address = labAddress(finding, diagnosis)
  return (
    <aside class="details finding-details" aria-label="The chosen finding">
      <header class="details-head">
        <SeverityMark severity={finding.severity} />
        <CloseButton
          label="Close the finding"
          onClick={() => {
            setParams(paramsOf({ finding: '' }))
            document.querySelector<HTMLElement>('.grid')?.focus()
          }}
        />
      </header>
      <h2 class="finding-name">{prose(finding.title)}</h2>
      <p class="finding-id mono quiet">{finding.id}</p>
      <Growth finding={finding} />
      {address !== null && (
        <a class="button primary play-link" href={address}>
          Play it in the lab
        </a>
      )}
      <p class="finding-explanation">{prose(finding.explanation.join(' '))}</p>
      <Evidence finding={finding} />
      <Remedies finding={finding} />
      {feed.facts.value?.mayHeal === true && finding.cookies.length > 0 && <HealButtons cookies={finding.cookies} />}
      {finding.myth !== null && (
        <p class="finding-myth">
          What is said of it: <q>{prose(MYTHS[finding.myth] ?? finding.myth)}</q>.{' '}
          <a href={mythAddress(finding.myth)}>See it judged</a>
        </p>
      )}
      {finding.cookies.length > 0 && (
        <p class="quiet">{plural(finding.cookies.length, 'socket')} of it in the table.</p>
      )}
    </aside>
  )
}
