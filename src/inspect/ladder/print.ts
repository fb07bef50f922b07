import { formatDuration, type Micros } from '../../base/index.ts'
import { type State, stateName } from '../../tcp/index.ts'
import { stateColours } from '../colours.ts'
import { type Paint, paint } from '../format/paint.ts'
import { columnCount, wrap } from '../format/text.ts'
import { drawArrow } from './arrows.ts'
import type { CallMark, Flight, Ladder, Lane, Mark, TimerMark } from './model.ts'
import { type FlightRow, type LadderRow, layoutRows, type MarkRow } from './rows.ts'
import { ASCII, type Strokes, UNICODE } from './strokes.ts'
import { isGrave, isUnfinished, markText } from './words.ts'

/** How a ladder is printed. */
export interface LadderPrintOptions {
  /** Columns of the page, at least 72; 80 when left out. No line is longer. */
  readonly width?: number
  /** Colours for a terminal. Everything they tell is there in words and signs too. */
  readonly colour?: boolean
  /** Draw with ASCII characters only. */
  readonly ascii?: boolean
  /** `important` (default): timers that expire, and those that bound TIME-WAIT and FIN-WAIT-2 from their beginning. */
  readonly timers?: 'none' | 'important' | 'all'
  /** `returned` (default): socket calls when they return, and connect() when it begins; `all`: every call that blocks, too. */
  readonly calls?: 'none' | 'returned' | 'all'
  /** Notes such as why a segment was discarded; shown when left out. */
  readonly notes?: boolean
  /** Sequence numbers as on the wire. */
  readonly raw?: boolean
  /** The window of each segment, where there is room. */
  readonly window?: boolean
  /** Print at most this many rows, and say how many are left out. */
  readonly limit?: number
}

const WIDTH_MIN = 72
const WIDTH_DEFAULT = 80
/** The least room between the lifelines that every arrow can be drawn in. */
const AREA_MIN = 22
const RED = 160
const AMBER = 136

/**
 * A sequence diagram as text: two lifelines, arrows between them with the times of departure and arrival at the sides, states where
 * they change, calls, timers and losses where they happen. Every line ends with a line feed.
 */
export function printLadder(ladder: Ladder, options: LadderPrintOptions = {}): string {
  const rows = layoutRows(ladder, (mark) => isShown(mark, options))
  const shown = options.limit === undefined ? rows : rows.slice(0, options.limit)
  const page = new Page(ladder, rows, options)
  page.header()
  for (const row of shown) page.row(row)
  if (shown.length < rows.length) page.plain(`… ${rows.length - shown.length} more rows`)
  page.legend(shown)
  return page.text
}

function isShown(mark: Mark, options: LadderPrintOptions): boolean {
  switch (mark.kind) {
    case 'timer':
      return isShownTimer(mark, options.timers ?? 'important')
    case 'call':
      return isShownCall(mark, options.calls ?? 'returned')
    case 'note':
      return options.notes ?? true
    default:
      return true
  }
}

function isShownCall(mark: CallMark, level: 'none' | 'returned' | 'all'): boolean {
  if (level !== 'returned') return level === 'all'
  return !isUnfinished(mark) || mark.text.startsWith('connect(')
}

function isShownTimer(mark: TimerMark, level: 'none' | 'important' | 'all'): boolean {
  if (level !== 'important') return level === 'all'
  const boundsState = mark.timer === 'time-wait' || mark.timer === 'fin-wait-2'
  return mark.action === 'fired' ? mark.timer !== 'delayed-ack' : mark.action === 'armed' && boundsState
}

/** The columns: time, state, lifeline, area, lifeline, state, time. */
class Page {
  text = ''
  readonly #ladder: Ladder
  readonly #options: LadderPrintOptions
  readonly #strokes: Strokes
  readonly #paint: Paint
  readonly #decimals: number
  readonly #width: number
  readonly #timeWidth: number
  readonly #stateWidth: number
  readonly #areaWidth: number
  /** Some arrow was too narrow for `seq 1 len 100`. */
  #isShortened = false
  readonly #showsPorts: boolean
  /** The time last written at each side; it is not repeated. */
  readonly #written: [string, string] = ['', '']

