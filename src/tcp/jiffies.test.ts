import { expect, test } from 'vitest'
import type { TcpHost } from './host.ts'
import { elapsed, halfOf, Jiffies } from './jiffies.ts'

const MS = 1000

test('a timer runs out at the tick behind its own', () => {
  const aligned = new Jiffies(0)
  expect(aligned.expiry(0, 4 * MS)).toBe(8 * MS)
  expect(aligned.expiry(3 * MS, 4 * MS)).toBe(8 * MS)
  expect(aligned.expiry(4 * MS, 3 * MS)).toBe(12 * MS)
  expect(aligned.expiry(0, 62 * 4 * MS)).toBe(63 * 4 * MS)
})

test('a long delay is kept by a coarser level', () => {
  expect(new Jiffies(0).expiry(0, 63 * 4 * MS)).toBe(64 * 4 * MS)
  expect(new Jiffies(0).expiry(4 * MS, 63 * 4 * MS)).toBe(72 * 4 * MS)
  expect(new Jiffies(0).expiry(0, 504 * 4 * MS)).toBe(512 * 4 * MS)
})

test('the phase is what the clock is ahead', () => {
  const ahead = new Jiffies(1 * MS)
  expect(ahead.last(0)).toBe(-1 * MS)
  expect(ahead.last(3 * MS)).toBe(3 * MS)
  expect(ahead.expiry(0, 4 * MS)).toBe(7 * MS)
  expect(ahead.expiry(3 * MS, 4 * MS)).toBe(11 * MS)
  expect(ahead.whole(1)).toBe(4 * MS)
})

test('times that passed are whole ticks, if the host has any', () => {
  const host = (jiffies: Jiffies | null): TcpHost => ({ now: 9 * MS, jiffies }) as TcpHost
  expect(elapsed(host(null), 1 * MS)).toBe(8 * MS)
  expect(elapsed(host(new Jiffies(0)), 3 * MS)).toBe(8 * MS)
  expect(elapsed(host(new Jiffies(1 * MS)), 3 * MS)).toBe(4 * MS)
})

test('half of a delay is whole ticks, of the finest clock where timers are exact', () => {
  expect(halfOf({ jiffies: new Jiffies(0) } as TcpHost, 44 * MS)).toBe(20 * MS)
  expect(halfOf({ jiffies: null } as TcpHost, 51 * MS)).toBe(25 * MS)
})
