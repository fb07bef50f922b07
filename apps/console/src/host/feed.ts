import { effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { TableFacts } from 'lastack/host'
import { route } from '../router.ts'
import { queryOf } from './query.ts'
import type { FeedReport, FeedRequest, FeedStatus, RowItem, TableWindow } from './view.ts'

/** The host's sockets as the page knows them: signals that a worker keeps up to date. */
export interface HostFeed {
  readonly status: ReadonlySignal<FeedStatus>
  /** Why the latest reading failed, `null` while readings succeed. */
  readonly failure: ReadonlySignal<string | null>
  /** `null` until the first reading. */
  readonly facts: ReadonlySignal<TableFacts | null>
  readonly window: ReadonlySignal<TableWindow | null>
  /** Key of the chosen row. */
  readonly selectedKey: Signal<string | null>
  /** The chosen row as last read; it outlives its socket, `selectedGone` then says so. */
  readonly selected: ReadonlySignal<RowItem | null>
  readonly selectedGone: ReadonlySignal<boolean>
  readonly paused: Signal<boolean>
  /** Asks for the items between two indices, `to` not included. */
  readonly show: (from: number, to: number) => void
}

/** Starts the worker and connects it to the server that the page came from. */
export function openHostFeed(): HostFeed {
  const worker = new Worker(new URL('./feed.worker.ts', import.meta.url), { type: 'module', name: 'host sockets' })
  const ask = (request: FeedRequest): void => worker.postMessage(request)

  const status = signal<FeedStatus>({ kind: 'connecting' })
  const failure = signal<string | null>(null)
  const facts = signal<TableFacts | null>(null)
  const tableWindow = signal<TableWindow | null>(null)
  const selectedKey = signal<string | null>(null)
  const selected = signal<RowItem | null>(null)
  const selectedGone = signal(false)
  const paused = signal(false)

  worker.addEventListener('message', (event: MessageEvent<FeedReport>) => {
    const report = event.data
    switch (report.kind) {
      case 'status':
        // Most reports repeat "live": keep the object, or all that reads the status is drawn again each second.
        if (report.status.kind !== 'live' || status.peek().kind !== 'live') status.value = report.status
        break
      case 'failure':
        failure.value = report.error
        break
      case 'table':
        tableWindow.value = withKnownItems(
          report.window,
          tableWindow.peek(),
          report.facts.takenAt === facts.peek()?.takenAt,
        )
        if (report.facts.takenAt !== facts.peek()?.takenAt) facts.value = report.facts
        if (report.selected?.key === selectedKey.peek() && report.selected !== null) {
          selected.value = report.selected
          selectedGone.value = false
        } else if (selected.peek()?.key === selectedKey.peek()) {
          selectedGone.value = selected.peek() !== null
        }
        break
    }
  })
  effect(() => {
    if (route.value.view === 'host') ask({ kind: 'query', query: queryOf(route.value.params) })
  })
  effect(() => {
    if (selectedKey.value === null) selected.value = null
    selectedGone.value = false
    ask({ kind: 'select', key: selectedKey.value })
  })
  effect(() => ask({ kind: 'pause', paused: paused.value }))
  ask({ kind: 'open', url: new URL('api/stream', document.baseURI).href })

  return {
    status,
    failure,
    facts,
    window: tableWindow,
    selectedKey,
    selected,
    selectedGone,
    paused,
    show: (from, to) => ask({ kind: 'window', from, to }),
  }
}

/**
 * A window into the same reading brings most of its items a second time: keep the objects that are known, so that their
 * rows need not be drawn again.
 */
function withKnownItems(next: TableWindow, known: TableWindow | null, sameReading: boolean): TableWindow {
  if (!sameReading || known === null) return next
  const rows = new Map(known.items.map((item) => [item.key, item]))
  const items = next.items.map((item) => {
    const old = item.kind === 'row' ? rows.get(item.key) : undefined
    return old?.kind === 'row' ? old : item
  })
  return { ...next, items }
}
