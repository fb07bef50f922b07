import { formatDuration, type Micros, SECOND } from 'lastack/base'
import {
  type Flight,
  isGrave,
  type Ladder,
  type Lane,
  type Mark,
  markText,
  type RowState,
  segmentTexts,
} from 'lastack/inspect'
import { type State, stateName } from 'lastack/tcp'
import { formatTime } from '../ui/format.ts'

/** A ladder with places: what is drawn where, in px. */
export interface LadderPicture {
  readonly width: number
  readonly height: number
  /** True: there is no room for time and state side by side. */
  readonly narrow: boolean
  /** Where the two lifelines stand. */
  readonly lanes: readonly [left: number, right: number]
  readonly arrows: readonly Arrow[]
  readonly lines: readonly Line[]
  readonly spans: readonly Span[]
  readonly gaps: readonly Gap[]
}

/** One copy of a segment. */
export interface Arrow {
  readonly key: string
  readonly flight: Flight
  /** The ladder beside this one has none like it, or not at that time. */
  readonly differs: boolean
  readonly x1: number
  readonly y1: number
  readonly x2: number
  readonly y2: number
  /** It is so long on its way that a line would be as good as upright: only its beginning is drawn, to here, and its end, from there. */
  readonly torn: { readonly x1: number; readonly y1: number; readonly x2: number; readonly y2: number } | null
  readonly label: string
  /** What was done to it on its way, in lines. */
  readonly faults: readonly string[]
  readonly labelX: number
  readonly labelY: number
  readonly labelAngle: number
  /** Slope, degrees. */
  readonly angle: number
}

/** What stands at one place of one lifeline: time, state, words, all outside of it. A remark has no lane. */
export interface Line {
  readonly key: string
  readonly lane: Lane | null
  readonly y: number
  /** Empty when it is that of the line above. */
  readonly time: string
  readonly state: RowState | null
  readonly words: readonly string[]
  /** A call that failed, a crash. */
  readonly grave: boolean
  /** The ladder beside this one has none like it at that time. */
  readonly differs: boolean
}

/** A stretch of a lifeline in one state; `null`: no connection, or more than one. */
export interface Span {
  readonly lane: Lane
  readonly y1: number
  readonly y2: number
  readonly state: RowState | null
}

/** Time in which nothing happens. */
export interface Gap {
  readonly y: number
  readonly text: string
}

const LINE = 21
const TEXT_LINE = 14
const TOP = 8
/** Width of one character of the drawing's monospaced type, px. */
const CHARACTER = 6.6
/** The same of the type of remarks, on average. */
const REMARK_CHARACTER = 5.7
/** The words of a lane begin this far outside of its lifeline, px. */
export const WORDS_MARGIN = 11
const OUTSIDE_SHARE = 0.31
const OUTSIDE_MIN = 114
const NARROW = 480
/** How far an arrow gets that does not arrive, of the whole way. */
const LOST_AT = 0.42
const LABEL_MARGIN = 10
/** From this height on an arrow is torn, px; and so far its pieces go down. */
const TORN_FROM = 900
const TORN_SLOPE = 9
/** Degrees up to which a text follows its arrow. */
const SLOPE_MAX = 35

interface Item {
  readonly order: number
  readonly time: Micros
  readonly lane: Lane
  readonly flight?: Flight
  readonly end?: 'departure' | 'arrival'
  readonly mark?: Mark
  /** What it is and when: equal in two ladders where the same happens in both. */
  readonly sign: string
}

/** A call's words without the process, where the process is called like its host. */
function withoutOwnName(mark: Mark, ladder: Ladder): string {
  const text = markText(mark)
  if (mark.kind !== 'call') return text
  return mark.process === ladder.hosts[mark.lane] ? text.slice(mark.process.length + 2) : text
}

