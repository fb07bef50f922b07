/** One connection of a capture: both ends, and what an analyser says of either direction. */
import type { Micros, Seq } from '../base/index.ts'
import type { SocketRow } from '../inspect/index.ts'
import { State, stateName } from '../tcp/index.ts'
import type { TraceEvent } from '../trace/index.ts'
import { Ctl, type TcpSegment } from '../wire/index.ts'
import { Crossings } from './crossings.ts'
import type { CapturedSegment, End } from './end.ts'
import { Flow } from './flow.ts'
import { type IcmpError, type Problem, problemsOf } from './problems.ts'
import type { ReplayedEnd } from './replayed-end.ts'
import { type Move, Timeline } from './timeline.ts'

/** One connection of a capture. */
export interface ReplayedConnection {
  /** From 1, in the order of their first packets. */
  readonly number: number
  /** The first is the one that opened it; where that was not captured, the one with the higher port. */
  readonly ends: readonly [ReplayedEnd, ReplayedEnd]
  /** First and last packet, µs since the first packet of the capture. */
  readonly start: Micros
  readonly end: Micros
  /** The capture began after the connection: both ends are taken for established where it begins. */
  readonly isMidstream: boolean
  /** From the SYN to the ACK that completes the handshake, µs. */
  readonly roundTrip: Micros | undefined
  readonly moves: readonly Move[]
  /** What was wrong, the gravest first. */
  readonly problems: readonly Problem[]
  /** States and kept segments for the ladder and every other view; host 0 and 1 are the ends, `conn` the number. */
  readonly events: readonly TraceEvent[]
  /** Segments between the first and the last of a long connection, which are not in `events`. */
  readonly omittedSegments: number
}

/** The same error about the same packet within so long has been captured at two interfaces. */
const ICMP_COPY: Micros = 1000
/** Different errors that are remembered of a connection. */
const ICMP_ERRORS_MAX = 8

/** A connection being rebuilt. */
export class Connection {
  readonly number: number
  readonly addresses: readonly [string, string]
  readonly ports: readonly [number, number]
  readonly start: Micros
  end: Micros
  readonly #family: 4 | 6
  readonly #timeline: Timeline
  readonly #flows: readonly [Flow, Flow] = [new Flow(), new Flow()]
  /** Of both ends, where a capture has several interfaces. */
  readonly crossings: readonly [Crossings, Crossings] = [new Crossings(), new Crossings()]
  readonly #isMidstream: boolean
  readonly #icmpErrors: IcmpError[] = []
  #lastIcmp = { id: 0, seq: 0, time: Number.NEGATIVE_INFINITY }
  /** The connection that the opener has begun at the same ports, when it answered for this one with RST. */
  successor: number | undefined
  #synTime: Micros | undefined
  #roundTrip: Micros | undefined

  constructor(
    number: number,
    ends: {
      readonly addresses: readonly [string, string]
      readonly ports: readonly [number, number]
      readonly family: 4 | 6
    },
    first: TcpSegment,
    time: Micros,
    keepsSegments: boolean,
  ) {
    this.number = number
    this.addresses = ends.addresses
    this.ports = ends.ports
    this.#family = ends.family
    this.start = time
    this.end = time
    this.#timeline = new Timeline(keepsSegments)
    this.#isMidstream = (first.ctl & Ctl.SYN) === 0
  }

  /** What is known of the ends so far. */
  get ends(): readonly [End, End] {
    return this.#timeline.ends
  }

