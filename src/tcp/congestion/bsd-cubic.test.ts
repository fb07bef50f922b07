import { describe, expect, test } from 'vitest'
import { inState, type Machine } from '../../../test/support/machine.ts'
import { SECOND } from '../../base/index.ts'
import { State } from '../state.ts'
import { bsdCubic } from './bsd-cubic.ts'

const C = 0.4
const BETA = 0.7
const RTT = SECOND / 10

/** RFC 9438 §4.2, in segments, t in seconds. */
function curve(t: number, most: number): number {
  const k = Math.cbrt((most * (1 - BETA)) / C)
  return C * (t - k) ** 3 + most
}

/** A connection whose path has been measured often enough, with a round trip of 100 ms. */
function measuredOften(window: number): Machine {
  const m = inState(State.ESTABLISHED)
  m.tcb.srtt = RTT
  for (let i = 0; i < 8; i++) bsdCubic.measured(m.tcb, RTT)
  m.tcb.congestion.window = window
  return m
}

function lose(m: Machine): void {
  const c = m.tcb.congestion
  c.threshold = bsdCubic.threshold(m.tcb)
  c.window = c.threshold
}

/** One round trip in ten ACKs. */
function roundTrip(m: Machine): void {
  for (let i = 0; i < 10; i++) {
    m.now += RTT / 10
    bsdCubic.opened(m.tcb, Math.ceil(m.tcb.congestion.window / 10))
  }
}

describe("FreeBSD's CUBIC", () => {
  test('the first loss halves the window, those behind it take three tenths', () => {
    const m = measuredOften(1000)
    lose(m)
    expect(m.tcb.congestion.window).toBe(500)
    m.tcb.congestion.window = 900
    lose(m)
    expect(m.tcb.congestion.window).toBe(630)
  })

  test('a loss before W_max is reached leaves room for others', () => {
    const m = measuredOften(1000)
    lose(m)
    m.tcb.congestion.window = 900
    lose(m)
    m.tcb.congestion.window = 800
    // Less than 900: as if it had been 0.85 of what it was (RFC 9438 §4.7).
    lose(m)
    expect(m.tcb.congestion.window).toBe(Math.floor(800 * 0.85 * BETA))
  })

  test.each([400, 2000])(
    'behind a loss it is where the curve is a round trip later, at every ACK: %s segments',
    (window) => {
      const m = measuredOften(window)
      lose(m)
      // The first loss halves the window, and the curve is one whose W_max is seven tenths of it.
      const most = window * BETA
      const start = m.now
      for (let i = 0; i < 120; i++) {
        roundTrip(m)
        const t = (m.now - start) / SECOND
        const reno = most * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * (t / 0.1)
        const expected = Math.floor(Math.max(window / 2, reno, curve(t + 0.1, most)))
        expect(Math.abs(m.tcb.congestion.window - expected)).toBeLessThanOrEqual(1)
      }
      expect(m.tcb.congestion.window).toBeGreaterThan(most)
    },
  )

  test('it follows Reno where that has more (§4.3)', () => {
    const m = measuredOften(20)
    lose(m)
    for (let i = 0; i < 10; i++) roundTrip(m)
    expect(m.tcb.congestion.window).toBe(Math.floor(20 * BETA * BETA + ((3 * (1 - BETA)) / (1 + BETA)) * 10))
  })

  test('until eight round trips were measured it is in slow start', () => {
    const m = inState(State.ESTABLISHED)
    const c = m.tcb.congestion
    m.tcb.srtt = RTT
    for (let i = 0; i < 7; i++) bsdCubic.measured(m.tcb, RTT)
    c.window = 100
    c.threshold = 50
    bsdCubic.opened(m.tcb, 1)
    expect(c.window).toBe(101)
  })

  test('a recovery ends with seven tenths of W_max', () => {
    const m = measuredOften(1000)
    lose(m)
    bsdCubic.recovered?.(m.tcb)
    expect(m.tcb.congestion.window).toBe(Math.floor(1000 * BETA * BETA))
  })

  test('behind a timeout slow start goes up to seven tenths, and the curve begins where that ends', () => {
    const m = measuredOften(1000)
    const c = m.tcb.congestion
    const start = m.now
    c.threshold = bsdCubic.threshold(m.tcb)
    bsdCubic.lost(m.tcb)
    expect(c.threshold).toBe(700)
    c.window = 1
    for (let i = 0; i < 20 && c.window < 700; i++) {
      m.now += RTT
      bsdCubic.opened(m.tcb, c.window)
    }
    expect(c.window).toBe(700)
    for (let i = 0; i < 20; i++) roundTrip(m)
    // K is 0: the convex part alone, as old as the timeout.
    const t = (m.now - start + RTT) / SECOND
    expect(c.window).toBe(Math.floor(700 + C * t ** 3))
    expect(c.window).toBeGreaterThan(705)
  })
})
