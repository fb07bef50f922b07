import { expect, test } from 'vitest'
import { SECOND } from '../../../src/base/index.ts'
import { Level, Msg, TcpOption } from '../../../src/stack/index.ts'
import { State } from '../../../src/tcp/index.ts'
import { inState } from '../../support/machine.ts'
import { Bench } from './bench.ts'

test('MUST-60: what a cork holds back leaves within a second or so', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.setsockopt(connection.fd, Level.IPPROTO_TCP, TcpOption.CORK, 1)
  bench.program.send(connection.fd, new Uint8Array(10))
  expect(connection.hears()).toEqual([])
  bench.pass(1.5 * SECOND)
  expect(connection.hears()).toEqual(['PSH,ACK 1:11 ack 1'])
})

test('MUST-61: PSH is on the segment that empties the buffer', () => {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
  m.send(3000)
  expect(m.sent()).toEqual(['. 1:1461(1460) ack 1', '. 1461:2921(1460) ack 1'])
  expect(m.arrives('. 1:1(0) ack 2921')).toEqual(['P. 2921:3001(80) ack 1'])
})

test('SHLD-27: pieces that were pushed one by one leave together, with one PSH', () => {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
  for (let i = 0; i < 5; i++) m.send(100)
  expect(m.sent()).toEqual(['P. 1:101(100) ack 1'])
  expect(m.arrives('. 1:1(0) ack 101')).toEqual(['P. 101:501(400) ack 1'])
})

test('SHLD-28: segments are whole while there is enough', () => {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
  m.send(5 * 1460)
  expect(m.sent().map((line) => /\((\d+)\)/.exec(line)?.[1])).toEqual(Array(5).fill('1460'))
})

test('MAY-15: what is sent with MSG_MORE is not pushed, what is sent without it is', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.send(connection.fd, new Uint8Array(1460), Msg.MORE)
  bench.program.send(connection.fd, new Uint8Array(1460))
  expect(connection.hears()).toEqual(['ACK 1:1461 ack 1', 'PSH,ACK 1461:2921 ack 1'])
})

test('MAY-16: pieces with MSG_MORE wait for the last one', () => {
  const bench = new Bench()
  const connection = bench.connected()
  for (let i = 0; i < 3; i++) bench.program.send(connection.fd, new Uint8Array(100), Msg.MORE)
  expect(connection.hears()).toEqual([])
  bench.program.send(connection.fd, new Uint8Array(100))
  expect(connection.hears()).toEqual(['PSH,ACK 1:401 ack 1'])
})
