import type { RowState, StreamedRow } from 'lastack/inspect'
import { compareBy, compareColumn } from './compare.ts'
import type { Entry } from './entry.ts'
import { type HostQuery, protocolOf, STATE_ORDER } from './query.ts'
import type { GroupItem, StateCount } from './view.ts'
import { endpointText, ownerText } from './words.ts'

/** Counts by state, in the order of a connection's life. */
export function inOrder(counts: ReadonlyMap<RowState, number>): StateCount[] {
  return STATE_ORDER.filter((state) => counts.has(state)).map((state) => ({ state, count: counts.get(state) ?? 0 }))
}

/** Who listens where: what tells connections that were accepted here from those that were opened here. */
class Listeners {
  private readonly byPort = new Map<string, StreamedRow[]>()

  constructor(entries: readonly Entry[]) {
    for (const { row } of entries) {
      if (row.state !== 'LISTEN' || protocolOf(row.netid) !== 'tcp') continue
      const key = placeOf(row)
      const known = this.byPort.get(key)
      if (known === undefined) this.byPort.set(key, [row])
      else known.push(row)
    }
  }

  /** The listener that a connection came through, that of its very address before one of any address. */
  of(row: StreamedRow): StreamedRow | undefined {
    const here = this.byPort.get(placeOf(row))
    if (here === undefined) return undefined
    return (
      here.find(({ local }) => local.address === row.local.address) ?? here.find(({ local }) => isAny(local.address))
    )
  }
}

function placeOf({ netns, local }: StreamedRow): string {
  return `${netns ?? ''} ${local.port}`
}

function isAny(address: string): boolean {
  return address === '0.0.0.0' || address === '::' || address === '*'
}

/** The label of what is not a TCP connection, or undefined. */
function otherLabel(row: StreamedRow): string | undefined {
  if (row.path !== undefined || protocolOf(row.netid) === 'unix') return 'unix sockets'
  if (protocolOf(row.netid) === 'udp' && row.peer.port === 0) return 'udp without a peer'
  if (row.state === 'BOUND-INACTIVE' || row.state === 'CLOSED') return 'no connection'
  return undefined
}

function listenerLabel(row: StreamedRow, listeners: Listeners): string {
  const other = otherLabel(row)
  if (other !== undefined) return other
  const listener = row.state === 'LISTEN' ? row : listeners.of(row)
  if (listener === undefined) return 'opened from here'
  // Several may share a port (SO_REUSEPORT), each with an owner of its own: the address is what they have in common.
  return `${endpointText(listener.local)} ${listener.owners?.[0]?.command ?? ''}`.trimEnd()
}

function destinationLabel(row: StreamedRow, listeners: Listeners): string {
  const other = otherLabel(row)
  if (other !== undefined) return other
  if (row.state === 'LISTEN') return 'listening'
  return listeners.of(row) === undefined ? endpointText(row.peer) : 'accepted here'
}

/** The label that a row is gathered under. */
function labelOf(row: StreamedRow, grouping: HostQuery['grouping'], listeners: Listeners): string {
  switch (grouping) {
    case 'owner':
      return ownerText(row)
    case 'listener':
      return listenerLabel(row, listeners)
    case 'destination':
      return destinationLabel(row, listeners)
    case 'state':
      return row.state
    case 'none':
      return ''
  }
}

/** Rows under one label, and what of them the groups are compared by. */
interface Group {
  readonly label: string
  readonly members: Entry[]
  /** Octets of all of them; a listener's queues are connections, and count for nothing here. */
  recvQueue: number
  sendQueue: number
  /** The one that has been in its state for the longest. */
  oldest: Entry
  /** The first of them by the column that is sorted by. */
  leader: Entry
}

function groupsOf(kept: readonly Entry[], query: HostQuery, all: readonly Entry[]): Group[] {
  const listeners = new Listeners(all)
  const groups = new Map<string, Group>()
  const [byColumn, byAge] = [compareColumn(query.sort), compareColumn('since')]
  for (const entry of kept) {
    const label = labelOf(entry.row, query.grouping, listeners)
    let group = groups.get(label)
    if (group === undefined) {
      group = { label, members: [], recvQueue: 0, sendQueue: 0, oldest: entry, leader: entry }
      groups.set(label, group)
    }
    group.members.push(entry)
    if (entry.row.state !== 'LISTEN') {
      group.recvQueue += entry.row.recvQueue
      group.sendQueue += entry.row.sendQueue
    }
    if (byAge(entry, group.oldest) > 0) group.oldest = entry
    if (byColumn(entry, group.leader) < 0) group.leader = entry
  }
  return [...groups.values()]
}

/** Groups by what their headings show of a column; where they are equal, the larger one first. */
function compareGroups(query: HostQuery): (a: Group, b: Group) => number {
  const { sort } = query
  const column = compareColumn(sort)
  const first = (a: Group, b: Group): number => {
    if (sort === 'size') return a.members.length - b.members.length
    if (sort === 'recvq') return a.recvQueue - b.recvQueue
    if (sort === 'sendq') return a.sendQueue - b.sendQueue
    if (sort === 'since') return column(a.oldest, b.oldest)
    return column(a.leader, b.leader)
  }
  const sign = query.descending ? -1 : 1
  return (a, b) => sign * first(a, b) || b.members.length - a.members.length || (a.label < b.label ? -1 : 1)
}

function headingOf({ label, members, recvQueue, sendQueue, oldest }: Group, open: boolean): GroupItem {
  const counts = new Map<RowState, number>()
  for (const { row } of members) counts.set(row.state, (counts.get(row.state) ?? 0) + 1)
  const { since, sinceExact } = oldest
  const states = inOrder(counts)
  return {
    kind: 'group',
    key: label,
    label,
    count: members.length,
    states,
    recvQueue,
    sendQueue,
    since,
    sinceExact,
    open,
  }
}

/**
 * Headings in the order that is asked for, each followed by its rows if it is open.
 * @param all every row there is: a listener counts whether or not it is shown
 */
export function gather(kept: readonly Entry[], query: HostQuery, all: readonly Entry[]): (Entry | GroupItem)[] {
  const items: (Entry | GroupItem)[] = []
  for (const group of groupsOf(kept, query, all).sort(compareGroups(query))) {
    const open = query.open.includes('*') || query.open.includes(group.label)
    items.push(headingOf(group, open))
    if (open) for (const entry of group.members.sort(compareBy(query))) items.push(entry)
  }
  return items
}