  constructor(ladder: Ladder, rows: readonly LadderRow[], options: LadderPrintOptions) {
    this.#ladder = ladder
    this.#options = options
    this.#strokes = options.ascii === true ? ASCII : UNICODE
    this.#paint = paint(options.colour ?? false)
    this.#width = Math.max(WIDTH_MIN, options.width ?? WIDTH_DEFAULT)
    this.#stateWidth = Math.max(6, ...rows.flatMap(stateLengths))
    const times = rows.flatMap(timesOf)
    const longest = Math.max(0, ...times)
    const timeWidth = (decimals: number): number => Math.max(5, (longest / 1_000_000).toFixed(decimals).length)
    const areaWidth = (decimals: number): number => this.#width - 2 * (timeWidth(decimals) + 1 + this.#stateWidth + 2)
    const wanted = times.every((time) => time % 1000 === 0) ? 3 : 6
    // Where months are told in µs, the arrows would have no room left.
    this.#decimals = [wanted, 3, 0].find((decimals) => areaWidth(decimals) >= AREA_MIN) ?? 0
    this.#timeWidth = timeWidth(this.#decimals)
    this.#areaWidth = areaWidth(this.#decimals)
    // Of several with one port between them it would tell nothing.
    this.#showsPorts = new Set(ladder.conversations.map(({ clientPort }) => clientPort)).size > 1
  }

  header(): void {
    const [left, right] = this.#ladder.hosts
    const [bold, blank] = [this.#paint.bold, ' '.repeat(this.#areaWidth)]
    const room = this.#timeWidth + 1 + this.#stateWidth
    const cut = (name: string): string => name.slice(0, room)
    const { lifeline } = this.#strokes
    const names = `${' '.repeat(room - columnCount(cut(left)))}${bold(cut(left))} ${lifeline}${blank}${lifeline} ${bold(cut(right))}`
    this.text += `${names}\n`
  }

  row(row: LadderRow): void {
    if (row.kind === 'gap') this.#gap(row.duration)
    else if (row.kind === 'flight') this.#flight(row)
    else if (row.mark.kind === 'remark') this.#remark(row.mark.text)
    else this.#mark(row)
  }

  /** A line that is no part of the drawing. */
  plain(text: string): void {
    for (const line of wrap(text, this.#width - 2)) this.text += `  ${line}\n`
  }

  /** What the signs mean that this ladder has. */
  legend(rows: readonly LadderRow[]): void {
    const flights = rows.flatMap((row) => (row.kind === 'flight' ? row : []))
    const signs: string[] = []
    if (flights.some((row) => row.flight.segment.transmission > 1)) signs.push('×2: sent for the second time')
    if (this.#isShortened) signs.push('1+100: 100 octets from seq 1 on')
    if (flights.some((row) => row.flight.isInferred === true)) {
      signs.push(`${this.#strokes.inferred}: not seen, but the states of both ends prove it; data is not shown`)
    }
    if (flights.some((row) => row.flight.fate === 'lost')) signs.push(`${this.#strokes.lost}: lost`)
    const split = new Set(flights.flatMap((row) => (row.label === '' ? [] : row.label)))
    const letters = split.size > 3 ? 'a, b, …' : [...split].join(', ')
    if (split.size > 0) signs.push(`${letters}: both ends of a segment that crosses another`)
    if (signs.length > 0) this.plain(signs.join(' · '))
  }

  #flight(row: FlightRow): void {
    const { flight } = row
    const port = this.#ladder.conversations[flight.conversation]?.clientPort
    const prefix = this.#showsPorts ? `${port}: ` : ''
    const { raw, window } = this.#options
    const arrow = drawArrow(row, { width: this.#areaWidth, strokes: this.#strokes, prefix, raw, window })
    if (/ \d+\+\d+ /.test(arrow.text)) this.#isShortened = true
    const out = row.part === 'arrival' ? undefined : flight.departure?.time
    const arrived = row.part === 'departure' ? undefined : flight.arrival?.time
    const times: [Micros | undefined, Micros | undefined] = flight.from === 0 ? [out, arrived] : [arrived, out]
    const { leavesLeft, leavesRight, lifeline } = this.#strokes
    this.#line({
      times,
      states: row.states,
      left: arrow.leaves && flight.from === 0 ? leavesLeft : lifeline,
      right: arrow.leaves && flight.from === 1 ? leavesRight : lifeline,
      area: this.#coloured(flight, arrow.text),
    })
    if (arrow.below !== '') this.#words(arrow.below, flight.from, false, (text) => this.#paint.colour(text, RED))
  }

  #coloured(flight: Flight, text: string): string {
    if (flight.fate === 'lost' || (flight.segment.flags & 4) !== 0) return this.#paint.colour(text, RED)
    return flight.segment.transmission > 1 ? this.#paint.colour(text, AMBER) : text
  }

  #mark(row: MarkRow): void {
    const { mark } = row
    const port = mark.conversation === undefined ? undefined : this.#ladder.conversations[mark.conversation]?.clientPort
    const prefix = this.#showsPorts && port !== undefined ? `${port}: ` : ''
    // A change of state is told by the state column alone, unless it must be said of which connection.
    const isInColumn = mark.kind === 'state' && row.states[mark.lane] !== undefined
    const text = isInColumn && prefix === '' ? '' : prefix + markText(mark, this.#ladder.hosts[mark.lane])
    const times: [Micros | undefined, Micros | undefined] =
      mark.lane === 0 ? [mark.time, undefined] : [undefined, mark.time]
    this.#words(text, mark.lane, text !== '', this.#styleOf(mark), times, row.states)
  }

  #styleOf(mark: Mark): (text: string) => string {
    if (isGrave(mark)) return (text) => this.#paint.colour(text, RED)
    return mark.kind === 'call' ? (text) => text : this.#paint.dim
  }

  /** Words at one lifeline, on as many lines as they need. The first line has the times and states. */
  #words(
    text: string,
    lane: Lane,
    isTied: boolean,
    style: (text: string) => string,
    times: readonly [Micros | undefined, Micros | undefined] = [undefined, undefined],
    states: FlightRow['states'] = [undefined, undefined],
  ): void {
    const { leavesLeft, leavesRight, lifeline } = this.#strokes
    for (const [i, words] of wrap(text, this.#areaWidth - 2).entries()) {
      const blanks = ' '.repeat(this.#areaWidth - 1 - columnCount(words))
      const isFirst = i === 0
      this.#line({
        times: isFirst ? times : [undefined, undefined],
        states: isFirst ? states : [undefined, undefined],
        left: isFirst && isTied && lane === 0 ? leavesLeft : lifeline,
        right: isFirst && isTied && lane === 1 ? leavesRight : lifeline,
        area: lane === 0 ? ` ${style(words)}${blanks}` : `${blanks}${style(words)} `,
      })
    }
  }

