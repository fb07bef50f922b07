import type { TraceEvent } from 'lastack/trace'
import type { VNode } from 'preact'
import { formatTime } from '../ui/format.ts'
import type { Shown } from './lab-store.ts'
import type { HostFrame } from './protocol.ts'

/** A timer that runs at the moment that is shown. */
interface Running {
  readonly conn: number
  readonly timer: string
  readonly setAt: number
  readonly dueAt: number
}

const WORDS: Readonly<Record<string, string>> = {
  'time-wait': '2MSL',
  'delayed-ack': 'delayed ACK',
  keepalive: 'keep-alive',
}

/** The timers of a host that have been set and have neither gone off nor been stopped, the next due first. */
function runningTimers(events: readonly TraceEvent[], host: number): Running[] {
  const running = new Map<string, Running>()
  for (const event of events) {
    if (event.kind !== 'timer' || event.host !== host) continue
    const { conn, timer, time, delay } = event
    if (event.action === 'armed') running.set(`${conn} ${timer}`, { conn, timer, setAt: time, dueAt: time + delay })
    else running.delete(`${conn} ${timer}`)
  }
  return [...running.values()].sort((a, b) => a.dueAt - b.dueAt)
}

/** The host's timers, counting. */
export function Timers({ frame, shown }: { readonly frame: HostFrame; readonly shown: Shown }): VNode | null {
  const live = new Map(frame.connections.filter(({ state }) => state !== 'CLOSED').map((one) => [one.conn, one]))
  // Of a connection that is a mere record in TIME-WAIT nothing else runs, though nobody stopped it.
  const isRunning = ({ conn, timer, dueAt }: Running): boolean => {
    const state = live.get(conn)?.state
    return state !== undefined && dueAt >= shown.now && (state !== 'TIME-WAIT' || timer === 'time-wait')
  }
  const timers = runningTimers(shown.events, frame.host.index).filter(isRunning)
  if (timers.length === 0) return null
  return (
    <>
      <h3>Timers</h3>
      <ul class="timers">
        {timers.slice(0, 6).map(({ conn, timer, setAt, dueAt }) => (
          <li key={`${conn} ${timer}`}>
            <span>
              {WORDS[timer] ?? timer} <span class="quiet">port {live.get(conn)?.localPort}</span>
            </span>
            <progress max={dueAt - setAt} value={Math.min(shown.now - setAt, dueAt - setAt)} aria-label={timer} />
            <span class="number">{formatTime(Math.max(0, dueAt - shown.now))}</span>
          </li>
        ))}
      </ul>
    </>
  )
}
