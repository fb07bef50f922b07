import type { RouteMetrics } from '../../tcp/index.ts'
import { type Address, type Cidr, parseCidr } from '../../wire/index.ts'
import type { Link } from './link.ts'
import type { LocalAddresses } from './local-addresses.ts'

/** How an interface is described to `Host.addInterface`. */
export interface InterfaceOptions {
  readonly name: string
  readonly link: Link
  /** `10.0.0.1/24`, `2001:db8::1/64`. */
  readonly addresses: readonly string[]
  /** Octets of the largest IP packet; the link's own by default, and never more than that. */
  readonly mtu?: number
  /**
   * Generic segmentation and receive offload, as Linux has them: bursts of TCP segments go through the stack whole, are cut right before
   * the link, and joined right behind it where several packets are handed over together (`Host.enter`). Default true; false: every
   * segment goes through by itself, for who watches it do so.
   */
  readonly genericOffload?: boolean
}

/** One network interface. */
export interface NetworkInterface {
  readonly index: number
  readonly name: string
  readonly link: Link
  /** See `InterfaceOptions`. */
  readonly genericOffload: boolean
  mtu: number
  up: boolean
  /** Its addresses, each with the length of its net's prefix. Empty while the interface is flushed. */
  addresses: Cidr[]
  /** What `addresses` were when it was set up; a network restart gives them back. */
  readonly configured: readonly Cidr[]
}

/** A way to a net. The longest prefix wins. */
export interface Route {
  readonly destination: Cidr
  readonly iface: NetworkInterface
  /** The address to send from, where the route says so. */
  readonly source: Address | null
  /** False for the nets of the interfaces themselves, which come and go with their addresses. */
  readonly permanent: boolean
  /** null: it says nothing of its paths. */
  readonly metrics: RouteMetrics | null
}

/** RFC 791 §3.2: every link takes as much. */
const MTU_LEAST = 68

/** @throws {TypeError} for an MTU that is none. */
export function checkMtu(name: string, mtu: number): void {
  if (Number.isInteger(mtu) && mtu >= MTU_LEAST) return
  throw new TypeError(`mtu of ${name}: ${mtu}: expected ${MTU_LEAST} octets at least`)
}

/** The interfaces of a host, their addresses and the routes through them. */
export class Interfaces {
  readonly #own: LocalAddresses
  readonly #list: NetworkInterface[] = []
  #routes: Route[] = []
  /** Changes whenever routes or addresses do; caches of a lookup compare it. */
  generation = 0
  /** What a link has thrown that nobody has been told of yet. */
  thrown: { readonly error: unknown } | null = null

  constructor(own: LocalAddresses) {
    this.#own = own
  }

  get all(): readonly NetworkInterface[] {
    return this.#list
  }

  get routes(): readonly Route[] {
    return this.#routes
  }

  at(index: number): NetworkInterface | undefined {
    return this.#list[index]
  }

  byName(name: string): NetworkInterface | undefined {
    return this.#list.find((one) => one.name === name)
  }

  /** @throws {TypeError} for an address that is none, or an MTU. */
  add(options: InterfaceOptions): NetworkInterface {
    const configured = options.addresses.map((text) => readCidr(text, `address of ${options.name}`))
    const { name, link } = options
    // SHLD-6: the one who knows the link says so
    const mtu = Math.min(options.mtu ?? link.mtu, link.mtu)
    checkMtu(name, mtu)
    if (this.byName(name) !== undefined) throw new TypeError(`interface ${name}: the name is taken`)
    const iface: NetworkInterface = {
      index: this.#list.length,
      name,
      link,
      genericOffload: options.genericOffload ?? true,
      mtu,
      up: true,
      addresses: [],
      configured,
    }
    this.#list.push(iface)
    this.#assign(iface)
    return iface
  }

