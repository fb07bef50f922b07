import type { RowState, StreamedRow } from 'lastack/inspect'
import type { Entry } from './entry.ts'
import { type ColumnKey, type HostQuery, type SortKey, STATE_ORDER } from './query.ts'
import { ownerText } from './words.ts'

type Comparison = (a: Entry, b: Entry) => number

const RANK: ReadonlyMap<string, number> = new Map(STATE_ORDER.map((state, rank) => [state, rank]))

function text(a: string, b: string): number {
  return a < b ? -1 : a > b ? 1 : 0
}

function address(a: StreamedRow, b: StreamedRow, end: 'local' | 'peer'): number {
  return text(a.path ?? a[end].address, b.path ?? b[end].address) || a[end].port - b[end].port
}

const LASTING: ReadonlySet<RowState> = new Set<RowState>(['LISTEN', 'UNCONN'])

/** Whether a socket in this state is there to stay. */
export function isLasting({ state }: { readonly state: RowState }): boolean {
  return LASTING.has(state)
}

function isAgeless({ row, sinceExact }: Entry): boolean {
  return isLasting(row) && !sinceExact
}

/** Rows without a timer come after those with one, whichever way the rest is sorted within a direction. */
const NEVER = Number.POSITIVE_INFINITY

const COMPARISONS: Readonly<Record<ColumnKey, Comparison>> = {
  state: (a, b) => (RANK.get(a.row.state) ?? 0) - (RANK.get(b.row.state) ?? 0),
  netid: (a, b) => text(a.row.netid, b.row.netid),
  recvq: (a, b) => a.row.recvQueue - b.row.recvQueue,
  sendq: (a, b) => a.row.sendQueue - b.row.sendQueue,
  local: (a, b) => address(a.row, b.row, 'local'),
  peer: (a, b) => address(a.row, b.row, 'peer'),
  timer: (a, b) => {
    const [x, y] = [a.row.timer?.expiresAt ?? NEVER, b.row.timer?.expiresAt ?? NEVER]
    return x === y ? 0 : x - y
  },
  // By age, the youngest first; what was there before us is older than all we saw begin, and what shows no age comes before either.
  since: (a, b) =>
    Number(isAgeless(b)) - Number(isAgeless(a)) || Number(b.sinceExact) - Number(a.sinceExact) || b.since - a.since,
  owner: (a, b) => text(ownerText(a.row), ownerText(b.row)),
}

/** By one column alone, ascending. Rows have no size: among them their states stand for it. */
export function compareColumn(key: SortKey): Comparison {
  return COMPARISONS[key === 'size' ? 'state' : key]
}

/** The comparison that a query asks for. Ties fall back to the ports and then the key, so that rows never swap places idly. */
export function compareBy(query: HostQuery): Comparison {
  const first = compareColumn(query.sort)
  const sign = query.descending && query.sort !== 'size' ? -1 : 1
  return (a, b) =>
    sign * first(a, b) || a.row.local.port - b.row.local.port || a.row.peer.port - b.row.peer.port || text(a.key, b.key)
}
