import { describe, expect, test } from 'vitest'
import { Errno, SECOND, scratch } from '../../base/index.ts'
import {
  Address,
  finishIcmpChecksum,
  IcmpType,
  IcmpUnreachable,
  Icmpv6Type,
  Protocol,
  pseudoSumBetween,
  writeIcmpEcho,
  writeIcmpError,
  writeIpv4,
  writeIpv6,
} from '../../wire/index.ts'
import {
  AF_INET,
  AF_INET6,
  Host,
  IpOption,
  Ipv6Option,
  Level,
  PathMtuDiscovery,
  SOCK_DGRAM,
  SOCK_STREAM,
  So,
} from '../index.ts'
import { get, TwoHosts, told } from '../two-hosts.testing.ts'
import { FAMILIES } from './fragments.testing.ts'
import type { PacketQueue } from './packet-queue.ts'

describe('a datagram larger than the path', () => {
  const { DONT, WANT, DO, PROBE, INTERFACE, OMIT } = PathMtuDiscovery
  test.each([
    [DONT, 3000],
    [WANT, 3000],
    [DO, 'EMSGSIZE'],
    [PROBE, 'EMSGSIZE'],
    [INTERFACE, 'EMSGSIZE'],
    [OMIT, 3000],
  ])('IP_MTU_DISCOVER %d: send() returns %s', (discovery, expected) => {
    for (const [version, family, , there] of FAMILIES) {
      const { nc } = new TwoHosts()
      const fd = nc.socket(family, SOCK_DGRAM)
      const [level, option] =
        version === 4 ? [Level.IPPROTO_IP, IpOption.MTU_DISCOVER] : [Level.IPPROTO_IPV6, Ipv6Option.MTU_DISCOVER]
      expect(nc.setsockopt(fd, level, option, discovery)).toBe(0)
      expect(told(nc.sendto(fd, new Uint8Array(3000), 0, { address: there, port: 9 }))).toBe(expected)
    }
  })

  test('IPV6_DONTFRAG refuses it; IPV6_MTU makes its pieces smaller', () => {
    const world = new TwoHosts()
    const fd = world.nc.socket(AF_INET6, SOCK_DGRAM)
    const send = (): number | string =>
      told(world.nc.sendto(fd, new Uint8Array(2500), 0, { address: '2001:db8::2', port: 9 }))
    world.nc.setsockopt(fd, Level.IPPROTO_IPV6, Ipv6Option.MTU, 1280)
    expect([send(), world.a.link.waiting]).toEqual([2500, 3])
    world.nc.setsockopt(fd, Level.IPPROTO_IPV6, Ipv6Option.DONTFRAG, 1)
    expect(send()).toBe('EMSGSIZE')
  })

  test('a router that takes less makes the next pieces smaller, and a connected program is told', () => {
    const world = new TwoHosts()
    const fd = world.nc.socket(AF_INET, SOCK_DGRAM)
    world.nc.connect(fd, { address: '10.0.0.2', port: 9 })
    const send = (): number | string => told(world.nc.send(fd, new Uint8Array(1400)))
    expect(send()).toBe(1400)
    const { queue } = world.a.link
    const packet = queue.bytes.slice(queue.start, queue.start + queue.length)
    expect((packet[6] as number) & 0x40).toBe(0x40)
    queue.shift()
    const tooBig = new Uint8Array(56)
    writeIcmpError(tooBig, 20, IcmpType.UNREACHABLE, IcmpUnreachable.FRAGMENTATION_NEEDED, 700, packet, 0, 28, 28)
    finishIcmpChecksum(tooBig, 20, 36, 0)
    writeIpv4(tooBig, 0, 0, 56, 1, false, 64, Protocol.ICMP, 0x0a000009, 0x0a000001)
    world.client.input(world.now, 1, tooBig, 0, 56)
    expect([send(), send()]).toEqual(['EMSGSIZE', 1400])
    expect(queue.size).toBe(3)
    expect(queue.length).toBe(20 + 680)
    expect((queue.bytes[queue.start + 6] as number) & 0x60).toBe(0x20)
  })
})

/** The first packet on a link's way, which is taken from it. */
function taken(queue: PacketQueue): Uint8Array {
  const packet = queue.bytes.slice(queue.start, queue.start + queue.length)
  queue.shift()
  return packet
}

