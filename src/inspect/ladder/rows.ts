import { assert, type Micros, SECOND } from '../../base/index.ts'
import { State } from '../../tcp/index.ts'
import { flightsToSplit } from './crossings.ts'
import type { Flight, Ladder, Lane, Mark, StateMark } from './model.ts'

/** A ladder as rows from top to bottom; each lane reads in the order of its own clock. */
export type LadderRow = FlightRow | MarkRow | GapRow

/** The state that each lane enters with this row. */
export type EnteredStates = readonly [left: State | undefined, right: State | undefined]

/** A segment, or one end of it. */
export interface FlightRow {
  readonly kind: 'flight'
  readonly flight: Flight
  /**
   * `whole`: departure and arrival in one row. A segment that crosses another on its way has two rows, with the same `label`.
   */
  readonly part: 'whole' | 'departure' | 'arrival'
  /** A letter for a flight of two rows, otherwise empty. */
  readonly label: string
  readonly states: EnteredStates
}

/** Something that happened on one host, or a remark. */
export interface MarkRow {
  readonly kind: 'mark'
  readonly mark: Mark
  readonly states: EnteredStates
}

/** Nothing happens for a while. */
export interface GapRow {
  readonly kind: 'gap'
  readonly duration: Micros
}

/** What one lane shows in one place. `order` puts a lane's items in sequence. */
interface Item {
  readonly order: number
  readonly time: Micros
  readonly flight?: Flight
  readonly part?: 'whole' | 'departure' | 'arrival'
  readonly mark?: Mark
  /** Hidden marks have no row, but a call that is not shown is the cause of what follows all the same. */
  readonly isHidden?: boolean
}

/**
 * Puts a ladder into rows, marks that `isShown` refuses left out. A segment takes one row, with its departure at one side and its
 * arrival at the other, whenever both lanes can then still be read from top to bottom; segments that cross take two.
 */
export function layoutRows(ladder: Ladder, isShown: (mark: Mark) => boolean): LadderRow[] {
  const split = flightsToSplit(ladder.flights)
  const lanes: [Item[], Item[]] = [[], []]
  for (const flight of ladder.flights) addFlight(lanes, flight, split.has(flight))
  for (const mark of ladder.marks) {
    lanes[mark.lane].push({ order: mark.order, time: mark.time, mark, isHidden: !isShown(mark) })
  }
  for (const lane of lanes) lane.sort((a, b) => a.order - b.order)
  const rows = merge(lanes, labels(ladder.flights, split))
  return withGaps(rows)
}

function addFlight(lanes: [Item[], Item[]], flight: Flight, isSplit: boolean): void {
  const { departure, arrival, from } = flight
  const to: Lane = from === 0 ? 1 : 0
  if (departure !== undefined) lanes[from].push({ ...departure, flight, part: isSplit ? 'departure' : 'whole' })
  if (arrival !== undefined) lanes[to].push({ ...arrival, flight, part: isSplit ? 'arrival' : 'whole' })
}

/** a, b, …, z, aa, ab, … in the order of departure. */
function labels(flights: readonly Flight[], split: ReadonlySet<Flight>): ReadonlyMap<Flight, string> {
  const given = new Map<Flight, string>()
  for (const flight of flights) {
    if (!split.has(flight)) continue
    let label = ''
    for (let n = given.size; n >= 0; n = Math.floor(n / 26) - 1) label = String.fromCharCode(97 + (n % 26)) + label
    given.set(flight, label)
  }
  return given
}

/** Draws both lanes' items into one sequence; what stands in both comes when both have come to it. */
function merge(lanes: readonly [readonly Item[], readonly Item[]], names: ReadonlyMap<Flight, string>): LadderRow[] {
  const rows = new Rows(names)
  const next: [number, number] = [0, 0]
  for (;;) {
    const left = lanes[0][next[0]]
    const right = lanes[1][next[1]]
    if (left === undefined && right === undefined) return rows.list
    if (left?.flight !== undefined && left.part === 'whole' && left.flight === right?.flight) {
      next[0]++
      next[1]++
      rows.addWhole(left.flight)
      continue
    }
    const lane: Lane = goesFirst(left, right) ? 0 : 1
    const item = lanes[lane][next[lane]++] as Item
    assert(!isInBoth(item), 'of two segments that cross, one is split')
    rows.add(item, lane, lanes[lane][next[lane]])
  }
}

/** Whether the left item is next. One that waits for its counterpart in the other lane has to let that lane catch up. */
function goesFirst(left: Item | undefined, right: Item | undefined): boolean {
  if (left === undefined || right === undefined) return right === undefined
  const leftWaits = isInBoth(left)
  const rightWaits = isInBoth(right)
  return leftWaits === rightWaits ? left.order < right.order : rightWaits
}

