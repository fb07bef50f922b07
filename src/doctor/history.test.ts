import { describe, expect, test } from 'vitest'
import { SECOND } from '../base/index.ts'
import { stateBit } from '../inspect/index.ts'
import { changeOf, growthOf, type History, NO_HISTORY, oldEndsOf, sinceOf, toldAge } from './history.ts'
import { heldBy, info, listener, look, looks, opened, row, served, silentFor, times } from './looks.testing.ts'
import { observe } from './observe.ts'
import { tableOf } from './socket-table.ts'
import type { Observation } from './types.ts'

const remember = (all: readonly Observation[]): History => all.reduce(observe, NO_HISTORY)
const server = listener(8080)

describe('the age of a socket', () => {
  test.each([
    ['CLOSE-WAIT: since the last ACK', served('CLOSE-WAIT', { tcpInfo: silentFor(9) }), 9],
    ['FIN-WAIT-2: since the last ACK', served('FIN-WAIT-2', { tcpInfo: silentFor(9) }), 9],
    [
      'LAST-ACK: since the first time-out',
      served('LAST-ACK', { tcpInfo: info({ rto: 3_200_000, backoff: 4, last_ack_recv: 99_000 }) }),
      3,
    ],
    ['FIN-WAIT-1, not sent again yet', served('FIN-WAIT-1', { tcpInfo: info({ rto: 200_000 }) }), 0],
    ['TIME-WAIT has no TCP_INFO', row('TIME-WAIT'), 0],
  ])('%s', (_what, one, seconds) => {
    expect(toldAge(one)).toBe(seconds * SECOND)
  })

  test('is a bound at the first look, and stays what it was', () => {
    const one = served('CLOSE-WAIT', { tcpInfo: silentFor(30) })
    const [first, second] = looks(2, 10, () => [server, one]) as [Observation, Observation]
    const history = remember([first, second])
    expect(sinceOf(history, one, second.at)).toEqual({ at: first.at - 30 * SECOND, precision: 'bound' })
  })

  test('is exact for what came after a look that would have shown it', () => {
    const one = served('CLOSE-WAIT', { tcpInfo: silentFor(4) })
    const seen = looks(2, 10, (i) => (i === 0 ? [server] : [server, one])) as [Observation, Observation]
    expect(sinceOf(remember(seen), one, seen[1].at)).toEqual({ at: seen[1].at - 4 * SECOND, precision: 'exact' })
    const blind = [{ ...seen[0], states: stateBit('LISTEN') }, { ...seen[1] }]
    expect(sinceOf(remember(blind), one, seen[1].at).precision).toBe('bound')
  })

  test('begins anew in another state', () => {
    const one = opened('FIN-WAIT-1', { tcpInfo: undefined })
    const seen = looks(2, 10, (i) => [i === 0 ? one : { ...one, state: 'FIN-WAIT-2' }]) as [Observation, Observation]
    const moved = { ...one, state: 'FIN-WAIT-2' } as const
    expect(sinceOf(remember(seen), moved, seen[1].at)).toEqual({ at: seen[1].at, precision: 'exact' })
  })

  test('is nothing that a look has told of another state', () => {
    const one = opened('FIN-WAIT-1', { tcpInfo: undefined })
    const seen = looks(2, 10, () => [one]) as [Observation, Observation]
    const moved = { ...one, state: 'FIN-WAIT-2', tcpInfo: silentFor(3) } as const
    const now = seen[1].at + 10 * SECOND
    expect(sinceOf(remember(seen), moved, now)).toEqual({ at: now - 3 * SECOND, precision: 'bound' })
  })

  test('that is exact is not made older by what TCP_INFO tells', () => {
    const one = served('CLOSE-WAIT', { tcpInfo: silentFor(4) })
    const seen = looks(2, 10, (i) => (i === 0 ? [server] : [server, one])) as [Observation, Observation]
    const later = { ...one, tcpInfo: silentFor(50) }
    expect(sinceOf(remember(seen), later, seen[1].at)).toEqual({ at: seen[1].at - 4 * SECOND, precision: 'exact' })
  })

  test('goes by addresses where there is no cookie', () => {
    const one = served('CLOSE-WAIT', { cookie: undefined, inode: 1, tcpInfo: undefined })
    const seen = looks(3, 10, () => [server, { ...one, inode: 2 }]) as Observation[]
    expect(sinceOf(remember(seen), one, seen[2]?.at as number).at).toBe(seen[0]?.at)
  })
})

