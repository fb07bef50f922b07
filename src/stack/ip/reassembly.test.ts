import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { SECOND, scratch } from '../../base/index.ts'
import { DropReason, FRAGMENT_HEADER, IcmpType, Icmpv6Type, Protocol, writeIpv4Fragment } from '../../wire/index.ts'
import { AF_INET, SOCK_DGRAM } from '../index.ts'
import { TwoHosts } from '../two-hosts.testing.ts'
import { FAMILIES, type Piece, pieceOf, Server } from './fragments.testing.ts'

/** As a kernel counts them (Linux 6.18): pieces, packets made whole, failures; and over IPv6, where that is not the same. */
const STORIES: readonly (readonly [string, Piece[], number[], number[]?])[] = [
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
    'one for another protocol, which only IPv4 takes for one of another packet',
    [
      [0, 304, true],
      [304, 304, false, 0, 6],
    ],
    [2, 0, 0],
    [2, 1, 0],
  ],
  [
    'the same the other way round: the first one has the protocol',
    [
      [304, 304, false, 0, 6],
      [0, 304, true],
    ],
    [2, 0, 0],
    [2, 1, 0],
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
  const stories = STORIES.map(
    ([story, pieces, counts4, counts6 = counts4]) => [story, pieces, version === 4 ? counts4 : counts6] as const,
  )
  test.each(stories)('%s', (_story, pieces, counts) => {
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

  test.each([
    ['ECT beside CE', 0x22, 3, 0x23],
    ['CE beside ECT', 3, 0x21, 3],
    ['both of ECT', 0x22, 1, 0x22],
    ['what the first one asks for', 0xb8, 0x20, 0xb8],
  ])('%s: the datagram is marked as one piece was, and else as the first', (_marks, first, last, expected) => {
    const server = new Server()
    server.give(pieceOf(version, [304, 304, false, last]))
    server.give(pieceOf(version, [0, 304, true, first]))
    expect(server.marks()).toEqual([expected])
  })

  test('what has become whole, or is given up, no longer counts for what may wait', () => {
    const server = new Server()
    const name = version === 4 ? 'net.ipv4.ipfrag_high_thresh' : 'net.ipv6.ip6frag_high_thresh'
    server.world.server.sysctl.set(name, 3_145_728)
    for (let id = 0; id < 4000; id++) {
      server.give(pieceOf(version, [0, 304, true], id))
      server.give(pieceOf(version, id % 2 === 0 ? [304, 304, false] : [296, 312, false], id))
    }
    expect(server.counts()).toEqual([8000, 2000, 2000])
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

  test.each([
    [4, [0, 8, 13, 14, 15, 16, 17, 18], [1, 3, 5, 9, 10, 12, 19, 42]],
    [6, [128, 129, 135, 200], [1, 4, 100, 127]],
  ])('of ICMPv%d’s questions and answers one is told', (of, told, untold) => {
    if (of !== version) return
    for (const type of [...told, ...untold]) {
      const server = new Server()
      const packet = pieceOf(version, [0, 304, true, 0, version === 4 ? Protocol.ICMP : Protocol.ICMPV6])
      packet[version === 4 ? 20 : 48] = type
      server.give(packet)
      server.world.pass(60 * SECOND)
      expect([type, server.world.server.counts.icmp.OutTimeExcds]).toEqual([type, told.includes(type) ? 1 : 0])
    }
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

/** As a kernel answers (Linux 6.18): the code and the pointer of a parameter problem; none, and the piece waits. */
test.each<[string, Piece, number[] | null]>([
  ['before the end, and no multiple of eight octets', [0, 300, true], [0, 4]],
  ['reaching beyond 65,535 octets', [65_528, 16, false], [0, 42]],
  ['without all of UDP’s header', [0, 0, true], [3, 0]],
  ['with a part of TCP’s header', [0, 16, true, 0, Protocol.TCP], [3, 0]],
  ['with TCP’s header', [0, 24, true, 0, Protocol.TCP], null],
  ['without ICMPv6’s header', [0, 0, true, 0, Protocol.ICMPV6], [3, 0]],
  ['with nothing of what nobody knows', [0, 0, true, 0, 99], [3, 0]],
  ['with options that end before UDP’s header', [0, 8, true, 0, 60], [3, 0]],
])('IPv6, a piece %s: its sender is told by %j', (_what, piece, expected) => {
  const server = new Server()
  const packet = pieceOf(6, piece)
  // Destination options, of which UDP is said to follow.
  if (piece[4] === 60) packet.set([17, 0, 1, 4, 0, 0, 0, 0], 48)
  server.give(packet)
  expect([...server.counts(), server.world.server.counts.ip.InHdrErrors]).toEqual([1, 0, 0, expected === null ? 0 : 1])
  const { queue } = server.world.b.link
  const answer = queue.size === 0 ? null : queue.bytes.slice(queue.start, queue.start + queue.length)
  expect(answer === null ? null : [answer[41], answer[47]]).toEqual(expected)
  expect(answer?.[40] ?? 4).toBe(4)
})

test('IPv6, options cut off behind the first piece are not looked into', () => {
  const server = new Server()
  const packet = pieceOf(6, [0, 8, true, 0, 60])
  packet.set([60, 0, 1, 4, 0, 0, 0, 0], 48)
  // Nor does it matter what lay there before.
  scratch.bytes.fill(17, scratch.IN + packet.length, scratch.IN + 200)
  server.give(packet)
  expect([...server.counts(), server.world.b.link.waiting]).toEqual([1, 0, 0, 0])
})

test('IPv6, options before the fragment header are the whole’s if the first piece has them', () => {
  for (const which of [[0, 1], [0], [1]]) {
    const server = new Server()
    const pieces: Piece[] = [
      [0, 304, true],
      [304, 304, false],
    ]
    for (const [i, piece] of pieces.entries()) {
      const plain = pieceOf(6, piece)
      if (!which.includes(i)) {
        server.give(plain)
        continue
      }
      const packet = Uint8Array.of(
        ...plain.subarray(0, 40),
        FRAGMENT_HEADER,
        0,
        1,
        4,
        0,
        0,
        0,
        0,
        ...plain.subarray(40),
      )
      packet[4] = (packet.length - 40) >> 8
      packet[5] = packet.length - 40
      packet[6] = 60
      server.give(packet)
    }
    expect([server.counts(), server.heard()]).toEqual([[2, 1, 0], [600]])
  }
})

test('IPv4, a router’s cut that is not at eight octets: what is behind the last eight comes again', () => {
  const server = new Server()
  server.give(pieceOf(4, [0, 300, true]))
  server.give(pieceOf(4, [296, 312, false]))
  expect([server.counts(), server.heard()]).toEqual([[2, 1, 0], [600]])
})

test.each([
  [65_512, [2, 1, 0]],
  [65_520, [2, 0, 1]],
])('IPv4, a whole of %d octets behind the header', (length, counts) => {
  const server = new Server()
  server.give(pieceOf(4, [0, 32_768, true]))
  server.give(pieceOf(4, [32_768, length - 32_768, false]))
  expect(server.counts()).toEqual(counts)
})

test('all that wait are asked when the oldest is given up, and those with time left stay', () => {
  const server = new Server()
  const { world } = server
  server.give(pieceOf(4, [0, 304, true], 1))
  world.pass(SECOND)
  server.give(pieceOf(4, [0, 304, true], 2))
  world.pass(29 * SECOND)
  expect(world.server.counts.ip.ReasmTimeout).toBe(1)
  world.pass(SECOND)
  expect(world.server.counts.ip.ReasmTimeout).toBe(2)
})
