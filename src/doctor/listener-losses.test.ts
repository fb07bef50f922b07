import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { SocketRow } from '../inspect/index.ts'
import { LISTENERS_MOST, type ListenerLosses, NO_LOSSES, observeLosses } from './listener-losses.ts'
import { drops, heldBy, listener, look, times } from './looks.testing.ts'
import { tableOf } from './socket-table.ts'

const worker = (port: number, cookie: number, lost: number): SocketRow =>
  listener(port, { cookie: BigInt(cookie), owners: heldBy(cookie, 'nginx'), memory: drops(lost) })

function after(...looks: readonly (readonly SocketRow[])[]): ListenerLosses {
  return looks.reduce<ListenerLosses>((losses, rows) => observeLosses(losses, tableOf(look(rows))), NO_LOSSES)
}

/** The sums by port. */
function sums(losses: ListenerLosses): Record<string, number> {
  return Object.fromEntries([...losses.sums.values()].map(({ listener: at, lost }) => [at.split(':')[1], lost]))
}

test('a worker that restarts begins at 0, and the sum of its listener stays', () => {
  expect(sums(after([worker(80, 1, 5), worker(80, 2, 7)]))).toEqual({ 80: 12 })
  expect(sums(after([worker(80, 1, 5), worker(80, 2, 7)], [worker(80, 3, 0), worker(80, 2, 8)]))).toEqual({ 80: 13 })
})

test('a listener that is gone is no longer shown, and begins anew when it comes back', () => {
  expect(sums(after([worker(80, 1, 5), worker(81, 2, 7)], [worker(81, 2, 7)]))).toEqual({ 81: 7 })
  expect(sums(after([worker(80, 1, 5)], [], [worker(80, 9, 2)]))).toEqual({ 80: 2 })
})

test('beyond the bound those that have lost the most have a sum of their own, and keep it', () => {
  const many = (lost: (i: number) => number): SocketRow[] =>
    times(LISTENERS_MOST + 3, (i) => worker(1000 + i, i + 1, lost(i)))
  const first = after(many((i) => i))
  expect(first.sums.size).toBe(LISTENERS_MOST)
  expect(first.others).toBe(0 + 1 + 2)
  const second = after(
    many((i) => i),
    many((i) => (i < 3 ? 1000 : i)),
  )
  expect(sums(second)).toEqual(sums(first))
  expect(second.others).toBe(3000)
})

test('without the listeners in a look nothing changes', () => {
  const before = after([worker(80, 1, 5)])
  expect(observeLosses(before, tableOf({ ...look([]), states: 1 << 1 }))).toBe(before)
})

test('whatever comes and goes, no sum that is still there ever falls', () => {
  const socket = fc.record({ port: fc.integer({ min: 1, max: 130 }), cookie: fc.integer({ min: 1, max: 300 }) })
  const one = fc.array(socket, { maxLength: 200 })
  fc.assert(
    fc.property(fc.array(one, { minLength: 2, maxLength: 6 }), fc.infiniteStream(fc.nat(9)), (all, grows) => {
      const lost = new Map<number, number>()
      let losses = NO_LOSSES
      for (const sockets of all) {
        const rows = [...new Map(sockets.map((each) => [each.cookie, each])).values()].map(({ port, cookie }) => {
          lost.set(cookie, (lost.get(cookie) ?? 0) + (grows.next().value ?? 0))
          return worker(port, cookie, lost.get(cookie) as number)
        })
        const next = observeLosses(losses, tableOf(look(rows)))
        for (const [name, { lost: before }] of losses.sums) {
          expect(next.sums.get(name)?.lost ?? before).toBeGreaterThanOrEqual(before)
        }
        expect(next.others ?? 0).toBeGreaterThanOrEqual(losses.others ?? 0)
        expect(next.sums.size).toBeLessThanOrEqual(LISTENERS_MOST)
        losses = next
      }
    }),
    { numRuns: 60 },
  )
})