/** A router says of the client's packet that it is too large. */
function tooBig(world: TwoHosts, packet: Uint8Array, mtu: number): void {
  const { client } = world
  const v4 = (packet[0] as number) >>> 4 === 4
  const buf = new Uint8Array(200)
  const headers = v4 ? 20 : 40
  const quoted = headers + 8
  const length = v4
    ? writeIcmpError(buf, 20, IcmpType.UNREACHABLE, 4, mtu, packet, 0, quoted, quoted)
    : writeIcmpError(buf, 40, Icmpv6Type.TOO_BIG, 0, mtu, packet, 0, quoted, quoted)
  if (v4) {
    finishIcmpChecksum(buf, 20, length, 0)
    writeIpv4(buf, 0, 0, 20 + length, 1, false, 64, Protocol.ICMP, 0x0a000009, 0x0a000001)
  } else {
    const [router, here] = ['2001:db8::9', '2001:db8::1'].map((text) => Address.parse(text)) as [Address, Address]
    finishIcmpChecksum(buf, 40, length, pseudoSumBetween(router, here, Protocol.ICMPV6, length))
    const words = [router, here].flatMap(({ w0, w1, w2, w3 }) => [w0, w1, w2, w3])
    const [a, b, c, d, e, f, g, h] = words as [number, number, number, number, number, number, number, number]
    writeIpv6(buf, 0, 0, 0, length, Protocol.ICMPV6, 64, a, b, c, d, e, f, g, h)
  }
  client.input(world.now, 1, buf, 0, headers + length)
}

/** A socket that sends a datagram of 100 octets, of which a router says that it is too large: SO_ERROR, and the path's MTU. */
function whatIsToldOf(
  [version, family, , there]: (typeof FAMILIES)[number],
  discovery: number,
  mtu: number,
  { connected = true, reports = 0, disc = 0 } = {},
): [error: number, path: number] {
  const world = new TwoHosts()
  const fd = world.nc.socket(family, SOCK_DGRAM)
  world.client.sysctl.set('net.ipv4.ip_no_pmtu_disc', disc)
  const level = version === 4 ? Level.IPPROTO_IP : Level.IPPROTO_IPV6
  const options = version === 4 ? IpOption : Ipv6Option
  world.nc.setsockopt(fd, level, options.MTU_DISCOVER, discovery)
  world.nc.setsockopt(fd, level, options.RECVERR, reports)
  if (connected) world.nc.connect(fd, { address: there, port: 9 })
  world.nc.sendto(fd, new Uint8Array(100), 0, connected ? null : { address: there, port: 9 })
  tooBig(world, taken(world.a.link.queue), mtu)
  const error = get(world.nc, fd, Level.SOL_SOCKET, So.ERROR) as number
  return [error, world.client.pathMtu(Address.parse(there) as Address)]
}

