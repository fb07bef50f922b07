import { expect, test } from 'vitest'
import { Errno, SECOND } from '../../../src/base/index.ts'
import { told } from '../../../src/stack/two-hosts.testing.ts'
import { State } from '../../../src/tcp/index.ts'
import { Ctl } from '../../../src/wire/index.ts'
import { inState } from '../../support/machine.ts'
import { Bench, type Connection } from './bench.ts'

/** The states of the host's connections. */
function states(bench: Bench): string[] {
  return bench.host
    .describeSockets()
    .map(({ state }) => state)
    .filter((state) => state !== 'LISTEN')
}

/** The host has closed first, and waits. */
function inTimeWait(bench: Bench, timestamps?: number): Connection {
  const stamp = (tsVal: number) => (timestamps === undefined ? {} : { timestamps: { tsVal, tsEcr: 0 } })
  const listener = bench.listening()
  const connection = bench.called(listener, stamp(timestamps ?? 0))
  bench.program.close(connection.fd)
  connection.says({ ctl: Ctl.FIN | Ctl.ACK, seq: 1, ack: 2, ...stamp(timestamps ?? 0) })
  expect(states(bench)).toEqual(['TIME-WAIT'])
  bench.sent()
  return connection
}

test('MUST-12: end of file when the peer has closed, an error when it has aborted', () => {
  const closed = inState(State.ESTABLISHED, { system: 'rfc9293' })
  closed.arrives('F. 1:1(0) ack 1')
  const aborted = inState(State.ESTABLISHED, { system: 'rfc9293' })
  aborted.arrives('R. 1:1(0) ack 1')
  expect([closed.read(), aborted.read()]).toEqual([0, -Errno.ECONNRESET])
})

test('MUST-13: TIME-WAIT lasts two lifetimes of two minutes, and not less', () => {
  const bench = new Bench()
  inTimeWait(bench)
  bench.pass(239 * SECOND)
  expect(states(bench)).toEqual(['TIME-WAIT'])
  bench.pass(2 * SECOND)
  expect(states(bench)).toEqual([])
})

test('SHLD-2: a RST that says why ends the connection like any other', () => {
  const m = inState(State.ESTABLISHED, { system: 'rfc9293' })
  m.arrives('R. 1:21(20) ack 1')
  expect(m.tcb.state).toBe(State.CLOSED)
})

test('SHLD-3: unread data, and data that come after close(), are answered by RST', () => {
  const unread = inState(State.ESTABLISHED, { system: 'rfc9293' })
  unread.arrives('P. 1:11(10) ack 1')
  expect(unread.close()).toEqual(['R. 1:1(0) ack 11'])
  const late = inState(State.ESTABLISHED, { system: 'rfc9293' })
  late.close()
  late.arrives('. 1:1(0) ack 2')
  expect([late.arrives('P. 1:11(10) ack 2'), late.tcb.state]).toEqual([['R 2:2(0)'], State.CLOSED])
})

test('MAY-1: after close() the other direction is closed too, after shutdown() it is open', () => {
  const closed = inState(State.ESTABLISHED, { system: 'rfc9293' })
  closed.close()
  const shut = inState(State.ESTABLISHED, { system: 'rfc9293' })
  shut.shutdown()
  for (const m of [closed, shut]) m.arrives('P. 1:11(10) ack 2')
  expect([closed.tcb.state, shut.tcb.state, shut.read()]).toEqual([State.CLOSED, State.FIN_WAIT_2, 10])
})

test('MAY-2: a SYN beyond the old numbers opens anew, one among them is answered by the last ACK', () => {
  const bench = new Bench()
  const connection = inTimeWait(bench)
  bench.arrives(bench.peerSyn({ seq: 1 }))
  expect(connection.hears()).toEqual(['ACK 2:2 ack 2'])
  bench.arrives(bench.peerSyn({ seq: 3 }))
  const [answer] = bench.sent()
  expect([answer?.tcp.ctl, states(bench)]).toEqual([Ctl.SYN | Ctl.ACK, ['SYN-RECEIVED']])
})

test('MAY-2: the new connection begins beyond all numbers of the old one, however fast that was', () => {
  const bench = new Bench({ sysctl: { 'tcp.initial_window': 100 } })
  const listener = bench.listening()
  const connection = bench.called(listener, { wscale: 8 })
  // 40 MB in no time: the clock of initial sequence numbers is left far behind.
  for (let sent = 1; sent < 40_000_000; ) {
    bench.program.send(connection.fd, new Uint8Array(60_000))
    sent = bench
      .sent()
      .reduce((end, { tcp }) => Math.max(end, tcp.seq - connection.first.tcp.seq + tcp.dataLength), sent)
    connection.says({ seq: 1, ack: sent })
  }
  bench.program.close(connection.fd)
  const [fin] = bench.sent().slice(-1)
  const last = (fin?.tcp.seq ?? 0) + 1
  connection.says({ ctl: Ctl.FIN | Ctl.ACK, seq: 1, ack: (last - connection.first.tcp.seq) | 0 })
  expect(states(bench)).toEqual(['TIME-WAIT'])
  bench.sent()
  bench.arrives(bench.peerSyn({ seq: 3 }))
  const [answer] = bench.sent()
  expect(((answer?.tcp.seq ?? 0) - last) | 0).toBeGreaterThan(0)
})

test('SHLD-4: with a newer timestamp even a SYN among the old numbers opens anew, with an older one none does', () => {
  const bench = new Bench()
  const connection = inTimeWait(bench, 1000)
  bench.arrives(bench.peerSyn({ seq: 3, timestamps: { tsVal: 999, tsEcr: 0 } }))
  expect(connection.hears()).toEqual(['ACK 2:2 ack 2'])
  bench.arrives(bench.peerSyn({ seq: 1, timestamps: { tsVal: 1001, tsEcr: 0 } }))
  expect(states(bench)).toEqual(['SYN-RECEIVED'])
})

test('MUST-12: the end of a connection by time is an error, too', () => {
  const bench = new Bench({ sysctl: { 'tcp.user_timeout': 10 } })
  const { fd } = bench.connected()
  bench.program.send(fd, new Uint8Array(10))
  bench.pass(20 * SECOND)
  expect(told(bench.program.recv(fd, new Uint8Array(10)))).toBe('ETIMEDOUT')
})
