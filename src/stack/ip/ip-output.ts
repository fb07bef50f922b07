import { type Micros, type Prng, scratch } from '../../base/index.ts'
import type { RouteMetrics } from '../../tcp/index.ts'
import {
  type Address,
  FRAGMENT_HEADER,
  FRAGMENT_HEADER_LENGTH,
  FRAGMENT_UNIT,
  finishIpv4Options,
  finishTcpChecksum,
  get32,
  IPV4_HEADER_LENGTH,
  IPV6_HEADER_LENGTH,
  Protocol,
  pseudoSumBetween,
  type SourceRoute,
  sourceRouteLength,
  TCP_HEADER_LENGTH,
  TCP_OPTIONS_LENGTH_MAX,
  writeFragmentHeader,
  writeIpv4,
  writeIpv4Fragment,
  writeIpv6,
  writeSegmentOfBurst,
  writeSourceRoute,
} from '../../wire/index.ts'
import { PathMtuDiscovery } from '../constants.ts'
import type { HostCounters } from '../counters.ts'
import type { HostConfig } from '../personalities/config.ts'
import { flowLabel, hasFlowLabels } from './flow-label.ts'
import { FIELDS_LENGTH, type Handover } from './handover.ts'
import type { Interfaces, NetworkInterface } from './interfaces.ts'
import { ALONE } from './link.ts'
import type { LocalAddresses } from './local-addresses.ts'

/** IPv4's total length is 16 bits. */
const IPV4_PACKET_MAX = 65_535

/** Whether a socket lets routers fragment its packets, by its IP_MTU_DISCOVER. */
export function mayFragment(discovery: number): boolean {
  return (
    discovery === PathMtuDiscovery.DONT ||
    discovery === PathMtuDiscovery.INTERFACE ||
    discovery === PathMtuDiscovery.OMIT
  )
}

/** Destinations whose way is remembered, a power of two. */
const WAYS = 64

/** The way to a destination, as it was found. */
interface Way {
  readonly remote: Address
  readonly iface: NetworkInterface | null
  readonly metrics: RouteMetrics | null
  /** Of the routes and addresses that it was found by. */
  readonly generation: number
}

function isSame(one: Address, other: Address): boolean {
  return (
    one === other ||
    (one.w3 === other.w3 && one.w2 === other.w2 && one.w1 === other.w1 && one.w0 === other.w0 && one.v4 === other.v4)
  )
}

/** Destinations of which it is remembered what routers said. */
const PATHS_MAX = 4096

/** What routers have said of the way to a destination. */
interface LearnedPath {
  readonly mtu: number
  /** When it is no longer believed. */
  readonly until: Micros
  /** They said less than any path takes: they are not asked again, and may fragment. */
  readonly final: boolean
}

/** Puts IP headers on and chooses the way out. The payload lies in `scratch`, with room for a header before it. */
export class IpOutput {
  readonly #interfaces: Interfaces
  readonly #own: LocalAddresses
  readonly #loopback: NetworkInterface
  readonly #config: HostConfig
  readonly #counters: HostCounters['ip']
  /** What routers have said about destinations, octets. Empty in most lives. */
  readonly #paths = new Map<string, LearnedPath>()
  /** The packet being sent may be fragmented on its way: no DF bit. */
  fragmentable = false
  /** The way that the IPv4 packet being sent has to go; null: the net's. */
  sourceRoute: SourceRoute | null = null
  /** What else the header of the IPv4 packet being sent has behind its fixed part. */
  ipOptions: Uint8Array | null = null
  /** The flow label of the IPv6 packet being sent; null: that of its addresses and ports. */
  flowLabel: number | null = null
  #id: number
  #fragmentId: number
  /** What the segments of the burst being cut have in common. */
  readonly #burstHeader = new Uint8Array(TCP_HEADER_LENGTH + TCP_OPTIONS_LENGTH_MAX)
  readonly #flowSecret: number
  /** Where packets went of late, each destination in its place: every segment asks several times. */
  readonly #ways: (Way | undefined)[] = new Array<Way | undefined>(WAYS)
  /** The one of these that was asked for last. */
  #last: Way | null = null

  constructor(
    interfaces: Interfaces,
    own: LocalAddresses,
    loopback: NetworkInterface,
    config: HostConfig,
    counters: HostCounters['ip'],
    random: Prng,
  ) {
    this.#interfaces = interfaces
    this.#own = own
    this.#loopback = loopback
    this.#config = config
    this.#counters = counters
    this.#id = random.next() & 0xffff
    this.#flowSecret = random.next()
    this.#fragmentId = random.next()
  }

