import { Address } from './address.ts'
import { get32, put32 } from './octets.ts'

/** IPv4 options that say which routers a packet passes (RFC 791 §3.1): any way between them, or no other router at all. */
const LOOSE = 131
const STRICT = 137
const END = 0
const NOP = 1
/** Kind, length, pointer. */
const HEAD = 3
/** The pointer counts from 1, and begins with the first address. */
const FIRST = 4
/** An IPv4 header has room for so many. */
const HOPS_MOST = 9

/** A way through the net, in the order in which it is gone. */
export interface SourceRoute {
  readonly strict: boolean
  /** The routers, the destination not among them; one at least. */
  readonly hops: readonly Address[]
  /** It is the way back of a packet that has come. */
  readonly received?: true
}

/** Octets of the options that tell a route, padded to whole words. */
export function sourceRouteLength(route: SourceRoute): number {
  return (HEAD + 4 * route.hops.length + 3) & ~3
}

/**
 * Writes the option of a packet that has not yet gone any of its way: it is addressed to the first hop, and names the others and
 * its destination.
 * @returns where it ends, padded with zeros
 */
export function writeSourceRoute(buf: Uint8Array, at: number, route: SourceRoute, destination: Address): number {
  const rest = [...route.hops.slice(1), destination]
  const end = at + sourceRouteLength(route)
  buf.fill(END, at, end)
  buf[at] = route.strict ? STRICT : LOOSE
  buf[at + 1] = HEAD + 4 * rest.length
  buf[at + 2] = FIRST
  rest.forEach((hop, i) => {
    put32(buf, at + HEAD + 4 * i, hop.w3)
  })
  return end
}

/** What options say of a packet's way: how far it has come, and what lies between the two. */
export interface RouteRecord extends SourceRoute {
  /** It has arrived where its sender meant it to. */
  readonly completed: boolean
}

/**
 * The source route among IPv4 options.
 * @returns null when there is none; undefined when the options cannot be read, or hold more than one
 */
export function readSourceRoute(buf: Uint8Array, start: number, length: number): RouteRecord | null | undefined {
  let found: RouteRecord | null = null
  const end = start + length
  for (let at = start; at < end; ) {
    const kind = buf[at] as number
    if (kind === END) break
    if (kind === NOP) {
      at++
      continue
    }
    const size = at + 1 < end ? (buf[at + 1] as number) : 0
    if (size < 2 || at + size > end) return undefined
    if (kind === LOOSE || kind === STRICT) {
      const record = readRoute(buf, at, size)
      if (record === undefined || found !== null) return undefined
      found = record
    }
    at += size
  }
  return found
}

function readRoute(buf: Uint8Array, at: number, size: number): RouteRecord | undefined {
  const count = (size - HEAD) >> 2
  if (count < 1 || count > HOPS_MOST || size !== HEAD + 4 * count) return undefined
  const hops = Array.from({ length: count }, (_, i) => Address.v4(get32(buf, at + HEAD + 4 * i)))
  return { strict: buf[at] === STRICT, hops, completed: (buf[at + 2] as number) > size }
}

/** The way back of a packet that has come by a route: the same routers, the last one first. */
export function returnRoute({ strict, hops }: RouteRecord): SourceRoute {
  return { strict, hops: hops.toReversed(), received: true }
}
