import { useSignal, useSignalEffect } from '@preact/signals'
import type { TableFacts } from 'lastack/host'
import type { VNode } from 'preact'
import { useEffect } from 'preact/hooks'
import { route } from '../router.ts'
import { formatAge, formatCount, formatMs, plural } from '../ui/format.ts'
import type { HostFeed } from './feed.ts'
import { paramsProblem } from './query.ts'

const SOURCES: Readonly<Record<TableFacts['source'], string>> = {
  netlink: 'netlink',
  ss: 'ss',
  proc: '/proc/net',
  stack: 'the stack',
  capture: 'a capture',
}

/** The time, once a second while somebody needs it. */
function useClock(running: boolean): number {
  const now = useSignal(Date.now())
  useEffect(() => {
    now.value = Date.now()
    if (!running) return
    const timer = setInterval(() => {
      now.value = Date.now()
    }, 500)
    return () => clearInterval(timer)
  }, [running, now])
  return now.value
}

/** What is wrong with the stream or the readings, in one sentence; nothing when all is well. */
function Trouble({ feed }: { readonly feed: HostFeed }): VNode | null {
  const status = feed.status.value
  const now = useClock(status.kind === 'lost')
  const failure = feed.failure.value
  if (status.kind === 'lost') {
    const wait = Math.max(0, Math.ceil((status.retryAt - now) / 1_000))
    return (
      <p class="banner" data-kind="bad">
        <strong>Connection to the console’s server lost</strong> {formatAge(now - status.since)} ago.{' '}
        {wait > 0 ? `Trying again in ${wait} s.` : 'Trying again now.'} What is below may be out of date.
      </p>
    )
  }
  if (status.kind === 'absent') {
    return (
      <p class="banner" data-kind="bad" role="alert">
        {status.reason}
      </p>
    )
  }
  if (failure === null) return null
  return (
    <p class="banner" data-kind="warn">
      <strong>The last reading of the sockets failed:</strong> {failure}. The table shows the one before.
    </p>
  )
}

/** What of the address is not understood: the rest of it holds. */
function AddressProblem(): VNode | null {
  const { view, params } = route.value
  const problem = view === 'host' ? paramsProblem(params) : null
  if (problem === null) return null
  return (
    <p class="banner" data-kind="warn" role="status">
      <strong>Of the address</strong> {problem}.
    </p>
  )
}

/** Tells a screen reader when the connection goes and comes, and nothing each second. */
function Announcer({ feed }: { readonly feed: HostFeed }): VNode {
  const words = useSignal('')
  useSignalEffect(() => {
    const { kind } = feed.status.value
    if (kind === 'lost') words.value = 'Connection to the console’s server lost. Reconnecting.'
    else if (kind === 'live' && words.peek() !== '') words.value = 'Connected again.'
  })
  return (
    <p class="visually-hidden" role="status">
      {words}
    </p>
  )
}

function Lacks({ lacks }: { readonly lacks: readonly string[] }): VNode | null {
  if (lacks.length === 0) return null
  return (
    <details class="lacks">
      <summary>{plural(lacks.length, 'thing')} not visible</summary>
      <ul>
        {lacks.map((lack) => (
          <li key={lack}>{lack}</li>
        ))}
      </ul>
    </details>
  )
}

function Facts({ facts }: { readonly facts: TableFacts }): VNode {
  const missing = facts.total - facts.received
  return (
    <p class="facts">
      <span>{plural(facts.total, 'socket')}</span>
      <span>
        read in {formatMs(facts.tookMs)} by {SOURCES[facts.source]}
      </span>
      {missing > 0 && <span data-kind="warn">{formatCount(missing)} not sent to the page: too many</span>}
    </p>
  )
}

/** Whose sockets these are, how they were read, and what could not be seen. */
export function HostHeading({ feed }: { readonly feed: HostFeed }): VNode {
  const facts = feed.facts.value
  const { kind } = feed.status.value
  const pulse = feed.paused.value ? 'paused' : kind
  const words = {
    connecting: 'Connecting',
    live: 'Live',
    lost: 'Connection lost',
    absent: 'Not read',
    paused: 'Paused',
  }[pulse]
  return (
    <header class="host-heading">
      <div class="host-title">
        <h1 tabIndex={-1}>{facts === null ? 'This machine' : facts.hostname}</h1>
        <span class="pulse" data-kind={pulse}>
          {words}
        </span>
      </div>
      <button
        type="button"
        class="button host-pause"
        aria-pressed={feed.paused.value}
        onClick={() => {
          feed.paused.value = !feed.paused.value
        }}
      >
        Pause
      </button>
      {facts !== null && <Facts facts={facts} />}
      {facts !== null && <Lacks lacks={facts.lacks} />}
      <Announcer feed={feed} />
      <Trouble feed={feed} />
      <AddressProblem />
    </header>
  )
}
