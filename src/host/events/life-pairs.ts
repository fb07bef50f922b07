/** What both ends of a connection within this machine prove together. */
import { type EndMove, type EndReset, formatEndpoint, type SeenEnd } from '../../inspect/index.ts'
import { State, type StateName, stateName } from '../../tcp/index.ts'
import type { SocketMove } from './live-event.ts'
import type { Life } from './lives.ts'
import { otherTupleOf, tupleOf } from './tuple.ts'

/** The lives of both ends of a connection. */
export type LifePair = readonly [client: Life, server: Life]

/** The connections of which both ends were seen: those within this machine. */
export function pairsOf(lives: readonly Life[]): LifePair[] {
  const waiting = new Map<string, Life>()
  const pairs: LifePair[] = []
  for (const life of lives) {
    const move = lastWithPort(life.moves)
    const other = waiting.get(otherTupleOf(move))
    if (other === undefined) {
      waiting.set(tupleOf(move), life)
      continue
    }
    waiting.delete(otherTupleOf(move))
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

/**
 * One end of a connection for a ladder.
 * @param start the time that the ladder's begin with, µs on the clock of the moves
 */
export function seenEnd(life: Life, start: number): SeenEnd {
  const moves = life.moves.flatMap(({ time, from, to }): EndMove[] => {
    const [before, after] = [BY_NAME.get(from ?? 'CLOSED'), BY_NAME.get(to)]
    return before === undefined || after === undefined ? [] : [{ time: time - start, from: before, to: after }]
  })
  const resets = life.remarks.flatMap(({ kind, time }): EndReset[] =>
    kind === 'retransmission' ? [] : [{ time: time - start, direction: kind === 'reset-sent' ? 'out' : 'in' }],
  )
  return { name: nameOf(life), moves, resets }
}

/** The address and port of the end whose life it is. */
export function nameOf({ moves }: Life): string {
  return endsOf(moves)[0] as string
}

/** What there is to learn from the end of it, in sentences. */
export function endingOf(pair: LifePair): string {
  const repeated = pair.map(({ remarks }) => remarks.filter(({ kind }) => kind === 'retransmission').length)
  const again = pair.flatMap((life, i) => {
    const count = repeated[i] ?? 0
    return count === 0 ? [] : `${nameOf(life)} sent ${count === 1 ? 'a segment' : `${count} segments`} again.`
  })
  return [closingOf(pair), ...again].join(' ')
}

function closingOf(pair: LifePair): string {
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

/** Addresses as the last move has them: a client's port is not known at its first. */
export function endsOf(moves: readonly SocketMove[]): string[] {
  const { local, peer } = lastWithPort(moves)
  return [local, peer].map(({ address, port }) => formatEndpoint(address, port))
}

function lastWithPort(moves: readonly SocketMove[]): SocketMove {
  return moves.findLast(({ local: { port } }) => port !== 0) ?? (moves[0] as SocketMove)
}
