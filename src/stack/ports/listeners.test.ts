import { expect, test } from 'vitest'
import { Address } from '../../wire/index.ts'
import { Listeners } from './listeners.ts'
import { ANY_V4, ANY_V6, ANY_V6ONLY } from './port-table.ts'

const FOUR = Address.parse('10.0.0.1') as Address
const SIX = Address.parse('2001:db8::1') as Address

function found(entries: readonly (readonly [string, number])[], local: number, address: Address): string | null {
  const listeners = new Listeners<string>()
  for (const [who, bound] of entries) listeners.add(80, bound, false, who)
  return listeners.find(80, local, address, 0)
}

const FOUR_BOUND = ['specific', 0] as const
const ANY4 = ['0.0.0.0', ANY_V4] as const
const DUAL = ['::', ANY_V6] as const
const ONLY6 = [':: only', ANY_V6ONLY] as const

test.each([
  [[FOUR_BOUND, ANY4, DUAL], FOUR, 'specific'],
  [[ANY4, DUAL], FOUR, '0.0.0.0'],
  [[DUAL], FOUR, '::'],
  [[ONLY6], FOUR, null],
  [[ANY4, DUAL], SIX, '::'],
  [[ANY4, ONLY6], SIX, ':: only'],
  [[ANY4], SIX, null],
  [[], FOUR, null],
])('of %j', (entries, address, expected) => {
  expect(found(entries, address === FOUR ? 0 : 1, address)).toBe(expected)
})

test('another address of the host, another port, and a listener that has gone hear nothing', () => {
  const listeners = new Listeners<string>()
  listeners.add(80, 0, false, 'a')
  expect([listeners.find(80, 1, FOUR, 0), listeners.find(81, 0, FOUR, 0)]).toEqual([null, null])
  listeners.remove(80, 'a')
  expect(listeners.find(80, 0, FOUR, 0)).toBeNull()
})

test('sharers take turns by the sender; one sender stays with one of them', () => {
  const listeners = new Listeners<string>()
  for (const who of ['a', 'b', 'c']) listeners.add(80, ANY_V4, true, who)
  const turns = Array.from({ length: 300 }, (_, sender) => listeners.find(80, 0, FOUR, sender * 2))
  expect(turns).toEqual(Array.from({ length: 300 }, (_, sender) => listeners.find(80, 0, FOUR, sender * 2)))
  for (const who of ['a', 'b', 'c']) expect(turns.filter((turn) => turn === who).length).toBeGreaterThan(60)
})

test('everyone is visited once', () => {
  const listeners = new Listeners<string>()
  listeners.add(80, 0, false, 'a')
  listeners.add(80, 1, false, 'b')
  listeners.add(81, 0, false, 'c')
  const seen: string[] = []
  listeners.forEach((who) => {
    seen.push(who)
  })
  expect([seen, listeners.at(80), listeners.at(99)]).toEqual([['a', 'b', 'c'], ['a', 'b'], []])
})

test('of those that share a port only the ones that fit best take turns', () => {
  const listeners = new Listeners<string>()
  for (const who of ['any 1', 'any 2', 'any 3']) listeners.add(80, ANY_V4, true, who)
  listeners.add(80, 0, true, 'specific')
  const hear = (local: number): string[] =>
    [...new Set(Array.from({ length: 64 }, (_, hash) => String(listeners.find(80, local, FOUR, hash))))].sort()
  expect([hear(0), hear(1)]).toEqual([['specific'], ['any 1', 'any 2', 'any 3']])
})