  /** @throws {TypeError} for a net that is none. */
  addRoute(destination: string, iface: NetworkInterface, source: Address | null): void {
    this.#insert({ destination: readCidr(destination, 'route'), iface, source, permanent: true, metrics: null })
  }

  /** `ip route replace`: the one route to that net says this of its paths. @throws {TypeError} for a net that is none. */
  replaceRoute(destination: string, iface: NetworkInterface, metrics: RouteMetrics | null): void {
    const net = readCidr(destination, 'route')
    const same = ({ destination: { address, bits } }: Route): boolean =>
      bits === net.bits && address.toString() === net.address.toString()
    const source = this.#routes.find(same)?.source ?? null
    this.#routes = this.#routes.filter((route) => !route.permanent || !same(route))
    this.#insert({ destination: net, iface, source, permanent: true, metrics })
  }

  /** Takes an interface down, its addresses with it (`ip link set down`, `ip addr flush`). */
  down(iface: NetworkInterface): void {
    if (!iface.up) return
    iface.up = false
    for (const { address } of iface.addresses) this.#own.give(address)
    iface.addresses = []
    this.#routes = this.#routes.filter((route) => route.permanent || route.iface !== iface)
    this.generation++
  }

  /** Brings an interface up with the addresses it was set up with. */
  up(iface: NetworkInterface): void {
    if (iface.up) return
    iface.up = true
    this.#assign(iface)
  }

  /** The best route towards an address, null if there is none. */
  route(remote: Address): Route | null {
    for (const route of this.#routes) {
      if (!route.iface.up || remote.v4 !== route.destination.address.v4) continue
      if (remote.inPrefix(route.destination.address, route.destination.bits)) return route
    }
    return null
  }

  /** RFC 6724 in short: the route's own source, else an address of the interface in the same net, else of the same family. */
  source(remote: Address, route: Route): Address | null {
    if (route.source !== null) return route.source
    let best: Address | null = null
    let bestPoints = 0
    for (const { address, bits } of route.iface.addresses) {
      if (address.v4 !== remote.v4) continue
      const near = remote.inPrefix(address, bits)
      // MUST-44: the address nearest to the peer
      const points = near ? 3 : address.isLinkLocal === remote.isLinkLocal ? 2 : 1
      if (points <= bestPoints) continue
      best = address
      bestPoints = points
    }
    return best
  }

  /** Whether an address is the broadcast address of one of the host's nets. */
  isBroadcast(address: Address): boolean {
    if (!address.v4) return false
    for (const { addresses } of this.#list) {
      for (const { address: own, bits } of addresses) {
        // Nets of two addresses or of one have none (RFC 3021), nor has the net that all addresses are in.
        if (!own.v4 || bits === 0 || bits >= 31 || !address.inPrefix(own, bits)) continue
        // All ones behind the prefix.
        if ((address.w3 | (-1 << (32 - bits))) === -1) return true
      }
    }
    return false
  }

  #assign(iface: NetworkInterface): void {
    iface.addresses = [...iface.configured]
    for (const { address, bits } of iface.addresses) {
      this.#own.take(address)
      this.#insert({ destination: { address, bits }, iface, source: null, permanent: false, metrics: null })
    }
    // As on Linux, IPv6's groups are reached through every interface that speaks IPv6 to others; IPv4's need a route.
    if (iface.addresses.some(({ address }) => !address.v4 && !address.isLoopback)) {
      this.#insert({ destination: readCidr('ff00::/8', 'route'), iface, source: null, permanent: false, metrics: null })
    }
    this.generation++
  }

  #insert(route: Route): void {
    const place = this.#routes.findIndex((other) => other.destination.bits < route.destination.bits)
    this.#routes.splice(place < 0 ? this.#routes.length : place, 0, route)
    this.generation++
  }
}

function readCidr(text: string, what: string): Cidr {
  const cidr = parseCidr(text)
  if (cidr === undefined) throw new TypeError(`${what}: '${text}' is no address with a prefix like 10.0.0.1/24`)
  return cidr
}
