import { expect, test } from 'vitest'
import { Errno, SECOND } from '../../../src/base/index.ts'
import { IpOption, Level, So, type TcpSocket } from '../../../src/stack/index.ts'
import { get, polled, told } from '../../../src/stack/two-hosts.testing.ts'
import {
  Ctl,
  finishIcmpChecksum,
  IcmpType,
  IcmpUnreachable,
  Protocol,
  writeIcmpError,
  writeIpv4,
} from '../../../src/wire/index.ts'
import { address, Bench, type Connection, HOST, withIpOptions } from './bench.ts'

const ROUTER = address('10.0.0.254')
const SOURCE_QUENCH = 4

/** A router's ICMP message about a packet of the host's. */
function icmp(quoted: Uint8Array, type: number, code: number, rest = 0): Uint8Array {
  const buf = new Uint8Array(600)
  const length = writeIcmpError(buf, 20, type, code, rest, quoted, 0, quoted.length, 548)
  finishIcmpChecksum(buf, 20, length, 0)
  writeIpv4(buf, 0, 0, 20 + length, 1, true, 64, Protocol.ICMP, ROUTER.w3, address(HOST).w3)
  return buf.slice(0, 20 + length)
}

/** The host has sent data; what the network says of it. */
function sending(): { bench: Bench; connection: Connection; packet: Uint8Array } {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.send(connection.fd, new Uint8Array(10))
  return { bench, connection, packet: bench.raw()[0] as Uint8Array }
}

function states(bench: Bench): string[] {
  return bench.host.describeSockets().map(({ state }) => state)
}

test('MUST-48, SHLD-22: the Differentiated Services field that a program asks for is on every segment, unchanged', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.setsockopt(connection.fd, Level.IPPROTO_IP, IpOption.TOS, 0xb8)
  bench.program.send(connection.fd, new Uint8Array(10))
  connection.says({ ctl: Ctl.FIN | Ctl.ACK, seq: 1, ack: 11 })
  bench.pass(SECOND)
  bench.program.close(connection.fd)
  expect(new Set(bench.sent().map(({ tos }) => tos))).toEqual(new Set([0xb8]))
})

test('SHLD-21: it can be changed while the connection lasts', () => {
  const bench = new Bench()
  const connection = bench.connected()
  const seen: number[] = []
  for (const tos of [0x28, 0x48]) {
    bench.program.setsockopt(connection.fd, Level.IPPROTO_IP, IpOption.TOS, tos)
    bench.program.send(connection.fd, new Uint8Array(1460))
    seen.push(...bench.sent().map((sent) => sent.tos))
  }
  expect(seen).toEqual([0x28, 0x48])
})

test('MUST-49: the time to live is what the program says, else what the administrator says', () => {
  const bench = new Bench({ sysctl: { 'ip.ttl': 99 } })
  const connection = bench.connected()
  expect(connection.first.ttl).toBe(99)
  bench.program.setsockopt(connection.fd, Level.IPPROTO_IP, IpOption.TTL, 7)
  bench.program.send(connection.fd, new Uint8Array(10))
  expect(bench.sent().map(({ ttl }) => ttl)).toEqual([7])
})

test('MUST-50: a segment behind IP options that mean nothing here is taken like any other', () => {
  const bench = new Bench()
  const connection = bench.connected()
  const plain = connection.packet({ seq: 1, ack: 1, data: new Uint8Array(10) })
  // Eight octets of a kind that nobody has given a meaning.
  bench.arrives(withIpOptions(plain, [0x9e, 8, 1, 2, 3, 4, 5, 6]))
  expect(bench.program.recv(connection.fd, new Uint8Array(100))).toBe(10)
})

test('MUST-54: an error reaches the connection that it quotes and no other', () => {
  const { bench, connection, packet } = sending()
  const other = bench.connected()
  bench.arrives(icmp(packet, IcmpType.UNREACHABLE, IcmpUnreachable.HOST))
  const errorOf = (fd: number) => get(bench.program, fd, Level.SOL_SOCKET, So.ERROR)
  expect([errorOf(other.fd), errorOf(connection.fd)]).toEqual([0, Errno.EHOSTUNREACH])
})