  /** One more segment. @param from the end that sent it, @param lost why it never arrived, where the capture says so */
  add(segment: TcpSegment, from: 0 | 1, time: Micros, lost: string | undefined): void {
    this.end = time
    this.#measure(segment, from, time)
    const [flow, peer] = from === 0 ? this.#flows : [this.#flows[1], this.#flows[0]]
    const { retransmission } = flow.take(segment, time, peer, this.#roundTrip, lost !== undefined)
    // Written out: an object that is spread from others costs ten times as much, and there is one for each packet.
    const kept: CapturedSegment = {
      time,
      from,
      seq: segment.seq,
      ack: segment.ack,
      flags: segment.ctl,
      length: segment.dataLength,
      window: segment.wnd,
      retransmission,
      lost,
    }
    this.#timeline.add(kept)
  }

  /** From the SYN to the ACK of the SYN,ACK: the way there and back, wherever the capture was taken. */
  #measure({ ctl }: TcpSegment, from: 0 | 1, time: Micros): void {
    if ((ctl & (Ctl.SYN | Ctl.ACK)) === Ctl.SYN) this.#synTime = from === 0 ? time : undefined
    const completes = from === 0 && (ctl & (Ctl.SYN | Ctl.RST | Ctl.ACK)) === Ctl.ACK
    if (!completes || this.#roundTrip !== undefined || this.#synTime === undefined) return
    // No round trip takes no time at all: where it seems so, the capture's clock is too coarse to tell.
    if (time > this.#synTime) this.#roundTrip = time - this.#synTime
  }

  /**
   * An ICMP error about a packet that `end` has sent.
   * @param id the identification of the packet that it quotes
   * @param seq the sequence number of that packet
   */
  addIcmp({ from, end, said }: Omit<IcmpError, 'count'>, id: number, seq: Seq, time: Micros): void {
    const last = this.#lastIcmp
    this.#lastIcmp = { id, seq, time }
    if (last.id === id && last.seq === seq && time - last.time < ICMP_COPY) return
    const known = this.#icmpErrors.find((one) => one.from === from && one.end === end && one.said === said)
    if (known !== undefined) known.count++
    else if (this.#icmpErrors.length < ICMP_ERRORS_MAX) this.#icmpErrors.push({ from, end, said, count: 1 })
  }

  /** Neither end can send any more, as far as was captured. */
  get isOver(): boolean {
    return this.ends.every(({ state }) => state === State.CLOSED || state === State.TIME_WAIT)
  }

  /** Both ends have closed, or the connection is over: not much will come any more. */
  get hasClosed(): boolean {
    return this.isOver || this.ends.every(({ finEnd }) => finEnd !== undefined)
  }

  /** The connection as it stands now, at the capture's end. @param withEvents false: nobody will look at its events */
  conclude(captureEnd: Micros, withEvents: boolean): ReplayedConnection {
    const timeline = this.#timeline
    const [one, other] = this.#flows
    timeline.finish([isUnheard(one, other), isUnheard(other, one)])
    for (const flow of this.#flows) flow.finish(this.end)
    const ends = [0, 1].map((i) => ({
      ...{ address: this.addresses[i] as string, port: this.ports[i] as number },
      ...{ state: timeline.ends[i as 0 | 1].state, counts: this.#flows[i as 0 | 1].counts },
    })) as unknown as [ReplayedEnd, ReplayedEnd]
    const facts = { ends, flows: this.#flows, knownEnds: timeline.ends, moves: timeline.moves }
    return {
      ...{ number: this.number, ends, start: this.start, end: this.end, isMidstream: this.#isMidstream },
      ...{
        roundTrip: this.#roundTrip,
        moves: timeline.moves,
        problems: problemsOf({ ...facts, icmpErrors: this.#icmpErrors, successor: this.successor, captureEnd }),
      },
      ...{ events: withEvents ? timeline.events(this.number, this.ports) : [], omittedSegments: timeline.omitted },
    }
  }

  /** Both ends as rows of a socket table, for a filter. An end that nothing is known of has none. */
  rows(): SocketRow[] {
    const endpoints = [0, 1].map((i) => ({ address: this.addresses[i] as string, port: this.ports[i] as number }))
    return this.ends.flatMap(({ state }, i): SocketRow[] => {
      const [local, peer] = [endpoints[i], endpoints[1 - i]]
      if (state === undefined || local === undefined || peer === undefined) return []
      const queues = { recvQueue: 0, sendQueue: 0 }
      return [
        { source: 'capture', netid: 'tcp', family: this.#family, state: stateName(state), local, peer, ...queues },
      ]
    })
  }
}

/** Nothing of this end was captured, and the other one has heard it: one direction is missing. */
function isUnheard(flow: Flow, peer: Flow): boolean {
  return flow.counts.segments === 0 && peer.hasHeard
}
