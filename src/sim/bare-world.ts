import { formatDuration, type Micros, Prng } from '../base/index.ts'
import { type FaultEvent, Recorder } from '../trace/index.ts'
import { WorldError } from './errors.ts'
import { FlowBook } from './faults/flows.ts'
import { type FaultRule, FaultRules, type PacketChoice, type Verdict, verdictWord } from './faults/rules.ts'
import { type BareHostOptions, SimHost } from './host.ts'
import { Agenda } from './network/agenda.ts'
import { Box, type BoxMedium } from './network/box.ts'
import { Capture } from './network/capture.ts'
import { Firewall, type FirewallOptions } from './network/firewall.ts'
import { type LinkSettings, linkSettings, WorldLink } from './network/link.ts'
import type { Packet, Station } from './network/packet.ts'
import { Topology } from './network/topology.ts'

/** How a world is made. */
export interface WorldOptions {
  /** All chance in the world comes from here; equal seeds give equal worlds, to the octet. Default 1. */
  readonly seed?: number
  /** After so many events a run is stopped with an error: a storm that would never end. Default 10 million. */
  readonly eventLimit?: number
  /** Trace events kept. Default 2^20. */
  readonly traceLimit?: number
  /** False: no capture is kept, for runs that carry much. Default true. */
  readonly capture?: boolean
  /** True: every packet is kept by its number, too, so that it can be looked into. Default false. */
  readonly keepPackets?: boolean
}

/** Settings of a link: of both directions, and of either alone. */
export interface LinkOptions extends Partial<LinkSettings> {
  /** From the first station to the second. */
  readonly there?: Partial<Omit<LinkSettings, 'mtu'>>
  /** From the second to the first. */
  readonly back?: Partial<Omit<LinkSettings, 'mtu'>>
}

/** How long a run goes on; nothing: until nothing is left to happen. Times are virtual µs. */
export interface RunLimits {
  /** Until that time: everything due by then happens, and the clock stands there. */
  readonly untilUs?: Micros
  /** For so long from now. */
  readonly forUs?: Micros
  /** Until this is true, asked after every event. */
  readonly until?: () => boolean
}

const EVENT_LIMIT = 10_000_000
/** Of a run that is stopped, so much is shown. */
const LAST_EVENTS = 30

/**
 * A closed world: one virtual clock, one seed, hosts with real stacks, links, and boxes between them. Nothing happens but by
 * `run` and `step`, and the same world is the same every time. This one is handed the systems of its hosts: `World` knows them by name, and has
 * what no scenario of the lab needs.
 */
export class BareWorld {
  readonly seed: number
  readonly recorder: Recorder
  private readonly random: Prng
  private readonly agenda = new Agenda()
  private readonly topology = new Topology()
  private readonly linkList: WorldLink[] = []
  private readonly hostList: SimHost[] = []
  private readonly rules: FaultRules
  private readonly book: FlowBook
  private readonly tap: Capture | null
  /** As they left their makers, by number; null: they are not kept. */
  private readonly kept: (Uint8Array | undefined)[] | null
  protected readonly medium: BoxMedium
  private readonly eventLimit: number
  private clock: Micros = 0
  private eventsDone = 0

  constructor(options: WorldOptions = {}) {
    this.seed = options.seed ?? 1
    this.random = new Prng(this.seed)
    this.recorder = new Recorder(options.traceLimit === undefined ? {} : { limit: options.traceLimit })
    this.eventLimit = options.eventLimit ?? EVENT_LIMIT
    this.rules = new FaultRules(() => this.topology.stations.map((station) => station.name))
    this.book = new FlowBook((address) => this.topology.nameOf(address))
    this.tap = options.capture === false ? null : new Capture(`seed ${this.seed}`)
    this.kept = options.keepPackets === true ? [] : null
    this.medium = this.makeMedium()
  }

  /** Virtual time, µs since the world began. */
  get now(): Micros {
    return this.clock
  }

