import { expect, test } from 'vitest'
import { Errno, MINUTE, SECOND } from '../../../src/base/index.ts'
import { AF_INET, Host, Level, linkPair, type Process, SOCK_STREAM, So } from '../../../src/stack/index.ts'
import { get, told } from '../../../src/stack/two-hosts.testing.ts'
import { State } from '../../../src/tcp/index.ts'
import { buildTcpPacket, Ctl, describePacket } from '../../../src/wire/index.ts'
import { inState, listen, Machine } from '../../support/machine.ts'
import { address, Bench, HOST, PEER } from './bench.ts'

/** The initial sequence number of the host's `n`th connection from a port of its own, opened at `now`. */
function firstNumber(seed: number, now: number, port: number): number {
  const bench = new Bench({ seed })
  bench.pass(now)
  const fd = bench.program.socket(AF_INET, SOCK_STREAM)
  bench.program.bind(fd, { address: HOST, port })
  bench.program.connect(fd, { address: PEER, port: 80 })
  return bench.sent()[0]?.tcp.seq as number
}

/** A bound socket of a program. */
function bound(program: Process, port: number, where = '0.0.0.0'): number {
  const fd = program.socket(AF_INET, SOCK_STREAM)
  program.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
  expect(program.bind(fd, { address: where, port })).toBe(0)
  return fd
}

test('MUST-8: two connections of the same ends, a second apart, begin 250,000 numbers apart', () => {
  expect((firstNumber(1, SECOND, 5000) - firstNumber(1, 0, 5000)) | 0).toBe(250_000)
})

test('MUST-9: two hosts that differ only in their secret begin with numbers that have nothing in common', () => {
  const apart = new Set(Array.from({ length: 20 }, (_, seed) => firstNumber(seed + 1, 0, 5000)))
  expect(apart.size).toBe(20)
})

test('SHLD-1: another port, at the same time, begins somewhere else', () => {
  const step = (port: number): number => (firstNumber(1, 0, port + 1) - firstNumber(1, 0, port)) | 0
  expect(new Set([step(5000), step(5001), step(5002), step(5003)]).size).toBe(4)
})

test('MUST-10: SYNs that cross make one connection', () => {
  const m = inState(State.SYN_SENT, { system: 'rfc9293' })
  expect(m.arrives('S 0:0(0) win 65535 <mss 1460>')).toEqual(['S. 0:0(0) ack 1'])
  m.arrives('S. 0:0(0) ack 1')
  expect(m.tcb.state).toBe(State.ESTABLISHED)
})

test('MUST-11: in SYN-RECEIVED a passive open goes back to LISTEN in silence, an active one stays, or fails with an error', () => {
  const passive = inState(State.SYN_RECEIVED, { system: 'rfc9293' })
  passive.arrives('S 1:1(0)')
  expect([passive.tcb.state, passive.listener?.state]).toEqual([State.CLOSED, State.LISTEN])
  const active = inState(State.SYN_SENT, { system: 'rfc9293' })
  active.arrives('S 0:0(0) win 65535 <mss 1460>')
  expect([active.arrives('S 1:1(0)'), active.tcb.state]).toEqual([['. 1:1(0) ack 1'], State.SYN_RECEIVED])
  active.arrives('R 1:1(0)')
  expect([active.tcb.state, active.read()]).toEqual([State.CLOSED, -Errno.ECONNREFUSED])
})

test('MUST-22: a SYN without an answer doubts the path after R1, ends after R2, and the program hears of it', () => {
  const m = inState(State.SYN_SENT, { system: 'rfc9293' })
  m.wait(8 * SECOND)
  expect(m.doubted.length).toBe(1)
  const bench = new Bench({ sysctl: { 'tcp.syn_r2': 2 } })
  const { fd } = bench.connecting()
  bench.pass(10 * SECOND)
  expect(bench.sent().length).toBe(2)
  expect(get(bench.program, fd, Level.SOL_SOCKET, So.ERROR)).toBe(Errno.ETIMEDOUT)
})

test('MUST-23: a SYN is tried for three minutes', () => {
  const bench = new Bench()
  const { fd } = bench.connecting()
  bench.pass(3 * MINUTE)
  expect(get(bench.program, fd, Level.SOL_SOCKET, So.ERROR)).toBe(0)
  bench.pass(MINUTE)
  expect(get(bench.program, fd, Level.SOL_SOCKET, So.ERROR)).toBe(Errno.ETIMEDOUT)
})