/** By IP_MTU_DISCOVER, from DONT to OMIT; as a kernel does it (Linux 6.18). */
describe('a router says that a datagram is too large', () => {
  const [v4, v6] = FAMILIES
  const E = Errno.EMSGSIZE
  test.each([
    [0, 700, [700, 700, 700, 700, 1500, 1500], [0, E, E, E, E, E]],
    [0, 400, [552, 552, 552, 552, 1500, 1500], [0, E, E, E, E, E]],
    [0, 0, [552, 552, 552, 552, 1500, 1500], [0, E, E, E, E, E]],
    [1, 700, [552, 552, 552, 552, 1500, 1500], [0, E, E, E, E, E]],
    [2, 700, [1500, 1500, 1500, 1500, 1500, 1500], [0, 0, 0, 0, 0, 0]],
    [3, 700, [1500, 1500, 1500, 1500, 1500, 1500], [0, 0, 0, 0, 0, 0]],
  ])('IPv4, ip_no_pmtu_disc %d, %d octets fit: paths of %j, SO_ERROR %j', (disc, mtu, paths, errors) => {
    for (let discovery = 0; discovery < 6; discovery++) {
      const [path, error] = [paths[discovery], errors[discovery]]
      expect([discovery, ...whatIsToldOf(v4, discovery, mtu, { disc })]).toEqual([discovery, error, path])
      // Who is not connected is told by IP_RECVERR alone.
      expect(whatIsToldOf(v4, discovery, mtu, { disc, connected: false })).toEqual([0, path])
      expect(whatIsToldOf(v4, discovery, mtu, { disc, connected: false, reports: 1 })).toEqual([error, path])
    }
  })

  test.each([
    [1300, [1300, 1300, 1300, 1300, 1500, 1500]],
    [1000, [1500, 1500, 1500, 1500, 1500, 1500]],
    [2000, [1500, 1500, 1500, 1500, 1500, 1500]],
  ])('IPv6, %d octets fit: paths of %j', (mtu, paths) => {
    for (let discovery = 0; discovery < 6; discovery++) {
      const path = paths[discovery]
      const connected = discovery > 0 && discovery < 4 ? E : 0
      expect([discovery, ...whatIsToldOf(v6, discovery, mtu)]).toEqual([discovery, connected, path])
      expect(whatIsToldOf(v6, discovery, mtu, { connected: false })).toEqual([0, path])
      const asked = discovery < 4 ? E : 0
      expect(whatIsToldOf(v6, discovery, mtu, { connected: false, reports: 1 })).toEqual([asked, path])
    }
  })

  test('a route that is sure of its MTU believes no router, and the program is told all the same', () => {
    const world = new TwoHosts()
    const metrics = { mtu: 1400, mtuLocked: true, advertisedMss: 0, initialWindow: 0, ecn: false }
    world.client.replaceRoute('10.0.0.2/32', 'eth0', metrics)
    const fd = world.nc.socket(AF_INET, SOCK_DGRAM)
    world.nc.connect(fd, { address: '10.0.0.2', port: 9 })
    world.nc.send(fd, new Uint8Array(100))
    tooBig(world, taken(world.a.link.queue), 700)
    const path = world.client.pathMtu(Address.parse('10.0.0.2') as Address)
    expect([path, get(world.nc, fd, Level.SOL_SOCKET, So.ERROR)]).toEqual([1400, Errno.EMSGSIZE])
  })

  test('what another router has said before, or the path that is known, is not taken back', () => {
    const world = new TwoHosts()
    const fd = world.nc.socket(AF_INET, SOCK_DGRAM)
    world.nc.sendto(fd, new Uint8Array(100), 0, { address: '10.0.0.2', port: 9 })
    const packet = taken(world.a.link.queue)
    const path = (): number => world.client.pathMtu(Address.parse('10.0.0.2') as Address)
    tooBig(world, packet, 700)
    world.pass(300 * SECOND)
    tooBig(world, packet, 800)
    world.pass(299 * SECOND)
    expect(path()).toBe(700)
    world.pass(SECOND)
    expect(path()).toBe(1500)
    tooBig(world, packet, 400)
    world.pass(300 * SECOND)
    // The least there is was the last word.
    tooBig(world, packet, 560)
    tooBig(world, packet, 400)
    world.pass(300 * SECOND)
    expect(path()).toBe(1500)
  })
})

test('by IP_MTU_DISCOVER routers may cut a datagram or not, and who does not believe them goes by the link alone', () => {
  for (const [discovery, fragments, sent] of [
    [0, 0, 3],
    [1, 0x40, 3],
    [2, 0x40, 'EMSGSIZE'],
    [3, 0x40, 1],
    [4, 0, 1],
    [5, 0, 1],
  ] as const) {
    const world = new TwoHosts()
    const { queue } = world.a.link
    const fd = world.nc.socket(AF_INET, SOCK_DGRAM)
    world.nc.setsockopt(fd, Level.IPPROTO_IP, IpOption.MTU_DISCOVER, discovery)
    world.nc.sendto(fd, new Uint8Array(100), 0, { address: '10.0.0.2', port: 9 })
    expect((taken(queue)[6] as number) & 0x40).toBe(fragments)
    const other = world.nc.socket(AF_INET, SOCK_DGRAM)
    world.nc.sendto(other, new Uint8Array(100), 0, { address: '10.0.0.2', port: 9 })
    tooBig(world, taken(queue), 700)
    const result = told(world.nc.sendto(fd, new Uint8Array(1400), 0, { address: '10.0.0.2', port: 9 }))
    expect([discovery, result === 1400 ? queue.size : result]).toEqual([discovery, sent])
  }
})

test('what a datagram or an ICMP error lets routers do is not for the reset that follows', () => {
  const world = new TwoHosts()
  const { queue } = world.b.link
  const refused = (): number => {
    world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 81 })
    const syn = taken(world.a.link.queue)
    world.server.input(world.now, 1, syn, 0, syn.length)
    return (taken(queue)[6] as number) & 0x40
  }
  const fd = world.httpd.socket(AF_INET, SOCK_DGRAM)
  world.httpd.setsockopt(fd, Level.IPPROTO_IP, IpOption.MTU_DISCOVER, PathMtuDiscovery.DONT)
  world.httpd.sendto(fd, new Uint8Array(9), 0, { address: '10.0.0.1', port: 9 })
  expect([(taken(queue)[6] as number) & 0x40, refused()]).toEqual([0, 0x40])
  world.nc.sendto(world.nc.socket(AF_INET, SOCK_DGRAM), new Uint8Array(9), 0, { address: '10.0.0.2', port: 9 })
  const datagram = taken(world.a.link.queue)
  world.server.input(world.now, 1, datagram, 0, datagram.length)
  expect([(taken(queue)[6] as number) & 0x40, refused()]).toEqual([0, 0x40])
})

