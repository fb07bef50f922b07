import { expect, test } from 'vitest'
import { Level, So, TcpOption as SocketOption } from '../../../src/stack/index.ts'
import { Ctl, DropReason, describePacket, finishTcpChecksum, Protocol, pseudoSum } from '../../../src/wire/index.ts'
import { address, Bench, type Connection, HOST, PEER, type Words } from './bench.ts'

const SYN_ACK = { ctl: Ctl.SYN | Ctl.ACK, seq: 0, ack: 1 } as const

/** The options of a TCP packet over IPv4, as octets. */
function optionsOf(packet: Uint8Array): number[] {
  const { tcp } = describePacket(packet)
  return [...packet.subarray(40, 20 + (tcp?.headerLength ?? 20))]
}

/** A packet of the peer's with other options than the builder makes, or none that there could be; the header ends behind them. */
function withOptions(connection: Connection, words: Words, options: readonly number[]): Uint8Array {
  const plain = connection.packet({ ...words, mss: 0 })
  const packet = new Uint8Array(plain.length + options.length)
  packet.set(plain.subarray(0, 40))
  packet.set(options, 40)
  packet.set(plain.subarray(40), 40 + options.length)
  packet[32] = (5 + options.length / 4) << 4
  packet[36] = 0
  packet[37] = 0
  // IPv4's length and checksum, then TCP's.
  packet[3] = packet.length & 0xff
  packet[2] = packet.length >> 8
  const from = address(PEER)
  const to = address(HOST)
  packet.set([0, 0], 10)
  let sum = 0
  for (let i = 0; i < 20; i += 2) sum += ((packet[i] as number) << 8) | (packet[i + 1] as number)
  while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
  packet.set([(~sum >> 8) & 0xff, ~sum & 0xff], 10)
  const length = packet.length - 20
  const words4 = [from.w0, from.w1, from.w2, from.w3, to.w0, to.w1, to.w2, to.w3] as const
  finishTcpChecksum(packet, 20, length, pseudoSum(...words4, Protocol.TCP, length))
  return packet
}

/** Whether the host has taken the SYN-ACK with these options for one. */
function opens(options: readonly number[], data?: Uint8Array): boolean {
  const bench = new Bench()
  const connection = bench.connecting()
  bench.arrives(withOptions(connection, data === undefined ? SYN_ACK : { ...SYN_ACK, data }, options))
  return connection.hears().some((line) => line.startsWith('ACK 1:1 '))
}

/** The size of the first segment that the host sends behind a SYN-ACK with these options. */
function segmentAfter(options: readonly number[]): number {
  const bench = new Bench()
  const connection = bench.connecting()
  bench.arrives(withOptions(connection, SYN_ACK, options))
  bench.sent()
  bench.program.send(connection.fd, new Uint8Array(4000))
  return bench.sent()[0]?.tcp.dataLength ?? 0
}

test('MUST-1: a window of 65,535 is no negative one', () => {
  const bench = new Bench({ sysctl: { 'tcp.initial_window': 100 } })
  const connection = bench.connected({ wnd: 65_535 })
  bench.program.send(connection.fd, new Uint8Array(65_000))
  const octets = bench.sent().reduce((sum, { tcp }) => sum + tcp.dataLength, 0)
  expect(octets).toBeGreaterThan(32_768)
})

test('REC-1: a scaled window of half a million octets is used beyond 65,535', () => {
  const bench = new Bench({ sysctl: { 'tcp.initial_window': 100 } })
  const connection = bench.connected({ wnd: 65_535, wscale: 3 })
  connection.says({ seq: 1, ack: 1, wnd: 65_536 >> 2 })
  bench.program.setsockopt(connection.fd, Level.SOL_SOCKET, So.SNDBUF, 400_000)
  bench.program.send(connection.fd, new Uint8Array(130_000))
  const octets = bench.sent().reduce((sum, { tcp }) => sum + tcp.dataLength, 0)
  expect(octets).toBeGreaterThan(120_000)
})