  /** Events that have happened. */
  get eventCount(): number {
    return this.eventsDone
  }

  /** Hosts and boxes; a station's place here is its number in the trace. */
  get stations(): readonly Station[] {
    return this.topology.stations
  }

  get hosts(): readonly SimHost[] {
    return this.hostList
  }

  get links(): readonly WorldLink[] {
    return this.linkList
  }

  /** Adds a host. Addresses left out are 10.0.0.1, 10.0.0.2 and so on. */
  bareHost(name: string, options: BareHostOptions): SimHost {
    const addresses = options.addresses ?? [`10.0.0.${this.hostList.length + 1}`]
    const host = new SimHost(this.medium, name, this.stations.length, { ...options, addresses })
    this.attach(host)
    this.hostList.push(host)
    return host
  }

  /** Adds a switch: a box that joins any number of links. */
  switch(name: string): Box {
    return this.attach(new Box(this.medium, name, this.stations.length))
  }

  /** Adds a stateful firewall. */
  firewall(name: string, options: FirewallOptions = {}): Firewall {
    return this.attach(new Firewall(this.medium, name, this.stations.length, options))
  }

  /** Adds any other station: a peer made of a test's own code. */
  attach<S extends Station>(station: S): S {
    this.topology.attach(station)
    return station
  }

  /** Lays a link between two stations. */
  link(a: Station, b: Station, options: LinkOptions = {}): WorldLink {
    const { there, back, ...both } = options
    const settings = linkSettings(both)
    const directions = [linkSettings({ ...settings, ...there }), linkSettings({ ...settings, ...back })] as const
    const ports = [this.topology.ports(a), this.topology.ports(b)] as const
    const capture = this.tap?.addLink(`${a.name}-${b.name}`) ?? this.linkList.length
    const link = new WorldLink(this.medium, [a, b], ports, directions, capture)
    this.topology.join(a, b, link)
    this.linkList.push(link)
    for (const [station, end] of [
      [a, link.ends[0]],
      [b, link.ends[1]],
    ] as const) {
      if (station instanceof Box) station.ports.push(end)
      else if (station instanceof SimHost) station.plug(end)
    }
    return link
  }

  /** Puts a fault rule in force: see `parsePacketRule` for how packets are named. */
  rule(packets: PacketChoice, verdict: Verdict, name?: string): FaultRule {
    return this.rules.add(packets, verdict, name)
  }

  /** Loses those packets. */
  drop(packets: PacketChoice, name?: string): FaultRule {
    return this.rule(packets, { kind: 'drop' }, name)
  }

  /** Holds those packets back for so long. */
  delay(packets: PacketChoice, delayUs: Micros, name?: string): FaultRule {
    return this.rule(packets, { kind: 'deliver', delayUs, copies: 1, spacingUs: 0 }, name)
  }

  /** Delivers those packets in time, and each once more `laterUs` after. */
  duplicate(packets: PacketChoice, laterUs: Micros, name?: string): FaultRule {
    return this.rule(packets, { kind: 'deliver', delayUs: 0, copies: 2, spacingUs: laterUs }, name)
  }

  /** Turns over one bit of those packets. */
  corrupt(packets: PacketChoice, name?: string): FaultRule {
    return this.rule(packets, { kind: 'corrupt' }, name)
  }

  /** Does something at that time, or now if it has passed. */
  at(time: Micros, run: () => void): void {
    this.agenda.add(Math.max(time, this.clock), run)
  }

  /** When the next thing happens; Infinity: never. */
  get nextTime(): Micros {
    let time = this.agenda.nextTime
    for (const host of this.hostList) time = Math.min(time, host.nextDeadline())
    return time
  }