/** Timers are many; those that bound a state, and those that ran out, tell the story. */
function isShown(mark: Mark): boolean {
  // A call that blocks is told when it returns.
  if (mark.kind === 'call') return !mark.text.endsWith('<unfinished ...>')
  if (mark.kind !== 'timer') return true
  const bounds = mark.timer === 'time-wait' || mark.timer === 'fin-wait-2'
  return mark.action === 'fired' ? mark.timer !== 'delayed-ack' : mark.action === 'armed' && bounds
}

function itemsOf(ladder: Ladder): Item[] {
  const items: Item[] = []
  const add = (item: Omit<Item, 'sign'>, what: string): void => {
    items.push({ ...item, sign: `${item.time} ${item.lane} ${what}` })
  }
  for (const flight of ladder.flights) {
    const to: Lane = flight.from === 0 ? 1 : 0
    const { flags, relativeSeq, relativeAck, length, transmission } = flight.segment
    const what = [flight.from, flags, relativeSeq, relativeAck, length, transmission, flight.fate].join(' ')
    if (flight.departure !== undefined) add({ ...flight.departure, lane: flight.from, flight, end: 'departure' }, what)
    if (flight.arrival !== undefined) add({ ...flight.arrival, lane: to, flight, end: 'arrival' }, what)
  }
  for (const mark of ladder.marks) {
    if (isShown(mark)) add({ order: mark.order, time: mark.time, lane: mark.lane, mark }, markText(mark))
  }
  return items.sort((a, b) => a.order - b.order)
}

/** Breaks a text into lines of at most so many characters, between words; the first line may have to be shorter. */
function wrapped(text: string, columns: number, firstColumns: number = columns): string[] {
  const lines: string[] = []
  for (const word of text.split(' ')) {
    const last = lines.at(-1)
    const room = lines.length === 1 ? firstColumns : columns
    if (last !== undefined && last.length + 1 + word.length <= room) lines[lines.length - 1] = `${last} ${word}`
    else lines.push(word)
  }
  return lines
}

/** What each of several ladders has that another has not, or not as often. */
function differencesOf(columns: readonly (readonly Item[])[]): ReadonlySet<Item> {
  const different = new Set<Item>()
  for (const items of columns) {
    for (const others of columns) {
      if (others === items) continue
      const left = new Map<string, number>()
      for (const { sign } of others) left.set(sign, (left.get(sign) ?? 0) + 1)
      for (const item of items) {
        const count = left.get(item.sign) ?? 0
        if (count === 0) different.add(item)
        left.set(item.sign, count - 1)
      }
    }
  }
  return different
}

/** From how long on a time without events is said, not passed over: as the terminal's ladder has it. */
function gapThreshold(items: readonly Item[]): Micros {
  const steps = items.slice(1).map((item, i) => item.time - (items[i] as Item).time)
  const positive = steps.filter((step) => step > 0).sort((a, b) => a - b)
  return Math.max(SECOND, 10 * (positive[positive.length >> 1] ?? 0))
}

/** The state of a connection that is; `null`: there is none. */
function livingState(state: State | undefined): RowState | null {
  return state === undefined || stateName(state) === 'CLOSED' ? null : stateName(state)
}

/** Lays out items one after the other, from top to bottom. */
class Layout {
  readonly lines: Line[] = []
  readonly gaps: Gap[] = []
  readonly spans: Span[] = []
  readonly lanes: readonly [number, number]
  /** Where each flight's ends came to stand. */
  readonly ends: Map<Flight, { departure?: number; arrival?: number }> = new Map()
  y = TOP
  private readonly width: number
  private readonly ladder: Ladder
  private readonly raw: boolean
  private readonly different: ReadonlySet<Item>
  /** Flights of which an end differs. */
  private readonly otherwise: Set<Flight> = new Set()
  private readonly times: [string, string] = ['', '']
  private readonly since: [number, number] = [0, 0]
  private readonly states: [RowState | null, RowState | null]
  /** The last line, while something of the same lane and time may still join it: it has no words, and not both of the others. */
  private open: { readonly lane: Lane; readonly time: Micros; readonly has: 'flight' | 'state' } | null = null

