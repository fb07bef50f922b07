import { expect, test } from 'vitest'
import { Errno, MINUTE, MS, SECOND } from '../../../src/base/index.ts'
import { State } from '../../../src/tcp/index.ts'
import { inState, type Machine } from '../../support/machine.ts'

/** An established connection whose peer offers so many octets; its first answer took 100 ms. */
function toPeerWith(window: number): Machine {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
  m.arrives(`. 1:1(0) ack 1 win ${window}`)
  return m
}

/** When what left did so, in whole milliseconds after `since`. */
function times(m: Machine, since: number): number[] {
  return m.outAt.map((at) => Math.round((at - since) / MS))
}

/** Lets time pass; returns when segments left, ms. */
function watch(m: Machine, us: number): number[] {
  const since = m.now
  m.sent()
  m.wheel.advance(since + us)
  m.now = since + us
  const found = times(m, since)
  m.sent()
  return found
}

test('MUST-34, SHLD-15: a window that shrinks below what is in flight lets nothing new out, and opens again later', () => {
  const m = toPeerWith(4000)
  m.send(20_000)
  m.sent()
  expect(m.arrives('. 1:1(0) ack 1461 win 500')).toEqual([])
  expect(m.arrives('. 1:1(0) ack 2921 win 8000').length).toBeGreaterThan(0)
})

test('SHLD-16: what lies within the smaller window is sent again', () => {
  const m = toPeerWith(4000)
  m.send(2920)
  m.arrives('. 1:1(0) ack 1 win 500')
  expect(m.wait(1100 * MS)).toEqual(['. 1:501(500) ack 1'])
})

test('MAY-7: with nothing left of the window the oldest segment is sent again whole', () => {
  const m = toPeerWith(4000)
  m.send(2920)
  m.arrives('. 1:1(0) ack 1 win 0')
  expect(m.wait(1100 * MS)).toEqual(['. 1:1461(1460) ack 1'])
})

test('MUST-35: a window that shrank to nothing is probed again and again, ever more rarely', () => {
  const m = toPeerWith(4000)
  m.send(2920)
  m.arrives('. 1:1(0) ack 1 win 0')
  const asked = watch(m, 40 * SECOND)
  expect(asked).toEqual([1000, 3000, 7000, 15_000, 31_000])
})

test('SHLD-17: a peer that acknowledges nothing beyond its smaller window, but answers, keeps the connection', () => {
  const m = toPeerWith(4000)
  m.send(2920)
  m.arrives('. 1:1(0) ack 1 win 0')
  for (let i = 0; i < 60; i++) {
    m.wait(MINUTE)
    m.arrives('. 1:1(0) ack 1 win 0')
  }
  expect(m.tcb.state).toBe(State.ESTABLISHED)
})

test('MUST-36: a closed window is probed, and what waits leaves when it opens', () => {
  const m = toPeerWith(0)
  m.send(100)
  expect(m.sent()).toEqual([])
  expect(m.wait(1100 * MS)).toEqual(['. 1:2(1) ack 1'])
  expect(m.arrives('. 1:1(0) ack 1 win 1000')).toEqual(['P. 1:101(100) ack 1'])
})

test('SHLD-29: the first probe comes one retransmission timeout after the window was found closed', () => {
  const m = toPeerWith(0)
  m.send(100)
  expect(watch(m, 1500 * MS)).toEqual([1000])
})

test('SHLD-30: the probes come at intervals that double', () => {
  const m = toPeerWith(0)
  m.send(100)
  expect(watch(m, 20 * SECOND)).toEqual([1000, 3000, 7000, 15_000])
})