test('MUST-2: what leaves has the right checksum, with data and without', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.send(connection.fd, Uint8Array.of(1, 2, 3))
  bench.program.close(connection.fd)
  const reasons = bench.raw().map((packet) => describePacket(packet).reason)
  expect(reasons).toEqual([DropReason.NONE, DropReason.NONE])
})

test('MUST-3: a segment with one bit changed is dropped and counted', () => {
  const bench = new Bench()
  const connection = bench.connected()
  const packet = connection.packet({ seq: 1, ack: 1, data: Uint8Array.of(1, 2, 3, 4) })
  packet[43] = (packet[43] as number) ^ 1
  bench.arrives(packet)
  bench.pass(1_000_000)
  expect([connection.hears(), bench.host.counts.tcp.InCsumErrors]).toEqual([[], 1])
})

test.each([
  ['kind 2, the segment size', [2, 4, 2, 0], 512],
  ['kind 1 before it', [1, 1, 1, 1, 2, 4, 2, 0], 512],
  ['kind 0 before it, so that it is padding', [0, 0, 0, 0, 2, 4, 2, 0], 536],
] as const)('MUST-4: understands %s', (_what, options, expected) => {
  expect(segmentAfter(options)).toBe(expected)
})

test('MUST-5: timestamps are read on data, not only on SYNs', () => {
  const bench = new Bench()
  const connection = bench.connected({ timestamps: { tsVal: 100, tsEcr: 0 } })
  connection.says({ seq: 1, ack: 1, data: new Uint8Array(10), timestamps: { tsVal: 777, tsEcr: 0 } })
  bench.pass(300_000)
  expect(bench.sent().map(({ tcp }) => tcp.timestamps?.tsEcr)).toEqual([777])
})

test('MUST-6: an option that nobody knows is passed over with all that is in it', () => {
  // Inside it there is what would look like an option of an impossible length.
  expect(opens([99, 8, 3, 0, 5, 1, 2, 2, 2, 4, 2, 0])).toBe(true)
})

test('MUST-7: a length that reaches beyond the header, or of nothing, or of one, ends the reading and harms nobody', () => {
  // The length of the segment size would be found in the data.
  expect(opens([1, 1, 2, 4], Uint8Array.of(2, 0))).toBe(false)
  expect(opens([2, 0, 2, 0])).toBe(false)
  expect(opens([2, 1, 2, 0])).toBe(false)
  const bench = new Bench()
  const connection = bench.connecting()
  bench.arrives(withOptions(connection, SYN_ACK, [1, 1, 2, 4]))
  connection.says(SYN_ACK)
  expect(connection.hears()).toEqual(['ACK 1:1 ack 1'])
})

test('MUST-64: an option that begins in the midst of a word is read', () => {
  expect(segmentAfter([3, 3, 0, 2, 4, 2, 0, 0])).toBe(512)
})

test('MUST-65: the segment size is said on the SYN and never again', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.send(connection.fd, new Uint8Array(3000))
  bench.program.close(connection.fd)
  const sizes = bench.sent().map(({ tcp }) => tcp.mss)
  expect([connection.first.tcp.mss, ...new Set(sizes)]).toEqual([1460, 0])
})

test('MUST-68: every option that leaves has its length', () => {
  const bench = new Bench()
  const connection = bench.connected({ sackPermitted: true, timestamps: { tsVal: 9, tsEcr: 0 } })
  connection.says({ seq: 11, ack: 1, data: new Uint8Array(10), timestamps: { tsVal: 9, tsEcr: 0 } })
  const lengths = [connection.first, ...bench.sent()].map(({ octets }) => {
    const found: number[][] = []
    const options = optionsOf(octets)
    for (let at = 0; at < options.length && options[at] !== 0; ) {
      const kind = options[at] as number
      const length = kind === 1 ? 1 : (options[at + 1] as number)
      if (kind !== 1) found.push([kind, length])
      if (length === 0) return `no length of ${kind}`
      at += length
    }
    return found
  })
  expect(lengths).toEqual([
    [
      [2, 4],
      [3, 3],
      [4, 2],
      [8, 10],
    ],
    [
      [8, 10],
      [5, 10],
    ],
  ])
})

