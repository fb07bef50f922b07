import type { Micros, Prng } from '../../base/index.ts'
import { Protocol } from '../../wire/index.ts'
import type { Verdict } from '../faults/rules.ts'
import { copyOfOctets } from '../octet-slab.ts'
import type { Medium } from './medium.ts'
import type { Packet, Station } from './packet.ts'

/** How one direction of a link treats packets. Probabilities are 0 … 1. */
export interface LinkSettings {
  /** Time a packet is on the way, µs. */
  delayUs: Micros
  /** Up to so much more, drawn anew for each packet; it never lets one overtake another. */
  jitterUs: Micros
  /** 0: a packet takes no time to be sent. */
  rateBitsPerSecond: number
  /** Packets that may wait for the rate at once, the one being sent included; more are dropped. */
  queuePackets: number
  loss: number
  /** How likely a packet is held back by `reorderUs`, so that later ones overtake it. */
  reorder: number
  reorderUs: Micros
  duplicate: number
  /** How likely one bit of a packet is turned over. */
  corrupt: number
  /** Octets of the largest IP packet; both directions of a link have one. */
  mtu: number
}

/** A quiet cable of 1 ms. */
const LINK_DEFAULTS: Readonly<LinkSettings> = {
  delayUs: 1000,
  jitterUs: 0,
  rateBitsPerSecond: 0,
  queuePackets: 1000,
  loss: 0,
  reorder: 0,
  reorderUs: 5000,
  duplicate: 0,
  corrupt: 0,
  mtu: 1500,
}

/**
 * Fills in what is left out.
 *
 * @throws {RangeError} naming a setting that is out of range.
 */
export function linkSettings(given: Partial<LinkSettings>, base: Readonly<LinkSettings> = LINK_DEFAULTS): LinkSettings {
  const settings = { ...base, ...given }
  for (const name of ['loss', 'reorder', 'duplicate', 'corrupt'] as const) {
    const value = settings[name]
    if (!(value >= 0 && value <= 1)) throw new RangeError(`link ${name} ${value}: expected a probability, 0 to 1`)
  }
  for (const name of ['delayUs', 'jitterUs', 'reorderUs', 'rateBitsPerSecond'] as const) {
    const value = settings[name]
    if (!(value >= 0 && Number.isFinite(value))) throw new RangeError(`link ${name} ${value}: expected 0 or more`)
  }
  if (!(settings.queuePackets >= 1))
    throw new RangeError(`link queuePackets ${settings.queuePackets}: expected 1 or more`)
  if (!(settings.mtu >= 68 && settings.mtu <= 65535)) {
    throw new RangeError(`link mtu ${settings.mtu}: expected 68 to 65535`)
  }
  return settings
}

/** A full-duplex link between two stations, each direction with settings of its own. */
export class WorldLink {
  readonly name: string
  /** The ends in the order they were given. `ends[0]` carries what the first station sends. */
  readonly ends: readonly [LinkEnd, LinkEnd]
  private readonly medium: Medium

  /** Made by `World.link`; `ports` are the link's numbers at its two stations. */
  constructor(
    medium: Medium,
    stations: readonly [Station, Station],
    ports: readonly [number, number],
    settings: readonly [LinkSettings, LinkSettings],
    capture: number,
  ) {
    const [a, b] = stations
    this.medium = medium
    this.name = `${a.name}-${b.name}`
    const random = medium.random.fork(`link ${this.name} ${capture}`)
    this.ends = [
      new LinkEnd(medium, this.name, a, b, ports[1], settings[0], capture, random.fork('there')),
      new LinkEnd(medium, this.name, b, a, ports[0], settings[1], capture, random.fork('back')),
    ]
  }

  /** What the link does to packets that station sends. */
  from(name: string): LinkEnd {
    const end = this.ends.find((candidate) => candidate.sender.name === name)
    if (end === undefined) throw new RangeError(`link ${this.name} has no end at "${name}"`)
    return end
  }

  /** Changes settings of both directions; what is on its way already arrives as it would have. The MTU stays. */
  set(changes: Partial<Omit<LinkSettings, 'mtu'>>): void {
    for (const end of this.ends) end.set(changes)
  }

  /** Cuts the cable: whatever is sent from now on is lost, without a word to anyone. What is on its way arrives. */
  cut(): void {
    this.setCut(true, 'cut', `link ${this.name} is cut`)
  }

  /** Mends the cable. */
  heal(): void {
    this.setCut(false, 'restart', `link ${this.name} is mended`)
  }

  /** Cuts the cable for so long from now. */
  cutFor(us: Micros): void {
    this.cut()
    this.medium.plan(this.medium.now + us, () => this.heal())
  }

  private setCut(isCut: boolean, verdict: 'cut' | 'restart', what: string): void {
    for (const end of this.ends) end.isCut = isCut
    this.medium.recorder.fault(this.medium.now, this.ends[0].sender.index, 0, verdict, what)
  }
}

