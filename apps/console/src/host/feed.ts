import { batch, effect, type ReadonlySignal, type Signal, signal } from '@preact/signals'
import type { MoveMessage, TableFacts } from 'lastack/host'
import { route } from '../router.ts'
import { FrameByFrame } from '../ui/frame-by-frame.ts'
import { onWorkerFailure } from '../ui/worker-failure.ts'
import { queryOf } from './query.ts'
import type {
  Completions,
  FeedReport,
  FeedRequest,
  FeedStatus,
  RowItem,
  Stretch,
  TableSummary,
  TableWindow,
  ViewItem,
} from './view.ts'

/** What the map shows beside counts. */
export interface Traffic {
  /** ms since 1970: of the reading that tells it. */
  readonly takenAt: number
  /** What connections did since the reading before. */
  readonly moves: readonly MoveMessage[]
  /** States that hold sockets for longer than is ordinary. */
  readonly aged: NonNullable<TableFacts['diagnosis']['aged']>
}

/** The host's sockets as the page knows them: signals that a worker keeps up to date. */
export interface HostFeed {
  readonly status: ReadonlySignal<FeedStatus>
  /** Why the latest reading failed, `null` while readings succeed. */
  readonly failure: ReadonlySignal<string | null>
  /** `null` until the first reading. */
  readonly facts: ReadonlySignal<TableFacts | null>
  readonly window: ReadonlySignal<TableWindow | null>
  /** What stands around the table; it stays as it is while one only scrolls. */
  readonly summary: ReadonlySignal<TableSummary | null>
  readonly traffic: ReadonlySignal<Traffic>
  /** The ways that any went since the page was opened, `from to` each. A reading may come before the one before it was drawn. */
  readonly walked: ReadonlySet<string>
  /** The chosen row: its key, or its cookie in decimal. */
  readonly selectedKey: Signal<string | null>
  /** The chosen row as last read; it outlives its socket, `selectedGone` then says so. */
  readonly selected: ReadonlySignal<RowItem | null>
  readonly selectedGone: ReadonlySignal<boolean>
  readonly paused: Signal<boolean>
  /** What may be typed next in the search, for the text that it was asked for last. */
  readonly completions: ReadonlySignal<Completions | null>
  /** Tells what is in sight, from one index up to but not including the other: that is what comes first. */
  show(from: number, to: number): void
  /** Asks what may be typed at a place of a search. */
  complete(text: string, caret: number): void
}

/** Starts the worker and connects it to the server that the page came from. */
export function openHostFeed(): HostFeed {
  return new WorkerFeed()
}

class WorkerFeed implements HostFeed {
  readonly status: Signal<FeedStatus> = signal<FeedStatus>({ kind: 'connecting' })
  readonly failure: Signal<string | null> = signal(null)
  readonly facts: Signal<TableFacts | null> = signal(null)
  readonly window: Signal<TableWindow | null> = signal(null)
  readonly summary: Signal<TableSummary | null> = signal(null)
  readonly traffic: Signal<Traffic> = signal<Traffic>({ takenAt: 0, moves: [], aged: [] })
  readonly walked: Set<string> = new Set()
  readonly selectedKey: Signal<string | null> = signal(null)
  readonly selected: Signal<RowItem | null> = signal(null)
  readonly selectedGone: Signal<boolean> = signal(false)
  readonly paused: Signal<boolean> = signal(false)
  readonly completions: Signal<Completions | null> = signal(null)
  private completing = ''
  private readonly stages = new FrameByFrame()
  /** Of the latest table that was told, ms since 1970. */
  private takenAt = 0
  private readonly worker = new Worker(new URL('./feed.worker.ts', import.meta.url), {
    type: 'module',
    name: 'host sockets',
  })

  constructor() {
    this.worker.addEventListener('message', (event: MessageEvent<FeedReport>) => this.hear(event.data))
    onWorkerFailure(this.worker, 'What reads the sockets', (reason) => {
      this.status.value = { kind: 'absent', reason }
    })
    effect(() => {
      if (route.value.view === 'host') this.ask({ kind: 'query', query: queryOf(route.value.params) })
    })
    effect(() => {
      if (this.selectedKey.value === null) this.selected.value = null
      this.selectedGone.value = false
      this.ask({ kind: 'select', key: this.selectedKey.value })
    })
    effect(() => this.ask({ kind: 'pause', paused: this.paused.value }))
    this.ask({ kind: 'open', url: new URL('api/stream', document.baseURI).href })
  }

  show(from: number, to: number): void {
    this.ask({ kind: 'window', from, to })
  }

  complete(text: string, caret: number): void {
    this.completing = text
    this.ask({ kind: 'complete', text, caret })
  }

  private ask(request: FeedRequest): void {
    this.worker.postMessage(request)
  }

  private hear(report: FeedReport): void {
    switch (report.kind) {
      case 'status':
        // Most reports repeat "live": keep the object, or all that reads the status is drawn again each second.
        if (report.status.kind !== 'live' || this.status.peek().kind !== 'live') this.status.value = report.status
        break
      case 'failure':
        this.failure.value = report.error
        break
      case 'completions':
        if (report.text === this.completing) this.completions.value = report.completions
        break
      case 'table':
        this.takeTable(report)
        break
      case 'more':
        this.takeMore(report)
        break
    }
  }

  private takeMore({ from, items, near }: FeedReport & { readonly kind: 'more' }): void {
    const known = this.window.peek()
    if (known !== null) this.window.value = extended(known, from, items, near)
  }

  private takeTable({ facts, window, summary, moves, selected }: FeedReport & { readonly kind: 'table' }): void {
    const isNew = facts.takenAt !== this.takenAt
    this.takenAt = facts.takenAt
    // The table first, since that is what one scrolls and asks; what stands around it may come some frames later.
    this.stages.run(
      () => {
        this.window.value = withKnownItems(window, this.window.peek(), !isNew)
        this.takeSelected(selected)
      },
      () => {
        if (isNew) this.facts.value = facts
      },
      () => {
        batch(() => {
          if (JSON.stringify(summary) !== JSON.stringify(this.summary.peek())) this.summary.value = summary
          if (isNew) this.takeTraffic({ takenAt: facts.takenAt, moves, aged: facts.diagnosis.aged ?? [] })
        })
      },
    )
  }

  private takeTraffic(traffic: Traffic): void {
    for (const { from, to } of traffic.moves) this.walked.add(`${from} ${to}`)
    this.traffic.value = traffic
  }

  private takeSelected(selected: RowItem | null): void {
    const asked = this.selectedKey.peek()
    if (isItem(selected, asked)) {
      this.selected.value = selected
      this.selectedGone.value = false
    } else if (isItem(this.selected.peek(), asked)) {
      this.selectedGone.value = true
    }
  }
}

/** The items of a window with others before or after them, as far as they are near. */
function extended(window: TableWindow, from: number, items: readonly ViewItem[], near: Stretch): TableWindow {
  const isAfter = from >= window.from
  const all = isAfter ? [...window.items, ...items] : [...items, ...window.items]
  const first = isAfter ? window.from : from
  const cut = Math.max(0, near.from - first)
  return { ...window, from: first + cut, items: all.slice(cut, near.to - first) }
}

/** Whether that is the row that was asked for, by its key or its cookie. */
function isItem(item: RowItem | null, asked: string | null): boolean {
  return item !== null && (item.key === asked || String(item.row.cookie) === asked)
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
