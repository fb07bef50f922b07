import { describe, expect, test } from 'vitest'
import { inState, listen, Machine } from '../../test/support/machine.ts'
import { openActive } from './calls/open.ts'
import { State, stateName } from './state.ts'

describe('the closing sequence, as the machine tells it', () => {
  test('an active open sends SYN, and the SYN-ACK makes it ESTABLISHED with one ACK', () => {
    const m = new Machine()
    openActive(m.tcb)
    expect(m.sent()).toEqual(['S 0:0(0)'])
    expect(m.arrives('S. 0:0(0) ack 1 win 65535 <mss 1460>')).toEqual(['. 1:1(0) ack 1'])
    expect(m.tcb.state).toBe(State.ESTABLISHED)
  })

  test('the active closer goes FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT and acknowledges the FIN', () => {
    const m = inState(State.ESTABLISHED)
    expect(m.shutdown()).toEqual(['F. 1:1(0) ack 1'])
    expect(m.tcb.state).toBe(State.FIN_WAIT_1)
    expect(m.arrives('. 1:1(0) ack 2')).toEqual([])
    expect(m.tcb.state).toBe(State.FIN_WAIT_2)
    expect(m.arrives('F. 1:1(0) ack 2')).toEqual(['. 2:2(0) ack 2'])
    expect(m.tcb.state).toBe(State.TIME_WAIT)
    expect(m.timeWaits).toEqual([{ tcb: m.tcb, durationUs: 60_000_000 }])
  })

  test('the passive closer stays in CLOSE-WAIT for ever, and its close leads through LAST-ACK to CLOSED', () => {
    const m = inState(State.ESTABLISHED)
    expect([...m.arrives('F. 1:1(0) ack 1'), ...m.wait(50_000)]).toEqual(['. 1:1(0) ack 2'])
    expect(m.tcb.state).toBe(State.CLOSE_WAIT)
    m.wait(30 * 86_400 * 1_000_000)
    expect(m.tcb.state).toBe(State.CLOSE_WAIT)
    expect(m.close()).toEqual(['F. 1:1(0) ack 2'])
    expect(m.tcb.state).toBe(State.LAST_ACK)
    m.arrives('. 2:2(0) ack 2')
    expect(m.tcb.state).toBe(State.CLOSED)
    expect(m.registered.size).toBe(0)
  })

  test('every state can be driven to', () => {
    for (const state of Object.values(State)) expect(stateName(inState(state).tcb.state)).toBe(stateName(state))
  })

  test('a passive open answers SYN with SYN-ACK and waits for accept', () => {
    const m = new Machine()
    listen(m)
    expect(m.arrives('S 0:0(0) win 65535 <mss 1460>')).toEqual(['S. 0:0(0) ack 1'])
    expect(m.tcb.state).toBe(State.SYN_RECEIVED)
    expect(m.arrives('. 1:1(0) ack 1')).toEqual([])
    expect(m.tcb.state).toBe(State.ESTABLISHED)
    expect(m.listener?.listen?.accept).toEqual([m.tcb])
  })
})
