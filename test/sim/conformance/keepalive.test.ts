import { expect, test } from 'vitest'
import { Errno, MINUTE, SECOND } from '../../../src/base/index.ts'
import { Level, personalities, So, TcpOption } from '../../../src/stack/index.ts'
import { told } from '../../../src/stack/two-hosts.testing.ts'
import { Bench, type BenchOptions, type Connection } from './bench.ts'

const HOUR = 60 * MINUTE

/** A connection whose program has asked for keep-alives. */
function kept(options: BenchOptions = {}): { bench: Bench; connection: Connection } {
  const bench = new Bench(options)
  const connection = bench.connected()
  bench.program.setsockopt(connection.fd, Level.SOL_SOCKET, So.KEEPALIVE, 1)
  return { bench, connection }
}

test('MUST-24: keep-alives are switched on and off for a connection', () => {
  const { bench: on, connection } = kept()
  on.pass(2 * HOUR + SECOND)
  expect(connection.hears().length).toBe(1)
  connection.says({ seq: 1, ack: 1 })
  on.program.setsockopt(connection.fd, Level.SOL_SOCKET, So.KEEPALIVE, 0)
  on.pass(24 * HOUR)
  expect(connection.hears()).toEqual([])
})

test('MUST-24: what a listener asks for its connections have', () => {
  const bench = new Bench()
  const listener = bench.listening()
  bench.program.setsockopt(listener, Level.SOL_SOCKET, So.KEEPALIVE, 1)
  const connection = bench.called(listener)
  bench.pass(2 * HOUR + SECOND)
  expect(connection.hears().length).toBe(1)
})

test('MUST-25: who asks for nothing hears nothing, for a week', () => {
  const bench = new Bench()
  const listener = bench.listening()
  const connections = [bench.connected(), bench.called(listener)]
  bench.pass(7 * 24 * HOUR)
  expect(connections.flatMap((one) => one.hears())).toEqual([])
})

test('MUST-26: while data is outstanding there are retransmissions and no keep-alives', () => {
  const { bench, connection } = kept()
  bench.program.setsockopt(connection.fd, Level.IPPROTO_TCP, TcpOption.KEEPIDLE, 10)
  bench.program.send(connection.fd, new Uint8Array(10))
  bench.pass(60 * SECOND)
  expect(new Set(connection.hears())).toEqual(new Set(['PSH,ACK 1:11 ack 1']))
})

test('MUST-26: whatever comes from the peer begins the interval anew', () => {
  const { bench, connection } = kept()
  bench.pass(HOUR)
  connection.says({ seq: 1, ack: 1 })
  bench.pass(HOUR + MINUTE)
  expect(connection.hears()).toEqual([])
  bench.pass(HOUR)
  expect(connection.hears()).toEqual(['ACK 0:0 ack 1'])
})

test('MUST-27: the interval is what the program or the administrator says', () => {
  const { bench, connection } = kept()
  bench.program.setsockopt(connection.fd, Level.IPPROTO_TCP, TcpOption.KEEPIDLE, 60)
  bench.pass(61 * SECOND)
  expect(connection.hears().length).toBe(1)
  const other = kept({ sysctl: { 'tcp.keepalive_time': 30 } })
  other.bench.pass(31 * SECOND)
  expect(other.connection.hears().length).toBe(1)
})

test('MUST-28: unless they say something it is two hours', () => {
  const { bench, connection } = kept()
  bench.pass(2 * HOUR - SECOND / 2)
  expect(connection.hears()).toEqual([])
})

test('MUST-29: probes may get lost; many in a row do not', () => {
  const { bench, connection } = kept()
  bench.pass(2 * HOUR + 5 * 75 * SECOND)
  expect(connection.hears().length).toBe(6)
  connection.says({ seq: 1, ack: 1 })
  expect(told(bench.program.recv(connection.fd, new Uint8Array(1)))).toBe('EAGAIN')
  bench.pass(3 * HOUR)
  expect(bench.program.recv(connection.fd, new Uint8Array(1))).toBe(-Errno.ETIMEDOUT)
})

test('MAY-5, SHLD-12: a probe has the last number that the peer has seen, and no octet', () => {
  const { bench, connection } = kept()
  bench.pass(2 * HOUR + SECOND)
  expect(connection.hears()).toEqual(['ACK 0:0 ack 1'])
})

test('MAY-6: a personality may send an octet of garbage with it', () => {
  const personality = personalities.rfc9293.with({ tcp: { keepaliveOctet: true } })
  const { bench, connection } = kept({ personality })
  bench.pass(2 * HOUR + SECOND)
  expect(connection.hears()).toEqual(['ACK 0:1 ack 1'])
})
