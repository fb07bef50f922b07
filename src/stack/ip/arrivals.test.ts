import { expect, test } from 'vitest'
import { scratch } from '../../base/index.ts'
import {
  Address,
  buildTcpPacket,
  buildUdpPacket,
  Ctl,
  DropReason,
  finishIcmpChecksum,
  finishIpv4Options,
} from '../../wire/index.ts'
import { AF_INET, SOCK_DGRAM } from '../index.ts'
import { octets, TwoHosts, text } from '../two-hosts.testing.ts'

const at = (text: string): Address => Address.parse(text) as Address

function give({ server, now }: TwoHosts, packet: Uint8Array): void {
  server.input(now, 1, packet, 0, packet.length)
}

/** A datagram to port 53 of the server that comes by its eth0: whether a socket there hears it, and why not. */
function heard(source: string, destination = '10.0.0.2'): true | number {
  const world = new TwoHosts()
  const fd = world.httpd.socket(AF_INET, SOCK_DGRAM)
  world.httpd.bind(fd, { address: '0.0.0.0', port: 53 })
  const ends = { source: at(source), destination: at(destination), sourcePort: 4000, destinationPort: 53 }
  give(world, buildUdpPacket({ ...ends, data: octets('x') }))
  if (text(world.httpd, fd) === 'x') return true
  return world.server.drops.findIndex((count) => count > 0)
}

/** As a kernel does it (Linux 6.18). */
test.each([
  ['10.0.0.1', true],
  ['240.0.0.1', true],
  ['254.1.1.1', true],
  ['0.1.2.3', true],
  ['224.0.0.1', DropReason.BAD_ADDRESS],
  ['239.255.255.255', DropReason.BAD_ADDRESS],
  ['255.255.255.255', DropReason.BAD_ADDRESS],
  ['127.0.0.1', DropReason.BAD_ADDRESS],
  ['0.0.0.0', DropReason.BAD_ADDRESS],
  ['10.0.0.2', DropReason.BAD_ADDRESS],
])('a packet from %s: %s', (source, expected) => {
  expect(heard(source)).toBe(expected)
})

test('an address that a host has given up may speak to it', () => {
  const world = new TwoHosts()
  const link = { mtu: 1500, transmit: (): boolean => true }
  const { server } = world
  server.addInterface({ name: 'eth1', link, addresses: ['10.9.0.1/24'] })
  const ends = { source: at('10.9.0.1'), destination: at('10.0.0.2'), sourcePort: 4000, destinationPort: 53 }
  give(world, buildUdpPacket(ends))
  const { ip } = server.counts
  expect([ip.InDelivers, ip.InAddrErrors, server.drops[DropReason.BAD_ADDRESS]]).toEqual([0, 0, 1])
  server.interfaces.down(server.interfaces.byName('eth1') as never)
  give(world, buildUdpPacket(ends))
  expect(server.counts.ip.InDelivers).toBe(1)
})

test.each(['127.0.0.1', '127.1.2.3', '10.0.0.9', '10.0.0.255'])('a packet to %s is for nobody here', (destination) => {
  expect(heard('10.0.0.1', destination)).toBe(DropReason.NOT_LOCAL)
})

test('an address that has gone with its interface is no longer ours at another', () => {
  const world = new TwoHosts()
  const { server } = world
  const link = { mtu: 1500, transmit: (): boolean => true }
  server.addInterface({ name: 'eth1', link, addresses: ['10.9.0.1/24'] })
  const arrives = (): number => {
    const ends = { source: at('10.0.0.1'), destination: at('10.9.0.1'), sourcePort: 4000, destinationPort: 53 }
    give(world, buildUdpPacket(ends))
    return server.counts.ip.InDelivers
  }
  expect(arrives()).toBe(1)
  server.interfaces.down(server.interfaces.byName('eth1') as never)
  expect([arrives(), server.drops[DropReason.NOT_LOCAL]]).toEqual([1, 1])
})

test.each([false, true])('nothing arrives at an interface that is down (offload %s)', (offload) => {
  const world = new TwoHosts({ offload })
  const [c] = world.connect(world.listen())
  const eth0 = world.server.interfaces.byName('eth0') as never
  world.server.interfaces.down(eth0)
  const before = world.server.counts.ip.InReceives
  world.nc.send(c, octets('x'))
  world.settle()
  expect(world.server.counts.ip.InReceives).toBe(before)
  world.server.interfaces.up(eth0)
  world.pass(1_000_000)
  expect(world.server.counts.ip.InReceives).toBeGreaterThan(before)
})

