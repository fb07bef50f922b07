/** Ports in use towards each destination: what connect() has left of its range. */
import { formatEndpoint, type SocketRow } from '../inspect/index.ts'
import type { SocketTable } from './socket-table.ts'
import { idPart } from './text.ts'

/** One (source address, destination address, destination port): each has the whole range to itself. */
export interface Destination {
  /** For ids and counts: `10.0.0.1/10.0.0.9:443`. */
  readonly key: string
  readonly source: string
  readonly name: string
  readonly isLoopback: boolean
  /** Connections from a port of the range, in whatever state. */
  readonly rows: readonly SocketRow[]
  /** Ports of the range that they take, by the range's own size. */
  readonly share: number
}

/** Fewer connections than this are no matter for any range. */
const LEAST = 32

const known = new WeakMap<SocketTable, readonly Destination[]>()

/** The destinations with enough connections to matter. */
export function destinationsOf(table: SocketTable): readonly Destination[] {
  let destinations = known.get(table)
  if (destinations === undefined) {
    destinations = findDestinations(table)
    known.set(table, destinations)
  }
  return destinations
}

function findDestinations(table: SocketTable): Destination[] {
  const groups = new Map<string, SocketRow[]>()
  for (const state of table.states) {
    if (state === 'LISTEN' || state === 'BOUND-INACTIVE' || state === 'SYN-RECEIVED') continue
    for (const row of table.in(state)) {
      if (!table.ephemeral.includes(row.local.port) || table.sideOf(row) === 'server') continue
      const key = `${row.netns ?? ''}|${row.local.address}|${row.peer.address}|${row.peer.port}`
      const rows = groups.get(key)
      if (rows === undefined) groups.set(key, [row])
      else rows.push(row)
    }
  }
  return [...groups.values()].filter((rows) => rows.length >= LEAST).map((rows) => destinationOf(table, rows))
}

function destinationOf(table: SocketTable, rows: readonly SocketRow[]): Destination {
  const { netns, local, peer } = rows[0] as SocketRow
  const name = formatEndpoint(peer.address, peer.port)
  const ports = new Set(rows.map((row) => row.local.port)).size
  return {
    key: [...(netns === undefined ? [] : [netns]), local.address, name].map(idPart).join('/'),
    source: local.address,
    name,
    isLoopback: peer.address === '::1' || /^(::ffff:)?127\./.test(peer.address),
    rows,
    share: table.ephemeral.size === 0 ? 1 : ports / table.ephemeral.size,
  }
}