  /**
   * Lets one thing happen: a packet arrives, a timer is due, a process takes a step. False: nothing is left.
   *
   * @throws {WorldError} at the event limit, with the last events of the trace; and with its name when a program broke.
   */
  step(): boolean {
    const time = this.nextTime
    if (time === Number.POSITIVE_INFINITY) return false
    if (this.eventsDone === this.eventLimit) {
      const where = `at ${formatDuration(this.clock)} with seed ${this.seed}`
      throw new WorldError(`stopped after ${this.eventLimit} events, ${where}; the last of them:\n${this.lastEvents()}`)
    }
    this.eventsDone++
    this.clock = Math.max(this.clock, time)
    // What is on the agenda goes first: a packet that arrives as a timer is due has arrived in time.
    const due = this.agenda.nextTime <= this.clock ? this.agenda.take() : undefined
    if (due !== undefined) due.run()
    else for (const host of this.hostList) if (host.nextDeadline() <= this.clock) host.advance(this.clock)
    return true
  }

  /**
   * Runs. True if `until` came true, or none was given.
   *
   * @throws {WorldError} as `step` does.
   */
  run(limits: RunLimits = {}): boolean {
    const { until } = limits
    const end = Math.min(
      limits.untilUs ?? Number.POSITIVE_INFINITY,
      limits.forUs === undefined ? Number.POSITIVE_INFINITY : this.clock + limits.forUs,
    )
    while (!(until?.() ?? false)) {
      if (this.nextTime > end || !this.step()) {
        if (end !== Number.POSITIVE_INFINITY) this.clock = Math.max(this.clock, end)
        return until === undefined
      }
    }
    return true
  }

  /** Every packet so far, as its sender put it on the wire: one interface per link. Empty if the world keeps no capture. */
  pcapng(): Uint8Array {
    return this.tap?.file() ?? new Uint8Array(0)
  }

  /** The octets of a packet as it left its maker; undefined: there was none of that number, or packets are not kept. */
  packet(number: number): Uint8Array | undefined {
    return this.kept?.[number]
  }

  /** The last of the trace, a line each: `ladder` draws them better, but not every page is to load what draws in letters. */
  private lastEvents(): string {
    const from = Math.max(this.recorder.first, this.recorder.total - LAST_EVENTS)
    const lines = this.recorder.toArray(from).map(({ time, host, ...event }) => {
      const name = this.stations[host]?.name ?? `host ${host}`
      const words = Object.entries(event).map(([key, value]) => (key === 'kind' ? value : `${key} ${value}`))
      return `${formatDuration(time)} ${name}: ${words.join(', ')}`
    })
    return lines.join('\n')
  }

  private makeMedium(): BoxMedium {
    const clock = (): Micros => this.clock
    return {
      get now(): Micros {
        return clock()
      },
      recorder: this.recorder,
      random: this.random,
      plan: (time, run) => this.at(time, run),
      judge: (packet, sender, link) => this.judge(packet, sender, link),
      capture: (wire, packet, verdict) => this.captured(wire, packet, verdict),
      fault: (where, packet, verdict, reason) => this.fault(where, packet.number, verdict, reason),
      route: (station, address) => this.topology.route(station, address),
      nameOf: (address) => this.topology.nameOf(address),
      addressOf: (name) => this.topology.find(name)?.addresses[0],
      hostNames: () => this.topology.stations.map((station) => station.name),
    }
  }

  private judge(packet: Packet, sender: Station, link: string): Verdict {
    const info = this.book.enter(packet, sender.name, link)
    const judged = this.rules.judge(info)
    if (judged === null) return PASS
    const word = verdictWord(judged.verdict)
    if (word !== null) this.fault(sender, packet.number, word, judged.rule)
    return judged.verdict
  }

  private captured(wire: number, packet: Packet, verdict: Verdict): void {
    const comment = verdict.kind === 'drop' ? 'lost: a rule dropped it' : ''
    this.tap?.packet(wire, this.clock, packet.bytes, comment)
    if (this.kept !== null) this.kept[packet.number] ??= packet.bytes
  }

  private fault(where: Station, packet: number, verdict: FaultEvent['verdict'], reason: string): void {
    this.recorder.fault(this.clock, where.index, packet, verdict, reason)
  }
}

const PASS: Verdict = { kind: 'pass' }
