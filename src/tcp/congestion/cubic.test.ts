import { describe, expect, test } from 'vitest'
import { inState, type Machine } from '../../../test/support/machine.ts'
import { SECOND } from '../../base/index.ts'
import { State } from '../state.ts'
import { cubic } from './cubic.ts'
import { CUBIC_SETTINGS } from './cubic-settings.ts'

const C = 0.4
const BETA = 0.7
/** RFC 9438 §4.1.2: in segments per second cubed, t in seconds. */
function curve(t: number, most: number): number {
  const k = Math.cbrt((most * (1 - BETA)) / C)
  return C * (t - k) ** 3 + most
}

/** In congestion avoidance right behind a loss at a window of `most`, with a round trip of 100 ms. */
function afterLoss(most: number): Machine {
  const m = inState(State.ESTABLISHED)
  const c = m.tcb.congestion
  m.tcb.srtt = SECOND / 10
  c.window = most
  c.threshold = cubic.threshold(m.tcb)
  c.window = c.threshold
  cubic.measured(m.tcb, SECOND / 10)
  return m
}

/** One round trip in which everything sent is acknowledged, a segment at a time. */
function roundTrip(m: Machine): void {
  const segments = m.tcb.congestion.window
  for (let i = 0; i < segments; i++) {
    m.now += Math.floor(SECOND / 10 / segments)
    cubic.opened(m.tcb, 1, false)
  }
}

describe('CUBIC (RFC 9438)', () => {
  test('a loss takes the window to 0.7 of what it was', () => {
    expect(afterLoss(1000).tcb.congestion.window).toBe(Math.floor(1000 * (717 / 1024)))
    expect(afterLoss(2).tcb.congestion.window).toBe(2)
  })

  test.each([200, 1000])('then it follows C·(t − K)³ + W_max, for W_max = %s', (most) => {
    const m = afterLoss(most)
    const start = m.now
    for (let i = 0; i < 150; i++) {
      roundTrip(m)
      const t = (m.now - start) / SECOND
      const target = curve(t + 0.1, most)
      // The window follows the curve a round trip later, and never grows by more than half in one.
      const { window } = m.tcb.congestion
      expect(window).toBeGreaterThan(curve(t - 0.1, most) * 0.97 - 2)
      if (target < most * 1.2) expect(window).toBeLessThan(target * 1.03 + 2)
    }
  })

  test('a loss leaves what it is told to', () => {
    const m = inState(State.ESTABLISHED)
    m.tcb.congestion.window = 1000
    m.tcb.host.config.cubic = { ...CUBIC_SETTINGS, beta: 512 }
    expect(cubic.threshold(m.tcb)).toBe(500)
    m.tcb.host.config.cubic = { ...CUBIC_SETTINGS, beta: 0 }
    expect(cubic.threshold(m.tcb)).toBe(2)
  })

  test('where Reno does not count, the window follows the curve alone', () => {
    const window = (tcpFriendliness: number): number => {
      const m = afterLoss(10)
      m.tcb.host.config.cubic = { ...CUBIC_SETTINGS, tcpFriendliness }
      for (let i = 0; i < 20; i++) roundTrip(m)
      return m.tcb.congestion.window
    }
    expect(window(1)).toBeGreaterThan(window(0))
  })

  test('the threshold may be told to begin with, where HyStart is off', () => {
    const threshold = (hystart: number): number => {
      const m = inState(State.ESTABLISHED)
      m.tcb.host.config.cubic = { ...CUBIC_SETTINGS, hystart, initialSsthresh: 30 }
      cubic.begun?.(m.tcb)
      return m.tcb.congestion.threshold
    }
    expect([threshold(0), threshold(1)]).toEqual([30, 0x7fffffff])
  })

  test('without fast convergence W_max is where the last loss was', () => {
    const window = (fastConvergence: number): number => {
      const m = afterLoss(1000)
      m.tcb.host.config.cubic = { ...CUBIC_SETTINGS, fastConvergence }
      m.tcb.congestion.window = 800
      m.tcb.congestion.window = cubic.threshold(m.tcb)
      m.now += 8 * SECOND
      for (let i = 0; i < 10; i++) roundTrip(m)
      return m.tcb.congestion.window
    }
    expect(window(1)).toBeLessThan(window(0))
  })

  test('a second loss below the first leaves room for others: W_max shrinks (§4.7)', () => {
    const m = afterLoss(1000)
    m.tcb.congestion.window = 800
    cubic.threshold(m.tcb)
    m.tcb.congestion.window = 560
    m.now += SECOND
    for (let i = 0; i < 100; i++) roundTrip(m)
    // Convergence aims at 0.85 · 800, and goes on from there.
    expect(m.tcb.congestion.window).toBeGreaterThan(680)
  })

  test('with a small window it grows at least as Reno would (§4.3)', () => {
    const m = afterLoss(10)
    const before = m.tcb.congestion.window
    for (let i = 0; i < 10; i++) roundTrip(m)
    expect(m.tcb.congestion.window).toBeGreaterThanOrEqual(before + 4)
  })
})