describe('counts', () => {
  const leaking = times(60, () => served('CLOSE-WAIT', { tcpInfo: silentFor(0) }))
  const group = tableOf(look([server, ...leaking])).groupOf(leaking[0] as (typeof leaking)[number])

  test('grow per minute, over two looks that are far enough apart', () => {
    const seen = looks(4, 10, (i) => [server, ...leaking.slice(0, 10 * (i + 1))])
    expect(growthOf(remember(seen), group)).toBe(60)
    expect(growthOf(remember(seen.slice(0, 1)), group)).toBeUndefined()
    expect(growthOf(remember(looks(2, 4, (i) => leaking.slice(i))), group)).toBeUndefined()
  })

  test('fall to nothing when a group has emptied', () => {
    const seen = looks(2, 30, (i) => (i === 0 ? [server, ...leaking] : [server]))
    expect(changeOf(remember(seen), group)).toEqual({ change: -60, span: 30 * SECOND })
  })

  test('tell the ends of old sockets from those of young ones', () => {
    const old = times(5, () => served('CLOSE-WAIT', { tcpInfo: silentFor(100) }))
    const young = times(7, () => served('CLOSE-WAIT', { tcpInfo: silentFor(1) }))
    const stay = leaking.slice(0, 3)
    const seen = looks(2, 10, (i) => [server, ...stay, ...(i === 0 ? [...old, ...young] : [])])
    expect(oldEndsOf(remember(seen), group)).toBe(5)
  })

  test('a state that a look did not ask for has not ended', () => {
    const [first, second] = looks(2, 100, () => [server, ...leaking]) as [Observation, Observation]
    const blind = { ...second, rows: [server], states: stateBit('LISTEN') }
    const history = remember([first, blind])
    expect(history.sockets.size).toBe(60)
    expect(oldEndsOf(history, group)).toBe(0)
  })
})

describe('memory is bounded', () => {
  test('samples are thinned and keep their span, up to ten minutes', () => {
    const history = remember(looks(1000, 1, () => [server, served('CLOSE-WAIT', { cookie: 5n })]))
    const [samples] = history.series.values()
    expect(samples?.length).toBeLessThanOrEqual(64)
    expect((samples?.at(-1)?.at ?? 0) - (samples?.[0]?.at ?? 0)).toBeGreaterThan(500 * SECOND)
  })

  test('healthy sockets leave nothing behind', () => {
    const rows = [
      ...times(3000, () => served('ESTABLISHED')),
      ...times(3000, () => row('TIME-WAIT', { local: { address: '10.0.0.1', port: 8080 } })),
    ]
    const history = remember(looks(3, 1, () => [server, ...rows]))
    expect([history.sockets.size, history.series.size]).toEqual([0, 0])
  })

  test('of the workers that come and go on a listener only the last are remembered', () => {
    const history = remember(looks(200, 1, (i) => [{ ...server, owners: heldBy(i, 'worker') }]))
    const [known] = history.listeners.values()
    expect([known?.holders.size, known?.holders.has(199), known?.holders.has(0)]).toEqual([64, true, false])
  })

  test('listeners are forgotten two minutes after they have gone', () => {
    const seen = looks(4, 60, (i) => (i === 0 ? [server] : []))
    expect([1, 2, 3, 4].map((count) => remember(seen.slice(0, count)).listeners.size)).toEqual([1, 1, 1, 0])
  })
})

test('a history is never changed', () => {
  const [first, second] = looks(2, 10, (i) => [server, ...times(i, () => served('CLOSE-WAIT'))]) as [
    Observation,
    Observation,
  ]
  const before = observe(NO_HISTORY, first)
  const copy = structuredClone({ ...before, listeners: undefined })
  observe(before, second)
  expect({ ...before, listeners: undefined }).toEqual(copy)
  expect(NO_HISTORY.sockets.size).toBe(0)
})
