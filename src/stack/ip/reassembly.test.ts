import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND, scratch } from '../../base/index.ts'
import {
  Address,
  buildUdpPacket,
  DropReason,
  FRAGMENT_HEADER,
  finishIcmpChecksum,
  IcmpType,
  IcmpUnreachable,
  Icmpv6Type,
  Protocol,
  pseudoSumBetween,
  writeFragmentHeader,
  writeIcmpEcho,
  writeIcmpError,
  writeIpv4,
  writeIpv4Fragment,
} from '../../wire/index.ts'
import { AF_INET, AF_INET6, IpOption, Ipv6Option, Level, PathMtuDiscovery, SOCK_DGRAM } from '../index.ts'
import { TwoHosts, told } from '../two-hosts.testing.ts'

const FAMILIES = [
  [4, AF_INET, '10.0.0.1', '10.0.0.2'],
  [6, AF_INET6, '2001:db8::1', '2001:db8::2'],
] as const

type Piece = readonly [offset: number, length: number, more: boolean, tos?: number]

const DATA = Uint8Array.from({ length: 600 }, (_, i) => i * 7 + (i >> 8))

/** A datagram to the server's port 53, whole: UDP's header and the data are 608 octets. */
function datagram(version: number): Uint8Array {
  const [, , here, there] = FAMILIES[version === 4 ? 0 : 1]
  const source = Address.parse(here) as Address
  const destination = Address.parse(there) as Address
  return buildUdpPacket({ source, destination, sourcePort: 4000, destinationPort: 53, data: DATA, id: 9 })
}

/** The piece of it that a router, or its sender, would make. */
function pieceOf(version: number, [offset, length, more, tos = 0]: Piece, id = 9): Uint8Array {
  const whole = datagram(version)
  const headers = version === 4 ? 20 : 40
  const octets = new Uint8Array(length)
  octets.set(whole.subarray(headers + offset, headers + offset + length))
  if (version === 4) {
    const packet = new Uint8Array(headers + length)
    packet.set(whole.subarray(0, headers))
    packet.set(octets, headers)
    packet[1] = tos
    packet[4] = id >> 8
    packet[5] = id
    writeIpv4Fragment(packet, 0, offset, more, length)
    return packet
  }
  const packet = new Uint8Array(headers + 8 + length)
  packet.set(whole.subarray(0, headers))
  packet[1] = tos << 4
  packet[4] = (8 + length) >> 8
  packet[5] = 8 + length
  packet[6] = FRAGMENT_HEADER
  writeFragmentHeader(packet, headers, 17, id, offset, more)
  packet.set(octets, headers + 8)
  return packet
}

/** A server that hears at port 53, and what it has heard. */
class Server {
  readonly world: TwoHosts = new TwoHosts()
  readonly #fds: number[] = []

  constructor() {
    for (const [, family] of FAMILIES) {
      const fd = this.world.httpd.socket(family, SOCK_DGRAM)
      this.world.httpd.bind(fd, { address: family === AF_INET ? '10.0.0.2' : '2001:db8::2', port: 53 })
      this.#fds.push(fd)
    }
  }

  give(packet: Uint8Array): void {
    this.world.server.input(this.world.now, 1, packet, 0, packet.length)
  }

  /** The lengths of what has been heard, −1 for what has other octets. */
  heard(): number[] {
    const lengths: number[] = []
    const into = new Uint8Array(70_000)
    for (const fd of this.#fds) {
      for (let n = this.world.httpd.recv(fd, into); n >= 0; n = this.world.httpd.recv(fd, into))
        lengths.push(DATA.subarray(0, n).every((octet, i) => octet === into[i]) ? n : -1)
    }
    return lengths
  }

  counts(): number[] {
    const { ReasmReqds, ReasmOKs, ReasmFails } = this.world.server.counts.ip
    return [ReasmReqds, ReasmOKs, ReasmFails]
  }
}

