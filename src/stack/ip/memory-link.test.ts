import { expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import { AF_INET, AF_INET6, linkPair, Msg } from '../index.ts'
import { octets, TwoHosts } from '../two-hosts.testing.ts'
import type { PacketQueue } from './packet-queue.ts'

test('nothing is delivered before pump, and answers wait for the next one', () => {
  const world = new TwoHosts()
  world.listen()
  world.nc.connect(world.nc.socket(2, 1), { address: '10.0.0.2', port: 80 })
  expect([world.a.link.waiting, world.server.counts.ip.InReceives]).toEqual([1, 0])
})

/** Puts the first packet once more behind the last. */
function requeue(queue: PacketQueue): void {
  const { start, length, cut, isFields } = queue
  const packet = queue.bytes.slice(start, start + length)
  if (!isFields) {
    queue.push(packet, 0, length, cut)
    return
  }
  const at = queue.reserve(length, cut)
  queue.bytes.set(packet, at)
}

/**
 * A megabyte from client to server, byte for byte.
 * @param lost which of the packets towards the server are lost, counted from 0
 * @returns octets of the longest of them
 */
function carryMegabyte(world: TwoHosts, family: number, lost: (packet: number) => boolean = () => false): number {
  const [c, s] = world.connect(world.listen(80, 8, family), 80, family === AF_INET ? '10.0.0.2' : '2001:db8::2', family)
  const data = Uint8Array.from({ length: 1 << 20 }, (_, i) => (i * 31 + (i >> 8)) & 255)
  const got = new Uint8Array(data.length)
  const into = new Uint8Array(65_536)
  const { queue } = world.a.link
  let [sent, received, packets, longest] = [0, 0, 0, 0]
  while (received < data.length) {
    if (sent < data.length) sent += Math.max(0, world.nc.send(c, data.subarray(sent, sent + 50_000)))
    for (let left = queue.size; left > 0; left--) {
      longest = Math.max(longest, queue.length)
      if (!lost(packets++)) requeue(queue)
      queue.shift()
    }
    world.pass(1000)
    for (let n = world.httpd.recv(s, into); n > 0; n = world.httpd.recv(s, into)) {
      got.set(into.subarray(0, n), received)
      received += n
    }
  }
  expect(Buffer.compare(got, data)).toBe(0)
  return longest
}

test('a megabyte arrives as it was sent, whatever the MTU', () => {
  for (const mtu of [576, 1500, 9000, 65_535]) {
    const longest = carryMegabyte(new TwoHosts({ mtu }), AF_INET)
    expect([mtu, longest <= mtu]).toEqual([mtu, true])
  }
})

test.each([
  ['IPv4', AF_INET],
  ['IPv6', AF_INET6],
])('%s: with offload, bursts cross as one packet, and every segment in it counts', (_, family) => {
  const world = new TwoHosts({ offload: true })
  expect(carryMegabyte(world, family)).toBeGreaterThan(45_000)
  const { counters } = world.client
  expect(world.server.counters.InSegs).toBe(counters.OutSegs)
  expect(counters.TCPOrigDataSent).toBeGreaterThan((1 << 20) / 1448)
  expect(world.server.counts.ip.InReceives).toBeLessThan(counters.OutSegs / 8)
  // One ACK for a burst.
  expect(world.server.counters.OutSegs).toBeLessThan(counters.OutSegs / 8)
})

test('a burst is one packet: of the largest segments that there are it has one, however much waits', () => {
  const sysctl = { 'net.ipv4.tcp_ecn': 3, 'net.ipv4.tcp_wmem': '4096 1048576 4194304' }
  const world = new TwoHosts({ offload: true, mtu: 65_535, client: { sysctl }, server: { sysctl } })
  const [c, s] = world.connect(world.listen())
  const data = new Uint8Array(1 << 20).fill(7)
  let sent = 0
  for (let n = world.nc.send(c, data); n > 0; n = world.nc.send(c, data)) sent += n
  const into = new Uint8Array(1 << 20)
  let received = 0
  // The window shuts before anything is read, and opens wide.
  for (let round = 0; round < 50; round++) {
    world.pass(SECOND)
    for (let n = world.httpd.recv(s, into); n > 0; n = world.httpd.recv(s, into)) received += n
  }
  expect(received).toBe(sent)
})

test.each([
  ['IPv4', '10.0.0.2', AF_INET],
  ['IPv6', '2001:db8::2', AF_INET6],
])('%s: segments that cross as fields mean what the same ones mean as octets', (_, address, family) => {
  const [fields, octetsOnly] = [true, false].map((offload) => {
    const sysctl = { 'net.ipv4.tcp_ecn': 1 }
    const world = new TwoHosts({ offload, client: { sysctl }, server: { sysctl } })
    const [c, s] = world.connect(world.listen(80, 8, family), 80, address, family)
    world.nc.send(c, octets('ping'))
    world.pass(1000)
    world.nc.send(c, octets('!'), Msg.OOB)
    world.pass(1000)
    world.httpd.close(s)
    world.pass(1000)
    world.nc.close(c)
    world.pass(1000)
    const { client, server } = world
    return [
      client.counts,
      server.counts,
      client.drops,
      server.drops,
      client.timeWait.table.size,
      server.timeWait.table.size,
    ]
  })
  expect(fields).toEqual(octetsOnly)
})

test('with offload, a burst that is lost is sent again segment by segment', () => {
  const world = new TwoHosts({ offload: true })
  carryMegabyte(world, AF_INET, (packet) => packet % 9 === 5)
  expect(world.client.counters.RetransSegs).toBeGreaterThan(10)
})

test('a link that vouches for checksums is believed, but no further than that', () => {
  const { server, b } = new TwoHosts()
  const udp = new Uint8Array(28)
  udp.set([0x45, 0, 0, 28, 0, 0, 0, 0, 64, 17, 0x66, 0xcf, 10, 0, 0, 1, 10, 0, 0, 2])
  server.input(0, b.iface, udp, 0, udp.length, 1448)
  expect(server.counters.InSegs).toBe(0)
})

test('no packet is larger than the link’s MTU: a larger datagram crosses in pieces', () => {
  const world = new TwoHosts({ mtu: 100 })
  const udp = world.nc.socket(2, 2)
  expect(world.nc.sendto(udp, new Uint8Array(100), 0, { address: '10.0.0.2', port: 9 })).toBe(100)
  const { queue } = world.a.link
  const lengths: number[] = []
  for (; queue.size > 0; queue.shift()) lengths.push(queue.length)
  expect(lengths).toEqual([100, 48])
})

test.each([
  [{ queueOctets: 1000 }, 'queueOctets: 1000: expected a power of two, 3000 at least'],
  [{ queueOctets: 0 }, 'queueOctets: 0: expected a power of two, 3000 at least'],
  [{ queueOctets: 4096, mtu: 9000 }, 'queueOctets: 4096: expected a power of two, 18000 at least'],
  [{ queueOctets: 65_536, offload: true }, 'queueOctets: 65536: expected a power of two, 131072 at least'],
  [{ mtu: 67 }, 'mtu of the pair: 67: expected 68 octets at least'],
])('%j makes no pair', (options, message) => {
  expect(() => linkPair(options)).toThrow(message)
})

test('a full queue refuses packets', () => {
  const [link] = linkPair({ queueOctets: 8192 })
  let taken = 0
  while (link.transmit(new Uint8Array(1000), 0, 1000)) taken++
  expect(taken).toBe(8)
})
