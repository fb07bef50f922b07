import { errnoIn, type Micros, Prng, type Seq, TimingWheel, wholeMicros } from '../base/index.ts'
import {
  type Jiffies,
  onTimer,
  type RouteMetrics,
  State,
  sendOwedAck,
  type Tcb,
  type TcpCounters,
  type TcpHost,
  type TcpPolicy,
} from '../tcp/index.ts'
import { type Address, DROP_REASONS, type IpHeader, type TcpSegment } from '../wire/index.ts'
import { ChallengeLimit } from './challenge-limit.ts'
import { type HostCounters, newHostCounters } from './counters.ts'
import { describeSockets, type SocketDescription } from './describe.ts'
import { FastOpenCookies } from './fast-open.ts'
import { fuserKill, restartNetwork } from './host-actions.ts'
import type { HostTraceSink } from './host-trace.ts'
import { Arrivals } from './ip/arrivals.ts'
import { Departures } from './ip/departures.ts'
import type { Handover } from './ip/handover.ts'
import { Icmp } from './ip/icmp.ts'
import { checkMtu, type InterfaceOptions, Interfaces, type NetworkInterface } from './ip/interfaces.ts'
import { IpOutput } from './ip/ip-output.ts'
import type { Driver } from './ip/link.ts'
import { LocalAddresses } from './ip/local-addresses.ts'
import { Loopback } from './ip/loopback.ts'
import { PathMetricsCache } from './ip/path-metrics.ts'
import { sourceAddress } from './ip/source-address.ts'
import { SourceRoutes } from './ip/source-routes.ts'
import { Udp } from './ip/udp.ts'
import type { HostConfig } from './personalities/config.ts'
import { linux } from './personalities/linux.ts'
import type { Personality } from './personalities/personality.ts'
import { Connections } from './ports/connections.ts'
import { Listeners } from './ports/listeners.ts'
import { Ports } from './ports/ports.ts'
import { Process, type ProcessOptions } from './process.ts'
import { Secrets } from './secrets.ts'
import { ArrivalStamps } from './sockets/arrival-stamps.ts'
import { forgetPriority, heirOf, reflectTos } from './sockets/hand-down.ts'
import { Readiness, type ReadyListener } from './sockets/readiness.ts'
import type { Socket } from './sockets/socket.ts'
import { SocketList } from './sockets/socket-list.ts'
import type { TcpSocket } from './sockets/tcp-socket.ts'
import { Sysctls } from './sysctl/sysctls.ts'
import { TimeWait } from './time-wait/time-wait.ts'

/** How a host is made. */
export interface HostOptions {
  readonly name: string
  /** Default: linux. */
  readonly personality?: Personality | undefined
  /** Any safe integer; equal seeds behave equally. Secret where strangers reach the host. */
  readonly seed: number
  /** Where it says what happens; without one it says nothing, and runs faster. */
  readonly trace?: HostTraceSink | undefined
  /** The clock that its timers run by, as a kernel's; default: they are exact. */
  readonly jiffies?: Jiffies | undefined
  /**
   * Sysctls under the system's own names, written before anything happens.
   * @throws {TypeError} with one line for a person when one is unknown or out of range.
   */
  readonly sysctl?: Readonly<Record<string, string | number>> | undefined
}

/**
 * One computer on the network: interfaces, TCP, UDP, ICMP, sockets, processes. It does nothing by itself: packets come by
 * `input`, time by `advance`, and what it sends leaves through its links. Nothing here reads a clock or draws chance that
 * the seed does not give.
 *
 * Calls of its processes happen at `now`, the time that `input` or `advance` told last: who calls after a pause advances first. After
 * an input, an advance or calls `nextDeadline` may have come nearer. `onReady` is told within these, and may make calls itself.
 * docs/embedding.md has a whole program, and so has the door of this room.
 */
export class Host implements TcpHost, Driver {
  readonly name: string
  readonly personality: Personality
  /** This host's own copy of the personality's values; `sysctl` writes here. */
  readonly config: HostConfig
  readonly sysctl: Sysctls
  readonly policy: TcpPolicy
  readonly trace: HostTraceSink | null
  readonly jiffies: Jiffies | null
  readonly random: Prng
  readonly secrets: Secrets
  /** TCP Fast Open's keys and cookies. */
  readonly fastOpen: FastOpenCookies
  readonly learnedPaths: PathMetricsCache = new PathMetricsCache()
  readonly wheel: TimingWheel<Tcb>
  readonly counts: HostCounters = newHostCounters()
  /** Packets dropped, by `DropReason`. */
  readonly drops: Uint32Array = new Uint32Array(DROP_REASONS)
  orphans = 0