/** As a kernel counts them (Linux 6.18): pieces, packets made whole, failures. */
const STORIES: readonly (readonly [string, Piece[], number[]])[] = [
  [
    'in order',
    [
      [0, 304, true],
      [304, 304, false],
    ],
    [2, 1, 0],
  ],
  [
    'the last one first',
    [
      [304, 304, false],
      [0, 304, true],
    ],
    [2, 1, 0],
  ],
  [
    'three, the one between last',
    [
      [0, 200, true],
      [400, 208, false],
      [200, 200, true],
    ],
    [3, 1, 0],
  ],
  [
    'one that came before is passed over',
    [
      [0, 304, true],
      [0, 304, true],
      [304, 304, false],
    ],
    [3, 1, 0],
  ],
  [
    'so is a part of one',
    [
      [0, 304, true],
      [8, 16, true],
      [304, 304, false],
    ],
    [3, 1, 0],
  ],
  [
    'and what two brought in turn',
    [
      [0, 16, true],
      [16, 16, true],
      [8, 16, true],
      [32, 576, false],
    ],
    [4, 1, 0],
  ],
  [
    'of two that came the other way round it overlaps',
    [
      [16, 16, true],
      [0, 16, true],
      [8, 16, true],
    ],
    [3, 0, 1],
  ],
  [
    'an overlap ends it',
    [
      [0, 304, true],
      [296, 312, false],
    ],
    [2, 0, 1],
  ],
  [
    'so does one that covers another',
    [
      [8, 16, true],
      [0, 304, true],
    ],
    [2, 0, 1],
  ],
  [
    'the last one twice',
    [
      [304, 304, false],
      [304, 304, false],
      [0, 304, true],
    ],
    [3, 1, 0],
  ],
  [
    'two ends',
    [
      [304, 304, false],
      [304, 400, false],
    ],
    [2, 0, 1],
  ],
  [
    'text behind the end',
    [
      [16, 16, false],
      [32, 16, true],
    ],
    [2, 0, 1],
  ],
  [
    'an end before text that is there',
    [
      [32, 16, true],
      [16, 16, false],
    ],
    [2, 0, 1],
  ],
  [
    'an end without text',
    [
      [0, 608, true],
      [608, 0, false],
    ],
    [2, 0, 1],
  ],
  [
    'ECT beside CE',
    [
      [0, 304, true, 2],
      [304, 304, false, 3],
    ],
    [2, 1, 0],
  ],
  [
    'not capable beside CE',
    [
      [0, 304, true, 0],
      [304, 304, false, 3],
    ],
    [2, 0, 1],
  ],
  [
    'not capable beside ECT',
    [
      [0, 304, true, 1],
      [304, 304, false, 0],
    ],
    [2, 0, 1],
  ],
]

