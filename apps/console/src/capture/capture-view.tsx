import { useSignal } from '@preact/signals'
import { notPlayed } from 'lastack/capture'
import type { VNode } from 'preact'
import { useLayoutEffect, useMemo } from 'preact/hooks'
import { CopyButton } from '../ui/copy-button.tsx'
import { formatCount, plural } from '../ui/format.ts'
import { command } from '../ui/prose.tsx'
import { Captures } from './capture-store.ts'
import { ConnectionList } from './connection-list.tsx'
import { ConnectionPanel } from './connection-panel.tsx'

const MEGA = 1_000_000

/** Opens a file by the system's own dialogue; the whole page takes one that is dropped. */
function Picker({ captures, first }: { readonly captures: Captures; readonly first: boolean }): VNode {
  return (
    <p class="capture-picker">
      <label class={first ? 'button primary file-button' : 'button file-button'}>
        <input
          class="visually-hidden"
          type="file"
          accept=".pcap,.pcapng,.cap,.gz"
          aria-label="Capture file"
          onChange={(event) => {
            const [file] = event.currentTarget.files ?? []
            if (file !== undefined) captures.open(file)
            event.currentTarget.value = ''
          }}
        />
        {first ? 'Choose a file…' : 'Another file…'}
      </label>
      <span class="quiet">
        or drop a pcap or pcapng file, gzip or not, anywhere on this page. It stays in this browser.
      </span>
    </p>
  )
}

const TCPDUMP = 'tcpdump -i any -s 128 -w trace.pcap tcp'

/** What one will see, and how to come by a file: for whoever has none yet. */
function Invitation(): VNode {
  return (
    <section class="capture-invitation" aria-label="What a capture shows">
      <ul>
        <li>
          <b>States.</b> Those that both ends of each connection went through, rebuilt from its segments by the table
          that drives the stack.
        </li>
        <li>
          <b>Faults.</b> Retransmissions, resets, connections that stayed half open or never closed, zero windows, gaps.
        </li>
        <li>
          <b>The ladder.</b> Each segment between the two ends, with what was lost and what came again.
        </li>
      </ul>
      <p class="quiet">A machine’s own traffic, the headers alone:</p>
      <div class="command">
        <code>{command(TCPDUMP)}</code>
        <CopyButton text={TCPDUMP} label={TCPDUMP} />
      </div>
    </section>
  )
}

/** A file that is dropped anywhere on the page, while this view is in sight. */
function useDrop(captures: Captures, active: boolean): boolean {
  const over = useSignal(false)
  // Before the view can be seen: whoever sees it may drop something.
  useLayoutEffect(() => {
    if (!active) return
    const drag = (event: DragEvent): void => {
      event.preventDefault()
      over.value = event.type === 'dragover'
    }
    const drop = (event: DragEvent): void => {
      drag(event)
      const [file] = event.dataTransfer?.files ?? []
      if (file !== undefined) captures.open(file)
    }
    const listeners = { dragover: drag, dragleave: drag, drop }
    for (const [name, listen] of Object.entries(listeners)) addEventListener(name as keyof typeof listeners, listen)
    return () => {
      for (const [name, listen] of Object.entries(listeners))
        removeEventListener(name as keyof typeof listeners, listen)
    }
  }, [active, captures, over])
  return over.value
}

function Progress({ captures }: { readonly captures: Captures }): VNode | null {
  const reading = captures.reading.value
  if (reading === null) return null
  return (
    <p class="capture-progress">
      <progress max={reading.size} value={reading.read} aria-label="Read" /> {(reading.read / MEGA).toFixed(0)} of{' '}
      {(reading.size / MEGA).toFixed(0)} MB, {plural(reading.packets, 'packet')}
    </p>
  )
}

/** Captures, played back: the states that both ends of each connection went through, and what was wrong. */
export function CaptureView({ hidden }: { readonly hidden: boolean }): VNode {
  const captures = useMemo(() => new Captures(), [])
  const dragged = useDrop(captures, !hidden)
  const played = captures.played.value
  const error = captures.error.value
  return (
    <main class="capture" hidden={hidden} aria-label="Capture" data-dragged={dragged}>
      <header class="capture-heading">
        <h1 tabIndex={-1}>{played?.name ?? 'Play a capture back'}</h1>
        {played !== null && (
          <p class="facts">
            <span>{plural(played.capture.counts.packets, 'packet')}</span>
            <span>{plural(played.capture.counts.connections, 'connection')}</span>
            {played.capture.unlisted > 0 && <span>{formatCount(played.capture.unlisted)} not listed</span>}
          </p>
        )}
        <Picker captures={captures} first={played === null} />
        <Progress captures={captures} />
        {error !== null && (
          <p class="banner" data-kind="bad" role="alert">
            {error}
          </p>
        )}
        {played !== null &&
          notPlayed(played.capture).map((line) => (
            <p class="quiet" key={line}>
              {line}.
            </p>
          ))}
        {played?.capture.problem !== undefined && (
          <p class="banner" data-kind="warn">
            {played.capture.problem}; what is whole before that was played.
          </p>
        )}
      </header>
      {played === null && <Invitation />}
      {played !== null && (
        <div class="capture-body">
          <ConnectionList captures={captures} played={played} />
          <ConnectionPanel captures={captures} played={played} />
        </div>
      )}
    </main>
  )
}
