import { State } from '../../tcp/index.ts'
import type { SegmentEvent, TraceEvent } from '../../trace/index.ts'
import type { Conversation, Lane } from './model.ts'

/** A packet as one or both of its ends saw it. Indexes are those of the events. */
export interface SeenPacket {
  readonly out: number | undefined
  /** In the order of arrival; several when the packet was duplicated. */
  readonly arrivals: readonly number[]
}

const SYN = 2
const ACK = 16

/** Puts each segment's departure and its arrivals together. A packet without a number is recognised by its contents. */
export function pairSegments(events: readonly TraceEvent[]): SeenPacket[] {
  const packets: { out: number | undefined; arrivals: number[] }[] = []
  const numbered = new Map<number, { out: number | undefined; arrivals: number[] }>()
  const unnumbered = new Map<string, { out: number | undefined; arrivals: number[] }[]>()
  for (const [i, event] of events.entries()) {
    if (event.kind !== 'segment') continue
    let packet = numbered.get(event.packet)
    if (event.packet === 0) {
      const waiting = unnumbered.get(contents(event)) ?? []
      unnumbered.set(contents(event), waiting)
      packet = event.direction === 'in' ? waiting.shift() : undefined
      if (event.direction === 'out') {
        packet = { out: undefined, arrivals: [] }
        packets.push(packet)
        waiting.push(packet)
      }
    }
    if (packet === undefined) {
      packet = { out: undefined, arrivals: [] }
      packets.push(packet)
      if (event.packet !== 0) numbered.set(event.packet, packet)
    }
    if (event.direction === 'out') packet.out = i
    else packet.arrivals.push(i)
  }
  return packets
}

/** The same at both ends: ports as the sender has them, and the header. */
function contents(event: SegmentEvent): string {
  const { seq, ack, flags, length, window } = event
  const ports = event.direction === 'out' ? [event.localPort, event.remotePort] : [event.remotePort, event.localPort]
  return [...ports, seq, ack, flags, length, window].join(' ')
}

/** Which conversation an event belongs to, for events of the two hosts that are drawn. */
export class Conversations {
  readonly #laneOf: (host: number) => Lane | undefined
  readonly #parent = new Map<string, string>()
  /** Keys of sockets that listen: segments touch them on behalf of many conversations. */
  readonly #listeners = new Set<string>()
  readonly #numbers = new Map<string, number>()
  /** Keys of connections with a host that is not drawn. */
  readonly #foreign = new Set<string>()
  readonly list: Conversation[] = []

  constructor(
    events: readonly TraceEvent[],
    packets: readonly SeenPacket[],
    laneOf: (host: number) => Lane | undefined,
  ) {
    this.#laneOf = laneOf
    for (const event of events) {
      if (event.kind === 'state' && event.to === State.LISTEN) this.#listeners.add(keyOf(event))
    }
    for (const packet of packets) this.#join(events, packet)
    for (const packet of packets) {
      const seen = segmentsOf(events, packet)
      const root = this.#rootOf(seen)
      if (root !== undefined && seen.some((event) => laneOf(event.host) === undefined)) this.#foreign.add(root)
    }
    for (const packet of packets) {
      if (segmentsOf(events, packet).every((event) => laneOf(event.host) !== undefined))
        this.#register(segmentsOf(events, packet))
    }
  }

  /** The conversation of a packet, from whichever end has a connection for it; else the last one between its ports. */
  ofPacket(events: readonly TraceEvent[], packet: SeenPacket): number | undefined {
    const seen = segmentsOf(events, packet)
    const root = this.#rootOf(seen)
    const [first] = seen
    if (root !== undefined) return this.#numbers.get(root)
    if (first === undefined) return undefined
    const ports = this.#ports(first)
    const index = this.list.findLastIndex((each) => each.start <= first.time && sameNumbers(each.ports, ports))
    return index < 0 ? undefined : index
  }

  /** The conversation of what happened to a connection; `undefined` for a listener, and for what has no connection. */
  ofConnection(host: number, conn: number): number | undefined {
    const key = keyOf({ host, conn })
    return conn === 0 || this.#listeners.has(key) ? undefined : this.#numbers.get(this.#find(key))
  }

  #join(events: readonly TraceEvent[], packet: SeenPacket): void {
    const out = packet.out === undefined ? undefined : (events[packet.out] as SegmentEvent)
    for (const i of packet.arrivals) {
      const arrived = events[i] as SegmentEvent
      // A SYN reaches the listener, whichever connection becomes of it.
      if (out === undefined || (out.flags & (SYN | ACK)) === SYN) continue
      const [a, b] = [keyOf(out), keyOf(arrived)]
      if (this.#isConnection(out) && this.#isConnection(arrived)) this.#parent.set(this.#find(a), this.#find(b))
    }
  }

  #isConnection(event: { host: number; conn: number }): boolean {
    return event.conn !== 0 && !this.#listeners.has(keyOf(event))
  }

  /** The key that stands for all the packet's ends; `undefined` when no end has a connection. */
  #rootOf(seen: readonly SegmentEvent[]): string | undefined {
    const end = seen.find((event) => this.#isConnection(event))
    return end === undefined ? undefined : this.#find(keyOf(end))
  }

  /** Gives the packet's conversation a number, if it is the first of one. */
  #register(seen: readonly SegmentEvent[]): void {
    const [first] = seen
    if (first === undefined) return
    const root = this.#rootOf(seen)
    const ports = this.#ports(first)
    const isKnown =
      root === undefined ? this.list.some((each) => sameNumbers(each.ports, ports)) : this.#numbers.has(root)
    if (isKnown || (root !== undefined && this.#foreign.has(root))) return
    if (root !== undefined) this.#numbers.set(root, this.list.length)
    const sender = first.direction === 'out' ? first.localPort : first.remotePort
    const isOpening = (first.flags & (SYN | ACK)) === SYN
    this.list.push({ ports, clientPort: isOpening ? sender : Math.max(...ports), start: first.time })
  }

  #ports(event: SegmentEvent): [number, number] {
    const isLeft = this.#laneOf(event.host) === 0
    return isLeft ? [event.localPort, event.remotePort] : [event.remotePort, event.localPort]
  }

  #find(key: string): string {
    let root = key
    for (let parent = this.#parent.get(root); parent !== undefined && parent !== root; parent = this.#parent.get(root))
      root = parent
    if (root !== key) this.#parent.set(key, root)
    return root
  }
}

function segmentsOf(events: readonly TraceEvent[], packet: SeenPacket): SegmentEvent[] {
  const indexes = [packet.out, ...packet.arrivals]
  return indexes.flatMap((i) => (i === undefined ? [] : (events[i] as SegmentEvent)))
}

function sameNumbers(a: readonly [number, number], b: readonly [number, number]): boolean {
  return a[0] === b[0] && a[1] === b[1]
}

function keyOf(event: { readonly host: number; readonly conn: number }): string {
  return `${event.host}:${event.conn}`
}
