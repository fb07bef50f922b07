import { expect, test } from 'vitest'
import { Errno, MINUTE, MS, SECOND } from '../../../src/base/index.ts'
import { Level, TcpOption } from '../../../src/stack/index.ts'
import { told } from '../../../src/stack/two-hosts.testing.ts'
import { State } from '../../../src/tcp/index.ts'
import { Ctl } from '../../../src/wire/index.ts'
import { inState, type Machine, type MachineOptions } from '../../support/machine.ts'
import { Bench } from './bench.ts'

function established(options: MachineOptions = {}): Machine {
  return inState(State.ESTABLISHED, { system: 'rfc9293', ...options })
}

/** Sends so many whole segments and answers each after a while; returns the number of the next octet. */
function exchange(m: Machine, from: number, us: number): number {
  m.send(1460)
  m.wait(us)
  m.arrives(`. 1:1(0) ack ${from + 1460}`)
  return from + 1460
}

/** Segments that leave in answer to an ACK of so many segments at once, out of a full buffer. */
function flights(m: Machine, rounds: number): number[] {
  let acked = 1
  const counts: number[] = []
  m.send(60_000)
  let left = m.sent()
  for (let i = 0; i < rounds; i++) {
    counts.push(left.length)
    m.wait(100 * MS)
    left = []
    for (let n = counts[i] as number; n > 0; n--) {
      acked += 1460
      left.push(...m.arrives(`. 1:1(0) ack ${acked} win 65535`))
      m.send(1460)
      left.push(...m.sent())
    }
  }
  return counts
}

test('MUST-18: the timeout is what was measured and four times how much it varies, each new sample weighing an eighth and a quarter', () => {
  const m = inState(State.SYN_SENT, { system: 'rfc9293' })
  expect(m.tcb.rto).toBe(SECOND)
  m.wait(400 * MS)
  m.arrives('S. 0:0(0) ack 1 win 65535 <mss 1460>')
  expect([m.tcb.srtt, m.tcb.rttvar, m.tcb.rto]).toEqual([400_000, 200_000, 1_200_000])
  const next = exchange(m, 1, 800 * MS)
  expect([m.tcb.srtt, m.tcb.rttvar, m.tcb.rto]).toEqual([450_000, 250_000, 1_450_000])
  exchange(m, next, 1000 * MS)
  expect([m.tcb.srtt, m.tcb.rttvar, m.tcb.rto]).toEqual([518_750, 325_000, 1_818_750])
})

test('MUST-18: what was sent twice is not measured, and the doubled timeout stays until something is', () => {
  const m = established()
  m.send(1460)
  const { srtt } = m.tcb
  m.wait(1500 * MS)
  m.arrives('. 1:1(0) ack 1461')
  expect([m.tcb.srtt, m.tcb.rto]).toEqual([srtt, 2 * SECOND])
  exchange(m, 1461, 100 * MS)
  expect(m.tcb.rto).toBe(SECOND)
})

test('MUST-19: slow start doubles the window each round trip', () => {
  const m = established({ config: { initialWindow: 2 } })
  expect(flights(m, 4)).toEqual([2, 4, 8, 16])
})

test('MUST-19: after a loss half of it is left, and then it grows by one segment a round trip', () => {
  const m = established({ config: { initialWindow: 16 } })
  m.arrives('. 1:1(0) ack 1')
  m.send(16 * 1460)
  m.sent()
  for (let i = 0; i < 3; i++) m.arrives('. 1:1(0) ack 1')
  m.arrives(`. 1:1(0) ack ${1 + 16 * 1460}`)
  expect(m.tcb.congestion.window).toBe(8)
  let acked = 1 + 16 * 1460
  for (let round = 0; round < 3; round++) {
    m.send(m.tcb.congestion.window * 1460)
    m.wait(100 * MS)
    for (let n = m.tcb.sent.packetsOut; n > 0; n--) {
      acked += 1460
      m.arrives(`. 1:1(0) ack ${acked}`)
    }
  }
  expect(m.tcb.congestion.window).toBe(11)
})

