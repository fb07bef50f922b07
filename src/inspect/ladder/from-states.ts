import type { Micros } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import type { Flight, Ladder, Lane, Moment, StateMark } from './model.ts'

/** A change of state at one end of a connection. */
export interface EndMove {
  readonly time: Micros
  readonly from: State
  readonly to: State
}

/** A reset that one end was told to have sent or to have got. */
export interface EndReset {
  readonly time: Micros
  readonly direction: 'out' | 'in'
}

/** One end of a connection, of which the segments are not seen: what it did, in the order of its clock. */
export interface SeenEnd {
  readonly name: string
  readonly moves: readonly EndMove[]
  readonly resets: readonly EndReset[]
}

const [FIN, SYN, RST, ACK] = [1, 2, 4, 16]

/**
 * The ladder of a connection from the states of both its ends, which share one clock. The segments of the handshake and of the close
 * are inferred: an end cannot have come to its state without them. Where the states tell only one end of a segment, only that is drawn.
 */
export function ladderFromStates(ends: readonly [left: SeenEnd, right: SeenEnd]): Ladder {
  const places = placesOf(ends)
  const sides: readonly [Side, Side] = [new Side(0, places), new Side(1, places)]
  const flights = sides.flatMap((side, i) => {
    const other = sides[1 - i] as Side
    return [...handshake(side, other), ...finOf(side, other), ...resetsOf(side, other), ...lateResets(side, other)]
  })
  flights.sort((a, b) => firstOrder(a) - firstOrder(b))
  const marks = places.flatMap((place) => (place.move === undefined ? [] : markOf(place, place.move)))
  const start = places[0]?.time ?? 0
  return {
    hosts: [ends[0].name, ends[1].name],
    flights,
    marks,
    conversations: [{ ports: [0, 0], clientPort: 0, start }],
  }
}

/** One thing that was told of one end; `index` is its place among those of both. */
interface Place {
  readonly lane: Lane
  readonly time: Micros
  readonly index: number
  readonly move?: EndMove
  readonly reset?: EndReset
}

function placesOf(ends: readonly [SeenEnd, SeenEnd]): Place[] {
  const all = ends.flatMap(({ moves, resets }, i) => {
    const lane: Lane = i === 0 ? 0 : 1
    const told = (reset: EndReset) => ({ lane, time: timeOfReset(reset, moves), reset })
    // What comes at one time with a change of state causes it when it arrives, and is caused by it when it leaves.
    return [
      ...resets.filter(({ direction }) => direction === 'in').map(told),
      ...moves.map((move) => ({ lane, time: move.time, move })),
      ...resets.filter(({ direction }) => direction === 'out').map(told),
    ]
  })
  return all.sort((a, b) => a.time - b.time).map((place, index) => ({ ...place, index }))
}

/** Of one act the kernel tells the reset and the end of the connection a few microseconds apart: they are drawn as one. */
const ONE_ACT: Micros = 1000

function timeOfReset({ time }: EndReset, moves: readonly EndMove[]): Micros {
  const end = moves.find((move) => move.to === State.CLOSED && Math.abs(move.time - time) <= ONE_ACT)
  return end?.time ?? time
}

/** What one place may show, in this order: what arrives, the state that it leads to, what leaves. */
function arrivalAt({ time, index }: Place): Moment {
  return { time, order: 3 * index }
}

function markOf({ lane, time, index }: Place, { from, to }: EndMove): StateMark {
  return { kind: 'state', lane, conversation: 0, time, order: 3 * index + 1, from, to }
}

function departureAt({ time, index }: Place): Moment {
  return { time, order: 3 * index + 2 }
}

function firstOrder({ departure, arrival }: Flight): number {
  return departure?.order ?? arrival?.order ?? 0
}

/** One end, asked for what it did. */
class Side {
  readonly lane: Lane
  readonly #places: readonly Place[]

  constructor(lane: Lane, places: readonly Place[]) {
    this.lane = lane
    this.#places = places.filter((place) => place.lane === lane)
  }

  /** The first time that it went from one of these states to one of those. */
  went(from: readonly State[] | 'anywhere', ...to: readonly State[]): Place | undefined {
    return this.#places.find(
      ({ move }) => move !== undefined && to.includes(move.to) && (from === 'anywhere' || from.includes(move.from)),
    )
  }

  resets(direction: EndReset['direction']): readonly Place[] {
    return this.#places.filter(({ reset }) => reset?.direction === direction)
  }

  flight(flags: number, departure: Place | undefined, arrival: Place | undefined, isAnswered: boolean): Flight {
    return {
      from: this.lane,
      conversation: 0,
      departure: departure && departureAt(departure),
      arrival: arrival && arrivalAt(arrival),
      fate: arrival !== undefined ? 'arrived' : isAnswered ? 'unseen' : 'in-flight',
      faults: [],
      isInferred: (flags & RST) === 0,
      segment: { ...BARE, flags },
    }
  }
}

