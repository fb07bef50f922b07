import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { State, TRANSITIONS } from '../../tcp/index.ts'
import { columnCount } from '../format/text.ts'
import { type EndMove, type EndReset, ladderFromStates, type SeenEnd } from './from-states.ts'
import { printLadder } from './print.ts'

type Name = keyof typeof State

/** An end by its story: `[ms, state]`, each from the state before, the first from CLOSED. */
function end(
  name: string,
  moves: readonly (readonly [ms: number, to: Name])[],
  resets: readonly EndReset[] = [],
): SeenEnd {
  const told = moves.map(([ms, to], i): EndMove => {
    const before = moves[i - 1]
    return { time: ms * 1000, from: before === undefined ? State.CLOSED : State[before[1]], to: State[to] }
  })
  return { name, moves: told, resets }
}

const drawn = (left: SeenEnd, right: SeenEnd): string[] =>
  printLadder(ladderFromStates([left, right]))
    .trimEnd()
    .split('\n')

/** Linux makes the server's socket when the last ACK comes. */
const SERVER = [
  [0.3, 'SYN_RECEIVED'],
  [0.4, 'ESTABLISHED'],
] as const
const CLIENT = [
  [0, 'SYN_SENT'],
  [0.2, 'ESTABLISHED'],
] as const

test('the life of a connection whose server closes first', () => {
  const client = end('client', [...CLIENT, [5, 'CLOSE_WAIT'], [1005, 'LAST_ACK'], [1005.3, 'CLOSED']])
  const server = end('server', [...SERVER, [4.9, 'FIN_WAIT_1'], [45, 'FIN_WAIT_2'], [1005.2, 'TIME_WAIT']])
  expect(drawn(client, server)).toEqual([
    '               client │                                  │ server',
    '0.000000     SYN-SENT ├╌╌ SYN ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│',
    '0.000200  ESTABLISHED │◄╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ SYN,ACK ╌╌┤',
    '                      ├╌╌ ACK ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│ SYN-RECEIVED 0.000300',
    '                      │                                  │ ESTABLISHED  0.000400',
    '0.005000   CLOSE-WAIT │◄╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ FIN,ACK ╌╌┤ FIN-WAIT-1   0.004900',
    '                      ├╌╌ ACK ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│ FIN-WAIT-2   0.045000',
    '1.005000     LAST-ACK ├╌╌ FIN,ACK ╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌►│ TIME-WAIT    1.005200',
    '1.005300       CLOSED │◄╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌╌ ACK ╌╌┤',
    '  ╌: not seen, but the states of both ends prove it; data is not shown',
  ])
})

/** Who sent what, in the order of the ladder, and what became of it. */
const flights = (left: SeenEnd, right: SeenEnd): string[] =>
  ladderFromStates([left, right]).flights.map(
    ({ from, fate, segment: { flags } }) => `${'<>'[1 - from]}${flags} ${fate}`,
  )

describe('what the states prove:', () => {
  test('a FIN that carries the ACK of the other makes three segments', () => {
    const client = end('client', [...CLIENT, [5, 'FIN_WAIT_1'], [6, 'TIME_WAIT']])
    const server = end('server', [...SERVER, [5.2, 'CLOSE_WAIT'], [5.5, 'LAST_ACK'], [6.3, 'CLOSED']])
    expect(flights(client, server).slice(3)).toEqual(['>17 arrived', '<17 arrived', '>16 arrived'])
    // Linux tells of both states that the one segment leads through.
    const linux = end('client', [...CLIENT, [5, 'FIN_WAIT_1'], [5.8, 'FIN_WAIT_2'], [5.9, 'TIME_WAIT']])
    expect(flights(linux, server).slice(3)).toEqual(['>17 arrived', '<17 arrived', '>16 arrived'])
  })

  test('both close at once', () => {
    const client = end('client', [...CLIENT, [5, 'FIN_WAIT_1'], [5.3, 'CLOSING'], [5.5, 'TIME_WAIT']])
    const server = end('server', [...SERVER, [5.1, 'FIN_WAIT_1'], [5.2, 'CLOSING'], [5.6, 'TIME_WAIT']])
    expect(flights(client, server).slice(3)).toEqual(['>17 arrived', '<17 arrived', '<16 arrived', '>16 arrived'])
  })

  test('nothing shows that a SYN or a FIN has come', () => {
    expect(flights(end('client', CLIENT.slice(0, 1)), end('server', []))).toEqual(['>2 in-flight'])
    expect(drawn(end('client', CLIENT.slice(0, 1)), end('server', []))[1]).toContain('├╌╌ SYN ╌╌► no answer')
    const client = end('client', [...CLIENT, [5, 'FIN_WAIT_1']])
    expect(flights(client, end('server', SERVER)).at(-1)).toBe('>17 in-flight')
  })

  test('a LAST-ACK that ends without TIME-WAIT at the other end proves no ACK', () => {
    const client = end('client', [...CLIENT, [5, 'FIN_WAIT_1'], [5.3, 'FIN_WAIT_2']])
    const server = end('server', [...SERVER, [5.2, 'CLOSE_WAIT'], [6, 'LAST_ACK'], [9000, 'CLOSED']])
    expect(flights(client, server).slice(3)).toEqual(['>17 arrived', '<16 arrived', '<17 in-flight'])
  })

  test('a reset is told, and no inference', () => {
    const client = end('client', [...CLIENT, [5, 'CLOSED']], [{ time: 5010, direction: 'out' }])
    const server = end('server', [...SERVER, [5.2, 'CLOSED']], [{ time: 5190, direction: 'in' }])
    expect(drawn(client, server).at(-2)).toBe(
      '0.005000       CLOSED ├── RST ──────────────────────────►│ CLOSED       0.005200',
    )
    expect(flights(client, { ...server, resets: [] }).at(-1)).toBe('>4 unseen')
    expect(flights({ ...client, resets: [] }, server).at(-1)).toBe('>4 arrived')
  })
})

test('whatever two ends are seen to do, each move is drawn once, and no line is too long', () => {
  const arrows = TRANSITIONS.map(({ from, to }) => ({ from, to }))
  const story = fc
    .array(fc.tuple(fc.nat(2000), fc.constantFrom(...arrows)), { maxLength: 9 })
    .map((moves) => moves.sort((a, b) => a[0] - b[0]).map(([time, arrow]) => ({ time, ...arrow })))
  const resets = fc.array(
    fc.record({ time: fc.nat(2000), direction: fc.constantFrom<EndReset['direction']>('in', 'out') }),
    { maxLength: 2 },
  )
  fc.assert(
    fc.property(story, story, resets, resets, (left, right, sent, got) => {
      const ladder = ladderFromStates([
        { name: 'a', moves: left, resets: sent },
        { name: 'b', moves: right, resets: got },
      ])
      expect(ladder.marks).toHaveLength(left.length + right.length)
      for (const line of printLadder(ladder).split('\n')) expect(columnCount(line)).toBeLessThanOrEqual(80)
    }),
    { numRuns: 300 },
  )
})
