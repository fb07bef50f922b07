/**
 * What listeners have lost, as sums that only grow. The kernel counts per socket: a worker that restarts, or a listener that comes
 * into view or leaves it, would make a sum over sockets fall, and a monitor would read that as a counter that began anew.
 */
import { formatEndpoint } from '../inspect/index.ts'
import { keyOf, type SocketKey, type SocketTable } from './socket-table.ts'

/** Listeners that have a sum of their own at most; what the others lose is one sum. */
export const LISTENERS_MOST = 100
/** Sockets whose last count is remembered. */
const SOCKETS_MAX = 4096

/** The sums after a look. */
export interface ListenerLosses {
  /** What each listener's socket had lost at the last look. */
  readonly told: ReadonlyMap<SocketKey, number>
  /** By listener and owner, joined by NUL. */
  readonly sums: ReadonlyMap<string, ListenerLoss>
  /** Of all listeners beyond the bound; undefined while there has been none. */
  readonly others: number | undefined
}

/** What the sockets of one listener's address have lost, since the first of them listens. */
export interface ListenerLoss {
  readonly listener: string
  readonly owner: string
  readonly lost: number
}

/** Before the first look. */
export const NO_LOSSES: ListenerLosses = { told: new Map(), sums: new Map(), others: undefined }

/** The sums after one more look: each socket adds what it has lost since it was last seen. A listener that is gone takes its sum along. */
export function observeLosses(before: ListenerLosses, table: SocketTable): ListenerLosses {
  if (!table.covers(['LISTEN'])) return before
  const told = new Map<SocketKey, number>()
  const added = new Map<string, ListenerLoss>()
  for (const row of table.in('LISTEN')) {
    if (row.memory === undefined || told.size >= SOCKETS_MAX) continue
    const key = keyOf(row)
    const { drops } = row.memory
    told.set(key, drops)
    const listener = formatEndpoint(row.local.address, row.local.port)
    const owner = table.commandOf(row)
    const name = `${listener}\0${owner}`
    const lost = (added.get(name)?.lost ?? 0) + Math.max(0, drops - (before.told.get(key) ?? 0))
    added.set(name, { listener, owner, lost })
  }
  return { told, ...summed(before, added) }
}

/** Who has a sum of its own keeps it; places that are free go to those that have lost the most. */
function summed(
  before: ListenerLosses,
  added: ReadonlyMap<string, ListenerLoss>,
): Pick<ListenerLosses, 'sums' | 'others'> {
  const sums = new Map<string, ListenerLoss>()
  const fresh: (readonly [string, ListenerLoss])[] = []
  for (const [name, more] of added) {
    const known = before.sums.get(name)
    if (known === undefined) fresh.push([name, more])
    else sums.set(name, { ...known, lost: known.lost + more.lost })
  }
  fresh.sort(([a, one], [b, two]) => two.lost - one.lost || (a < b ? -1 : 1))
  let { others } = before
  for (const [name, more] of fresh) {
    if (sums.size < LISTENERS_MOST) sums.set(name, more)
    else others = (others ?? 0) + more.lost
  }
  return { sums, others }
}