test('IPV6_MTU makes no path wider', () => {
  const world = new TwoHosts()
  const fd = world.nc.socket(AF_INET6, SOCK_DGRAM)
  world.nc.setsockopt(fd, Level.IPPROTO_IPV6, Ipv6Option.MTU, 4000)
  expect(world.nc.sendto(fd, new Uint8Array(2500), 0, { address: '2001:db8::2', port: 9 })).toBe(2500)
  expect(world.a.link.waiting).toBe(2)
  // 0 takes it back; between that and the least there is nothing.
  const set = (mtu: number): number | string => told(world.nc.setsockopt(fd, Level.IPPROTO_IPV6, Ipv6Option.MTU, mtu))
  expect([set(1280), set(1279), set(1), set(0)]).toEqual([0, 'EINVAL', 'EINVAL', 0])
  expect(world.nc.sendto(fd, new Uint8Array(1400), 0, { address: '2001:db8::2', port: 9 })).toBe(1400)
  expect(world.a.link.waiting).toBe(3)
})

test.each(FAMILIES)('IPv%d: hops and service of a socket are in each piece', (version, family, _here, address) => {
  const world = new TwoHosts()
  const { queue } = world.a.link
  const fd = world.nc.socket(family, SOCK_DGRAM)
  // Those of the other family say nothing; of the service a datagram has the network's two bits too.
  for (const [level, name, value] of [
    [Level.IPPROTO_IP, IpOption.TTL, version === 4 ? 7 : 9],
    [Level.IPPROTO_IP, IpOption.TOS, version === 4 ? 0x29 : 0x48],
    [Level.IPPROTO_IPV6, Ipv6Option.UNICAST_HOPS, version === 4 ? 9 : 7],
    [Level.IPPROTO_IPV6, Ipv6Option.TCLASS, version === 4 ? 0x48 : 0x29],
  ] as const)
    world.nc.setsockopt(fd, level, name, value)
  for (const [length, packets] of [
    [100, 1],
    [2000, 2],
  ] as const) {
    world.nc.sendto(fd, new Uint8Array(length), 0, { address, port: 9 })
    expect(queue.size).toBe(packets)
    while (queue.size > 0) {
      const [first = 0, second = 0, , , , , , seventh = 0, ttl = 0] = taken(queue)
      const service = version === 4 ? second : ((first & 15) << 4) | (second >> 4)
      expect([service, version === 4 ? ttl : seventh]).toEqual([0x29, 7])
    }
  }
})

test.each(FAMILIES)(
  'IPv%d: each packet has an identification of its own, its pieces the same',
  (version, family, _here, address) => {
    const world = new TwoHosts()
    const { queue } = world.a.link
    const fd = world.nc.socket(family, SOCK_DGRAM)
    const ids = [1, 2].map(() => {
      world.nc.sendto(fd, new Uint8Array(2000), 0, { address, port: 9 })
      const [first, second] = [taken(queue), taken(queue)]
      const id = (packet: Uint8Array): string => String(version === 4 ? packet.subarray(4, 6) : packet.subarray(44, 48))
      expect(id(first)).toBe(id(second))
      return id(first)
    })
    expect(ids[0]).not.toBe(ids[1])
  },
)

test('where the link is full the rest of a datagram is not sent, and that is counted', () => {
  const host = new Host({ name: 'h', seed: 1 })
  let room = 1
  const link = { mtu: 1500, transmit: (): boolean => room-- > 0 }
  host.addInterface({ name: 'eth0', link, addresses: ['10.0.0.1/24'] })
  const process = host.spawn('p')
  process.sendto(process.socket(AF_INET, SOCK_DGRAM), new Uint8Array(6000), 0, { address: '10.0.0.2', port: 9 })
  const { FragCreates, FragOKs, OutDiscards } = host.counts.ip
  expect([room, FragCreates, FragOKs, OutDiscards]).toEqual([-1, 2, 0, 1])
})