/** One direction of a link, and what the stack of its sender sees as its `Link`. */
export class LinkEnd {
  readonly sender: Station
  readonly receiver: Station
  readonly mtu: number
  isCut = false
  private readonly medium: Medium
  private readonly linkName: string
  private readonly port: number
  private readonly capture: number
  private settings: LinkSettings
  // A stream of numbers per fault: turning one on does not change what the others do.
  private readonly draws: Readonly<Record<'loss' | 'corrupt' | 'duplicate' | 'reorder' | 'jitter', Prng>>
  /** When the last octet handed over so far will have been sent. */
  private busyUntil: Micros = 0
  /** When the last packet arrives that was not held back. */
  private lastArrival: Micros = 0
  /** When each waiting packet will have been sent, oldest first. */
  private readonly sending: Micros[] = []

  constructor(
    medium: Medium,
    linkName: string,
    sender: Station,
    receiver: Station,
    port: number,
    settings: LinkSettings,
    capture: number,
    random: Prng,
  ) {
    this.medium = medium
    this.linkName = linkName
    this.sender = sender
    this.receiver = receiver
    this.port = port
    this.settings = settings
    this.mtu = settings.mtu
    this.capture = capture
    this.draws = {
      loss: random.fork('loss'),
      corrupt: random.fork('corrupt'),
      duplicate: random.fork('duplicate'),
      reorder: random.fork('reorder'),
      jitter: random.fork('jitter'),
    }
  }

  /** Changes this direction's settings. */
  set(changes: Partial<Omit<LinkSettings, 'mtu'>>): void {
    this.settings = linkSettings(changes, this.settings)
  }

  /** `Link.transmit` of the sender's stack. Always takes the packet: what a full queue drops, it drops in silence. */
  transmit(buf: Uint8Array, start: number, length: number): boolean {
    const bytes = copyOfOctets(buf, start, length)
    const { recorder } = this.medium
    const isTcp = protocolOf(bytes) === Protocol.TCP
    this.carry({ number: isTcp ? recorder.claimPacket() : recorder.newPacket(), bytes })
    return true
  }

  /** Takes a packet that has a number already: what a box forwards. */
  carry(packet: Packet): void {
    const medium = this.medium
    const verdict = this.sender.kind === 'host' ? medium.judge(packet, this.sender, this.linkName) : PASS
    medium.capture(this.capture, packet, verdict)
    if (verdict.kind === 'drop') return
    if (this.isCut) {
      medium.fault(this.sender, packet, 'cut', 'the link is cut')
      return
    }
    if (this.settings.loss > 0 && this.draws.loss.chance(this.settings.loss)) {
      medium.fault(this.sender, packet, 'drop', 'loss')
      return
    }
    const sent = this.occupy(packet)
    if (sent !== null) this.deliver(packet, sent, verdict)
  }

  /** When the packet will have been sent; null: the queue is full. */
  private occupy(packet: Packet): Micros | null {
    const { now } = this.medium
    const { rateBitsPerSecond, queuePackets } = this.settings
    if (rateBitsPerSecond === 0) return now
    while (this.sending.length > 0 && (this.sending[0] as Micros) <= now) this.sending.shift()
    if (this.sending.length >= queuePackets) {
      this.medium.fault(this.sender, packet, 'drop', 'queue full')
      return null
    }
    const duration = Math.ceil((packet.bytes.length * 8 * 1_000_000) / rateBitsPerSecond)
    this.busyUntil = Math.max(this.busyUntil, now) + duration
    this.sending.push(this.busyUntil)
    return this.busyUntil
  }

  private deliver(packet: Packet, sent: Micros, verdict: Verdict): void {
    const { settings, draws, medium } = this
    const jitter = settings.jitterUs > 0 ? draws.jitter.below(settings.jitterUs + 1) : 0
    let arrival = Math.max(sent + settings.delayUs + jitter, this.lastArrival)
    if (verdict.kind === 'deliver' && verdict.delayUs > 0) arrival += verdict.delayUs
    else if (settings.reorder > 0 && draws.reorder.chance(settings.reorder)) {
      arrival += settings.reorderUs
      medium.fault(this.sender, packet, 'delay', 'reordering')
    } else this.lastArrival = arrival
    this.arrive(this.maybeCorrupt(packet, verdict), arrival)
    if (verdict.kind === 'deliver') {
      for (let copy = 1; copy < verdict.copies; copy++) this.arrive(packet, arrival + copy * verdict.spacingUs)
    }
    if (settings.duplicate > 0 && draws.duplicate.chance(settings.duplicate)) {
      medium.fault(this.sender, packet, 'duplicate', 'duplication')
      this.arrive(packet, arrival)
    }
  }

  private arrive(packet: Packet, time: Micros): void {
    this.medium.plan(time, () => this.receiver.receive(this.port, packet))
  }

  private maybeCorrupt(packet: Packet, verdict: Verdict): Packet {
    const { settings, draws } = this
    const byChance = settings.corrupt > 0 && draws.corrupt.chance(settings.corrupt)
    if (!byChance && verdict.kind !== 'corrupt') return packet
    if (byChance) this.medium.fault(this.sender, packet, 'corrupt', 'corruption')
    const bytes = packet.bytes.slice()
    const bit = draws.corrupt.below(bytes.length * 8)
    bytes[bit >> 3] = (bytes[bit >> 3] as number) ^ (1 << (bit & 7))
    return { number: packet.number, bytes }
  }
}

const PASS: Verdict = { kind: 'pass' }

function protocolOf(bytes: Uint8Array): number {
  return ((bytes[0] as number) >>> 4 === 6 ? bytes[6] : bytes[9]) as number
}