  #remark(text: string): void {
    for (const line of wrap(text, this.#width - 2)) this.text += `  ${this.#paint.bold(line)}\n`
  }

  #gap(duration: Micros): void {
    const words = formatDuration(duration)
    const start = Math.max(0, (this.#areaWidth - columnCount(words)) >> 1)
    const rest = Math.max(0, this.#areaWidth - start - columnCount(words))
    const area = ' '.repeat(start) + this.#paint.dim(words) + ' '.repeat(rest)
    const { pause } = this.#strokes
    this.#line({ times: [undefined, undefined], states: [undefined, undefined], left: pause, right: pause, area })
  }

  #line(line: {
    times: readonly [Micros | undefined, Micros | undefined]
    states: FlightRow['states']
    left: string
    right: string
    area: string
  }): void {
    const [leftTime, rightTime] = line.times.map((time, lane) => this.#newTime(time, lane as Lane)) as [string, string]
    const [leftState, rightState] = line.states
    const start = `${this.#paint.dim(leftTime)} ${this.#state(leftState, true)} ${line.left}`
    const end = `${line.right} ${this.#state(rightState, false)} ${this.#paint.dim(rightTime)}`
    this.text += `${`${start}${line.area}${end}`.trimEnd()}\n`
  }

  #newTime(time: Micros | undefined, lane: Lane): string {
    const text = time === undefined ? '' : this.#time(time)
    const isNew = text !== '' && text !== this.#written[lane]
    if (isNew) this.#written[lane] = text
    return (isNew ? text : '').padStart(this.#timeWidth)
  }

  /** Seconds; µs only where a ladder has them. */
  #time(time: Micros): string {
    return (time / 1_000_000).toFixed(this.#decimals)
  }

  #state(state: State | undefined, isLeft: boolean): string {
    const name = state === undefined ? '' : stateName(state)
    const blanks = ' '.repeat(this.#stateWidth - name.length)
    const painted = name === '' ? '' : this.#paint.colour(name, stateColours[name].ansi)
    return isLeft ? blanks + painted : painted + blanks
  }
}

function timesOf(row: LadderRow): Micros[] {
  if (row.kind === 'gap') return []
  if (row.kind === 'mark') return row.mark.kind === 'remark' ? [] : [row.mark.time]
  return [row.flight.departure?.time, row.flight.arrival?.time].flatMap((time) => (time === undefined ? [] : [time]))
}

function stateLengths(row: LadderRow): number[] {
  if (row.kind === 'gap') return []
  return row.states.flatMap((state) => (state === undefined ? [] : stateName(state).length))
}