function isInBoth(item: Item): boolean {
  return item.part === 'whole' && item.flight?.departure !== undefined && item.flight.arrival !== undefined
}

type MutableStates = [State | undefined, State | undefined]

/** Where a state change may be written: the row that a lane has come to. */
interface Place {
  readonly states: MutableStates
  readonly time: Micros
}

/** Collects rows, and writes each change of state beside the row that caused it or that it causes. */
class Rows {
  readonly list: LadderRow[] = []
  readonly #labels: ReadonlyMap<Flight, string>
  readonly #last: [Place | undefined, Place | undefined] = [undefined, undefined]
  /** The arrival that all else at this moment answers, until a program or a timer steps in. */
  readonly #arrival: [Place | undefined, Place | undefined] = [undefined, undefined]
  /** States that wait for the departure that comes with them. */
  readonly #waiting: [StateMark | undefined, StateMark | undefined] = [undefined, undefined]

  constructor(labels: ReadonlyMap<Flight, string>) {
    this.#labels = labels
  }

  /** A flight with both ends; its two items have been taken. */
  addWhole(flight: Flight): void {
    const states: MutableStates = [undefined, undefined]
    this.list.push({ kind: 'flight', flight, part: 'whole', label: '', states })
    this.#depart(flight.from, { states, time: flight.departure?.time ?? 0 })
    this.#arrive(flight.from === 0 ? 1 : 0, { states, time: flight.arrival?.time ?? 0 })
  }

  add(item: Item, lane: Lane, following: Item | undefined): void {
    const states: MutableStates = [undefined, undefined]
    const place = { states, time: item.time }
    const { mark, flight } = item
    if (flight !== undefined) {
      this.list.push({
        kind: 'flight',
        flight,
        part: item.part ?? 'whole',
        label: this.#labels.get(flight) ?? '',
        states,
      })
      if (flight.from === lane) this.#depart(lane, place)
      else this.#arrive(lane, place)
    } else if (mark !== undefined) {
      // Timers that an arrival arms or stops are its doing too.
      const isCause = mark.kind === 'call' || (mark.kind === 'timer' && mark.action === 'fired')
      if (isCause) this.#arrival[lane] = undefined
      if (item.isHidden === true) return
      if (mark.kind === 'state' && !isListenersEnd(mark)) this.#addState(mark, following)
      else {
        this.list.push({ kind: 'mark', mark, states })
        if (mark.kind !== 'remark') this.#last[lane] = place
      }
    }
  }

  #addState(mark: StateMark, following: Item | undefined): void {
    const { lane } = mark
    const isFree = (place: Place | undefined): place is Place =>
      place !== undefined && place.time === mark.time && place.states[lane] === undefined
    const precedesDeparture = following?.flight?.from === lane && following.time === mark.time
    const [arrival, last] = [this.#arrival[lane], this.#last[lane]]
    if (isFree(arrival)) arrival.states[lane] = mark.to
    else if (precedesDeparture) this.#waiting[lane] = mark
    else if (isFree(last)) last.states[lane] = mark.to
    else {
      const states: MutableStates = [undefined, undefined]
      states[lane] = mark.to
      this.list.push({ kind: 'mark', mark, states })
      this.#last[lane] = { states, time: mark.time }
    }
  }

  #arrive(lane: Lane, place: Place): void {
    this.#arrival[lane] = place
    this.#last[lane] = place
  }

  #depart(lane: Lane, place: Place): void {
    const waiting = this.#waiting[lane]
    if (waiting !== undefined) place.states[lane] = waiting.to
    this.#waiting[lane] = undefined
    this.#last[lane] = place
  }
}

/** In the column of states it would read as the end of a connection. */
function isListenersEnd(mark: StateMark): boolean {
  return mark.from === State.LISTEN && mark.to === State.CLOSED
}

/** Where nothing happens for a second or more, a row that says so. */
function withGaps(rows: readonly LadderRow[]): LadderRow[] {
  let latest = Number.POSITIVE_INFINITY
  return rows.flatMap((row) => {
    const times = timesOf(row)
    const duration = Math.min(...times) - latest
    latest = Math.max(Number.isFinite(latest) ? latest : 0, ...times)
    return duration >= SECOND ? [{ kind: 'gap', duration } satisfies GapRow, row] : [row]
  })
}

function timesOf(row: LadderRow): Micros[] {
  if (row.kind === 'mark') return [row.mark.time]
  if (row.kind === 'gap') return []
  const { departure, arrival } = row.flight
  const times: Micros[] = []
  if (row.part !== 'arrival' && departure !== undefined) times.push(departure.time)
  if (row.part !== 'departure' && arrival !== undefined) times.push(arrival.time)
  return times
}
