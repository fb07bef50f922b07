import { expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import type { PathEnds } from '../../tcp/index.ts'
import { Address } from '../../wire/index.ts'
import { PathMetricsCache } from './path-metrics.ts'

const HERE = Address.parse('10.0.0.1') as Address
const OTHER = Address.parse('10.0.0.3') as Address

/** Ends of a path at a time. */
function ends(remote: number, now = 0, local: Address = HERE): PathEnds {
  return { local, remote: Address.v4(0x0a010000 + remote), host: { now } } as PathEnds
}

test('a path is known by both of its ends, and nobody asks for one that nobody has made', () => {
  const cache = new PathMetricsCache()
  expect(cache.of(ends(1), false)).toBeNull()
  const made = cache.of(ends(1), true)
  expect([cache.of(ends(1), false), cache.of(ends(1, 0, OTHER), false), cache.of(ends(2), false)]).toEqual([
    made,
    null,
    null,
  ])
  cache.forget()
  expect(cache.of(ends(1), false)).toBeNull()
})

test('what was learned more than an hour ago is forgotten', () => {
  const cache = new PathMetricsCache()
  const made = cache.of(ends(1), true)
  expect(cache.of(ends(1, 3600 * SECOND), false)).toBe(made)
  const later = cache.of(ends(1, 3600 * SECOND + 1), false)
  expect([later === made, later?.at]).toEqual([false, 3600 * SECOND + 1])
})

test('of more than 4096 paths the oldest is forgotten', () => {
  const cache = new PathMetricsCache()
  for (let i = 0; i < 4097; i++) cache.of(ends(i), true)
  expect([cache.of(ends(0), false) === null, cache.of(ends(1), false) === null]).toEqual([true, false])
})
