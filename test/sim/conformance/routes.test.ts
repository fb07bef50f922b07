import { expect, test } from 'vitest'
import { Errno } from '../../../src/base/index.ts'
import { AF_INET, IpOption, Level, personalities, SOCK_STREAM, TcpOption } from '../../../src/stack/index.ts'
import { told } from '../../../src/stack/two-hosts.testing.ts'
import { Ctl } from '../../../src/wire/index.ts'
import { Bench, type BenchOptions, type Connection, PEER, withIpOptions } from './bench.ts'

const LOOSE = 131
const [A, B, C] = ['10.0.0.11', '10.0.0.12', '10.0.0.13']

const octetsOf = (hops: readonly string[]): number[] => hops.flatMap((hop) => hop.split('.').map(Number))

/** The option as a program gives it, or as it arrives: `gone` addresses of it have been passed. */
function route(hops: readonly string[], gone = 0): number[] {
  const option = [LOOSE, 3 + 4 * hops.length, 4 + 4 * gone, ...octetsOf(hops)]
  return [...option, ...Array<number>((4 - (option.length % 4)) % 4).fill(0)]
}

/** To whom a packet goes, and by which options. */
function way(packet: Uint8Array): unknown[] {
  const options = packet.subarray(20, ((packet[0] as number) & 15) * 4)
  return [[...packet.subarray(16, 20)].join('.'), [...options]]
}

/** The program gives a route before it opens. */
function opening(hops: readonly string[]): Bench {
  const bench = new Bench()
  const fd = bench.program.socket(AF_INET, SOCK_STREAM)
  expect(bench.program.setsockopt(fd, Level.IPPROTO_IP, IpOption.OPTIONS, Uint8Array.from(route(hops)))).toBe(0)
  expect(told(bench.program.connect(fd, { address: PEER, port: 80 }))).toBe('EINPROGRESS')
  return bench
}

/** A connection whose SYN came by A and then B, and on which nothing was said yet. */
function routed(options: BenchOptions = {}): { bench: Bench; connection: Connection; synAck: Uint8Array } {
  const bench = new Bench(options)
  const listener = bench.listening()
  bench.arrives(withIpOptions(bench.peerSyn(), route([A, B], 2)))
  const connection = bench.begun(-1)
  connection.says({ seq: 1, ack: 1 })
  const fd = bench.program.accept(listener)
  return { bench, connection: connection.as(fd), synAck: connection.first.octets }
}

test('MUST-51: a program sends its SYN by the routers that it names, in their order', () => {
  const [syn] = opening([A, B, C]).raw()
  expect(way(syn as Uint8Array)).toEqual([A, route([B, C, PEER])])
})

test('MUST-51: what is no route is refused', () => {
  const { program } = new Bench()
  const fd = program.socket(AF_INET, SOCK_STREAM)
  const set = (octets: readonly number[]): number =>
    program.setsockopt(fd, Level.IPPROTO_IP, IpOption.OPTIONS, Uint8Array.from(octets))
  const wrong = [[7, 7, 3, 0, 0, 0, 0, 0], [LOOSE, 99, 4, 0], [LOOSE, 5, 4, 1, 2, 0, 0, 0], Array<number>(41).fill(1)]
  expect(wrong.map(set)).toEqual(wrong.map(() => -Errno.EINVAL))
})

test('MUST-53: a connection that came by a route answers by it, the last router first, with all that it sends', () => {
  const { bench, connection, synAck } = routed()
  bench.program.setsockopt(connection.fd, Level.IPPROTO_TCP, TcpOption.NODELAY, 1)
  bench.program.send(connection.fd, new Uint8Array(3000))
  const packets = bench.raw()
  const back = [B, route([A, PEER])]
  expect([way(synAck), ...packets.map(way)]).toEqual([back, back, back, back])
  // Whole packets, route included.
  expect(packets.map(({ length }) => length)[0]).toBe(1500)
})

test('MUST-53: a packet that is still on its way to somebody else is not taken', () => {
  const bench = new Bench()
  bench.listening()
  bench.arrives(withIpOptions(bench.peerSyn(), route([A, B], 1)))
  expect(bench.raw()).toEqual([])
})

test("MUST-52: the program's route comes before the peer's", () => {
  const bench = new Bench()
  const listener = bench.program.socket(AF_INET, SOCK_STREAM)
  bench.program.setsockopt(listener, Level.IPPROTO_IP, IpOption.OPTIONS, Uint8Array.from(route([C])))
  bench.program.bind(listener, { address: '0.0.0.0', port: 80 })
  bench.program.listen(listener, 8)
  bench.arrives(withIpOptions(bench.peerSyn(), route([A, B], 2)))
  expect(bench.raw().map(way)).toEqual([[C, route([PEER])]])
})

test('SHLD-24: when the peer comes by another way, the answers go by that; a stranger who misses the window changes nothing', () => {
  const { bench, connection } = routed()
  const words = { ctl: Ctl.ACK | Ctl.PSH, ack: 1, data: new Uint8Array(10) }
  bench.arrives(withIpOptions(connection.packet({ ...words, seq: 900_000 }), route([A], 1)))
  bench.raw()
  bench.arrives(withIpOptions(connection.packet({ ...words, seq: 1 }), route([C], 1)))
  bench.program.send(connection.fd, new Uint8Array(10))
  expect(bench.raw().map(way)).toEqual([[C, route([PEER])]])
})

test('MUST-53: Linux as it comes today passes such routes over', () => {
  const { synAck } = routed({ personality: personalities.linux })
  expect(way(synAck)).toEqual([PEER, []])
})
