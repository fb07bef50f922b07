import { describe, expect, test } from 'vitest'
import { inState, type Machine } from '../../../test/support/machine.ts'
import { SECOND } from '../../base/index.ts'
import type { OctetSender } from '../octets/octet-sender.ts'
import { State } from '../state.ts'
import { octetCubic } from './octet-cubic.ts'
import { oneSegment } from './unit.ts'

const C = 0.4
/** As 256ths: 0.7, and (1 + 0.7)/2. */
const BETA = 179 / 256
const CONVERGENCE = 217 / 256
const RTT = SECOND / 10
const MSS = 1460

/** RFC 9438 §4.2, in segments, t in seconds: from `begin` up to W_max and beyond. */
function curve(t: number, most: number, begin: number): number {
  const k = Math.cbrt(Math.max(most - begin, 0) / C)
  return C * (t - k) ** 3 + most
}

const segments = (m: Machine): number => m.tcb.congestion.window / MSS

function sender({ tcb }: Machine): OctetSender {
  if (tcb.octets === null) throw new Error('the system counts segments')
  return tcb.octets
}

/** A connection whose path has been measured often enough, with a round trip of 100 ms, and all of whose window is on its way. */
function measuredOften(window: number): Machine {
  const m = inState(State.ESTABLISHED, { system: 'freebsd', synOptions: `<mss ${MSS}>` })
  m.tcb.srtt = RTT
  sender(m).samples = 8
  octetCubic.heard?.(m.tcb)
  m.tcb.sndScale = 14
  fill(m, window)
  return m
}

function fill({ tcb }: Machine, window: number): void {
  tcb.congestion.window = window * MSS
  tcb.snd.nxt = (tcb.snd.una + window * MSS) | 0
}

function lose(m: Machine): void {
  const c = m.tcb.congestion
  c.threshold = octetCubic.threshold(m.tcb)
  c.window = c.threshold + 1
}

/** One round trip, an ACK a segment. */
function roundTrip(m: Machine): void {
  const acks = Math.floor(segments(m))
  for (let i = 0; i < acks; i++) {
    m.now += RTT / acks
    octetCubic.opened(m.tcb, MSS, false)
  }
}

describe("FreeBSD's CUBIC", () => {
  test('a loss leaves seven tenths of what is on its way', () => {
    const m = measuredOften(1000)
    expect(oneSegment(m.tcb)).toBe(MSS)
    lose(m)
    expect(m.tcb.congestion.threshold).toBe(Math.floor(1000 * MSS * BETA))
    fill(m, 900)
    m.tcb.snd.nxt = (m.tcb.snd.una + 500 * MSS) | 0
    lose(m)
    expect(m.tcb.congestion.threshold).toBe(Math.floor(500 * MSS * BETA))
  })

  test.each([400, 2000])('behind a loss it goes up to the curve and beyond W_max: %s segments', (window) => {
    const m = measuredOften(window)
    lose(m)
    // The first loss leaves room for others, as one before W_max does (RFC 9438 §4.7).
    const most = window * CONVERGENCE
    const begin = segments(m)
    const start = m.now
    for (let i = 0; i < 120; i++) {
      roundTrip(m)
      const t = (m.now - start) / SECOND
      // With each round trip as far as the curve is one later. The cube root is a parabola, right to some hundredths.
      expect(Math.abs(segments(m) / Math.max(curve(t, most, begin), begin) - 1)).toBeLessThan(0.05)
    }
    expect(segments(m)).toBeGreaterThan(most)
  })

  test('it follows Reno where that has more (§4.3), and then loses as much', () => {
    const m = measuredOften(20)
    lose(m)
    m.tcb.congestion.window = 15 * MSS
    sender(m).windowTaken = true
    octetCubic.opened(m.tcb, MSS, false)
    expect(segments(m)).toBe(16)
    lose(m)
    expect(m.tcb.congestion.threshold).toBe(8 * MSS)
  })

  test('until eight round trips were measured it is in slow start', () => {
    const m = inState(State.ESTABLISHED, { system: 'freebsd', synOptions: `<mss ${MSS}>` })
    const c = m.tcb.congestion
    m.tcb.srtt = RTT
    sender(m).samples = 7
    octetCubic.heard?.(m.tcb)
    c.window = 20_000
    c.threshold = 10_000
    octetCubic.opened(m.tcb, 100, false)
    expect(c.window).toBe(20_100)
    octetCubic.opened(m.tcb, 10_000, false)
    expect(c.window).toBe(20_100 + 2 * MSS)
    octetCubic.opened(m.tcb, 10_000, true)
    expect(c.window).toBe(20_100 + 3 * MSS)
  })

  test('a recovery at whose end much is in flight ends with seven tenths of W_max', () => {
    const m = measuredOften(1000)
    lose(m)
    octetCubic.recovered?.(m.tcb)
    expect(segments(m)).toBeCloseTo(1000 * CONVERGENCE * BETA, 1)
  })

  test('behind a timeout slow start goes up to the threshold, and the curve begins where that ends', () => {
    const m = measuredOften(1000)
    const c = m.tcb.congestion
    m.tcb.snd.wnd = 2 ** 30
    octetCubic.lost(m.tcb)
    expect(c.threshold).toBe(699 * MSS)
    c.window = MSS
    for (let i = 0; i < 2000 && c.window <= c.threshold; i++) {
      m.now += RTT / 100
      octetCubic.opened(m.tcb, c.window, false)
    }
    const begin = segments(m)
    const start = m.now
    expect(begin).toBe(700)
    for (let i = 0; i < 20; i++) roundTrip(m)
    // K is 0: the convex part alone, as old as the end of slow start.
    const t = (m.now - start) / SECOND
    expect(segments(m) / (begin + C * t ** 3)).toBeCloseTo(1, 2)
    expect(segments(m)).toBeGreaterThan(begin)
  })

  test('a timeout that is taken back leaves it on its curve', () => {
    const m = measuredOften(1000)
    lose(m)
    roundTrip(m)
    const before = { ...m.tcb.congestion.memory }
    octetCubic.lost(m.tcb)
    octetCubic.undone(m.tcb)
    expect(m.tcb.congestion.memory).toMatchObject({ ...before, before: expect.anything() })
  })
})