  constructor(ladder: Ladder, width: number, raw: boolean, different: ReadonlySet<Item>) {
    this.raw = raw
    this.different = different
    this.ladder = ladder
    this.width = width
    const outside = Math.max(OUTSIDE_MIN, Math.round(width * OUTSIDE_SHARE))
    this.lanes = [outside, width - outside]
    const [left, right] = ladder.before ?? []
    this.states = [livingState(left), livingState(right)]
  }

  /** What was done to a flight, in lines that fit between its tip and the other lifeline. */
  private faults(flight: Flight): readonly string[] {
    if (flight.faults.length === 0) return []
    const room = (this.lanes[1] - this.lanes[0]) * (flight.fate === 'lost' ? 1 - LOST_AT : 1) - 24
    return wrapped(flight.faults.join(', '), Math.max(8, Math.floor(room / CHARACTER)))
  }

  private get several(): boolean {
    return this.ladder.conversations.length > 1
  }

  /** A text in lines that fit outside a lifeline; the first may have a time beside it. */
  private outside(text: string, item: Item): string[] {
    const columns = Math.floor((this.lanes[0] - WORDS_MARGIN) / CHARACTER)
    const time = this.timeOf(item)
    const taken = time === '' || this.width < NARROW ? 0 : time.length + 1
    return wrapped(text, columns, columns - taken)
  }

  /** The time to be written beside an item: empty when it is that of the lane's line before. */
  private timeOf({ lane, time }: Item): string {
    const text = formatTime(time)
    return this.times[lane] === text ? '' : text
  }

  place(item: Item): void {
    const { mark, flight } = item
    if (flight !== undefined && this.different.has(item)) this.otherwise.add(flight)
    if (mark?.kind === 'remark') this.remark(item, mark.text)
    else if (mark?.kind === 'state') this.state(item, mark)
    else if (mark !== undefined) this.mark(item, mark)
    else if (flight !== undefined) this.flight(item, flight)
  }

  private flight(item: Item, flight: Flight): void {
    const joins = item.end === 'departure' && this.joins(item, 'state')
    const y = joins ? (this.lines.at(-1)?.y ?? this.y) : this.line(item, null, [], false)
    this.open = joins ? null : { lane: item.lane, time: item.time, has: 'flight' }
    this.ends.set(flight, { ...this.ends.get(flight), [item.end ?? 'departure']: y })
    // Why it was lost stands below its tip: the next segment's words begin below that.
    const above = flight.fate === 'lost' ? 0 : 1
    if (item.end === 'departure') this.y += Math.max(0, this.faults(flight).length - above) * TEXT_LINE
  }

  /** Whether an item goes on the last line, which holds just that. */
  private joins(item: Item, has: 'flight' | 'state'): boolean {
    return this.open !== null && this.open.lane === item.lane && this.open.time === item.time && this.open.has === has
  }

  gap(duration: Micros): void {
    this.open = null
    this.y += LINE
    this.gaps.push({ y: this.y, text: formatDuration(duration) })
    this.y += LINE * 0.25
  }

  private remark(item: Item, text: string): void {
    const words = wrapped(text, Math.floor((this.width - 24) / REMARK_CHARACTER))
    this.open = null
    this.y += LINE * 1.1
    const differs = this.different.has(item)
    this.lines.push({
      key: `${item.order}`,
      lane: null,
      y: this.y,
      time: '',
      state: null,
      words,
      grave: false,
      differs,
    })
    this.y += (words.length - 1) * TEXT_LINE + LINE * 0.4
  }

  private state(item: Item, mark: Extract<Mark, { kind: 'state' }>): void {
    // Of several connections it must be said which one moved; a listener's state is none of the connection's.
    if (this.several || mark.conversation === undefined) return this.mark(item, mark)
    const state = stateName(mark.to)
    const last = this.lines.at(-1)
    let y = this.y
    if (last !== undefined && this.joins(item, 'flight')) {
      y = last.y
      this.lines[this.lines.length - 1] = { ...last, state, differs: last.differs || this.different.has(item) }
      this.open = null
    } else {
      y = this.line(item, state, [], false)
      this.open = { lane: item.lane, time: item.time, has: 'state' }
    }
    this.span(item.lane, y)
    this.states[item.lane] = livingState(mark.to)
  }

