import type { Micros } from '../../base/index.ts'
import type { State } from '../../tcp/index.ts'
import type { FaultEvent, SegmentEvent, TraceEvent } from '../../trace/index.ts'
import { Conversations, pairSegments, type SeenPacket } from './conversations.ts'
import type { Conversation, Flight, FlightSegment, Ladder, Lane, Mark, Moment } from './model.ts'
import { SequenceNumbers } from './sequence-numbers.ts'

/** Which part of a trace becomes a ladder. */
export interface LadderOptions {
  /** Names of the trace's hosts, by their number. */
  readonly hosts: readonly string[]
  /** Numbers of the hosts that get the left and the right lane; 0 and 1 when left out. */
  readonly lanes?: readonly [left: number, right: number]
  /** Only the conversation that this connection, as its host numbers it, is part of. */
  readonly connection?: { readonly host: number; readonly conn: number } | undefined
  /** Sentences to print between the events. */
  readonly remarks?: readonly Remark[]
  /** For a part of a long trace. */
  readonly part?: LadderPart | undefined
}

/** A part of a trace: some events from before it that tell who is who, and the part itself. */
export interface LadderPart {
  /** So many events at the beginning are only learnt from, and not drawn: of the part's connections the SYNs and states. */
  readonly learnt: number
  /** Index of the first that is drawn in the whole trace: `order` counts from there, and so do remarks. */
  readonly start: number
}

/** A sentence of whoever tells the story: it comes before the event of that index. */
export interface Remark {
  readonly eventIndex: number
  /** When it was said; that of its event when left out. */
  readonly time?: Micros
  readonly text: string
}

/** Builds the sequence diagram of two hosts. Events of other hosts are left out, as are packets to and from them. */
export function buildLadder(events: readonly TraceEvent[], options: LadderOptions): Ladder {
  const [left, right] = options.lanes ?? [0, 1]
  const laneOf = (host: number): Lane | undefined => (host === left ? 0 : host === right ? 1 : undefined)
  const packets = pairSegments(events)
  const conversations = new Conversations(events, packets, laneOf)
  const builder = new Builder(events, laneOf, conversations, options.part ?? WHOLE)
  const flights = builder.flights(packets)
  const marks = builder.marks(options.remarks ?? [])
  const hosts = [left, right].map((host) => options.hosts[host] ?? `host ${host}`) as [string, string]
  const ladder: Ladder = { hosts, flights, marks, conversations: conversations.list, before: builder.before() }
  const { connection } = options
  return connection === undefined
    ? ladder
    : narrowed(ladder, conversations.ofConnection(connection.host, connection.conn))
}

/** Only one conversation, and what belongs to none. Its index becomes 0. */
function narrowed(ladder: Ladder, index: number | undefined): Ladder {
  const kept: readonly Conversation[] = index === undefined ? [] : [ladder.conversations[index] as Conversation]
  const flights = ladder.flights.filter((flight) => flight.conversation === index)
  const marks = ladder.marks.filter((mark) => mark.conversation === undefined || mark.conversation === index)
  return {
    hosts: ladder.hosts,
    before: ladder.before,
    flights: flights.map((flight) => ({ ...flight, conversation: 0 })),
    marks: marks.map((mark) => (mark.conversation === undefined ? mark : { ...mark, conversation: 0 })),
    conversations: kept,
  }
}

const WHOLE: LadderPart = { learnt: 0, start: 0 }

class Builder {
  readonly #part: LadderPart
  readonly #events: readonly TraceEvent[]
  readonly #laneOf: (host: number) => Lane | undefined
  readonly #conversations: Conversations
  readonly #numbers = new SequenceNumbers()
  readonly #faults = new Map<number, FaultEvent[]>()
  /** Whether each lane's host records what arrives: only then does silence mean that nothing did. */
  readonly #listens: [boolean, boolean] = [false, false]

  constructor(
    events: readonly TraceEvent[],
    laneOf: (host: number) => Lane | undefined,
    conversations: Conversations,
    part: LadderPart,
  ) {
    this.#part = part
    this.#events = events
    this.#laneOf = laneOf
    this.#conversations = conversations
    for (const event of events) {
      const lane = laneOf(event.host)
      if (lane !== undefined && event.kind !== 'fault' && !(event.kind === 'segment' && event.direction === 'out')) {
        this.#listens[lane] = true
      }
      if (event.kind === 'fault' && event.packet !== 0) {
        this.#faults.set(event.packet, [...(this.#faults.get(event.packet) ?? []), event])
      }
    }
  }

  flights(packets: readonly SeenPacket[]): Flight[] {
    // By first sight, so that sequence numbers are learnt in the order in which they were used.
    const inOrder = [...packets].sort((a, b) => firstSight(a) - firstSight(b))
    return inOrder.flatMap((packet) => {
      const flights = this.#flightsOf(packet)
      return firstSight(packet) < this.#part.learnt ? [] : flights
    })
  }