  readonly addresses: LocalAddresses
  readonly interfaces: Interfaces
  readonly output: IpOutput
  readonly connections: Connections
  readonly listeners: Listeners<Tcb> = new Listeners<Tcb>()
  readonly ports: Ports
  readonly timeWait: TimeWait
  readonly arrivals: Arrivals
  readonly departures: Departures
  readonly udp: Udp
  readonly icmp: Icmp
  readonly sourceRoutes: SourceRoutes = new SourceRoutes(this)
  readonly processes: Map<number, Process> = new Map<number, Process>()
  /** Every socket that some process holds. */
  readonly sockets: SocketList = new SocketList()
  /** Who was there when a route changed last, and how many segments it had sent: the next one takes the new way. */
  readonly rerouted: Map<Socket, number> = new Map()
  /** A link's MTU was changed since the host began. */
  linksChanged = false
  readonly arrivalStamps: ArrivalStamps = new ArrivalStamps(this.sockets)
  readonly readiness: Readiness = new Readiness()

  readonly #challenges = new ChallengeLimit()
  readonly #loopback = new Loopback()
  readonly #lo: NetworkInterface
  /** Connections that acknowledge at the end of the batch. */
  readonly #owedAcks: Tcb[] = []
  #now: Micros = 0
  #lastConnection = 0
  #lastInode = 10_000
  #lastPid = 100
  /** The initial sequence number that the connection being opened inherits from a TIME-WAIT. */
  #inherited: Seq | null = null
  #crashed = false