test('MUST-69: options that do not fill a word are filled up with zeros', () => {
  const bench = new Bench({ sysctl: { 'tcp.timestamps': 0 } })
  const options = optionsOf(bench.connecting().first.octets)
  expect([options.length, options.slice(-2)]).toEqual([12, [0, 0]])
})

test('MUST-14, SHLD-5: the SYN says what fits the link, and what the peer says is heeded', () => {
  const bench = new Bench()
  const connection = bench.connected({ mss: 700 })
  bench.program.send(connection.fd, new Uint8Array(2000))
  const [segment] = bench.sent()
  expect([connection.first.tcp.mss, segment?.tcp.dataLength]).toEqual([1460, 700])
  expect(new Bench().connecting(6).first.tcp.mss).toBe(1440)
})

test('MAY-3: it is said even where it is what everybody would assume', () => {
  expect(new Bench({ mtu: 1500, interfaceMtu: 576 }).connecting().first.tcp.mss).toBe(536)
})

test.each([
  [4, 536],
  [6, 1220],
] as const)('MUST-15: a peer that names no size over IPv%d gets segments of %d octets', (family, expected) => {
  const bench = new Bench()
  const connection = bench.connected({ mss: 0 }, family)
  bench.program.send(connection.fd, new Uint8Array(4000))
  expect(bench.sent()[0]?.tcp.dataLength).toBe(expected)
})

test.each([
  ['what the peer takes', 1000, 1500, false, 1000],
  ['what the link takes', 9000, 1500, false, 1460],
  ['either less the options', 1000, 1500, true, 988],
] as const)('MUST-16: a segment is bounded by %s', (_what, mss, mtu, timestamps, expected) => {
  const bench = new Bench({ mtu })
  const connection = bench.connected({ mss, ...(timestamps ? { timestamps: { tsVal: 1, tsEcr: 0 } } : {}) })
  bench.program.send(connection.fd, new Uint8Array(8000))
  expect(bench.sent()[0]?.tcp.dataLength).toBe(expected)
})

test('MUST-67: a segment of the size that is offered, in one packet, is what the link carries', () => {
  for (const mtu of [576, 1500, 9000]) expect(new Bench({ mtu }).connecting().first.tcp.mss).toBe(mtu - 40)
})

test('SHLD-6: a link that does not always carry its largest packet is offered by its least', () => {
  expect(new Bench({ mtu: 1500, interfaceMtu: 1400 }).connecting().first.tcp.mss).toBe(1360)
})

test('SHLD-7: a small piece waits for a whole segment, too', () => {
  const bench = new Bench()
  const connection = bench.connected()
  bench.program.send(connection.fd, new Uint8Array(1460))
  bench.program.send(connection.fd, new Uint8Array(10))
  expect(connection.hears()).toEqual(['PSH,ACK 1:1461 ack 1'])
  connection.says({ seq: 1, ack: 1461 })
  expect(connection.hears()).toEqual(['PSH,ACK 1461:1471 ack 1'])
})

test('MUST-17, SHLD-7: small pieces wait for each other, unless TCP_NODELAY', () => {
  const bench = new Bench()
  const connection = bench.connected()
  const { program } = bench
  for (let i = 0; i < 3; i++) program.send(connection.fd, new Uint8Array(10))
  expect(connection.hears()).toEqual(['PSH,ACK 1:11 ack 1'])
  connection.says({ seq: 1, ack: 11 })
  expect(connection.hears()).toEqual(['PSH,ACK 11:31 ack 1'])
  program.setsockopt(connection.fd, Level.IPPROTO_TCP, SocketOption.NODELAY, 1)
  for (let i = 0; i < 2; i++) program.send(connection.fd, new Uint8Array(10))
  expect(connection.hears()).toEqual(['PSH,ACK 31:41 ack 1', 'PSH,ACK 41:51 ack 1'])
})
