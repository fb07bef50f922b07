import type { VNode } from 'preact'
import { formatTime } from '../ui/format.ts'
import type { Shown } from './lab-store.ts'
import type { HostFrame } from './protocol.ts'

const WORDS: Readonly<Record<string, string>> = {
  'time-wait': '2MSL',
  'delayed-ack': 'delayed ACK',
  keepalive: 'keep-alive',
}

/** The host's timers, counting. */
export function Timers({ frame, shown }: { readonly frame: HostFrame; readonly shown: Shown }): VNode | null {
  if (frame.timers.length === 0) return null
  return (
    <>
      <h3>Timers</h3>
      <ul class="timers">
        {frame.timers.map(({ conn, port, timer, setAt, dueAt }) => (
          <li key={`${conn} ${timer}`}>
            <span>
              {WORDS[timer] ?? timer} <span class="quiet">port {port}</span>
            </span>
            <progress
              max={dueAt - setAt}
              value={Math.min(shown.now - setAt, dueAt - setAt)}
              aria-label={`${WORDS[timer] ?? timer}, port ${port}`}
            />
            <span class="number">{formatTime(Math.max(0, dueAt - shown.now))}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