  constructor(options: HostOptions) {
    const { name, seed, personality = linux } = options
    this.name = name
    this.personality = personality
    this.config = { ...this.personality.config }
    this.policy = this.personality.tcp
    this.sysctl = new Sysctls(this.personality, this.config)
    this.trace = options.trace ?? null
    this.jiffies = options.jiffies ?? null
    this.random = new Prng(seed)
    const secret = this.random.fork('secrets')
    this.secrets = new Secrets(secret)
    this.fastOpen = new FastOpenCookies(this, this.random.fork('fast-open'))
    this.wheel = new TimingWheel<Tcb>(0, (tcb, slot, at) => this.#fire(tcb, slot, at))
    this.addresses = new LocalAddresses(secret.next())
    this.interfaces = new Interfaces(this.addresses)
    this.#lo = this.interfaces.add({ name: 'lo', link: this.#loopback, addresses: ['127.0.0.1/8', '::1/128'] })
    this.output = new IpOutput(
      this.interfaces,
      this.addresses,
      this.#lo,
      this.config,
      this.counts.ip,
      this.random.fork('ip'),
    )
    this.connections = new Connections(secret.next())
    this.ports = new Ports(this)
    this.timeWait = new TimeWait(this, secret.next())
    this.udp = new Udp(this)
    this.icmp = new Icmp(this)
    this.arrivals = new Arrivals(this)
    this.departures = new Departures(this.output)
    this.sysctl.setAll(options.sysctl ?? {})
  }

  get now(): Micros {
    return this.#now
  }

  get counters(): TcpCounters {
    return this.counts.tcp
  }

  /** True after `crash`: the host neither hears nor speaks. */
  get crashed(): boolean {
    return this.#crashed
  }

  // ---- what others do to it

  /**
   * Told, once per batch, of the sockets on which poll() may answer differently; null: nobody asks. It tells of a change once: read,
   * send or accept until −EAGAIN.
   */
  set onReady(listener: ReadyListener | null) {
    this.readiness.listener = listener
  }

  /** Connects an interface. Numbers count from 1; 0 is the loopback. */
  addInterface(options: InterfaceOptions): NetworkInterface {
    return this.interfaces.add(options)
  }

  /** @param iface the interface's name. @throws {TypeError} for an unknown interface or a net that is none. */
  addRoute(destination: string, iface: string, source: Address | null = null): void {
    this.interfaces.addRoute(destination, this.#leadsBy(destination, iface), source)
  }

  /** `ip route replace DESTINATION dev IFACE METRICS`. @throws {TypeError} for an unknown interface or a net that is none. */
  replaceRoute(destination: string, iface: string, metrics: RouteMetrics | null): void {
    this.interfaces.replaceRoute(destination, this.#leadsBy(destination, iface), metrics)
    this.rerouted.clear()
    for (const socket of this.sockets)
      if (socket.protocol === 'tcp') this.rerouted.set(socket, (socket as TcpSocket).tcb?.segmentsOut ?? 0)
  }

  #leadsBy(destination: string, iface: string): NetworkInterface {
    const found = this.interfaces.byName(iface)
    if (found === undefined) throw new TypeError(`route ${destination}: there is no interface '${iface}'`)
    return found
  }

  /** A link takes larger packets now, or smaller ones; open connections find it with their next send(). */
  changeMtu(iface: NetworkInterface, mtu: number): void {
    checkMtu(iface.name, mtu)
    iface.mtu = mtu
    this.interfaces.generation++
    this.linksChanged = true
  }

  /** Starts a program. */
  spawn(name: string, options: ProcessOptions = {}): Process {
    const process = new Process(this, ++this.#lastPid, name, options)
    this.processes.set(process.pid, process)
    return process
  }

  input(now: Micros, iface: number, buf: Uint8Array, start: number, length: number, cut = 0): void {
    if (this.#crashed) return
    if (now > this.#now) this.#timePasses(now)
    this.readiness.enter()
    try {
      this.arrivals.receive(iface, buf, start, length, cut, this.readiness.depth > 1)
    } finally {
      this.readiness.leave()
    }
    this.#throwOn()
  }

  /** @internal A segment has arrived as fields, from another host of this program. */
  inputFields(now: Micros, iface: number, from: Handover, at: number, octets: number, cut: number): void {
    if (this.#crashed) return
    if (now > this.#now) this.#timePasses(now)
    this.readiness.enter()
    try {
      this.arrivals.receiveFields(iface, from, at, octets, cut)
    } finally {
      this.readiness.leave()
    }
  }

  #timePasses(now: Micros): void {
    this.arrivals.flush()
    this.#now = wholeMicros(now)
  }

  advance(time: Micros): void {
    if (this.#crashed) return
    const now = wholeMicros(time)
    this.readiness.enter()
    try {
      this.arrivals.flush()
      // Several queues of timers, one order of time.
      for (let next = this.#nextEnd(); next <= now; next = this.#nextEnd()) {
        this.wheel.advance(next)
        if (next > this.#now) this.#now = next
        this.timeWait.expire(next)
        this.arrivals.reassembly.expire(next)
      }
      this.wheel.advance(now)
      if (now > this.#now) this.#now = now
      this.arrivals.loopBack(this.#loopback.queue)
    } finally {
      this.leave()
    }
  }

  nextDeadline(): Micros {
    if (this.#crashed) return Number.POSITIVE_INFINITY
    if (this.#loopback.queue.size > 0 || this.departures.mayResume()) return this.#now
    return Math.min(this.wheel.nextDeadline(), this.#nextEnd())
  }

  /** When a TIME-WAIT ends, or the patience with a packet of which pieces are missing. */
  #nextEnd(): Micros {
    return Math.min(this.timeWait.table.nextDeadline(), this.arrivals.reassembly.nextDeadline())
  }

  /**
   * Everything until `leave` is one batch: `onReady` is told once, and packets handed over within it count as arrived together,
   * so that a connection acknowledges them together. Some may wait for those behind them, until `leave` (`InterfaceOptions`). Calls nest.
   */
  enter(): void {
    this.readiness.enter()
  }

  leave(): void {
    try {
      if (this.readiness.depth === 1) {
        this.arrivals.flush()
        this.departures.resume()
        this.#sendOwedAcks()
      }
    } finally {
      this.readiness.leave()
    }
    this.#throwOn()
  }

  /** What a link has thrown meanwhile, its driver is to know. */
  #throwOn(): void {
    const { thrown } = this.interfaces
    if (thrown === null || this.readiness.depth > 0) return
    this.interfaces.thrown = null
    throw thrown.error
  }

  #sendOwedAcks(): void {
    const owed = this.#owedAcks
    if (owed.length === 0) return
    for (let i = 0; i < owed.length; i++) sendOwedAck(owed[i] as Tcb)
    owed.length = 0
  }

  /** `fuser -k PORT/tcp`: see `fuserKill`. */
  fuserKill(port: number): number[] {
    return fuserKill(this, port)
  }

  /** `/etc/init.d/networking restart`: see `restartNetwork`. */
  restartNetwork(): void {
    restartNetwork(this)
  }

  /** Every row of the socket table. */
  describeSockets(): SocketDescription[] {
    return describeSockets(this)
  }

  /** The power fails: not a packet more, and nothing that was is known any longer. A new `Host` is the restart. */
  crash(): void {
    this.#crashed = true
    this.readiness.listener = null
    for (const process of this.processes.values()) process.vanish()
    this.processes.clear()
    this.sockets.clear()
    this.rerouted.clear()
  }

  // ---- time

  #fire(tcb: Tcb, slot: number, at: Micros): void {
    if (at > this.#now) this.#now = at
    onTimer(tcb, slot)
  }

  // ---- what the machine asks (`TcpHost`)

  challengeAllowed(): boolean {
    return this.#challenges.allows(this.config.challengeAckLimit, this.#now)
  }

  nextConnectionId(): number {
    return ++this.#lastConnection
  }

  /** Tells sockets apart. */
  nextInode(): number {
    return ++this.#lastInode
  }

  initialSequence(local: Address, localPort: number, remote: Address, remotePort: number): Seq {
    const inherited = this.#inherited
    this.#inherited = null
    return inherited ?? this.secrets.initialSequence(this.#now, local, localPort, remote, remotePort)
  }

  timestampOffset(local: Address, localPort: number, remote: Address, remotePort: number): number {
    return this.config.timestampOffsets ? this.secrets.timestampOffset(local, localPort, remote, remotePort) : 0
  }

  cookieHash(
    local: Address,
    localPort: number,
    remote: Address,
    remotePort: number,
    first: number,
    second: number,
  ): number {
    return this.secrets.cookieHash(local, localPort, remote, remotePort, first, second)
  }

  optionsOfPacket({ options }: Tcb, ip: IpHeader): void {
    forgetPriority(options)
    if (this.config.reflectTos) reflectTos(options, ip)
  }

  heirOf(listener: Tcb, child: Tcb): Tcb | null {
    return heirOf(this, listener, child)
  }

  pathMtu(remote: Address): number {
    return this.output.pathMtu(remote, this.#now)
  }

  isOwn(remote: Address): boolean {
    return this.output.isOwn(remote)
  }

  routeMetrics(remote: Address): RouteMetrics | null {
    return this.output.metricsTowards(remote)
  }

  doubtPath(tcb: Tcb): void {
    if (this.policy.doubtForgetsPathMtu) this.output.forgetPathMtu(tcb.remote)
    this.icmp.reportDelivery(tcb)
  }

  ackAfterBatch(tcb: Tcb): boolean {
    // The first level is the packet's own.
    if (this.readiness.depth < 2) return false // MUST-59: not before the batch is over
    this.#owedAcks.push(tcb)
    return true
  }

  register(tcb: Tcb): void {
    if (tcb.active) this.sourceRoutes.open(tcb)
    this.connections.add(tcb, this.addresses.number(tcb.local))
    this.ports.hold(tcb, true)
  }

  unregister(tcb: Tcb): void {
    this.departures.forget(tcb)
    if (tcb.state === State.LISTEN) {
      this.listeners.remove(tcb.localPort, tcb)
      return
    }
    this.connections.remove(tcb, this.addresses.number(tcb.local))
    this.ports.hold(tcb, false)
    ;(tcb.owner as TcpSocket | null)?.connectionGone()
  }

  hasListener(segment: TcpSegment, ip: IpHeader): boolean {
    return this.listenerFor(segment, ip, this.addresses.find(ip.d0, ip.d1, ip.d2, ip.d3)) !== null
  }

  /** The listener that hears a segment sent to the address of that number. */
  listenerFor(segment: TcpSegment, ip: IpHeader, local: number): Tcb | null {
    const hash = ip.s3 ^ ((segment.destinationPort << 16) | segment.sourcePort)
    return this.listeners.find(segment.destinationPort, local, this.addresses.at(local), hash)
  }

  /** Whether a connection can be found by its addresses. */
  isRegistered(tcb: Tcb): boolean {
    return this.connections.holds(tcb, this.addresses.number(tcb.local))
  }

  enterTimeWait(tcb: Tcb, durationUs: Micros): boolean {
    return this.timeWait.enter(tcb, durationUs)
  }

  /** The initial sequence number that the next connection begins with, whatever the clock says; null: the clock's. */
  inheritSequence(sequence: Seq | null): void {
    this.#inherited = sequence
  }

  /** Before an active open: if the 4-tuple is in TIME-WAIT and may be taken over, the connection inherits its numbers. */
  takeOverTimeWait(tcb: Tcb): void {
    this.#inherited = this.timeWait.inheritanceOf(tcb) ?? this.#inherited
  }

  // ---- what the sockets ask

  /** See `sourceAddress`. */
  sourceFor(remote: Address, bound: Address | null): Address | number {
    return sourceAddress(this, remote, bound)
  }

  /** The personality's number of a canonical errno. */
  errno(canonical: number): number {
    return errnoIn(this.personality.errno, canonical)
  }

  /** A socket's poll() may answer differently now. */
  ready(socket: Socket): void {
    this.readiness.add(socket)
  }
}
