import type { Address } from '../../wire/index.ts'
import { ANY_V4, ANY_V6, ANY_V6ONLY } from './port-table.ts'

/** What hears at a port: a listening connection's block, or a UDP socket. */
interface Entry<T> {
  readonly who: T
  readonly local: number
  /** SO_REUSEPORT: it shares its arrivals with its like. */
  readonly shares: boolean
}

/**
 * Who hears what arrives for a port: the most specific address first, then 0.0.0.0, then a dual-stack ::. Sockets that
 * share a port by SO_REUSEPORT take turns by a hash of the sender, so that one sender stays with one socket.
 */
export class Listeners<T> {
  readonly #byPort = new Map<number, Entry<T>[]>()

  /** `local` is a local address's number, or one of `ANY_…`. */
  add(port: number, local: number, shares: boolean, who: T): void {
    const entries = this.#byPort.get(port)
    const entry = { who, local, shares }
    if (entries === undefined) this.#byPort.set(port, [entry])
    else entries.push(entry)
  }

  remove(port: number, who: T): void {
    const entries = this.#byPort.get(port)
    if (entries === undefined) return
    const left = entries.filter((entry) => entry.who !== who)
    if (left.length === 0) this.#byPort.delete(port)
    else this.#byPort.set(port, left)
  }

  /** Who hears at a port, in the order they were added. */
  at(port: number): readonly T[] {
    return this.#byPort.get(port)?.map(({ who }) => who) ?? []
  }

  /**
   * @param local the number of the destination address, `address` the address itself
   * @param hash of the sender, any int32
   */
  find(port: number, local: number, address: Address, hash: number): T | null {
    const entries = this.#byPort.get(port)
    if (entries === undefined) return null
    const only = entries[0] as Entry<T>
    if (entries.length === 1) return score(only.local, local, address) > 0 ? only.who : null
    let best = 0
    let chosen: Entry<T> | null = null
    let group = 0
    for (const entry of entries) {
      const points = score(entry.local, local, address)
      // Of equals without SO_REUSEPORT the one bound last hears, as on Linux and the BSDs.
      if (points < best || points === 0) continue
      if (points > best) group = 0
      best = points
      group++
      chosen = entry
    }
    if (chosen === null) return null
    if (group === 1 || !chosen.shares) return chosen.who
    return pick(entries, best, group, hash, local, address)
  }

  forEach(visit: (who: T) => void): void {
    for (const entries of this.#byPort.values()) for (const { who } of entries) visit(who)
  }
}

/** How well a bound address fits: 0 not at all. */
function score(bound: number, local: number, address: Address): number {
  if (bound === local) return 3
  if (bound === ANY_V4) return address.v4 ? 2 : 0
  if (bound === ANY_V6ONLY) return address.v4 ? 0 : 2
  return bound === ANY_V6 ? 1 : 0
}

function pick<T>(
  entries: readonly Entry<T>[],
  best: number,
  group: number,
  hash: number,
  local: number,
  address: Address,
): T {
  const sharing = entries.filter((entry) => score(entry.local, local, address) === best)
  return (sharing[turnOf(hash, group)] as Entry<T>).who
}

/** An odd number near 2^32 divided by the golden ratio: senders that count their ports up by two do not all meet the same listener. */
const SPREAD = 0x9e3779b1

/** Whose turn it is in a group of so many. @param hash of the sender, any int32 */
export function turnOf(hash: number, group: number): number {
  return (Math.imul(hash, SPREAD) >>> 16) % group
}
