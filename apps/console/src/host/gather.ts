import type { RowState, StreamedRow } from 'lastack/inspect'
import { compareBy } from './compare.ts'
import { type HostQuery, protocolOf, STATE_ORDER } from './query.ts'
import type { Entry } from './socket-table.ts'
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

/**
 * Headings, the largest group first, each followed by its rows if it is open.
 * @param all every row there is: a listener counts whether or not it is shown
 */
export function gather(kept: readonly Entry[], query: HostQuery, all: readonly Entry[]): (Entry | GroupItem)[] {
  const listeners = new Listeners(all)
  const groups = new Map<string, Entry[]>()
  for (const entry of kept) {
    const label = labelOf(entry.row, query.grouping, listeners)
    const members = groups.get(label)
    if (members === undefined) groups.set(label, [entry])
    else members.push(entry)
  }
  const sorted = [...groups].sort(([a, x], [b, y]) => y.length - x.length || (a < b ? -1 : 1))
  const items: (Entry | GroupItem)[] = []
  for (const [label, members] of sorted) {
    const open = query.open.includes('*') || query.open.includes(label)
    const counts = new Map<RowState, number>()
    for (const { row } of members) counts.set(row.state, (counts.get(row.state) ?? 0) + 1)
    items.push({ kind: 'group', key: label, label, count: members.length, states: inOrder(counts), open })
    if (open) for (const entry of members.sort(compareBy(query))) items.push(entry)
  }
  return items
}
