import { expect, test } from 'vitest'
import { SECOND } from '../base/index.ts'
import { stateBit } from '../inspect/index.ts'
import { censusOf } from './census.ts'
import { unjudged } from './diagnose.ts'
import { NO_HISTORY } from './history.ts'
import { heldBy, look, row } from './looks.testing.ts'
import { observe } from './observe.ts'
import { tableOf } from './socket-table.ts'

const HALF = (1 << 14) - 1 - stateBit('ESTABLISHED') - stateBit('TIME-WAIT')

const owners = heldBy(77, 'nginx')
const listener = row('LISTEN', { owners, peer: { address: '0.0.0.0', port: 0 } })
const established = row('ESTABLISHED', { owners })
const whole = look([listener, established, row('CLOSE-WAIT', { owners })], {
  deadDescriptors: [{ pid: 77, fd: 9, inode: 5 }],
})
const partial = look([listener], { at: whole.at + SECOND, states: HALF, partial: true })

test('a partial look says nothing about processes and descriptors that it did not look at', () => {
  expect(unjudged(whole)).toEqual([])
  expect(unjudged({ ...partial, states: whole.states })).toEqual(['dead-descriptors', 'descriptor-limit'])
  expect(unjudged(partial)).toContain('not-accepted')
})

test('a dead descriptor is as old after a partial look as before', () => {
  const before = observe(NO_HISTORY, whole)
  expect(observe(before, partial).deadDescriptors).toEqual(before.deadDescriptors)
})

test('a census goes on with what was counted in the states that a look did not ask for', () => {
  const before = censusOf(whole)
  const after = censusOf(partial, before)
  expect([before, after].map(({ states }) => states.get('ESTABLISHED'))).toEqual([1, 1])
  expect([before, after].map(({ states }) => states.get('CLOSE-WAIT'))).toEqual([1, 0])
  expect([...after.services.values()].map(({ state, count }) => [state, count])).toEqual([
    ['LISTEN', 1],
    ['ESTABLISHED', 1],
  ])
  expect(censusOf(partial).states.has('ESTABLISHED')).toBe(false)
})

test('the name of a group is one and the same text, whoever asks', () => {
  const table = tableOf(look([listener, established]))
  expect(table.groupOf(established)).toBe('|ESTABLISHED|server|nginx|8080')
})
