import type { RowTimer, SocketOwner } from 'lastack/inspect'
import type { ComponentChildren, VNode } from 'preact'
import { formatAge, formatCount, formatMs } from '../ui/format.ts'
import { StateMark } from '../ui/state-mark.tsx'
import type { SortKey } from './query.ts'
import type { RowItem } from './view.ts'
import { endpointParts } from './words.ts'

/** What a cell needs beside its row. */
export interface CellContext {
  /** ms since 1970: when the table was read. */
  readonly now: number
}

export interface Column {
  readonly key: SortKey
  /** True for numbers: flush right, and the largest first at the first click. */
  readonly numeric: boolean
  readonly cell: (item: RowItem, context: CellContext) => ComponentChildren
}

/** The columns' headings, the words of ss where it has them. */
export const COLUMN_WORDS: Readonly<Record<SortKey, string>> = {
  state: 'State',
  netid: 'Netid',
  recvq: 'Recv-Q',
  sendq: 'Send-Q',
  local: 'Local address:port',
  peer: 'Peer address:port',
  timer: 'Timer',
  since: 'In state',
  owner: 'Owner',
}

const TIMER_WORDS: Readonly<Record<RowTimer['kind'], string>> = {
  on: 'retransmit',
  keepalive: 'keep-alive',
  timewait: '2·MSL',
  persist: 'window probe',
  unknown: 'timer',
}

/** A timer in words: `retransmit 1.2 s (3)`. */
export function timerText(timer: RowTimer): string {
  const tries = timer.retransmits > 0 ? ` (${timer.retransmits})` : ''
  return `${TIMER_WORDS[timer.kind]} ${timer.expiresMs >= 10_000 ? formatAge(timer.expiresMs) : formatMs(timer.expiresMs)}${tries}`
}

/** How long a row has been in its state, as far as we saw. */
export function ageText(item: RowItem, now: number): string {
  return `${item.sinceExact ? '' : '≥ '}${formatAge(Math.max(0, now - item.since))}`
}

/** Who holds a socket; what cannot be seen is not called nobody. */
function Owners({ owners }: { readonly owners: readonly SocketOwner[] | undefined }): VNode {
  if (owners === undefined) return <span class="unseen">not visible</span>
  const first = owners[0]
  if (first === undefined) return <span class="quiet">none</span>
  return (
    <span class="owner">
      <span class="owner-name">{first.command}</span> <span class="quiet">{first.pid}</span>
      {owners.length > 1 && <span class="quiet"> +{owners.length - 1}</span>}
    </span>
  )
}

function State({ item }: { readonly item: RowItem }): VNode {
  return (
    <span class="state-name">
      <StateMark state={item.row.state} />
      <span>{item.row.state}</span>
      {item.change === 'new' && <span class="tag">new</span>}
      {item.change === 'state' && <span class="tag">was {item.was}</span>}
    </span>
  )
}

function Address({ item, end }: { readonly item: RowItem; readonly end: 'local' | 'peer' }): VNode {
  const { row } = item
  if (row.path !== undefined || row.family === 0) {
    return (
      <span class="address">{end === 'local' ? (row.path ?? `inode ${row.inode ?? '?'}`) : (row.peerInode ?? '')}</span>
    )
  }
  const [address, port] = endpointParts(row[end])
  return (
    <span class="address" data-any={row[end].port === 0}>
      <span class="address-host">{address}</span>
      <span class="address-port">:{port}</span>
    </span>
  )
}

/** Every column, in the order of the table. */
export const COLUMNS: readonly Column[] = [
  { key: 'state', numeric: false, cell: (item) => <State item={item} /> },
  { key: 'netid', numeric: false, cell: (item) => item.row.netid },
  { key: 'recvq', numeric: true, cell: (item) => formatCount(item.row.recvQueue) },
  { key: 'sendq', numeric: true, cell: (item) => formatCount(item.row.sendQueue) },
  { key: 'local', numeric: false, cell: (item) => <Address item={item} end="local" /> },
  { key: 'peer', numeric: false, cell: (item) => <Address item={item} end="peer" /> },
  { key: 'owner', numeric: false, cell: (item) => <Owners owners={item.row.owners} /> },
  { key: 'timer', numeric: false, cell: (item) => (item.row.timer === undefined ? '' : timerText(item.row.timer)) },
  { key: 'since', numeric: true, cell: (item, { now }) => ageText(item, now) },
]
