import { describe, expect, test } from 'vitest'
import { inState, type Machine } from '../../../test/support/machine.ts'
import { State } from '../state.ts'
import { cubic } from './cubic.ts'
import { CUBIC_SETTINGS } from './cubic-settings.ts'

const MS = 1000

/** In slow start, a round beginning now. */
function starting(window: number): Machine {
  const m = inState(State.ESTABLISHED)
  m.tcb.congestion.window = window
  cubic.lost(m.tcb)
  return m
}

describe('HyStart ends slow start before it overflows the path', () => {
  test('when round trips have become longer by an eighth, in nine samples of a round', () => {
    const m = starting(20)
    cubic.measured(m.tcb, 100 * MS)
    m.now += 200 * MS
    for (let i = 0; i < 20; i++) {
      m.now += 10 * MS
      cubic.measured(m.tcb, 111 * MS)
    }
    expect(m.tcb.congestion.inSlowStart).toBe(true)
    // What was in flight when the round began is acknowledged, and more has been sent.
    m.tcb.snd.una = (m.tcb.snd.una + 1) | 0
    m.tcb.snd.nxt = (m.tcb.snd.nxt + 1000) | 0
    for (let i = 0; i < 9; i++) {
      m.now += 10 * MS
      cubic.measured(m.tcb, 120 * MS)
    }
    expect(m.tcb.congestion.inSlowStart).toBe(false)
    expect(m.tcb.congestion.threshold).toBe(20)
    expect(m.counters.TCPHystartDelayDetect).toBe(1)
  })

  test('when the ACKs of one round have been coming for half the least round trip', () => {
    const m = starting(20)
    cubic.measured(m.tcb, 20 * MS)
    for (let i = 0; i < 6; i++) {
      m.now += 2 * MS
      cubic.measured(m.tcb, 20 * MS)
    }
    expect(m.counters.TCPHystartTrainDetect).toBe(1)
    expect(m.counters.TCPHystartTrainCwnd).toBe(20)
  })

  test('and neither where it is not to be looked at', () => {
    const m = starting(20)
    for (const off of [{ hystartDetect: 0 }, { hystart: 0 }, { hystartLowWindow: 21 }, { hystartLowWindow: -1 }]) {
      m.tcb.host.config.cubic = { ...CUBIC_SETTINGS, ...off }
      for (let i = 0; i < 40; i++) {
        m.now += MS
        cubic.measured(m.tcb, (i + 1) * 10 * MS)
      }
      expect([off, m.tcb.congestion.inSlowStart]).toEqual([off, true])
    }
  })

  test('by ACKs that are as close as is asked for', () => {
    const m = starting(20)
    m.tcb.host.config.cubic = { ...CUBIC_SETTINGS, hystartAckDeltaUs: 1999 }
    cubic.measured(m.tcb, 20 * MS)
    for (let i = 0; i < 20; i++) {
      m.now += 2 * MS
      cubic.measured(m.tcb, 20 * MS)
    }
    expect(m.counters.TCPHystartTrainDetect).toBe(0)
  })

  test('not below sixteen segments', () => {
    const m = starting(15)
    for (let i = 0; i < 40; i++) {
      m.now += MS
      cubic.measured(m.tcb, (i + 1) * 10 * MS)
    }
    expect(m.tcb.congestion.inSlowStart).toBe(true)
  })
})