test('MUST-37: a peer that answers for a day with a closed window keeps the connection, one that is silent does not', () => {
  const patient = toPeerWith(0)
  patient.send(100)
  for (let i = 0; i < 24 * 60; i++) {
    patient.wait(MINUTE)
    patient.arrives('. 1:1(0) ack 1 win 0')
  }
  expect(patient.tcb.state).toBe(State.ESTABLISHED)
  const silent = toPeerWith(0)
  silent.send(100)
  silent.wait(20 * MINUTE)
  expect([silent.tcb.state, silent.read()]).toEqual([State.CLOSED, -Errno.ETIMEDOUT])
})

test('MUST-38: a peer that opens its window in steps of a few octets gets no segments of a few octets', () => {
  const m = toPeerWith(2920)
  m.send(20_000)
  m.sent()
  expect(m.arrives('. 1:1(0) ack 2921 win 10')).toEqual([])
  expect(m.arrives('. 1:1(0) ack 2921 win 700')).toEqual([])
  // Half of the largest window is worth a segment, whole or not.
  expect(m.arrives('. 1:1(0) ack 2921 win 1460')).toEqual(['. 2921:4381(1460) ack 1'])
})

/** A receiver with a small buffer that the peer has filled. */
function filled(): Machine {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293', config: { receiveBuffer: 8760 } })
  for (let seq = 1; seq < 8760; seq += 1460) m.arrives(`. ${seq}:${seq + 1460}(1460) ack 1`)
  expect(m.tcb.rcv.wnd).toBe(0)
  m.sent()
  return m
}

test('MUST-39: reading a few octets opens no window of a few octets, neither by itself nor on the next ACK', () => {
  const m = filled()
  for (let i = 0; i < 14; i++) m.read(100)
  expect(m.sent()).toEqual([])
  m.arrives('. 8761:8762(1) ack 1')
  expect(m.tcb.rcv.wnd).toBe(0)
  m.read(100)
  expect([m.sent(), m.tcb.rcv.wnd]).toEqual([['. 1:1(0) ack 8761'], 1460])
})

test('MUST-39: within an open window, too, small reads are not told one by one', () => {
  const config = { receiveBuffer: 200_000 }
  const m = inState(State.ESTABLISHED, { system: 'rfc9293', config, synOptions: '<mss 1460,wscale 2>' })
  m.arrives('. 1:1461(1460) ack 1')
  m.arrives('. 1461:2921(1460) ack 1')
  m.sent()
  for (let i = 0; i < 14; i++) m.read(100)
  expect(m.sent()).toEqual([])
})

test('MUST-66: text for a closed window is refused, but its ACK, its RST and its URG are heeded', () => {
  const m = filled()
  m.send(100)
  m.sent()
  expect(m.arrives('P.U 8761:8763(2) ack 101 urg 2')).toEqual(['. 101:101(0) ack 8761'])
  expect([m.tcb.snd.una, m.tcb.urgentReceive, m.readable]).toEqual([101, true, 8760])
  expect([m.arrives('F. 8761:8761(0) ack 101'), m.tcb.state]).toEqual([['. 101:101(0) ack 8761'], State.ESTABLISHED])
  m.arrives('R. 8761:8763(2) ack 101')
  expect(m.tcb.state).toBe(State.CLOSED)
})

test('MAY-8: a window that nobody reads from stays closed', () => {
  const m = filled()
  for (let i = 0; i < 100; i++) {
    m.wait(MINUTE)
    m.arrives('. 8761:8762(1) ack 1')
    expect(m.tcb.rcv.wnd).toBe(0)
  }
  expect(m.tcb.state).toBe(State.ESTABLISHED)
})

test('SHLD-14: the right edge never moves left, however much waits to be read', () => {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293', config: { receiveBuffer: 8760 } })
  let edge = m.tcb.rcv.edge
  for (let seq = 1; seq + 1000 <= 8761; seq += 1000) {
    m.arrives(`. ${seq}:${seq + 1000}(1000) ack 1`)
    m.wait(SECOND)
    expect((m.tcb.rcv.edge - edge) | 0).toBeGreaterThanOrEqual(0)
    edge = m.tcb.rcv.edge
  }
})
