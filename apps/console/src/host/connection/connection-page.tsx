import type { ConnectionMessage, SeenMessage } from 'lastack/host'
import { ladderFromStates } from 'lastack/inspect'
import type { VNode } from 'preact'
import { useEffect, useMemo, useRef } from 'preact/hooks'
import { LadderDrawing } from '../../lab/ladder-drawing.tsx'
import { plural } from '../../ui/format.ts'
import { prose } from '../../ui/prose.tsx'
import { StateName } from '../../ui/state-mark.tsx'
import type { HostFeed } from '../feed.ts'
import { SocketFacts } from '../socket-details.tsx'
import type { RowItem } from '../view.ts'
import { endpointText } from '../words.ts'
import { ConnectionStore } from './connection-store.ts'
import { InfoCharts } from './info-charts.tsx'
import { StateTimeline } from './state-timeline.tsx'
import { staysOf } from './stays.ts'

interface PageProps {
  readonly feed: HostFeed
  readonly cookie: string
  readonly onLeave: () => void
}

/** Looks once, and again with every reading of the table while that is not paused. */
function useConnection(feed: HostFeed, cookie: string): ConnectionStore {
  const store = useMemo(() => new ConnectionStore(cookie), [cookie])
  const takenAt = feed.facts.value?.takenAt
  useEffect(() => {
    if (!feed.paused.peek() || store.latest.peek() === null) void store.ask()
  }, [store, takenAt, feed])
  return store
}

function Prospect({ latest }: { readonly latest: ConnectionMessage }): VNode {
  const { prospect } = latest
  if (prospect === null) return <p class="prospect-waits">It is over: this host has no such socket any more.</p>
  return (
    <>
      <p class="prospect-waits">{prose(prospect.waits)}</p>
      <h2>What would end it</h2>
      <ul class="prospect-ends">
        {prospect.ends.map((sentence) => (
          <li key={sentence}>{prose(sentence)}</li>
        ))}
      </ul>
    </>
  )
}

function SeenLadder({ seen, lacks }: { readonly seen: SeenMessage | null; readonly lacks: readonly string[] }): VNode {
  const frame = useRef<HTMLElement>(null)
  const moves = seen === null ? 0 : seen.ends[0].moves.length + seen.ends[1].moves.length
  const ladder = useMemo(() => (seen === null ? null : ladderFromStates(seen.ends)), [seen?.since, moves])
  if (seen === null || ladder === null) {
    const untraced = lacks.find((lack) => lack.startsWith('What connections do between two readings'))
    return (
      <p class="quiet">
        {untraced ?? 'It has not moved since the console began to look: what it does from now on is drawn here.'}
      </p>
    )
  }
  return (
    <>
      <header class="ladder-head">
        <h3 class="mono">{ladder.hosts[0]}</h3>
        <h3 class="mono">{ladder.hosts[1]}</h3>
      </header>
      <LadderDrawing frame={frame} ladders={[ladder]} raw={false} chosen={null} follows={false} />
      <p class="quiet">
        Seen are changes of state; the segments between them follow from both ends’ states, and data is not drawn.
        {seen.ending !== '' && ` ${seen.ending}`}
        {seen.ending === '' &&
          seen.retransmissions > 0 &&
          ` ${plural(seen.retransmissions, 'retransmission')} of this end.`}
      </p>
    </>
  )
}

function Heading({
  item,
  gone,
  onLeave,
}: {
  readonly item: RowItem | null
  readonly gone: boolean
  readonly onLeave: () => void
}): VNode {
  return (
    <header class="connection-heading">
      <button type="button" class="button" onClick={onLeave}>
        ← All sockets <kbd>Esc</kbd>
      </button>
      <h1 tabIndex={-1} class="connection-title">
        {item === null ? (
          'This connection'
        ) : (
          <>
            <span class="mono">{endpointText(item.row.local)}</span> <span class="quiet">and</span>{' '}
            <span class="mono">{endpointText(item.row.peer)}</span>
          </>
        )}
      </h1>
      {item !== null && (gone ? <span class="tag">gone</span> : <StateName state={item.row.state} />)}
    </header>
  )
}

/** Leaves with Escape, but not out of a dialog. */
function useEscape(onLeave: () => void): void {
  useEffect(() => {
    const listen = (event: KeyboardEvent): void => {
      if (event.key === 'Escape' && document.querySelector('dialog[open]') === null) onLeave()
    }
    addEventListener('keydown', listen)
    return () => removeEventListener('keydown', listen)
  }, [onLeave])
}

/** One connection: its states on a line, who waits for whom, what was seen, and TCP_INFO over time. */
export function ConnectionPage({ feed, cookie, onLeave }: PageProps): VNode {
  const store = useConnection(feed, cookie)
  const page = useRef<HTMLElement>(null)
  useEscape(onLeave)
  useEffect(() => page.current?.querySelector<HTMLElement>('h1')?.focus(), [cookie])
  const latest = store.latest.value
  const item = feed.selected.value
  const isGone = feed.selectedGone.value || (latest !== null && latest.socket === null)
  const now = latest?.takenAt ?? Date.now()
  const seen = latest?.seen ?? null
  const stays = staysOf(item, seen, now, isGone)
  const samples = store.samples.value
  return (
    <section ref={page} class="connection" aria-label="One connection">
      <Heading item={item} gone={isGone} onLeave={onLeave} />
      {store.failure.value !== null && (
        <p class="banner" data-kind="warn">
          <strong>The last look at it failed:</strong> {store.failure.value}.
        </p>
      )}
      {stays.length > 0 && <StateTimeline stays={stays} firstSeen={item?.since ?? now} />}
      <div class="connection-body">
        <div class="connection-side">
          {latest !== null && (
            <section class="panel connection-panel" aria-label="Prospect">
              <Prospect latest={latest} />
            </section>
          )}
          {item !== null && (
            <section class="panel connection-panel" aria-label="Socket">
              <h2>Socket</h2>
              <SocketFacts feed={feed} item={item} gone={isGone} congestion={latest?.info?.congestion} />
            </section>
          )}
        </div>
        <div class="connection-main">
          <section class="panel connection-panel" aria-label="TCP_INFO">
            <h2>TCP_INFO</h2>
            {samples.length > 1 ? (
              <InfoCharts samples={samples} />
            ) : (
              <p class="quiet">
                {isGone
                  ? 'It ended before there were two readings to draw a line between.'
                  : samples.length === 1 || latest === null
                    ? 'A line begins with the second reading.'
                    : 'The kernel has none for this state.'}
              </p>
            )}
          </section>
          <section class="panel connection-panel" aria-label="What was seen">
            <h2>What was seen</h2>
            <SeenLadder seen={seen} lacks={feed.facts.value?.lacks ?? []} />
          </section>
        </div>
      </div>
    </section>
  )
}
