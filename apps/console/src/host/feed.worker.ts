/**
 * Holds the table of the host's sockets off the page's thread: reads the stream, compares, filters, sorts, and hands over
 * only the stretch that is on the screen. So a hundred thousand rows a second cost the page as much as forty.
 */
import { type Frame, frames } from './frame-source.ts'
import { bendNear, missingOf } from './nearness.ts'
import { SocketTable } from './socket-table.ts'
import type { FeedReport, FeedRequest, Stretch } from './view.ts'

const RETRY_FIRST_MS = 1_000
const RETRY_MAX_MS = 10_000
/**
 * The server speaks about once a second, but a machine that has too much to do may need long for a reading; after this much silence
 * the stream counts as lost. One that has gone is noticed at once, since its connection ends.
 */
const SILENCE_MS = 60_000

const table = new SocketTable()
/** What is shown while the page is paused: the table as it was then. */
let still: SocketTable | null = null
let url = ''
let stream: AbortController | null = null
let retryMs = RETRY_FIRST_MS
let lostAt: number | null = null
let silence: ReturnType<typeof setTimeout> | undefined
/** What the page has in sight, and what it was given around that. */
let sight: Stretch = { from: 0, to: 0 }
let given: Stretch = sight
let selected: string | null = null

function report(message: FeedReport): void {
  self.postMessage(message)
}

function reportTable(): void {
  const shown = still ?? table
  const facts = shown.latest()
  if (facts === null) return
  const row = selected === null ? null : shown.find(selected)
  const { from, to } = bendNear(sight)
  const window = shown.window(from, to)
  given = { from: window.from, to: window.from + window.items.length }
  report({ kind: 'table', facts, window, summary: shown.summary(), moves: shown.moves(), selected: row })
}

/** The page has moved on: what it lacks, and not again what it has. Where it has nothing near, the table is told anew. */
function reportMore(): void {
  const shown = still ?? table
  const step = shown.isStale() ? null : missingOf(sight, given)
  if (step === null) return reportTable()
  for (const { from, to } of step.missing) {
    const { items, from: first } = shown.window(from, to)
    if (items.length > 0) report({ kind: 'more', from: first, items, near: step.near })
  }
  given = step.near
}

function take(frame: Frame): void {
  heard()
  report({ kind: 'failure', error: frame.kind === 'failure' ? frame.failure.error : null })
  if (frame.kind === 'failure') return
  // Each frame says what has changed since the one before: a view that is paused follows unseen.
  table.take(frame.facts, frame.rows)
  if (still === null) reportTable()
}

async function listen(controller: AbortController): Promise<void> {
  try {
    for await (const frame of frames(url, controller.signal)) take(frame)
  } catch {
    // Whatever it was, a stream that was given up has been seen to already.
    if (stream === controller) lose()
  }
}

function connect(): void {
  stream = new AbortController()
  void listen(stream)
  listenFor(SILENCE_MS)
}

/** Something arrived: the stream lives. */
function heard(): void {
  if (lostAt !== null || retryMs !== RETRY_FIRST_MS) retryMs = RETRY_FIRST_MS
  lostAt = null
  report({ kind: 'status', status: { kind: 'live' } })
  listenFor(SILENCE_MS)
}

function listenFor(ms: number): void {
  clearTimeout(silence)
  silence = setTimeout(lose, ms)
}

/** The stream broke or fell silent. The next one begins with the whole table. */
function lose(): void {
  clearTimeout(silence)
  const given = stream
  stream = null
  given?.abort()
  lostAt ??= Date.now()
  report({ kind: 'status', status: { kind: 'lost', since: lostAt, retryAt: Date.now() + retryMs } })
  setTimeout(connect, retryMs)
  retryMs = Math.min(retryMs * 2, RETRY_MAX_MS)
}

self.addEventListener('message', (event: MessageEvent<FeedRequest>) => {
  const request = event.data
  switch (request.kind) {
    case 'open':
      url = request.url
      connect()
      break
    case 'query':
      table.ask(request.query)
      still?.ask(request.query)
      reportTable()
      break
    case 'complete':
      report({
        kind: 'completions',
        text: request.text,
        completions: (still ?? table).complete(request.text, request.caret),
      })
      break
    case 'window':
      sight = { from: request.from, to: request.to }
      reportMore()
      break
    case 'select':
      selected = request.key
      reportTable()
      break
    case 'pause':
      still = request.paused ? table.still() : null
      if (still === null) reportTable()
      break
  }
})
