/** A capture that was played back, for people and for programs. */
import { counted, formatDuration, grouped } from '../base/index.ts'
import { notPlayed, type ReplayedCapture, type ReplayedConnection, type ReplayedEnd } from '../capture/index.ts'
import { buildLadder, formatEndpoint, paint, printLadder, stateColours } from '../inspect/index.ts'
import { type State, stateName } from '../tcp/index.ts'
import { columns, hanging, wrap } from './text.ts'

/** How to print. */
export interface ReplayTextOptions {
  readonly width: number
  readonly colour: boolean
  /** `few`: only where there are few connections. */
  readonly ladders: 'all' | 'few'
  /** Connections without a fault were left out. */
  readonly wrongOnly?: boolean | undefined
}

/** Of more connections than this, one line each. */
const DETAILED_MAX = 5
/** Ladders that are drawn of a capture with this many connections and segments at most, unless they are asked for. */
const FEW = { connections: 3, segments: 60 }
/** Ladders that are drawn at most. */
const LADDERS_MAX = 50

/** The capture, its connections, and what was wrong with them. */
export function replayText(path: string, capture: ReplayedCapture, options: ReplayTextOptions): string {
  const { connections } = capture
  const head = [
    headline(path, capture),
    ...beginning(capture),
    ...[...notPlayed(capture), ...checksumHint(capture)].map((line) => wrap(line, options.width, '  ')),
  ]
  const body =
    connections.length > DETAILED_MAX && options.ladders !== 'all'
      ? [table(connections, options.width)]
      : details(connections, options)
  return [head.join('\n'), ...body, summary(capture, options)].map((part) => `${part}\n`).join('\n')
}

function headline(path: string, { format, counts, duration }: ReplayedCapture): string {
  const parts = [
    counted(counts.packets, 'packet'),
    `${grouped(counts.segments)} of TCP`,
    counted(counts.connections, 'connection'),
  ]
  return `${path}: ${format}, ${formatDuration(duration)}, ${parts.join(', ')}`
}

/** Where most of them are wrong it is not the segments that are. */
function checksumHint({ counts }: ReplayedCapture): string[] {
  if (counts.badChecksums <= counts.segments) return []
  return ['that many were hardly garbled: --ignore-checksums plays them all the same']
}

/** A capture of a simulation begins at 0: it was made at no time of ours. */
const LEAST_US = 365 * 24 * 3600 * 1e6

/** When its first packet was, for whoever compares it with a log. */
function beginning({ startedAt }: ReplayedCapture): string[] {
  const date = dateText(startedAt)
  if (startedAt === undefined || startedAt < LEAST_US || date === null) return []
  return [`  its first packet: ${date.replace('T', ' ').replace('Z', ' UTC')}`]
}

function table(connections: readonly ReplayedConnection[], width: number): string {
  const rows = connections.map(({ number, ends, start, problems }) => {
    const kinds = [...new Set(problems.map(({ kind }) => kind))].join(', ')
    const [left, right] = ends.map(nameOf) as [string, string]
    return [`#${number}`, seconds(start), left, stateText(ends[0].state), right, stateText(ends[1].state), kinds]
  })
  const header = ['', 'start', 'client', '', 'server', '', 'what was wrong']
  const lines = columns([header, ...rows]).split('\n')
  // A table that is too wide says of each connection what was wrong below it.
  if (lines.every((line) => line.length <= width)) return lines.join('\n')
  const short = columns([header.slice(0, -1), ...rows.map((row) => row.slice(0, -1))]).split('\n')
  const isNarrow = short.every((line) => line.length <= width)
  return (isNarrow ? short.map((line) => [line]) : stacked(rows))
    .flatMap((lines, i) => {
      const kinds = i === 0 ? '' : ((rows[i - 1] as string[]).at(-1) as string)
      return kinds === '' ? lines : [...lines, wrap(kinds, width, '      ')]
    })
    .join('\n')
}

/** Both ends below each other, as those of IPv6 want it: the lines of the header and of each connection. */
function stacked(rows: readonly string[][]): string[][] {
  const halves = rows.flatMap(([number = '', start = '', client = '', left = '', server = '', right = '']) => [
    [number, start, client, left],
    ['', '', server, right],
  ])
  const [header = '', ...lines] = columns([['', 'start', 'client, and server', ''], ...halves]).split('\n')
  return [[header], ...rows.map((_, i) => lines.slice(2 * i, 2 * i + 2))]
}

function details(connections: readonly ReplayedConnection[], options: ReplayTextOptions): string[] {
  const isFew =
    connections.length <= FEW.connections &&
    connections.every(({ ends }) => ends[0].counts.segments + ends[1].counts.segments <= FEW.segments)
  const drawn = options.ladders === 'all' ? LADDERS_MAX : isFew ? FEW.connections : 0
  const parts = connections.map((connection, i) => {
    const text = detail(connection, options)
    if (i >= drawn) return text
    const hasArrows = connection.events.some(({ kind }) => kind === 'segment')
    return `${text}\n\n${hasArrows ? ladder(connection, options) : `    its ladder: --connection ${connection.number}`}`
  })
  const undrawn = connections.length - drawn
  return options.ladders === 'all' && undrawn > 0
    ? [...parts, `${counted(undrawn, 'ladder')} more: --connection N`]
    : parts
}

