import type { SocketRow } from 'lastack/inspect'
import type { VNode } from 'preact'
import { timerText } from '../host/columns.tsx'
import { endpointText } from '../host/words.ts'
import { formatCount } from '../ui/format.ts'
import { StateName } from '../ui/state-mark.tsx'

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

function Row({ row }: { readonly row: SocketRow }): VNode {
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
      </td>
      <td class="number">{formatCount(row.recvQueue)}</td>
      <td class="number">{formatCount(row.sendQueue)}</td>
    </tr>
  )
}

/** A host's socket table where there is little room: one card a socket, the queues in columns. */
export function SocketCards({ rows }: { readonly rows: readonly SocketRow[] }): VNode {
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
          <Row key={row.cookie === undefined ? `at ${index}` : String(row.cookie)} row={row} />
        ))}
      </tbody>
    </table>
  )
}