const BARE = {
  ...{ packet: 0, flags: 0, seq: 0, ack: 0, relativeSeq: 0, relativeAck: 0, length: 0, window: 0, transmission: 1 },
  isBare: true,
} as const

const isBefore = (a: Place | undefined, b: Place | undefined): a is Place =>
  a !== undefined && b !== undefined && a.index < b.index

/**
 * The handshake that `side` began. Linux makes the server's socket only when the last ACK comes, in SYN-RECEIVED for an instant: the
 * SYN's arrival is then not told, and the last ACK arrives with that.
 */
function handshake(side: Side, other: Side): Flight[] {
  const sent = side.went('anywhere', State.SYN_SENT)
  const made = side.went([State.SYN_SENT, State.SYN_RECEIVED], State.ESTABLISHED)
  if (sent === undefined) return []
  const received = other.went('anywhere', State.SYN_RECEIVED)
  if (made === undefined) return [side.flight(SYN, sent, isBefore(sent, received) ? received : undefined, false)]
  const early = isBefore(sent, received) && isBefore(received, made) ? received : undefined
  const last = early === undefined ? received : other.went([State.SYN_RECEIVED], State.ESTABLISHED)
  return [
    side.flight(SYN, sent, early, true),
    other.flight(SYN | ACK, early, made, true),
    side.flight(ACK, made, isBefore(made, last) ? last : undefined, true),
  ]
}

/** The FIN of `side`, and the ACK of it where that is a segment of its own. */
function finOf(side: Side, other: Side): Flight[] {
  const sent = finBy(side)
  const arrived = finAt(other, sent)
  const acked = side.went([State.FIN_WAIT_1], State.FIN_WAIT_2) ?? side.went([State.CLOSING], State.TIME_WAIT)
  const flights: Flight[] = []
  if (sent !== undefined || arrived !== undefined) {
    const seen = sent === undefined || isBefore(sent, arrived) ? arrived : undefined
    flights.push(side.flight(FIN | ACK, sent, seen, acked !== undefined || arrived !== undefined))
  }
  // When an ACK of a FIN leaves nobody tells: it may be delayed, and go with the other FIN.
  if (acked !== undefined && !isCarried(finBy(other), acked)) flights.push(other.flight(ACK, undefined, acked, true))
  const over = side.went([State.LAST_ACK], State.CLOSED)
  const waits = other.went('anywhere', State.TIME_WAIT)
  if (over !== undefined && isBefore(waits, over)) flights.push(other.flight(ACK, waits, over, true))
  return flights
}

function finBy(side: Side): Place | undefined {
  return side.went('anywhere', State.FIN_WAIT_1, State.LAST_ACK)
}

/** Where the FIN that the other end has sent arrives at `side`. One that carries the awaited ACK leads through two states at once. */
function finAt(side: Side, sent: Place | undefined): Place | undefined {
  const closed = side.went('anywhere', State.CLOSE_WAIT, State.CLOSING)
  if (closed !== undefined) return closed
  const waits = side.went([State.FIN_WAIT_1, State.FIN_WAIT_2], State.TIME_WAIT)
  const acked = side.went([State.FIN_WAIT_1], State.FIN_WAIT_2)
  return waits !== undefined && isCarried(sent, acked) ? acked : waits
}

/** Whether a FIN brought the ACK that led to that place: it was sent before, from LAST-ACK. */
function isCarried(fin: Place | undefined, acked: Place | undefined): boolean {
  return fin?.move?.to === State.LAST_ACK && isBefore(fin, acked)
}

/** Each reset that `side` sent, with its arrival where that was told. */
function resetsOf(side: Side, other: Side): Flight[] {
  const arrivals = other.resets('in')
  return side.resets('out').map((sent, i) => {
    const arrival = arrivals[i]
    return side.flight(RST, sent, isBefore(sent, arrival) ? arrival : undefined, true)
  })
}

/** Those that `side` sent and of which only the arrival was told. */
function lateResets(side: Side, other: Side): Flight[] {
  return other
    .resets('in')
    .slice(side.resets('out').length)
    .map((arrival) => side.flight(RST, undefined, arrival, true))
}