  /** The interface that leads to an address: the loopback for the host's own; null when there is no route. */
  towards(remote: Address): NetworkInterface | null {
    return this.#way(remote).iface
  }

  /** Whether the link towards an address cuts bursts itself, and makes a segment's checksum where it needs one. */
  linkCuts(remote: Address): boolean {
    return this.sourceRoute === null && this.ipOptions === null && this.#way(remote).iface?.link.cuts === true
  }

  /** What takes segments towards an address as fields; null: nothing does. */
  handover(remote: Address): Handover | null {
    return this.sourceRoute === null ? (this.#way(remote).iface?.link.handover ?? null) : null
  }

  /** Makes room for a segment's fields, as `send` sends octets. @returns where; −1: it is lost */
  reserve(remote: Address, handover: Handover, headers: number, length: number, cut: number): number {
    const iface = this.#leaveBy(remote)
    if (iface === null) return -1
    const fits = cut < ALONE || headers + length <= iface.mtu
    const at = fits ? handover.reserve(FIELDS_LENGTH + length, cut) : -1
    if (at < 0) this.#counters.OutDiscards++
    return at
  }

  /** The next packet's identification: nearly every packet says "don't fragment", so that it need only differ (RFC 6864). */
  nextId(): number {
    this.#id = (this.#id + 1) & 0xffff
    return this.#id
  }

  /** See `flowLabel`; 0: nobody wants one. @param wanted what IPV6_AUTOFLOWLABEL says; undefined: nothing */
  labelOf(local: Address, remote: Address, ports: number, changes: number, wanted?: number): number {
    const { flowLabels } = this.#config
    const labelled = hasFlowLabels(flowLabels, wanted)
    return labelled ? flowLabel(this.#flowSecret, local, remote, ports, changes) : 0
  }

  /** TTL or hop limit towards an address. @param own the socket's; below 0: the route's, or the system's */
  hops(remote: Address, own: number): number {
    if (remote.v4 ? own > 0 : own >= 0) return own
    return this.#way(remote).metrics?.hopLimit || (remote.v4 ? this.#config.ttl : this.#config.hopLimit)
  }

  #way(remote: Address): Way {
    const last = this.#last
    if (last !== null && last.remote === remote && last.generation === this.#interfaces.generation) return last
    return this.#find(remote)
  }

  #find(remote: Address): Way {
    const place = (remote.w3 ^ (remote.w3 >>> 8) ^ remote.w1) & (WAYS - 1)
    const known = this.#ways[place]
    if (known?.generation === this.#interfaces.generation && isSame(known.remote, remote)) {
      this.#last = known
      return known
    }
    const own = this.isOwn(remote)
    const route = own ? null : this.#interfaces.route(remote)
    const way: Way = {
      remote,
      iface: own ? this.#loopback : (route?.iface ?? null),
      metrics: route?.metrics ?? null,
      generation: this.#interfaces.generation,
    }
    this.#ways[place] = way
    this.#last = way
    return way
  }

  /** Whether packets to an address come back to this host. */
  isOwn(address: Address): boolean {
    if (address.isLoopback) return this.#loopback.up
    return this.#own.isOwn(this.#own.find(address.w0, address.w1, address.w2, address.w3))
  }

  /** Whether routers have ever said anything: then what they said may have come to an end since. */
  get hasLearned(): boolean {
    return this.#paths.size > 0
  }

  #learned(remote: Address, now: Micros): LearnedPath | undefined {
    if (this.#paths.size === 0) return undefined
    const path = this.#paths.get(remote.toString())
    return path !== undefined && now < path.until ? path : undefined
  }

  /** Largest packet towards an address, octets; what routers said included. */
  pathMtu(remote: Address, now: Micros): number {
    const { iface, metrics } = this.#way(remote)
    const device = iface === null ? 1500 : iface.mtu
    const said = metrics?.mtu ?? 0
    const mtu = said > 0 ? Math.min(said, device) : device
    const learned = this.#learned(remote, now)?.mtu
    const path = learned === undefined ? mtu : Math.min(mtu, learned)
    return remote.v4 ? Math.min(path, IPV4_PACKET_MAX) : path
  }

  /** Octets that the interface towards an address takes, whatever routers said. */
  deviceMtu(remote: Address): number {
    return this.#way(remote).iface?.mtu ?? 1500
  }

  /** What the route towards an address says of its paths; null: nothing. */
  metricsTowards(remote: Address): RouteMetrics | null {
    return this.#way(remote).metrics
  }

  /** The path is doubted: what was learned of it may be wrong. */
  forgetPathMtu(remote: Address): void {
    this.#paths.delete(remote.toString())
  }

  /** Whatever was learned of paths may be wrong. */
  forgetPaths(): void {
    this.#paths.clear()
  }

  /** A router cannot pass packets larger than `mtu` on to an address. @param final it is the last to be believed */
  learnPathMtu(remote: Address, mtu: number, now: Micros, until: Micros, final: boolean): void {
    const path = { mtu: Math.min(mtu, this.pathMtu(remote, now)), until, final }
    const key = remote.toString()
    // What was learned last is the last to be forgotten.
    this.#paths.delete(key)
    this.#paths.set(key, path)
    if (this.#paths.size > PATHS_MAX) this.#forgetOldest(now)
  }

  /** Strangers may name paths without end. */
  #forgetOldest(now: Micros): void {
    for (const [key, { until }] of this.#paths) if (until <= now) this.#paths.delete(key)
    for (const oldest of this.#paths.keys()) {
      if (this.#paths.size <= PATHS_MAX) return
      this.#paths.delete(oldest)
    }
  }

  /** Whether nothing that a router says of the way to an address is believed: the route or another router had the last word. */
  isPathFinal(remote: Address, now: Micros): boolean {
    return this.metricsTowards(remote)?.mtuLocked === true || this.#learned(remote, now)?.final === true
  }

  /**
   * Sends the payload at `scratch.bytes[start …]`.
   *
   * @param ttl TTL or hop limit; below 0: the system's
   * @param tos TOS or traffic class
   * @param cut as `Link` has it
   * @returns false when there is no way, or the link is full: the packet is lost, as in any network
   */
  send(
    local: Address,
    remote: Address,
    protocol: number,
    ttl: number,
    tos: number,
    start: number,
    length: number,
    cut = 0,
  ): boolean {
    if (this.sourceRoute !== null || this.ipOptions !== null)
      return this.#sendWithOptions(local, remote, protocol, ttl, tos, start, length)
    const iface = this.#leaveBy(remote)
    if (iface === null) return false
    const header = remote.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH
    if (remote.v4) this.#writeV4(local, remote, protocol, ttl, tos, start - header, header + length)
    else this.#writeV6(local, remote, protocol, ttl, tos, start - header, length)
    const fits = (cut > 0 && cut < ALONE) || header + length <= iface.mtu
    if (fits && this.#hand(iface, scratch.bytes, start - header, header + length, cut)) return true
    this.#counters.OutDiscards++
    return false
  }

  /**
   * Sends a payload that is larger than the path carries, cut into fragments (RFC 791 §3.2, RFC 8200 §4.5); otherwise as `send`.
   * Each one's header is written over the end of the one before, which has left.
   *
   * @param mtu octets of the largest fragment, its headers included
   */
  sendInPieces(
    local: Address,
    remote: Address,
    protocol: number,
    ttl: number,
    start: number,
    length: number,
    mtu: number,
    tos = 0,
  ): boolean {
    const iface = this.#leaveBy(remote)
    if (iface === null) return false
    const { bytes } = scratch
    const headers = remote.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH + FRAGMENT_HEADER_LENGTH
    const most = (mtu - headers) & -FRAGMENT_UNIT
    const id = remote.v4 ? this.nextId() : this.#nextFragmentId()
    const ports = get32(bytes, start)
    for (let offset = 0; offset < length; offset += most) {
      const piece = Math.min(most, length - offset)
      const more = offset + piece < length
      const at = start + offset - headers
      if (remote.v4) {
        this.#writeV4(local, remote, protocol, ttl, tos, at, headers + piece, id)
        writeIpv4Fragment(bytes, at, offset, more, piece)
      } else {
        this.#writeV6(local, remote, FRAGMENT_HEADER, ttl, tos, at, FRAGMENT_HEADER_LENGTH + piece, ports)
        writeFragmentHeader(bytes, at + IPV6_HEADER_LENGTH, protocol, id, offset, more)
      }
      this.#counters.FragCreates++
      if (this.#hand(iface, bytes, at, headers + piece, 0)) continue
      this.#counters.OutDiscards++
      return false
    }
    this.#counters.FragOKs++
    return true
  }

  /**
   * Sends a burst by a link that takes only packets: cut into the segments that it stands for. Each one's headers are written over the
   * end of the one before, which has left.
   *
   * @param burst octets of TCP header and text
   * @param cut octets of text in each segment but the last
   */
  sendBurst(
    local: Address,
    remote: Address,
    ttl: number,
    tos: number,
    start: number,
    burst: number,
    cut: number,
  ): void {
    const iface = this.#leaveBy(remote)
    if (iface === null) return
    const { bytes } = scratch
    const header = ((bytes[start + 12] as number) >>> 4) << 2
    const like = this.#burstHeader
    for (let i = 0; i < header; i++) like[i] = bytes[start + i] as number
    const ip = remote.v4 ? IPV4_HEADER_LENGTH : IPV6_HEADER_LENGTH
    const text = burst - header
    for (let offset = 0; offset < text; offset += cut) {
      const length = header + Math.min(cut, text - offset)
      const at = start + offset
      writeSegmentOfBurst(bytes, at, like, header, offset, offset + cut >= text)
      finishTcpChecksum(bytes, at, length, pseudoSumBetween(local, remote, Protocol.TCP, length))
      if (remote.v4) this.#writeV4(local, remote, Protocol.TCP, ttl, tos, at - ip, ip + length)
      else this.#writeV6(local, remote, Protocol.TCP, ttl, tos, at - ip, length)
      if (this.#hand(iface, bytes, at - ip, ip + length, 0)) continue
      this.#counters.OutDiscards++
      return
    }
  }

  /** A link that throws has lost the packet; whoever drives the host hears of it when nothing of the host is half done. */
  #hand(iface: NetworkInterface, buf: Uint8Array, start: number, length: number, cut: number): boolean {
    try {
      return iface.link.transmit(buf, start, length, cut)
    } catch (error) {
      this.#interfaces.thrown ??= { error }
      return false
    }
  }

  /** The interface that one more packet leaves by; null: there is none that is up. */
  #leaveBy(remote: Address): NetworkInterface | null {
    this.#counters.OutRequests++
    const { iface } = this.#way(remote)
    if (iface?.up) return iface
    this.#counters.OutNoRoutes++
    return null
  }

  /** RFC 7739 §5.3: from a place that strangers cannot know. */
  #nextFragmentId(): number {
    this.#fragmentId = (this.#fragmentId + 1) | 0
    return this.#fragmentId
  }

  /** By the routers that a route names: the packet is addressed to the first of them. */
  #sendWithOptions(
    local: Address,
    remote: Address,
    protocol: number,
    ttl: number,
    tos: number,
    start: number,
    length: number,
  ): boolean {
    this.#counters.OutRequests++
    const route = this.sourceRoute
    const next = route?.hops[0] ?? remote
    const iface = route === null ? this.#way(remote).iface : this.#interfaces.route(next)?.iface
    const octets = this.ipOptions
    const options = route === null ? (octets?.length ?? 0) : sourceRouteLength(route)
    const total = IPV4_HEADER_LENGTH + options + length
    if (!iface?.up || total > iface.mtu) {
      this.#counters.OutDiscards++
      return false
    }
    const { bytes } = scratch
    // There may be no room for options before the payload: it moves behind them.
    const at = start - IPV4_HEADER_LENGTH
    bytes.copyWithin(start + options, start, start + length)
    this.#writeV4(local, next, protocol, ttl, tos, at, total)
    if (route !== null) writeSourceRoute(bytes, start, route, remote)
    else if (octets !== null) bytes.set(octets, start)
    finishIpv4Options(bytes, at, options)
    return this.#hand(iface, bytes, at, total, 0)
  }

  #writeV4(
    local: Address,
    remote: Address,
    protocol: number,
    ttl: number,
    tos: number,
    at: number,
    total: number,
    id: number = this.nextId(),
  ): void {
    const hops = this.hops(remote, ttl)
    // SHLD-22: all eight bits of it
    writeIpv4(scratch.bytes, at, tos, total, id, !this.fragmentable, hops, protocol, local.w3, remote.w3)
  }

  #writeV6(
    local: Address,
    remote: Address,
    protocol: number,
    ttl: number,
    tos: number,
    at: number,
    length: number,
    ports: number = protocol === Protocol.ICMPV6 ? 0 : get32(scratch.bytes, at + IPV6_HEADER_LENGTH),
  ): void {
    const hops = this.hops(remote, ttl)
    const label = this.flowLabel ?? this.labelOf(local, remote, ports, 0)
    writeIpv6(
      scratch.bytes,
      at,
      tos,
      label,
      length,
      protocol,
      hops,
      local.w0,
      local.w1,
      local.w2,
      local.w3,
      remote.w0,
      remote.w1,
      remote.w2,
      remote.w3,
    )
  }
}
