import { describe, expect, test } from 'vitest'
import { inState, type Machine } from '../../../test/support/machine.ts'
import { SECOND } from '../../base/index.ts'
import { State } from '../state.ts'
import { octetCubic } from './octet-cubic.ts'
import { oneSegment } from './unit.ts'

const C = 0.4
/** As 256ths: 0.7. */
const BETA = 179 / 256
const RTT = SECOND / 10
const MSS = 1460

/** RFC 9438 §4.2, in segments, t in seconds. */
function curve(t: number, most: number): number {
  const k = Math.cbrt((most * (1 - BETA)) / C)
  return C * (t - k) ** 3 + most
}

const segments = (m: Machine): number => m.tcb.congestion.window / MSS

/** A connection whose path has been measured often enough, with a round trip of 100 ms. */
function measuredOften(window: number): Machine {
  const m = inState(State.ESTABLISHED, { system: 'freebsd', synOptions: `<mss ${MSS}>` })
  m.tcb.srtt = RTT
  for (let i = 0; i < 8; i++) octetCubic.measured(m.tcb, RTT)
  m.tcb.congestion.window = window * MSS
  m.tcb.sndScale = 14
  return m
}

function lose(m: Machine): void {
  const c = m.tcb.congestion
  c.threshold = octetCubic.threshold(m.tcb)
  c.window = c.threshold
}

/** One round trip in ten ACKs. */
function roundTrip(m: Machine): void {
  for (let i = 0; i < 10; i++) {
    m.now += RTT / 10
    octetCubic.opened(m.tcb, Math.ceil(m.tcb.congestion.window / 10), false)
  }
}

describe("FreeBSD's CUBIC", () => {
  test('the first loss halves the window, those behind it take three tenths', () => {
    const m = measuredOften(1000)
    expect(oneSegment(m.tcb)).toBe(MSS)
    lose(m)
    expect(segments(m)).toBe(500)
    m.tcb.congestion.window = 900 * MSS
    lose(m)
    expect(m.tcb.congestion.window).toBe(Math.floor(900 * MSS * BETA))
  })

  test('a loss before W_max is reached leaves room for others', () => {
    const m = measuredOften(1000)
    lose(m)
    m.tcb.congestion.window = 900 * MSS
    lose(m)
    m.tcb.congestion.window = 800 * MSS
    // Less than 900: as if it had been 0.85 of what it was (RFC 9438 §4.7).
    lose(m)
    expect(segments(m)).toBeCloseTo((800 * 217 * BETA) / 256, 2)
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
        const expected = Math.max(window / 2, reno, curve(t + 0.1, most))
        // The cube root is a parabola, right to some hundredths.
        expect(Math.abs(segments(m) / expected - 1)).toBeLessThan(0.05)
      }
      expect(segments(m)).toBeGreaterThan(most)
    },
  )

  test('it follows Reno where that has more (§4.3)', () => {
    const m = measuredOften(20)
    lose(m)
    // Slow start goes on at the threshold itself.
    m.tcb.congestion.window++
    for (let i = 0; i < 10; i++) roundTrip(m)
    expect(segments(m)).toBeCloseTo(20 * BETA * BETA + (231 / 435) * 10, 2)
  })

  test('until eight round trips were measured it is in slow start', () => {
    const m = inState(State.ESTABLISHED, { system: 'freebsd', synOptions: `<mss ${MSS}>` })
    const c = m.tcb.congestion
    m.tcb.srtt = RTT
    for (let i = 0; i < 7; i++) octetCubic.measured(m.tcb, RTT)
    c.window = 20_000
    c.threshold = 10_000
    octetCubic.opened(m.tcb, 100, false)
    expect(c.window).toBe(20_100)
    octetCubic.opened(m.tcb, 10_000, false)
    expect(c.window).toBe(20_100 + 2 * MSS)
    octetCubic.opened(m.tcb, 10_000, true)
    expect(c.window).toBe(20_100 + 3 * MSS)
  })

  test('a recovery ends with seven tenths of W_max', () => {
    const m = measuredOften(1000)
    lose(m)
    octetCubic.recovered?.(m.tcb)
    expect(segments(m)).toBeCloseTo(1000 * BETA * BETA, 1)
  })

  test('behind a timeout slow start goes up to the threshold, and the curve begins where that ends', () => {
    const m = measuredOften(1000)
    const c = m.tcb.congestion
    const start = m.now
    c.threshold = octetCubic.threshold(m.tcb)
    octetCubic.lost(m.tcb)
    // Nothing was in flight.
    expect(c.threshold).toBe(2 * MSS)
    c.threshold = 700 * MSS
    c.window = MSS
    for (let i = 0; i < 2000 && c.window <= c.threshold; i++) {
      m.now += RTT / 100
      octetCubic.opened(m.tcb, c.window, false)
    }
    const begin = segments(m)
    expect(begin).toBe(702)
    for (let i = 0; i < 20; i++) roundTrip(m)
    // K is 0: the convex part alone, as old as the timeout.
    const t = (m.now - start + RTT) / SECOND
    expect(segments(m) / (begin + C * t ** 3)).toBeCloseTo(1, 2)
    expect(segments(m)).toBeGreaterThan(begin)
  })
})