  #flightsOf(packet: SeenPacket): Flight[] {
    const out = packet.out === undefined ? undefined : (this.#events[packet.out] as SegmentEvent)
    const ends = packet.arrivals.map((i) => this.#events[i] as SegmentEvent)
    const from = out === undefined ? other(this.#laneOf((ends[0] as SegmentEvent).host)) : this.#laneOf(out.host)
    const conversation = this.#conversations.ofPacket(this.#events, packet)
    const isBetweenLanes = ends.every((end) => this.#laneOf(end.host) === other(from))
    if (from === undefined || conversation === undefined || !isBetweenLanes) return []
    const event = out ?? (ends[0] as SegmentEvent)
    const faults = this.#faults.get(event.packet) ?? []
    const lost = faults.find((fault) => LOSSES.has(fault.verdict))
    const segment = this.#segment(event, from, conversation)
    const departure = packet.out === undefined ? undefined : this.#momentOf(packet.out)
    const base = { from, conversation, segment }
    if (packet.arrivals.length === 0) {
      const fate = lost !== undefined ? 'lost' : this.#listens[other(from)] ? 'in-flight' : 'unseen'
      return [{ ...base, departure, arrival: undefined, fate, faults: faults.map(faultText) }]
    }
    return packet.arrivals.map((i, copy): Flight => {
      const arrival = this.#momentOf(i)
      // A packet that is copied and once lost arrives all the same: then the loss is not told of this copy.
      const told = faults.filter((fault) => !LOSSES.has(fault.verdict) && (fault.verdict !== 'duplicate' || copy > 0))
      return {
        ...base,
        departure: copy === 0 ? departure : undefined,
        arrival,
        fate: 'arrived',
        faults: told.map(faultText),
      }
    })
  }

  /** Place of an event in the whole trace. */
  #orderOf(index: number): number {
    return index - this.#part.learnt + this.#part.start
  }

  #momentOf(index: number): Moment {
    return { time: (this.#events[index] as TraceEvent).time, order: this.#orderOf(index) }
  }

  #segment(event: SegmentEvent, from: Lane, conversation: number): FlightSegment {
    const { packet, flags, length, window } = event
    const { seq, ack, transmission } = this.#numbers.read(event, from, conversation)
    const absolute = { seq: event.seq >>> 0, ack: event.ack >>> 0 }
    return { packet, flags, length, window, ...absolute, relativeSeq: seq, relativeAck: ack, transmission }
  }

  /** The states in which the lanes' connections are when the part begins. */
  before(): [State | undefined, State | undefined] {
    const states: [State | undefined, State | undefined] = [undefined, undefined]
    for (const event of this.#events.slice(0, this.#part.learnt)) {
      const lane = this.#laneOf(event.host)
      const isOfListener = this.#conversations.ofConnection(event.host, event.conn) === undefined
      if (event.kind === 'state' && lane !== undefined && !isOfListener) states[lane] = event.to
    }
    return states
  }

  marks(remarks: readonly Remark[]): Mark[] {
    const { learnt, start } = this.#part
    const drawn = remarks.filter(({ eventIndex }) => eventIndex >= start)
    const marks: Mark[] = drawn.map(({ eventIndex, text, ...said }) => {
      const time = said.time ?? (this.#events[eventIndex - start + learnt] ?? this.#events.at(-1))?.time ?? 0
      // Between its event and the one before.
      return { kind: 'remark', lane: 0, time, order: eventIndex - 0.5, conversation: undefined, text }
    })
    for (const [i, event] of this.#events.entries()) {
      const lane = this.#laneOf(event.host)
      if (
        i < learnt ||
        lane === undefined ||
        event.kind === 'segment' ||
        (event.kind === 'fault' && event.packet !== 0)
      )
        continue
      const conversation = this.#conversations.ofConnection(event.host, event.conn)
      marks.push(markOf(event, { lane, conversation, time: event.time, order: this.#orderOf(i) }))
    }
    return marks.sort((a, b) => a.order - b.order)
  }
}

const LOSSES: ReadonlySet<FaultEvent['verdict']> = new Set(['drop', 'reject', 'cut', 'crash'])

function faultText(fault: FaultEvent): string {
  if (LOSSES.has(fault.verdict)) return fault.reason === '' ? 'lost' : fault.reason
  const words = { delay: 'delayed', duplicate: 'copy', corrupt: 'corrupted' } as const
  return words[fault.verdict as keyof typeof words] ?? fault.verdict
}

function markOf(
  event: Exclude<TraceEvent, SegmentEvent>,
  base: { lane: Lane; conversation: number | undefined; time: number; order: number },
): Mark {
  switch (event.kind) {
    case 'state':
      return { ...base, kind: 'state', from: event.from, to: event.to }
    case 'timer':
      return { ...base, kind: 'timer', timer: event.timer, action: event.action, delay: event.delay }
    case 'call': {
      const { process, text, result, errno } = event
      return { ...base, kind: 'call', process, text, result, errno }
    }
    case 'note':
      return { ...base, kind: 'note', note: event.note, value: event.value }
    case 'fault':
      return { ...base, kind: 'fault', verdict: event.verdict, reason: event.reason }
    default:
      return event satisfies never
  }
}

function firstSight(packet: SeenPacket): number {
  return packet.out ?? packet.arrivals[0] ?? 0
}

function other(lane: Lane): Lane
function other(lane: Lane | undefined): Lane | undefined
function other(lane: Lane | undefined): Lane | undefined {
  return lane === undefined ? undefined : lane === 0 ? 1 : 0
}