test('IPv6: answers to pings have one flow label, and what a connection is labelled with is its own', () => {
  const world = new TwoHosts()
  const { queue } = world.b.link
  const label = (packet: Uint8Array): string => String([(packet[1] as number) & 15, packet[2], packet[3]])
  const [here, there] = [Address.parse('2001:db8::1') as Address, Address.parse('2001:db8::2') as Address]
  const answers = [1, 2].map((id) => {
    const start = scratch.OUT + 40
    writeIcmpEcho(scratch.bytes, start, Icmpv6Type.ECHO, id, id)
    finishIcmpChecksum(scratch.bytes, start, 8, pseudoSumBetween(here, there, Protocol.ICMPV6, 8))
    world.client.output.send(here, there, Protocol.ICMPV6, -1, 0, start, 8)
    const ping = taken(world.a.link.queue)
    world.server.input(world.now, 1, ping, 0, ping.length)
    return label(taken(queue))
  })
  expect(answers[0]).toBe(answers[1])
  const [, accepted] = world.connect(world.listen(80, 8, AF_INET6), 80, '2001:db8::2', AF_INET6)
  world.httpd.send(accepted, new Uint8Array(9))
  const segment = label(taken(queue))
  const fd = world.httpd.socket(AF_INET6, SOCK_DGRAM)
  world.httpd.sendto(fd, new Uint8Array(9), 0, { address: '2001:db8::1', port: 9 })
  expect(label(taken(queue))).not.toBe(segment)
})

test('IPv6: a hop limit of 0 is one, as on Linux', () => {
  const world = new TwoHosts()
  const fd = world.nc.socket(AF_INET6, SOCK_DGRAM)
  world.nc.setsockopt(fd, Level.IPPROTO_IPV6, Ipv6Option.UNICAST_HOPS, 0)
  world.nc.sendto(fd, new Uint8Array(9), 0, { address: '2001:db8::2', port: 9 })
  expect(taken(world.a.link.queue)[7]).toBe(0)
})

describe('FreeBSD', () => {
  test.each(FAMILIES)('IPv%d: DONTFRAG refuses what would leave in pieces', (version, family, _here, address) => {
    const world = new TwoHosts({ client: { personality: 'freebsd' } })
    const { queue } = world.a.link
    const fd = world.nc.socket(family, SOCK_DGRAM)
    const send = (length: number): number => world.nc.sendto(fd, new Uint8Array(length), 0, { address, port: 9 })
    expect([send(100), (taken(queue)[6] as number) & 0x40, send(2000), queue.size]).toEqual([100, 0, 2000, 2])
    // That of the other family first.
    const names = [
      [Level.IPPROTO_IP, IpOption.DONTFRAG],
      [Level.IPPROTO_IPV6, Ipv6Option.DONTFRAG],
    ] as const
    const [own, other] = version === 4 ? names : ([names[1], names[0]] as const)
    world.nc.setsockopt(fd, other[0], other[1], 1)
    expect([send(2000), queue.size]).toEqual([2000, 4])
    world.nc.setsockopt(fd, own[0], own[1], 1)
    expect([send(2000), send(100)]).toEqual([-world.client.errno(Errno.EMSGSIZE), 100])
    while (queue.size > 1) queue.shift()
    // Nor may routers cut it.
    if (version === 4) expect((taken(queue)[6] as number) & 0x40).toBe(0x40)
  })
})

test.each(FAMILIES)('IPv%d: a ping of 4,000 octets is answered by as many', (version, _family, here, there) => {
  const world = new TwoHosts()
  const [local, remote] = [Address.parse(here) as Address, Address.parse(there) as Address]
  const protocol = version === 4 ? Protocol.ICMP : Protocol.ICMPV6
  const start = scratch.OUT + 40
  writeIcmpEcho(scratch.bytes, start, version === 4 ? IcmpType.ECHO : Icmpv6Type.ECHO, 1, 2)
  scratch.bytes.fill(7, start + 8, start + 4008)
  finishIcmpChecksum(scratch.bytes, start, 4008, version === 4 ? 0 : pseudoSumBetween(local, remote, protocol, 4008))
  world.client.output.sendInPieces(local, remote, protocol, -1, start, 4008, 1500)
  world.settle()
  expect([world.server.counts.icmp.InEchos, world.client.counts.icmp.InEchoReps]).toEqual([1, 1])
  expect(world.server.counts.ip.FragCreates).toBe(3)
})
