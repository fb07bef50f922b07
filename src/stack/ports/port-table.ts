import { assert } from '../../base/index.ts'
import type { LocalAddresses } from '../ip/local-addresses.ts'
import type { BindRule, HoldKind, Overlap, PortClaim, PortHold } from './bind-rules.ts'

/** 0.0.0.0, and :: as seen by a socket with and without IPV6_V6ONLY: local addresses that stand for many. */
export const ANY_V4 = -1
export const ANY_V6 = -2
export const ANY_V6ONLY = -3

/** Ports to a page. */
const PAGE_BITS = 8
const PAGE_MASK = (1 << PAGE_BITS) - 1

/** Who shares a port by SO_REUSEPORT: whoever asked for it when it was bound, whatever became of the option since. */
export interface PortSharing {
  readonly uid: number
  /** With sockets at this address only; null: at any. */
  readonly local: number | null
}

/** One way in which a local port is held, and by how many sockets, connections and TIME-WAIT entries. */
export class Hold implements PortHold {
  /** The local address's number, or one of `ANY_…`. */
  local = 0
  kind: HoldKind = 'bound'
  autobound = false
  reuseAddress = false
  reusePort = false
  exclusive = false
  v6only = false
  uid = 0
  count = 0
  /** The next way in which the same port is held; of a spare one, the next spare one. */
  next: Hold | null = null

  /** It stands for one holder from now on. */
  begin(local: number, kind: HoldKind, autobound: boolean, claim: PortClaim, next: Hold | null): void {
    this.local = local
    this.kind = kind
    this.autobound = autobound
    this.reuseAddress = claim.reuseAddress
    this.reusePort = claim.reusePort
    this.exclusive = claim.exclusive
    this.v6only = claim.v6only
    this.uid = claim.uid
    this.count = 1
    this.next = next
  }
}

/**
 * Who holds which local port of one protocol. Holders that no bind() rule could tell apart share one `Hold`, so a server with
 * a million connections costs one, and bind() looks at a handful whatever the load.
 */
export class PortTable {
  readonly #addresses: LocalAddresses
  /** By port, in pages: a host that connects a lot goes through them all, and a Map would be rehashed all the time. */
  readonly #pages: (Hold | null)[][] = []
  readonly #sharing = new Map<number, PortSharing>()
  /** Holds that nobody has, for whoever comes next. */
  #spare: Hold | null = null

  constructor(addresses: LocalAddresses) {
    this.#addresses = addresses
  }

  /** The ways in which a port is held, as a linked list; null: not at all. */
  holds(port: number): Hold | null {
    return this.#pages[port >> PAGE_BITS]?.[port & PAGE_MASK] ?? null
  }

  #put(port: number, first: Hold | null): void {
    let page = this.#pages[port >> PAGE_BITS]
    if (page === undefined) {
      page = new Array<Hold | null>(PAGE_MASK + 1).fill(null)
      this.#pages[port >> PAGE_BITS] = page
    }
    page[port & PAGE_MASK] = first
  }

  /** Adds one holder. */
  acquire(port: number, local: number, kind: HoldKind, autobound: boolean, claim: PortClaim): void {
    const first = this.holds(port)
    const shared = find(first, local, kind, autobound, claim)
    if (shared !== null) {
      shared.count++
      return
    }
    const hold = this.#spare ?? new Hold()
    this.#spare = hold.next
    hold.begin(local, kind, autobound, claim, first)
    this.#put(port, hold)
  }

  /** Takes one holder away; it must be there. */
  release(port: number, local: number, kind: HoldKind, autobound: boolean, claim: PortClaim): void {
    const first = this.holds(port)
    const hold = find(first, local, kind, autobound, claim)
    assert(hold !== null, 'a port is given up that was not held that way')
    if (--hold.count > 0) return
    if (first === hold) this.#put(port, hold.next)
    else {
      let before = first as Hold
      while (before.next !== hold) before = before.next as Hold
      before.next = hold.next
    }
    hold.next = this.#spare
    this.#spare = hold
    if (this.#sharing.size > 0 && this.holds(port) === null) this.#sharing.delete(port)
  }

  /** Lets holders of a port change hands: while one holds it afterwards, it is shared as it was, though it was nobody's for a moment. */
  rearrange(port: number, change: () => void): void {
    const sharing = this.#sharing.get(port)
    change()
    if (sharing !== undefined && this.holds(port) !== null) this.#sharing.set(port, sharing)
  }

  /**
   * Whether `claim` and everyone who has bound this port or listens at it asked for SO_REUSEPORT: then the port is shared, whatever their
   * options say now.
   */
  shares(port: number, local: number, claim: PortClaim): boolean {
    const sharing = this.#sharing.get(port)
    if (sharing === undefined || !claim.reusePort || sharing.uid !== claim.uid) return false
    return sharing.local === null || sharing.local === local
  }

  /** bind() or listen() has succeeded. @param first nobody else had the port */
  noteSharing(port: number, local: number, claim: PortClaim, first: boolean): void {
    if (!claim.reusePort) this.#sharing.delete(port)
    else if (!this.shares(port, local, claim)) this.#sharing.set(port, { uid: claim.uid, local: first ? null : local })
  }

  /**
   * The first refusal of `rule` among those that hold the port on an address that `local` overlaps: a canonical errno; 0
   * when none objects.
   */
  conflict(port: number, local: number, claim: PortClaim, rule: BindRule): number {
    for (let hold = this.holds(port); hold !== null; hold = hold.next) {
      const overlap = this.overlap(local, hold)
      const refusal = overlap === null ? 0 : rule(claim, hold, overlap)
      if (refusal !== 0) return refusal
    }
    return 0
  }

  /** How the address of a claim and that of a holder relate; null: they have nothing in common. */
  overlap(claim: number, holder: Hold): Overlap | null {
    const held = holder.local
    if (claim === held) return 'same'
    if (claim >= 0 && held >= 0) return null
    if (claim < 0 && held < 0) return anyOverlap(claim, held)
    if (claim >= 0) return this.#covers(held, claim) ? 'holder-wider' : null
    // Linux: an IPv6 connection whose socket was not confined to IPv6 stands in the way of 0.0.0.0 as well.
    const shared = claim === ANY_V4 && !holder.v6only
    return shared || this.#covers(claim, held) ? 'claim-wider' : null
  }

  #covers(any: number, specific: number): boolean {
    if (any === ANY_V6) return true
    return this.#addresses.at(specific).v4 === (any === ANY_V4)
  }
}

function anyOverlap(claim: number, holder: number): Overlap | null {
  if (claim === ANY_V4 && holder === ANY_V6ONLY) return null
  if (claim === ANY_V6ONLY && holder === ANY_V4) return null
  // 0.0.0.0 against a dual-stack ::, and :: against :: with IPV6_V6ONLY: both mean every address they share.
  return 'same'
}

function find(first: Hold | null, local: number, kind: HoldKind, autobound: boolean, claim: PortClaim): Hold | null {
  for (let hold = first; hold !== null; hold = hold.next) {
    if (
      hold.local === local &&
      hold.kind === kind &&
      hold.autobound === autobound &&
      hold.reuseAddress === claim.reuseAddress &&
      hold.reusePort === claim.reusePort &&
      hold.exclusive === claim.exclusive &&
      hold.v6only === claim.v6only &&
      hold.uid === claim.uid
    ) {
      return hold
    }
  }
  return null
}