test('MUST-41: who begins to listen where a connection is leaves it its segments', () => {
  const bench = new Bench()
  const { program } = bench
  const port = 5000
  const fd = bound(program, port)
  program.connect(fd, { address: PEER, port: 80 })
  const [syn] = bench.sent()
  const packet = (ctl: number, seq: number, data: number): Uint8Array =>
    buildTcpPacket({
      source: address(PEER),
      destination: address(HOST),
      sourcePort: 80,
      destinationPort: port,
      seq,
      ack: ((syn?.tcp.seq ?? 0) + 1) | 0,
      ctl,
      wnd: 65_535,
      data: new Uint8Array(data),
    })
  bench.arrives(packet(Ctl.SYN | Ctl.ACK, 700, 0))
  expect(program.listen(bound(program, port, HOST), 5)).toBe(0)
  bench.arrives(packet(Ctl.ACK, 701, 10))
  expect(program.recv(fd, new Uint8Array(100))).toBe(10)
})

test('MUST-42: a program listens at the port from which its SYN is under way, and at that of a half-open connection', () => {
  const bench = new Bench()
  const { program } = bench
  const fd = bound(program, 5000)
  program.connect(fd, { address: PEER, port: 80 })
  expect(told(program.listen(bound(program, 5000), 5))).toBe(0)
})

/** A host with two nets, and what leaves on each. */
function twoNets(): { host: Host; program: Process; first: () => string[]; second: () => string[] } {
  const [left, right] = [linkPair()[0], linkPair()[0]]
  const host = new Host({ name: 'host', personality: 'rfc9293', seed: 1 })
  host.addInterface({ name: 'eth0', link: left, addresses: ['10.0.0.1/24', '10.0.0.7/24'] })
  host.addInterface({ name: 'eth1', link: right, addresses: ['10.1.0.1/24'] })
  const sources =
    ({ queue }: typeof left) =>
    (): string[] => {
      const found: string[] = []
      for (; queue.size > 0; queue.shift())
        found.push(describePacket(queue.bytes, queue.start, queue.length).source.toString())
      return found
    }
  return { host, program: host.spawn('program'), first: sources(left), second: sources(right) }
}

test('MUST-43: a program that names an address opens from it', () => {
  const { program, first } = twoNets()
  program.connect(bound(program, 0, '10.0.0.7'), { address: '10.0.0.2', port: 80 })
  expect(first()).toEqual(['10.0.0.7'])
})

test('MUST-44: else the SYN has the address of the net that it goes to', () => {
  const { program, first, second } = twoNets()
  for (const to of ['10.1.0.9', '10.0.0.9']) {
    program.connect(program.socket(AF_INET, SOCK_STREAM), { address: to, port: 80 })
  }
  expect([first(), second()]).toEqual([['10.0.0.1'], ['10.1.0.1']])
})

test('MUST-45: what is sent again has the address of what was sent first', () => {
  const { host, program, first } = twoNets()
  program.connect(bound(program, 0, '10.0.0.7'), { address: '10.0.0.2', port: 80 })
  host.advance(10 * SECOND)
  const sources = first()
  expect([sources.length, new Set(sources)]).toEqual([4, new Set(['10.0.0.7'])])
})

test('MUST-46: nobody opens to a group or to everybody', () => {
  const { program } = new Bench()
  for (const to of ['224.0.0.1', '255.255.255.255', '10.0.0.255']) {
    const result = program.connect(program.socket(AF_INET, SOCK_STREAM), { address: to, port: 80 })
    expect([to, told(result)]).toEqual([to, 'ENETUNREACH'])
  }
})

/** What the host answers to a SYN from `source` to `destination`, where it listens. */
function answerTo(source: string, destination: string): number {
  const bench = new Bench()
  bench.listening()
  bench.arrives(bench.peerSyn({ seq: 0 }))
  expect(bench.raw().length).toBe(1)
  bench.arrives(
    buildTcpPacket({
      source: address(source),
      destination: address(destination),
      sourcePort: 41_000,
      destinationPort: 80,
      seq: 9,
      ctl: Ctl.SYN,
      wnd: 1000,
    }),
  )
  return bench.raw().length
}

test.each(['10.0.0.255', '255.255.255.255', '224.0.0.1'])('MUST-57: a SYN to %s is dropped in silence', (to) => {
  expect(answerTo(PEER, to)).toBe(0)
})

test.each(['224.0.0.1', '255.255.255.255', '10.0.0.255', '0.0.0.0', '127.0.0.1'])(
  'MUST-63: a SYN from %s is ignored',
  (from) => {
    expect(answerTo(from, HOST)).toBe(0)
  },
)

test('MUST-63: over IPv6, too, a group opens nothing', () => {
  const m = new Machine({ system: 'rfc9293' })
  listen(m)
  expect(m.listener?.state).toBe(State.LISTEN)
  const bench = new Bench()
  const fd = bench.program.socket(10, SOCK_STREAM)
  bench.program.bind(fd, { address: '::', port: 80 })
  bench.program.listen(fd, 5)
  const syn = { sourcePort: 41_000, destinationPort: 80, seq: 9, ctl: Ctl.SYN, wnd: 1000 }
  bench.arrives(buildTcpPacket({ source: address('ff02::1'), destination: address('2001:db8::1'), ...syn }))
  expect(bench.raw()).toEqual([])
})
