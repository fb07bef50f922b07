import { describe, expect, test } from 'vitest'
import { Errno, scratch } from '../../base/index.ts'
import {
  Address,
  finishIcmpChecksum,
  IcmpKind,
  IcmpMessage,
  IcmpType,
  IcmpUnreachable,
  IpHeader,
  Protocol,
  parseIcmp,
  parseIp,
  writeIcmpEcho,
  writeIcmpError,
  writeIpv4,
} from '../../wire/index.ts'
import { AF_INET, IpOption, Level, PathMtuDiscovery, type PersonalityName, SOCK_STREAM, So } from '../index.ts'
import { get, octets, polled, TwoHosts } from '../two-hosts.testing.ts'

const CLIENT = (Address.parse('10.0.0.1') as Address).w3
const SERVER = (Address.parse('10.0.0.2') as Address).w3
const ROUTER = (Address.parse('10.0.0.254') as Address).w3

/** An IPv4 packet around an ICMP message that `write` puts down and whose length it returns. */
function icmp(source: number, destination: number, write: (buf: Uint8Array, at: number) => number): Uint8Array {
  const buf = new Uint8Array(1500)
  const length = write(buf, 20)
  finishIcmpChecksum(buf, 20, length, 0)
  writeIpv4(buf, 0, 0, 20 + length, 1, true, 64, Protocol.ICMP, source, destination)
  return buf.slice(0, 20 + length)
}

/** An error of a router's about a packet that the client has sent. */
function error(quoted: Uint8Array, code: number, type: number = IcmpType.UNREACHABLE, rest = 0): Uint8Array {
  return icmp(ROUTER, CLIENT, (buf, at) => writeIcmpError(buf, at, type, code, rest, quoted, 0, quoted.length, 548))
}

/** Takes the first packet off the client's wire. */
function taken(world: TwoHosts): Uint8Array {
  const { queue } = world.a.link
  const packet = queue.bytes.slice(queue.start, queue.start + queue.length)
  queue.shift()
  return packet
}

function give(world: TwoHosts, packet: Uint8Array): void {
  world.client.input(world.now, 1, packet, 0, packet.length)
}

test('an echo request is answered with its own data, unless the sysctl says no', () => {
  const world = new TwoHosts()
  const ping = icmp(SERVER, CLIENT, (buf, at) => {
    writeIcmpEcho(buf, at, IcmpType.ECHO, 7, 9)
    buf.set(octets('payload'), at + 8)
    return 15
  })
  give(world, ping)
  const packet = taken(world)
  scratch.bytes.set(packet, scratch.IN)
  const ip = new IpHeader()
  parseIp(scratch.bytes, scratch.IN, packet.length, ip)
  const message = new IcmpMessage()
  expect(parseIcmp(scratch.bytes, ip.payloadStart, ip.payloadLength, message)).toBe(0)
  expect([message.kind, message.id, message.seq, message.dataLength]).toEqual([IcmpKind.ECHO_REPLY, 7, 9, 7])
  expect([...packet.subarray(28)]).toEqual([...octets('payload')])
  world.client.sysctl.set('net.ipv4.icmp_echo_ignore_all', 1)
  give(world, ping)
  expect(world.a.link.waiting).toBe(0)
})

