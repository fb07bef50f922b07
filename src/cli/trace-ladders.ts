/** What `lastack trace --ladder` prints: each connection within this machine, both ends side by side. */
import {
  type EndMove,
  type EndReset,
  ladderFromStates,
  printLadder,
  type RowState,
  type SeenEnd,
} from '../inspect/index.ts'
import { State, type StateName, stateName } from '../tcp/index.ts'
import { columns, wrap } from './text.ts'
import { durationText, endsOf, type Life, type Lives, SHOWN_MAX, type Stay, staysOf } from './trace-lives.ts'

/**
 * A ladder for each connection of which both ends were seen, the client on the left; below it who closed first, and the time in each
 * state.
 * @param now µs on the clock of the events
 */
export function ladders(lives: Lives, now: number, width: number, colour: boolean): string {
  const pairs = pairsOf(lives.all)
  if (pairs.length === 0) return 'No connection was seen with both of its ends on this machine.\n'
  const drawn = pairs.slice(0, SHOWN_MAX).map((pair) => {
    const start = Math.min(...pair.flatMap(({ moves }) => moves[0]?.time ?? []))
    const [client, server] = pair
    const picture = printLadder(ladderFromStates([endOf(client, start), endOf(server, start)]), { width, colour })
    return `${picture}\n${wrap(verdictOf(pair), width - 4, '  ')}\n\n${staysTable(pair, now)}`
  })
  const more = pairs.length - drawn.length
  return `${drawn.join('\n')}${more > 0 ? `\nand ${more} connections more\n` : ''}`
}

type Pair = readonly [client: Life, server: Life]

function pairsOf(lives: readonly Life[]): Pair[] {
  const waiting = new Map<string, Life>()
  const pairs: Pair[] = []
  for (const life of lives) {
    const [local, peer] = endsOf(life.moves).map((end) => end.replace(/^\[?::ffff:([\d.]+)\]?:/, '$1:'))
    const other = waiting.get(`${peer} ${local}`)
    if (other === undefined) {
      waiting.set(`${local} ${peer}`, life)
      continue
    }
    waiting.delete(`${peer} ${local}`)
    pairs.push(isClient(other) ? [other, life] : [life, other])
  }
  return pairs
}

function isClient({ moves }: Life): boolean {
  return moves.some(({ from, to }) => from === 'SYN-SENT' || to === 'SYN-SENT')
}

const BY_NAME: ReadonlyMap<string, State> = new Map<StateName, State>(
  Object.values(State).map((state) => [stateName(state), state]),
)

function endOf(life: Life, start: number): SeenEnd {
  const moves = life.moves.flatMap(({ time, from, to }): EndMove[] => {
    const [before, after] = [BY_NAME.get(from ?? 'CLOSED'), BY_NAME.get(to)]
    return before === undefined || after === undefined ? [] : [{ time: time - start, from: before, to: after }]
  })
  const resets = life.remarks.flatMap(({ kind, time }): EndReset[] =>
    kind === 'retransmission' ? [] : [{ time: time - start, direction: kind === 'reset-sent' ? 'out' : 'in' }],
  )
  return { name: nameOf(life), moves, resets }
}

function nameOf({ moves }: Life): string {
  return endsOf(moves)[0] as string
}

/** What there is to learn from the end of it, in a sentence. */
function verdictOf(pair: Pair): string {
  const repeated = pair.map(({ remarks }) => remarks.filter(({ kind }) => kind === 'retransmission').length)
  const again = pair.flatMap((life, i) => {
    const count = repeated[i] ?? 0
    return count === 0 ? [] : `${nameOf(life)} sent ${count === 1 ? 'a segment' : `${count} segments`} again.`
  })
  return [endingOf(pair), ...again].join(' ')
}

function endingOf(pair: Pair): string {
  const reset = pair.find(({ remarks }) => remarks.some(({ kind }) => kind === 'reset-sent'))
  const waits = pair.some(({ moves }) => moves.some(({ to }) => to === 'TIME-WAIT'))
  if (reset !== undefined && !waits) return `${nameOf(reset)} reset the connection: no TIME-WAIT.`
  const fins = pair.map(({ moves }) => moves.find(({ to }) => to === 'FIN-WAIT-1' || to === 'LAST-ACK'))
  if (pair.every(({ moves }) => moves.some(({ to }) => to === 'CLOSING'))) {
    return 'Both closed at the same time, so both wait in TIME-WAIT.'
  }
  const first = fins.findIndex((fin) => fin?.to === 'FIN-WAIT-1')
  const [closer, other] = [pair[first], pair[1 - first]]
  if (closer === undefined || other === undefined) return 'Neither has closed.'
  if (fins[1 - first] === undefined) {
    return `${nameOf(closer)} closed first; ${nameOf(other)} has not closed yet: CLOSE-WAIT until its program does.`
  }
  return `${nameOf(closer)} closed first, so TIME-WAIT is on its side; ${nameOf(other)} was in CLOSE-WAIT until it closed too.`
}

/** States in the order of a life. */
const ORDER: readonly RowState[] = [
  ...(['SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING'] as const),
  ...(['CLOSE-WAIT', 'LAST-ACK', 'TIME-WAIT'] as const),
]

function staysTable(pair: Pair, now: number): string {
  const stays = pair.map(({ moves }) => staysOf(moves, now))
  const cell = (of: readonly Stay[] | undefined, state: RowState): string =>
    of
      ?.filter((stay) => stay.state === state)
      .map(({ duration, exact, isOpen }) => `${durationText(duration, exact)}${isOpen ? ' so far' : ''}`)
      .join(', ') ?? ''
  const rows = ORDER.map((state) => [state, cell(stays[0], state), cell(stays[1], state)]).filter(
    ([, ...cells]) => cells.join('') !== '',
  )
  return `${columns([['time in', ...pair.map(nameOf)], ...rows], '  ')}\n`
}