test('MUST-19: a timeout leaves one segment, and each further one doubles the wait', () => {
  const m = established()
  m.send(10 * 1460)
  m.sent()
  expect(m.wait(1001 * MS)).toEqual(['. 1:1461(1460) ack 1'])
  expect(m.tcb.congestion.window).toBe(1)
  m.wheel.advance(m.now + 40 * SECOND)
  expect(m.outAt.map((at) => Math.round((at - 1_000_000) / SECOND))).toEqual([3, 7, 15, 31])
})

test('MUST-20, SHLD-10: at the third retransmission, and not before, IP hears that the path may be gone', () => {
  const m = established()
  m.send(10)
  m.wait(6 * SECOND)
  expect([m.outAt.length, m.doubted.length]).toEqual([0, 0])
  m.wait(2 * SECOND)
  expect(m.doubted.length).toBe(1)
})

test('MUST-20: after R2 retransmissions the connection ends', () => {
  const m = established({ config: { retries2: 3, userTimeoutUs: 0 } })
  m.send(10)
  m.sent()
  expect(m.wait(14 * SECOND).length).toBe(3)
  expect(m.tcb.state).toBe(State.ESTABLISHED)
  m.wait(2 * SECOND)
  expect([m.tcb.state, m.read()]).toEqual([State.CLOSED, -Errno.ETIMEDOUT])
})

test('SHLD-11: a peer may be silent for a hundred seconds', () => {
  const m = established()
  m.send(10)
  m.wait(100 * SECOND)
  expect(m.tcb.state).toBe(State.ESTABLISHED)
})

test('MUST-21: a program that waits for twenty seconds at most is told then', () => {
  const bench = new Bench()
  const { fd } = bench.connected()
  const { program } = bench
  expect(program.setsockopt(fd, Level.IPPROTO_TCP, TcpOption.USER_TIMEOUT, 20_000)).toBe(0)
  program.send(fd, new Uint8Array(10))
  bench.pass(19 * SECOND)
  expect(told(program.recv(fd, new Uint8Array(10)))).toBe('EAGAIN')
  bench.pass(5 * SECOND)
  expect(told(program.recv(fd, new Uint8Array(10)))).toBe('ETIMEDOUT')
})

test('MUST-21: a program that waits for half an hour is not told before', () => {
  const bench = new Bench()
  const { fd } = bench.connected()
  const { program } = bench
  program.send(fd, new Uint8Array(10))
  program.setsockopt(fd, Level.IPPROTO_TCP, TcpOption.USER_TIMEOUT, 30 * 60_000)
  bench.pass(29 * MINUTE)
  expect(told(program.recv(fd, new Uint8Array(10)))).toBe('EAGAIN')
})

test('MAY-18: a program can choose CUBIC, and what is not there is refused', () => {
  const bench = new Bench()
  const { fd } = bench.connected()
  const set = (name: string): number => bench.program.setsockopt(fd, Level.IPPROTO_TCP, TcpOption.CONGESTION, name)
  expect([told(set('cubic')), told(set('vegas'))]).toEqual([0, 'ENOENT'])
})

test('SHLD-8: a SYN asks for ECN, data can be marked, and a mark is echoed until the peer has heard of it', () => {
  const bench = new Bench({ sysctl: { 'tcp.ecn': 1 } })
  const connection = bench.connecting()
  expect(connection.first.tcp.ctl).toBe(Ctl.SYN | Ctl.ECE | Ctl.CWR)
  connection.says({ ctl: Ctl.SYN | Ctl.ACK | Ctl.ECE, seq: 0, ack: 1, mss: 1460 })
  bench.sent()
  bench.program.send(connection.fd, new Uint8Array(10))
  expect(bench.sent().map(({ tos }) => tos)).toEqual([2])
  const CE = 3
  connection.says({ seq: 1, ack: 11, data: new Uint8Array(10), tos: CE })
  connection.says({ seq: 11, ack: 11, data: new Uint8Array(10), tos: 2 })
  bench.pass(SECOND)
  expect(connection.hears()).toEqual(['ACK,ECE 11:11 ack 21'])
  connection.says({ ctl: Ctl.ACK | Ctl.CWR, seq: 21, ack: 11, data: new Uint8Array(10), tos: 2 })
  bench.pass(SECOND)
  expect(connection.hears()).toEqual(['ACK 11:11 ack 31'])
})