describe('an error about a connection', () => {
  test.each<[PersonalityName, number, number | string]>([
    ['linux', IcmpUnreachable.HOST, Errno.EHOSTUNREACH],
    ['linux', IcmpUnreachable.PORT, Errno.ECONNREFUSED],
    ['linux', IcmpUnreachable.ADMINISTRATIVELY_PROHIBITED, Errno.EHOSTUNREACH],
    // As the kernel has it (6.18).
    ['linux', IcmpUnreachable.SOURCE_ISOLATED, Errno.ENONET],
    ['rfc9293', IcmpUnreachable.HOST, 'SYN-SENT'],
    ['rfc9293', IcmpUnreachable.PORT, Errno.ECONNREFUSED],
  ])('%s, opening, unreachable code %d: %s', (personality, code, expected) => {
    const world = new TwoHosts({ client: { personality } })
    const fd = world.nc.socket(AF_INET, SOCK_STREAM)
    world.nc.connect(fd, { address: '10.0.0.2', port: 80 })
    give(world, error(taken(world), code))
    const state = world.states(world.client)[0]
    expect(state ?? get(world.nc, fd, Level.SOL_SOCKET, So.ERROR)).toBe(expected)
  })

  test('once open it is only remembered, and SO_ERROR tells it', () => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    world.nc.send(c, octets('x'))
    give(world, error(taken(world), IcmpUnreachable.HOST))
    expect([world.states(world.client), polled(world.nc, c)]).toEqual([['ESTABLISHED'], 'OUT'])
    expect(get(world.nc, c, Level.SOL_SOCKET, So.ERROR)).toBe(Errno.EHOSTUNREACH)
  })

  test('one that quotes a sequence number that is not in flight is forged, and ignored', () => {
    const world = new TwoHosts()
    const fd = world.nc.socket(AF_INET, SOCK_STREAM)
    world.nc.connect(fd, { address: '10.0.0.2', port: 80 })
    const syn = taken(world)
    syn[24] = (syn[24] as number) ^ 0x40
    give(world, error(syn, IcmpUnreachable.PORT))
    expect(world.states(world.client)).toEqual(['SYN-SENT'])
  })

  test('fragmentation needed: segments get smaller and the text arrives', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    world.nc.send(c, new Uint8Array(1448))
    const large = taken(world)
    expect(large.length).toBe(1500)
    give(world, error(large, IcmpUnreachable.FRAGMENTATION_NEEDED, IcmpType.UNREACHABLE, 600))
    expect(world.client.pathMtu(Address.parse('10.0.0.2') as Address)).toBe(600)
    for (const packet of [taken(world), taken(world)]) expect(packet.length).toBeLessThanOrEqual(600)
    world.pass(1_000_000)
    let read = 0
    const into = new Uint8Array(2000)
    for (let n = world.httpd.recv(s, into); n > 0; n = world.httpd.recv(s, into)) read += n
    expect(read).toBe(1448)
  })

  test.each([
    [PathMtuDiscovery.WANT, 0],
    [PathMtuDiscovery.DO, Errno.EMSGSIZE],
  ])('a path that takes less than 552 octets, with IP_MTU_DISCOVER %d: SO_ERROR %d', (discovery, errno) => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    world.nc.setsockopt(c, Level.IPPROTO_IP, IpOption.MTU_DISCOVER, discovery)
    world.nc.send(c, new Uint8Array(1448))
    const large = taken(world)
    give(world, error(large, IcmpUnreachable.FRAGMENTATION_NEEDED, IcmpType.UNREACHABLE, 600))
    expect(get(world.nc, c, Level.SOL_SOCKET, So.ERROR)).toBe(0)
    give(world, error(large, IcmpUnreachable.FRAGMENTATION_NEEDED, IcmpType.UNREACHABLE, 500))
    expect(get(world.nc, c, Level.SOL_SOCKET, So.ERROR)).toBe(errno)
  })

  test('no path takes less than 552 octets, whatever a router says; and that was its last word', () => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    world.nc.send(c, new Uint8Array(1448))
    give(world, error(taken(world), IcmpUnreachable.FRAGMENTATION_NEEDED, IcmpType.UNREACHABLE, 1))
    expect(world.client.pathMtu(Address.parse('10.0.0.2') as Address)).toBe(552)
    give(world, error(taken(world), IcmpUnreachable.FRAGMENTATION_NEEDED, IcmpType.UNREACHABLE, 550))
    expect(world.client.pathMtu(Address.parse('10.0.0.2') as Address)).toBe(552)
  })
})

test('errors are limited: fifty at once, then one a millisecond', () => {
  const world = new TwoHosts()
  const c = world.nc.socket(AF_INET, 2)
  for (let i = 0; i < 80; i++) world.nc.sendto(c, octets('x'), 0, { address: '10.0.0.2', port: 99 })
  world.settle()
  expect(world.server.counts.icmp.OutDestUnreachs).toBe(50)
  world.pass(10_000)
  for (let i = 0; i < 20; i++) world.nc.sendto(c, octets('x'), 0, { address: '10.0.0.2', port: 99 })
  world.settle()
  expect(world.server.counts.icmp.OutDestUnreachs).toBe(60)
  // However long it is quiet, no more than fifty are saved.
  world.pass(1_000_000)
  for (let i = 0; i < 80; i++) world.nc.sendto(c, octets('x'), 0, { address: '10.0.0.2', port: 99 })
  world.settle()
  expect(world.server.counts.icmp.OutDestUnreachs).toBe(110)
})

test('one that quotes what is not in flight is counted as such', () => {
  const world = new TwoHosts()
  const fd = world.nc.socket(AF_INET, SOCK_STREAM)
  world.nc.connect(fd, { address: '10.0.0.2', port: 80 })
  const syn = taken(world)
  const forged = syn.slice()
  forged[24] = (forged[24] as number) ^ 0x40
  give(world, error(forged, IcmpUnreachable.PORT))
  expect(world.client.counters.OutOfWindowIcmps).toBe(1)
  give(world, error(syn, IcmpUnreachable.PORT))
  expect([world.client.counters.OutOfWindowIcmps, world.states(world.client)]).toEqual([1, []])
})
