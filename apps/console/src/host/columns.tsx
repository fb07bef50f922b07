import type { RowState } from 'lastack/inspect'
import type { ComponentChildren, VNode } from 'preact'
import { formatAge, formatCount } from '../ui/format.ts'
import { Pure } from '../ui/pure.ts'
import { StateMark } from '../ui/state-mark.tsx'
import { isLasting } from './compare.ts'
import type { ColumnKey, SortKey } from './query.ts'
import type { RowItem, SocketView, ViewItem } from './view.ts'
import { endpointParts, timerText } from './words.ts'

/** What a cell needs beside its row. */
export interface CellContext {
  /** ms since 1970: when the table was read. */
  readonly now: number
}

export interface Column {
  readonly key: ColumnKey
  /** True for numbers: flush right, and the largest first at the first click. */
  readonly numeric: boolean
  /** Draws it. */
  readonly cell: (item: RowItem, context: CellContext) => VNode
}

/** What one can sort by: the columns' headings, the words of ss where it has them. */
export const SORT_WORDS: Readonly<Record<SortKey, string>> = {
  size: 'Sockets',
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

/** How long a row has been in its state, or the oldest of a group in its own, as far as is known; empty: nothing is. */
export function ageText(item: ViewItem, now: number): string {
  const ms = Math.max(0, now - item.since)
  if (item.sinceExact) return formatAge(ms)
  // What has only just come into sight has no age yet.
  return ms < 1_000 || lasts(item) ? '' : `≥ ${formatAge(ms)}`
}

/** Of what is made to last nobody asks how long: it would be the age of this page. */
function lasts(item: ViewItem): boolean {
  return item.kind === 'row' ? isLasting(item.row) : item.states.every(isLasting)
}

interface CellProps {
  readonly column: ColumnKey
  readonly numeric?: boolean | undefined
}

function Frame({ column, numeric, children }: CellProps & { readonly children: ComponentChildren }): VNode {
  return (
    // biome-ignore lint/a11y/useSemanticElements: a virtual table has rows of its own, which no <table> has
    // biome-ignore lint/a11y/useFocusableInteractive: the grid has the focus, and names the active row
    <div class="cell" role="gridcell" data-column={column} data-numeric={numeric === true}>
      {children}
    </div>
  )
}

class TextCell extends Pure<CellProps & { readonly text: string }> {
  render({ text, ...cell }: CellProps & { readonly text: string }): VNode {
    return <Frame {...cell}>{text}</Frame>
  }
}

interface OwnerProps {
  /** False: who holds it cannot be seen, which is not called nobody. */
  readonly visible: boolean
  readonly command: string | undefined
  readonly pid: number | undefined
  /** Holders beside the first. */
  readonly others: number
}

class OwnerCell extends Pure<OwnerProps> {
  render({ visible, command, pid, others }: OwnerProps): VNode {
    if (!visible)
      return (
        <Frame column="owner">
          <span class="unseen">not visible</span>
        </Frame>
      )
    if (command === undefined)
      return (
        <Frame column="owner">
          <span class="quiet">none</span>
        </Frame>
      )
    return (
      <Frame column="owner">
        <span class="owner">
          <span class="owner-name">{command}</span> <span class="quiet">{pid}</span>
          {others > 0 && <span class="quiet"> +{others}</span>}
        </span>
      </Frame>
    )
  }
}

function ownerCell({ owners }: SocketView): VNode {
  const first = owners?.[0]
  const others = Math.max(0, (owners?.length ?? 0) - 1)
  return <OwnerCell visible={owners !== undefined} command={first?.command} pid={first?.pid} others={others} />
}

interface StateProps {
  readonly state: RowState
  readonly change: RowItem['change'] | undefined
  readonly was: RowState | undefined
}

class StateCell extends Pure<StateProps> {
  render({ state, change, was }: StateProps): VNode {
    return (
      <Frame column="state">
        <span class="state-name">
          <StateMark state={state} />
          <span>{state}</span>
          {change === 'new' && <span class="tag">new</span>}
          {change === 'state' && <span class="tag">was {was}</span>}
        </span>
      </Frame>
    )
  }
}

interface AddressProps {
  readonly column: 'local' | 'peer'
  readonly host: string
  /** Empty: it has none. */
  readonly port: string
}

class AddressCell extends Pure<AddressProps> {
  render({ column, host, port }: AddressProps): VNode {
    return (
      <Frame column={column}>
        <span class="address" data-any={port === '*'}>
          <span class="address-host">{host}</span>
          {port !== '' && <span class="address-port">:{port}</span>}
        </span>
      </Frame>
    )
  }
}

function addressCell(row: SocketView, column: 'local' | 'peer'): VNode {
  if (row.path !== undefined || row.family === 0) {
    const text = column === 'local' ? (row.path ?? `inode ${row.inode ?? '?'}`) : String(row.peerInode ?? '')
    return <AddressCell column={column} host={text} port="" />
  }
  const [host, port] = endpointParts(row[column])
  return <AddressCell column={column} host={host} port={port} />
}

/** Every column, in the order of the table. A cell is drawn again only when what it shows is another. */
export const COLUMNS: readonly Column[] = [
  {
    key: 'state',
    numeric: false,
    cell: ({ row, change, was }) => <StateCell state={row.state} change={change} was={was} />,
  },
  { key: 'netid', numeric: false, cell: ({ row }) => <TextCell column="netid" text={row.netid} /> },
  {
    key: 'recvq',
    numeric: true,
    cell: ({ row }) => <TextCell column="recvq" numeric text={formatCount(row.recvQueue)} />,
  },
  {
    key: 'sendq',
    numeric: true,
    cell: ({ row }) => <TextCell column="sendq" numeric text={formatCount(row.sendQueue)} />,
  },
  { key: 'local', numeric: false, cell: ({ row }) => addressCell(row, 'local') },
  { key: 'peer', numeric: false, cell: ({ row }) => addressCell(row, 'peer') },
  { key: 'owner', numeric: false, cell: ({ row }) => ownerCell(row) },
  {
    key: 'timer',
    numeric: false,
    cell: ({ row }) => <TextCell column="timer" text={row.timer === undefined ? '' : timerText(row.timer)} />,
  },
  {
    key: 'since',
    numeric: true,
    cell: (item, { now }) => <TextCell column="since" numeric text={ageText(item, now)} />,
  },
]
