/** What `lastack trace --ladder` prints: each connection within this machine, both ends side by side. */
import { counted } from '../base/index.ts'
import { endingOf, type LifePair, type Lives, nameOf, pairsOf, type Stay, seenEnd, staysOf } from '../host/index.ts'
import { ladderFromStates, printLadder, type RowState } from '../inspect/index.ts'
import { columns, wrap } from './text.ts'
import { durationText, SHOWN_MAX } from './trace-lives.ts'

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
    const picture = printLadder(ladderFromStates([seenEnd(client, start), seenEnd(server, start)]), { width, colour })
    return `${picture}\n${wrap(endingOf(pair), width - 4, '  ')}\n\n${staysTable(pair, now)}`
  })
  const more = pairs.length - drawn.length
  const rest = [
    ...(more > 0 ? [`and ${counted(more, 'connection')} more`] : []),
    ...(lives.forgotten > 0
      ? [
          `${counted(lives.forgotten, 'earlier end')} of connections ${lives.forgotten === 1 ? 'is' : 'are'} forgotten: there were too many`,
        ]
      : []),
  ]
  return `${drawn.join('\n')}${rest.map((line) => `\n${line}\n`).join('')}`
}

/** States in the order of a life. */
const ORDER: readonly RowState[] = [
  ...(['SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING'] as const),
  ...(['CLOSE-WAIT', 'LAST-ACK', 'TIME-WAIT'] as const),
]

function staysTable(pair: LifePair, now: number): string {
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