describe.each(FAMILIES)('IPv%d', (version, family, _here, there) => {
  test.each(STORIES)('%s', (_story, pieces, counts) => {
    const server = new Server()
    for (const piece of pieces) server.give(pieceOf(version, piece))
    expect(server.counts()).toEqual(counts)
    expect(server.heard()).toEqual(counts[1] === 1 ? [600] : [])
    expect(server.world.server.drops[DropReason.FRAGMENT]).toBe(counts[2])
  })

  test('pieces of any size in any order, some of them twice, make the same datagram', () => {
    const cuts = fc.uniqueArray(fc.integer({ min: 1, max: 75 }), { maxLength: 20 })
    fc.assert(
      fc.property(cuts, fc.infiniteStream(fc.nat()), (places, chance) => {
        const bounds = [0, ...places.sort((a, b) => a - b).map((at) => at * 8), 608]
        const pieces = bounds.slice(1).map((end, i): Piece => {
          const offset = bounds[i] as number
          return [offset, end - offset, end < 608]
        })
        const draw = (): number => chance.next().value as number
        const order = pieces.map((piece) => ({ piece, at: draw() })).sort((a, b) => a.at - b.at)
        const server = new Server()
        for (const [i, { piece }] of order.entries()) {
          server.give(pieceOf(version, piece))
          if (i < order.length - 1 && draw() % 3 === 0) server.give(pieceOf(version, piece))
        }
        expect(server.heard()).toEqual([600])
        expect(server.world.server.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
      }),
    )
  })

  test('what is not whole in time is given up, and its sender told where the first piece had come', () => {
    for (const [piece, told] of [[[0, 304, true], 1] as const, [[304, 304, false], 0] as const]) {
      const server = new Server()
      const { world } = server
      server.give(pieceOf(version, piece))
      world.pass((version === 4 ? 30 : 60) * SECOND - 1)
      expect(world.server.counts.ip.ReasmTimeout).toBe(0)
      world.pass(1)
      const { ip, icmp } = world.server.counts
      expect([ip.ReasmTimeout, ip.ReasmFails, icmp.OutTimeExcds]).toEqual([1, 1, told])
      expect(world.client.counts.icmp.InTimeExcds).toBe(told)
    }
  })

  test('of an ICMP error nobody is told that it was not whole in time', () => {
    const server = new Server()
    const { world } = server
    const packet = pieceOf(version, [0, 304, true])
    // The protocol, and a type: "destination unreachable".
    if (version === 4) {
      packet[9] = Protocol.ICMP
      packet[20] = IcmpType.UNREACHABLE
      writeIpv4Fragment(packet, 0, 0, true, 304)
    } else {
      packet[40] = Protocol.ICMPV6
      packet[48] = Icmpv6Type.TIME_EXCEEDED
    }
    server.give(packet)
    world.pass(60 * SECOND)
    expect([world.server.counts.ip.ReasmTimeout, world.server.counts.icmp.OutTimeExcds]).toEqual([1, 0])
  })

  test('while too much waits no other packet is begun, and what waits goes on', () => {
    const server = new Server()
    const name = version === 4 ? 'net.ipv4.ipfrag_high_thresh' : 'net.ipv6.ip6frag_high_thresh'
    server.world.server.sysctl.set(name, 3_145_728)
    for (let id = 0; id < 4000; id++) server.give(pieceOf(version, [0, 64, true], id))
    // Each counts for 1032 octets.
    expect(server.counts()).toEqual([4000, 0, 4000 - 3049])
    server.give(pieceOf(version, [64, 544, false], 9))
    expect(server.heard()).toEqual([600])
  })

  test('a datagram larger than the path arrives, and so does its answer', () => {
    const world = new TwoHosts()
    const server = world.httpd.socket(family, SOCK_DGRAM)
    world.httpd.bind(server, { address: there, port: 53 })
    const client = world.nc.socket(family, SOCK_DGRAM)
    world.nc.connect(client, { address: there, port: 53 })
    const into = new Uint8Array(70_000)
    const lengths = [1472, 1473, 9000, family === AF_INET ? 65_507 : 65_527]
    for (const length of lengths) {
      const data = Uint8Array.from({ length }, (_, i) => i ^ (i >> 8))
      expect(world.nc.send(client, data)).toBe(length)
      world.settle()
      expect(world.httpd.recv(server, into)).toBe(length)
      expect(into.subarray(0, length)).toEqual(data)
    }
    const { FragOKs, FragCreates } = world.client.counts.ip
    expect([FragOKs, FragCreates]).toEqual(version === 4 ? [3, 2 + 7 + 45] : [4, 2 + 2 + 7 + 46])
  })
})

test.each<[string, Piece, number, number]>([
  ['a piece before the end that is no multiple of eight octets', [0, 300, true], 0, 4],
  ['a piece that reaches beyond 65,535 octets', [65_528, 16, false], 0, 42],
  ['a first piece without all of UDP’s header', [0, 0, true], 3, 0],
])('IPv6, %s: its sender is told', (_what, piece, code, pointer) => {
  const server = new Server()
  server.give(pieceOf(6, piece))
  expect(server.counts()).toEqual([1, 0, 1])
  const { queue } = server.world.b.link
  const answer = queue.bytes.slice(queue.start, queue.start + queue.length)
  expect([answer[40], answer[41], answer[47]]).toEqual([4, code, pointer])
})

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

  test.each([
    [AF_INET, '10.0.0.2', 27],
    [AF_INET6, '2001:db8::2', 55],
  ])('family %d: nothing crosses a link that takes no eight octets behind the headers', (family, address, mtu) => {
    const world = new TwoHosts({ mtu })
    const fd = world.nc.socket(family, SOCK_DGRAM)
    expect(world.nc.sendto(fd, new Uint8Array(100), 0, { address, port: 9 })).toBe(100)
    expect([world.a.link.waiting, world.client.counts.ip.FragFails]).toEqual([0, 1])
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