test('MUST-55: Source Quench changes nothing, whatever its code', () => {
  const { bench, connection, packet } = sending()
  const { tcb } = bench.program.file(connection.fd) as TcpSocket
  const before = tcb?.congestion.window
  for (const code of [0, 1, 3]) bench.arrives(icmp(packet, SOURCE_QUENCH, code))
  expect([states(bench), bench.raw(), tcb?.congestion.window]).toEqual([['ESTABLISHED'], [], before])
  expect(get(bench.program, connection.fd, Level.SOL_SOCKET, So.ERROR)).toBe(0)
})

const SOFT = [
  ['net unreachable', IcmpType.UNREACHABLE, IcmpUnreachable.NET],
  ['host unreachable', IcmpType.UNREACHABLE, IcmpUnreachable.HOST],
  ['source route failed', IcmpType.UNREACHABLE, IcmpUnreachable.SOURCE_ROUTE_FAILED],
  ['time exceeded on the way', IcmpType.TIME_EXCEEDED, 0],
  ['time exceeded in reassembly', IcmpType.TIME_EXCEEDED, 1],
  ['parameter problem', IcmpType.PARAMETER_PROBLEM, 0],
] as const

test.each(SOFT)('MUST-56: %s ends no connection, neither an open one nor one that opens', (_what, type, code) => {
  const { bench, packet } = sending()
  bench.arrives(icmp(packet, type, code))
  expect(states(bench)).toEqual(['ESTABLISHED'])
  const opening = new Bench()
  const { first } = opening.connecting()
  opening.arrives(icmp(first.octets, type, code))
  expect(states(opening)).toEqual(['SYN-SENT'])
})

test.each(SOFT)('SHLD-25: of %s SO_ERROR tells', (_what, type, code) => {
  const { bench, connection, packet } = sending()
  bench.arrives(icmp(packet, type, code))
  expect(get(bench.program, connection.fd, Level.SOL_SOCKET, So.ERROR)).not.toBe(0)
})

/** The program of `sending` asks to be told of soft errors; returns how often it was told that poll() has news. */
function asking(bench: Bench, fd: number): () => number {
  let told = 0
  bench.program.setsockopt(fd, Level.IPPROTO_IP, IpOption.RECVERR, 1)
  bench.host.onReady = () => told++
  return () => told
}

test('MUST-47: a program that asked is told of an ICMP error as it comes, and the connection goes on', () => {
  const { bench, connection, packet } = sending()
  const times = asking(bench, connection.fd)
  bench.arrives(icmp(packet, IcmpType.UNREACHABLE, IcmpUnreachable.HOST))
  expect([times(), polled(bench.program, connection.fd).split('|').includes('ERR')]).toEqual([1, true])
  expect(told(bench.program.send(connection.fd, new Uint8Array(10)))).toBe('EHOSTUNREACH')
  connection.says({ seq: 1, ack: 11 })
  expect(bench.program.send(connection.fd, new Uint8Array(10))).toBe(10)
})

test('SHLD-20: a program that did not ask is not interrupted', () => {
  const { bench, connection, packet } = sending()
  let times = 0
  bench.host.onReady = () => times++
  bench.arrives(icmp(packet, IcmpType.UNREACHABLE, IcmpUnreachable.HOST))
  bench.pass(10 * SECOND)
  expect([times, bench.program.send(connection.fd, new Uint8Array(10))]).toEqual([0, 10])
})

test('SHLD-9: a program that asked hears after three retransmissions that nothing comes back, long before the end', () => {
  const { bench, connection } = sending()
  const times = asking(bench, connection.fd)
  bench.pass(6 * SECOND)
  expect(times()).toBe(0)
  bench.pass(2 * SECOND)
  expect([times(), told(bench.program.recv(connection.fd, new Uint8Array(1)))]).toEqual([1, 'ETIMEDOUT'])
  expect(states(bench)).toEqual(['ESTABLISHED'])
})

test.each([
  ['protocol', IcmpUnreachable.PROTOCOL],
  ['port', IcmpUnreachable.PORT],
] as const)('SHLD-26: %s unreachable ends an open connection, and one that opens', (_what, code) => {
  const { bench, packet } = sending()
  bench.arrives(icmp(packet, IcmpType.UNREACHABLE, code))
  expect(states(bench)).toEqual([])
  const opening = new Bench()
  const { first } = opening.connecting()
  opening.arrives(icmp(first.octets, IcmpType.UNREACHABLE, code))
  expect(states(opening)).toEqual([])
})