test('a SYN from nobody is answered by nobody', () => {
  const world = new TwoHosts()
  world.listen()
  const ends = { source: at('0.0.0.0'), destination: at('10.0.0.2'), sourcePort: 4000, destinationPort: 80 }
  give(world, buildTcpPacket({ ...ends, seq: 1, ctl: Ctl.SYN }))
  expect([world.server.drops[DropReason.BAD_ADDRESS], world.b.link.waiting]).toEqual([1, 0])
})

test('a segment with a wrong checksum is counted as such', () => {
  const world = new TwoHosts()
  world.listen()
  const ends = { source: at('10.0.0.1'), destination: at('10.0.0.2'), sourcePort: 4000, destinationPort: 80 }
  const packet = buildTcpPacket({ ...ends, seq: 1, ctl: Ctl.SYN })
  packet[30] = (packet[30] as number) ^ 1
  give(world, packet)
  const { InSegs, InErrs, InCsumErrors } = world.server.counters
  expect([InSegs, InErrs, InCsumErrors, world.b.link.waiting]).toEqual([1, 1, 1, 0])
  // What is too short for a header is wrong too, and has no checksum.
  packet.set([0, 30], 2)
  world.server.input(world.now, 1, Uint8Array.of(...packet.subarray(0, 30)), 0, 30)
  expect(world.server.counters.InCsumErrors).toBe(1)
})

test('each family has an ICMP of its own; the other’s is a protocol that nobody knows', () => {
  const world = new TwoHosts()
  const [four, six] = [
    { source: at('10.0.0.1'), destination: at('10.0.0.2') },
    { source: at('2001:db8::1'), destination: at('2001:db8::2') },
  ]
  const ports = { sourcePort: 0x0800, destinationPort: 0 }
  for (const [ends, field, protocol] of [
    [four, 9, 58],
    [six, 6, 1],
  ] as const) {
    const packet = buildUdpPacket({ ...ends, ...ports })
    packet[field] = protocol
    const start = packet.length - 8
    finishIcmpChecksum(packet, start, 8, 0)
    // The header's sum, with the other protocol in it.
    if (field === 9) packet[11] = (packet[11] as number) - (58 - 17)
    give(world, packet)
  }
  const { ip, icmp } = world.server.counts
  expect([ip.InUnknownProtos, icmp.InMsgs, world.server.drops[DropReason.UNKNOWN_PROTOCOL]]).toEqual([2, 0, 2])
})

test.each<[what: string, address: string, payload: number[], answered: string]>([
  ['IPv4', '10.0.0', [200], 'protocol unreachable'],
  ['IPv6', '2001:db8:', [200], 'unknown next header at 6'],
  ['IPv6 behind options', '2001:db8:', [60, 200, 0, 1, 4, 0, 0, 0, 0], 'unknown next header at 40'],
  ['IPv6 behind a fragment header', '2001:db8:', [44, 200, 0, 0, 0, 0, 0, 0, 1], 'unknown next header at 40'],
  ['IPv6, where nothing follows', '2001:db8:', [59], ''],
])('%s: what nobody understands is answered, and is not delivered', (_, net, [protocol = 0, ...payload], answered) => {
  const world = new TwoHosts()
  const v4 = net.startsWith('10')
  const [source, destination] = v4 ? [at(`${net}.1`), at(`${net}.2`)] : [at(`${net}:1`), at(`${net}:2`)]
  const packet = buildUdpPacket({
    source,
    destination,
    sourcePort: 0,
    destinationPort: 0,
    data: Uint8Array.from(payload),
  })
  // In place of the UDP header's eight octets, the payload.
  const header = packet.length - payload.length - 8
  packet.copyWithin(header, header + 8)
  packet[v4 ? 9 : 6] = protocol
  if (v4) finishIpv4Options(packet, 0, 0)
  give(world, packet)
  const { queue } = world.b.link
  const { ip, icmp } = world.server.counts
  expect([ip.InDelivers, ip.InUnknownProtos]).toEqual(answered === '' ? [1, 0] : [0, 1])
  if (answered === '') return expect(queue.size).toBe(0)
  const [type, code, , , , , , pointer] = queue.bytes.subarray(queue.start + (v4 ? 20 : 40))
  expect([type, code]).toEqual(v4 ? [3, 2] : [4, 1])
  expect(v4 ? 'protocol unreachable' : `unknown next header at ${pointer}`).toBe(answered)
  expect([icmp.OutDestUnreachs, icmp.OutParmProbs]).toEqual(v4 ? [1, 0] : [0, 1])
})

test('a packet that is larger than there is room for is not looked at', () => {
  const world = new TwoHosts()
  give(world, new Uint8Array(scratch.AREA_LENGTH + 1))
  expect(world.server.drops[DropReason.TRUNCATED]).toBe(1)
})