function detail(connection: ReplayedConnection, { width, colour }: ReplayTextOptions): string {
  const { number, ends, start, end, isMidstream, roundTrip, moves, problems } = connection
  const paints = paint(colour)
  const title = `#${number}  ${ends.map(nameOf).join(' and ')}`
  const facts = [
    `${seconds(start)} to ${seconds(end)}`,
    ...(roundTrip === undefined ? [] : [`round trip ${formatDuration(roundTrip)}`]),
    ...(isMidstream ? ['joined in the middle'] : []),
  ]
  const label = Math.max(...ends.map((one) => nameOf(one).length)) + 2
  const states = ends.map((one, i) => {
    const own = moves.filter((move) => move.end === i)
    const path = own.length === 0 ? [one.state] : [own[0]?.from, ...own.map(({ to }) => to)]
    return `    ${hanging(nameOf(one), path.map(stateText).join(', '), width - 4, label).replaceAll('\n', '\n    ')}`
  })
  const sent = ends.map(
    (one) => `    ${hanging(nameOf(one), sentText(one), width - 4, label).replaceAll('\n', '\n    ')}`,
  )
  return [
    paints.bold(title.length <= width ? title : title.replace(' and ', '\n    and ')),
    `    ${facts.join(', ')}`,
    ...states.map((line) => painted(line, colour)),
    ...sent,
    ...problems.map(({ text }) => `  ! ${wrap(text, width, '    ').slice(4)}`),
  ].join('\n')
}

function painted(line: string, colour: boolean): string {
  if (!colour) return line
  return line.replaceAll(/[A-Z]{3,}[A-Z0-9-]*/g, (word) => {
    const found = Object.entries(stateColours).find(([name]) => name === word)
    return found === undefined ? word : paint(true).colour(word, found[1].ansi)
  })
}

function sentText({ counts }: ReplayedEnd): string {
  const more: [number, string][] = [
    [counts.keepAlives, 'keep-alive'],
    [counts.windowProbes, 'window probe'],
    [counts.resets, 'RST'],
  ]
  const parts = more.filter(([count]) => count > 0).map(([count, noun]) => counted(count, noun))
  return [`sent ${counted(counts.segments, 'segment')}, ${counted(counts.octets, 'octet')} of data`, ...parts].join(
    ', ',
  )
}

function ladder({ ends, events, omittedSegments }: ReplayedConnection, { width, colour }: ReplayTextOptions): string {
  const drawn = printLadder(buildLadder(events, { hosts: ends.map(nameOf) }), { width, colour })
  const omitted = omittedSegments === 0 ? '' : `  ${counted(omittedSegments, 'segment')} from its midst are left out.\n`
  return (drawn + omitted).trimEnd()
}

function summary(capture: ReplayedCapture, { width, wrongOnly = false }: ReplayTextOptions): string {
  const { connections, counts, problems, unlisted } = capture
  const kinds = Object.entries(problems).sort(([a, x], [b, y]) => y - x || (a < b ? -1 : 1))
  const found = kinds.map(([kind, count]) => `${kind} ${grouped(count)}`).join(', ')
  if (connections.length === 0 && unlisted === 0 && !wrongOnly) {
    if (counts.connections === 0) return 'There was no connection to judge.'
    return `None of ${counted(counts.connections, 'connection')} is one that was asked for.`
  }
  const text = kinds.length === 0 ? 'Nothing was wrong.' : `Connections with something wrong: ${found}.`
  const more = unlisted === 0 ? '' : ` ${counted(unlisted, 'connection')} more, counted and not listed (--list N).`
  return wrap(text + more, width)
}

/** When a capture began; null where it does not say so, or names a time beyond every calendar. */
function dateText(us: number | undefined): string | null {
  const date = new Date(Math.floor((us ?? Number.NaN) / 1000))
  return Number.isNaN(date.getTime()) ? null : date.toISOString()
}

/** What `--json` prints. */
export function replayJson(capture: ReplayedCapture, withEvents: boolean): object {
  const { connections, problem = null, startedAt, duration, ...rest } = capture
  return {
    version: 1,
    ...rest,
    problem,
    startedAt: dateText(startedAt),
    durationSeconds: duration / 1e6,
    connections: connections.map(({ ends, moves, events, start, end, roundTrip = null, ...more }) => ({
      ...more,
      ends: ends.map(({ state, ...one }) => ({ ...one, state: state === undefined ? null : stateName(state) })),
      startSeconds: start / 1e6,
      endSeconds: end / 1e6,
      roundTripSeconds: roundTrip === null ? null : roundTrip / 1e6,
      moves: moves.map(({ end: which, from, to, time }) => ({
        ...{ end: which, from: stateName(from), to: stateName(to), seconds: time / 1e6 },
      })),
      ...(withEvents && { events }),
    })),
  }
}

function nameOf({ address, port }: ReplayedEnd): string {
  return formatEndpoint(address, port)
}

function stateText(state: State | undefined): string {
  return state === undefined ? '?' : stateName(state)
}

function seconds(us: number): string {
  return `${(us / 1e6).toFixed(us % 1000 === 0 ? 3 : 6)} s`
}