  private mark(item: Item, mark: Mark): void {
    const text = this.port(mark.conversation) + withoutOwnName(mark, this.ladder)
    this.line(item, null, this.outside(text, item), isGrave(mark))
  }

  /** The port that tells a conversation from the others, where there are others. */
  private port(conversation: number | undefined): string {
    const known = conversation === undefined ? undefined : this.ladder.conversations[conversation]
    // Of several with one port between them it would tell nothing.
    const tells = this.ladder.conversations.some(({ clientPort }) => clientPort !== known?.clientPort)
    return tells && known !== undefined ? `${known.clientPort}: ` : ''
  }

  private line(item: Item, state: RowState | null, words: string[], grave: boolean): number {
    const { lane } = item
    const before = this.lines.at(-1)
    const time = this.timeOf(item)
    if (time !== '') this.times[lane] = time
    // What happens at one moment stands close together, like the lines of a listing.
    const listed = time === '' && before?.lane === lane && before.words.length > 0
    this.y += listed ? TEXT_LINE + 2 : LINE
    // The narrow drawing has no room for the time beside the line: it stands above.
    if (this.width < NARROW && time !== '') this.y += TEXT_LINE - 4
    const y = this.y
    // A segment's end is marked at its arrow.
    const differs = item.flight === undefined && this.different.has(item)
    this.lines.push({ key: `${item.order}`, lane, y, time, state, words, grave, differs })
    this.y += Math.max(0, words.length - 1) * TEXT_LINE
    this.open = null
    return y
  }

  /** Ends the stretch that a lane has been in. */
  span(lane: Lane, y: number): void {
    const y1 = this.since[lane]
    if (y > y1) this.spans.push({ lane, y1, y2: y, state: this.states[lane] })
    this.since[lane] = y
  }

  /** The longest text that has room: all of the way, or where the arrow is short or another crosses it, less than half of it. */
  private label(flight: Flight, crosses: boolean): string {
    const prefix = this.port(flight.conversation)
    const room = (this.lanes[1] - this.lanes[0] - 24) * (crosses ? 0.45 : 1)
    const columns = Math.floor(room / CHARACTER) - prefix.length
    const texts = segmentTexts(flight, { raw: this.raw })
    return prefix + (texts.find((text) => text.length <= columns) ?? texts.at(-1) ?? '')
  }

  arrow(flight: Flight, index: number, crosses: boolean): Arrow {
    const { departure, arrival } = this.ends.get(flight) ?? {}
    const from = this.lanes[flight.from]
    const to = this.lanes[flight.from === 0 ? 1 : 0]
    const reaches = flight.fate === 'arrived' || flight.fate === 'unseen'
    const x1 = departure === undefined ? (from + to) / 2 : from
    const x2 = reaches ? to : from + (to - from) * LOST_AT
    const y1 = departure ?? (arrival ?? 0) - LINE / 2
    const y2 = arrival ?? y1 + LINE * (reaches ? 0.8 : 0.4)
    const isTorn = departure !== undefined && arrival !== undefined && y2 - y1 > TORN_FROM
    const torn = isTorn
      ? { x1: mix(x1, x2, LOST_AT), y1: y1 + TORN_SLOPE, x2: mix(x2, x1, LOST_AT), y2: y2 - TORN_SLOPE }
      : null
    const label = this.label(flight, isTorn || crosses)
    const [endX, endY] = torn === null ? [x2, y2] : [torn.x1, torn.y1]
    const slope = (Math.atan2(endY - y1, Math.abs(endX - x1)) * 180) / Math.PI
    const angle = slope * (x2 > x1 ? 1 : -1)
    // A text that climbs is hard to read, and beside others like it impossible: each has a line of its own to lie on.
    const lies = slope > SLOPE_MAX
    return {
      key: `${flight.segment.packet} ${index}`,
      flight,
      differs: this.otherwise.has(flight),
      ...{ x1, y1, x2, y2, torn, label },
      faults: this.faults(flight),
      // Beside the lifeline that it leaves: where two cross in the middle, both can still be read.
      labelX: x1 + Math.sign(x2 - x1) * LABEL_MARGIN,
      labelY: lies ? y1 : y1 + ((endY - y1) * LABEL_MARGIN) / Math.max(1, Math.abs(endX - x1)),
      labelAngle: lies ? 0 : angle,
      angle,
    }
  }
}

