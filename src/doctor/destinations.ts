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
  /** Ports of the range that connect() cannot have: one in TIME-WAIT that it may take over is not among them. */
  readonly taken: number
  /** The same by the range's own size. */
  readonly share: number
}

/** What is left of TIME-WAIT when connect() may take its port over, ms: tcp_tw_reuse_delay is a second of the sixty. */
const RIPE_MS = 59_000
/** The bit of TCP_INFO's options that says that both ends send timestamps. */
const TIMESTAMPS = 1

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
  const isLoopback = peer.address === '::1' || /^(::ffff:)?127\./.test(peer.address)
  const isFree = takesOver(table, isLoopback, rows) ? isRipe : () => false
  const ports = new Set<number>()
  for (const row of rows) if (!isFree(row)) ports.add(row.local.port)
  return {
    key: [...(netns === undefined ? [] : [netns]), local.address, name].map(idPart).join('/'),
    source: local.address,
    name,
    isLoopback,
    rows,
    taken: ports.size,
    share: table.ephemeral.size === 0 ? 1 : ports.size / table.ephemeral.size,
  }
}

/**
 * Whether connect() takes ports over from TIME-WAIT there: it does where tcp_tw_reuse lets it and the old connection had timestamps. On
 * loopback both ends are this host's; whether another host has them too, its open connections tell.
 */
function takesOver(
  { observation: { sysctls } }: SocketTable,
  isLoopback: boolean,
  rows: readonly SocketRow[],
): boolean {
  const reuse = sysctls['net.ipv4.tcp_tw_reuse']?.trim()
  if ((sysctls['net.ipv4.tcp_timestamps']?.trim() ?? '0') === '0') return false
  if (isLoopback) return reuse === '1' || reuse === '2'
  return reuse === '1' && rows.some(({ tcpInfo }) => tcpInfo !== undefined && (tcpInfo.options & TIMESTAMPS) !== 0)
}

function isRipe({ state, timer }: SocketRow): boolean {
  return state === 'TIME-WAIT' && timer !== undefined && timer.expiresMs <= RIPE_MS
}
