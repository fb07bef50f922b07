import type { SocketRow } from 'lastack/inspect'
import type { VNode } from 'preact'
import { endpointText, timerText } from '../host/words.ts'
import { formatCount } from '../ui/format.ts'
import { StateName } from '../ui/state-mark.tsx'
import { CallMenu, type SocketCalls } from './call-menu.tsx'

function Owner({ row }: { readonly row: SocketRow }): VNode | null {
  if (row.owners === undefined) return null
  const first = row.owners[0]
  if (first === undefined) return <span class="quiet">no owner</span>
  return (
    <span>
      <b>{first.command}</b>{' '}
      <span class="quiet">
        pid {first.pid}, fd {first.fd}
      </span>
    </span>
  )
}

/** How full a queue is that has a limit. */
function Fill({
  label,
  octets,
  limit,
}: {
  readonly label: string
  readonly octets: number
  readonly limit: number
}): VNode {
  return <meter class="fill" min={0} max={limit} value={Math.min(octets, limit)} aria-label={label} />
}

/** A queue's octets, and what of its buffer they fill. */
function Queue({ row, side }: { readonly row: SocketRow; readonly side: 'recv' | 'send' }): VNode {
  const octets = side === 'recv' ? row.recvQueue : row.sendQueue
  const limit = side === 'recv' ? row.memory?.rcvbuf : row.memory?.sndbuf
  return (
    <td class="number">
      {formatCount(octets)}
      {limit !== undefined && row.state !== 'LISTEN' && (
        <Fill label={side === 'recv' ? 'Receive buffer' : 'Send buffer'} octets={octets} limit={limit} />
      )}
    </td>
  )
}

interface RowProps {
  readonly row: SocketRow
  readonly calls?: SocketCalls | undefined
}

function Row({ row, calls }: RowProps): VNode {
  const connected = row.peer.port !== 0
  return (
    <tr>
      <td>
        <StateName state={row.state} />
        <span class="card-ends">
          {endpointText(row.local)}
          {connected && (
            <>
              <span class="quiet"> – </span>
              {endpointText(row.peer)}
            </>
          )}
        </span>
        <span class="card-more">
          <Owner row={row} />
          {row.timer !== undefined && <span>{timerText(row.timer)}</span>}
        </span>
        {calls !== undefined && <CallMenu {...calls} row={row} />}
      </td>
      <Queue row={row} side="recv" />
      <Queue row={row} side="send" />
    </tr>
  )
}

interface SocketCardsProps {
  readonly rows: readonly SocketRow[]
  /** With it, each socket has a menu of calls. */
  readonly calls?: SocketCalls
}

/** A host's socket table where there is little room: one card a socket, the queues in columns. */
export function SocketCards({ rows, calls }: SocketCardsProps): VNode {
  if (rows.length === 0) return <p class="quiet">No sockets.</p>
  return (
    <table class="cards">
      <thead>
        <tr>
          <th scope="col">Socket</th>
          <th scope="col" class="number">
            Recv-Q
          </th>
          <th scope="col" class="number">
            Send-Q
          </th>
        </tr>
      </thead>
      <tbody>
        {rows.map((row, index) => (
          <Row key={row.cookie === undefined ? `at ${index}` : String(row.cookie)} row={row} calls={calls} />
        ))}
      </tbody>
    </table>
  )
}