/** Whether it is drawn over half of the way: nobody saw it leave, or that was before the part that is drawn. */
function isShort({ departure }: Flight): boolean {
  return departure === undefined
}

function mix(from: number, to: number, share: number): number {
  return from + (to - from) * share
}

/** The flights that meet one that goes the other way. */
function crossing(flights: readonly Flight[]): ReadonlySet<Flight> {
  const crossing = new Set<Flight>()
  /** Those under way that go right, and those that go left. */
  const underWay: [Flight[], Flight[]] = [[], []]
  for (const flight of flights) {
    const { departure, from } = flight
    if (departure === undefined) continue
    const opposite: Lane = from === 0 ? 1 : 0
    const others = underWay[opposite].filter((other) => endOf(other) > departure.order)
    underWay[opposite] = others
    underWay[from].push(flight)
    // What does not arrive meets nobody, but somebody may meet it.
    for (const other of others) {
      if (flight.arrival !== undefined) crossing.add(flight)
      if (other.arrival !== undefined) crossing.add(other)
    }
  }
  return crossing
}

/** What is lost is drawn over less than half of the way: it is in the way of what comes at once, and of nothing later. */
const LOST_AFTER = 8

function endOf({ departure, arrival, fate }: Flight): number {
  if (arrival !== undefined) return arrival.order
  return fate === 'lost' && departure !== undefined ? departure.order + LOST_AFTER : Number.POSITIVE_INFINITY
}

/**
 * Gives ladders their places on sheets of one width, side by side on one axis of time: what happens at one time stands at one
 * height, and what one has that another has not is marked as different.
 *
 * @param raw true: sequence numbers as on the wire.
 */
export function drawLadders(ladders: readonly Ladder[], width: number, raw = false): LadderPicture[] {
  const all = ladders.map(itemsOf)
  const different = differencesOf(all)
  const gapFrom = gapThreshold(all.flat().sort((a, b) => a.time - b.time))
  const columns = ladders.map((ladder, i) => {
    return { ladder, layout: new Layout(ladder, width, raw, different), rest: (all[i] ?? []).toReversed() }
  })
  let [y, latest] = [TOP, Number.POSITIVE_INFINITY]
  for (;;) {
    const time = Math.min(...columns.map(({ rest }) => rest.at(-1)?.time ?? Number.POSITIVE_INFINITY))
    if (time === Number.POSITIVE_INFINITY) break
    const from = y
    for (const { layout, rest } of columns) {
      layout.y = from
      if (time - latest >= gapFrom) layout.gap(time - latest)
      while (rest.at(-1)?.time === time) layout.place(rest.pop() as Item)
      y = Math.max(y, layout.y)
    }
    latest = time
  }
  const height = y + LINE * 1.5
  return columns.map(({ layout, ladder }) => {
    layout.span(0, height)
    layout.span(1, height)
    const { lanes, lines, spans, gaps } = layout
    const crossed = crossing(ladder.flights)
    const arrows = ladder.flights.map((flight, n) => layout.arrow(flight, n, isShort(flight) || crossed.has(flight)))
    return { width, height, narrow: width < NARROW, lanes, lines, spans, gaps, arrows }
  })
}
