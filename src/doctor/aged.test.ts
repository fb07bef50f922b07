import { expect, test } from 'vitest'
import { SECOND } from '../base/index.ts'
import type { RowState } from '../inspect/index.ts'
import { agedStates } from './aged.ts'
import { type History, NO_HISTORY, type RememberedSocket } from './history.ts'
import { DEFAULT_THRESHOLDS } from './thresholds.ts'

const NOW = 1_000 * SECOND

/** A history in which a socket of each of these has been in its state for so many seconds. */
function historyOf(...ages: readonly (readonly [RowState, number])[]): History {
  const sockets = ages.map(([state, age], key): [number, RememberedSocket] => [
    key,
    { state, since: { at: NOW - age * SECOND, precision: 'exact' }, recvQueue: 0, group: '' },
  ])
  return { ...NO_HISTORY, lastLook: NOW, sockets: new Map(sockets) }
}

test('a state is aged by its oldest sockets alone, each state by what is ordinary in it', () => {
  const history = historyOf(
    ...([
      ['CLOSE-WAIT', 59],
      ['CLOSE-WAIT', 60],
      ['CLOSE-WAIT', 61],
      ['CLOSE-WAIT', 600],
    ] as const),
    ...([
      ['LAST-ACK', 9],
      ['FIN-WAIT-1', 11],
      ['FIN-WAIT-2', 61],
    ] as const),
  )
  expect(agedStates(history, DEFAULT_THRESHOLDS)).toEqual([
    { state: 'CLOSE-WAIT', count: 2, beyond: 60 },
    { state: 'FIN-WAIT-1', count: 1, beyond: 10 },
  ])
  expect(agedStates(history, { ...DEFAULT_THRESHOLDS, finWait2Age: 60 }).at(-1)).toEqual({
    state: 'FIN-WAIT-2',
    count: 1,
    beyond: 60,
  })
})

test('states that are to last, and a machine at rest, are never aged', () => {
  expect(agedStates(historyOf(['ESTABLISHED', 9_999], ['BOUND-INACTIVE', 9_999]), DEFAULT_THRESHOLDS)).toEqual([])
  expect(agedStates(NO_HISTORY, DEFAULT_THRESHOLDS)).toEqual([])
})
