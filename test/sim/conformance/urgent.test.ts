import { expect, test } from 'vitest'
import { Ioctl, Msg } from '../../../src/stack/index.ts'
import { octets, polled, text, told } from '../../../src/stack/two-hosts.testing.ts'
import { State } from '../../../src/tcp/index.ts'
import { Ctl } from '../../../src/wire/index.ts'
import { inState } from '../../support/machine.ts'
import { Bench } from './bench.ts'

const URGENT = Ctl.URG | Ctl.ACK

test('MUST-30: urgent data is announced to the peer, and what the peer announces is received', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.send(connection.fd, octets('abc'), Msg.OOB)
  expect(connection.hears()).toEqual(['PSH,ACK,URG 1:4 ack 1'])
  connection.says({ ctl: URGENT, seq: 1, ack: 4, up: 3, data: octets('xyz') })
  expect(text(bench.program, connection.fd, Msg.OOB, 1)).toBe('z')
})

test('MUST-62: the pointer points behind the last urgent octet, going out and coming in', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.send(connection.fd, octets('abc'), Msg.OOB)
  expect(bench.sent().map(({ tcp }) => tcp.up)).toEqual([3])
  connection.says({ ctl: URGENT, seq: 1, ack: 4, up: 2, data: octets('xyz') })
  expect([text(bench.program, connection.fd, Msg.OOB, 1), text(bench.program, connection.fd)]).toEqual(['y', 'x'])
})

test('MUST-31: of 100,000 urgent octets the pointer of the first segment says as much as it can, the last one all', () => {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293', config: { sendBuffer: 200_000, initialWindow: 44 } })
  const pointers: number[] = []
  m.observe = ({ seq, up }) => {
    pointers.push(seq + up)
  }
  m.tcb.urgentSend = true
  m.send(50_000)
  m.tcb.snd.up = (m.tcb.snd.una + 100_000) | 0
  m.send(50_000)
  m.wait(2_000_000)
  // The first segments reach 65,535 octets ahead; from the one on that can, they name the end.
  for (let acked = 14_601; acked < 100_001; acked += 14_600) m.arrives(`. 1:1(0) ack ${acked} win 65535`)
  expect(Math.max(...pointers)).toBe(100_001)
  expect(Math.min(...pointers.slice(pointers.indexOf(65_536)))).toBe(65_536)
})

test('MUST-32: whoever polls hears of the pointer when it comes, before its data, and when it moves on', () => {
  const bench = new Bench()
  const connection = bench.connected()
  let told = 0
  bench.host.onReady = () => told++
  connection.says({ ctl: URGENT, seq: 1, ack: 1, up: 20 })
  expect(told).toBe(1)
  connection.says({ ctl: URGENT, seq: 1, ack: 1, up: 20 })
  expect(told).toBe(1)
  connection.says({ ctl: URGENT, seq: 1, ack: 1, up: 30 })
  expect(told).toBe(2)
})

test('MUST-33: reading stops at the mark, and SIOCATMARK tells where it is; behind it nothing is urgent', () => {
  const bench = new Bench()
  const { program } = bench
  const open = bench.connected()
  open.says({ ctl: URGENT, seq: 1, ack: 1, up: 4, data: octets('abcdef') })
  expect([polled(program, open.fd).includes('PRI'), program.ioctl(open.fd, Ioctl.SIOCATMARK)]).toEqual([true, 0])
  expect([text(program, open.fd), program.ioctl(open.fd, Ioctl.SIOCATMARK)]).toEqual(['abc', 1])
  expect([text(program, open.fd), program.ioctl(open.fd, Ioctl.SIOCATMARK)]).toEqual(['ef', 0])
  expect(told(program.recv(open.fd, new Uint8Array(1), Msg.OOB))).toBe('EINVAL')
})
