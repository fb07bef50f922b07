import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { mayMove, State, stateName } from '../tcp/index.ts'
import {
  Address,
  buildTcpPacket,
  Ctl,
  finishIcmpChecksum,
  LinkType,
  PcapngWriter,
  Protocol,
  writeIcmpError,
  writeIpv4,
} from '../wire/index.ts'
import { connectionOf, fileOf, HANDSHAKE, type Line, lines, pcapOf, played, told } from './captures.testing.ts'
import { CaptureReplay, notPlayed, type ReplayedConnection } from './index.ts'

/** `CLOSED, SYN-SENT, …` of both ends. */
function states({ moves, ends }: ReplayedConnection): string[] {
  return ends.map(({ state }, i) => {
    const own = moves.filter((move) => move.end === i)
    const path = own.length === 0 ? [state] : [own[0]?.from, ...own.map(({ to }) => to)]
    return path.map((one) => (one === undefined ? '?' : stateName(one))).join(', ')
  })
}

describe('both ends’ states:', () => {
  test.each([
    [
      'the client closes first, the server later',
      `${HANDSHAKE} 100 > F. 1 1\n110 < . 1 2\n200 < F. 1 2\n210 > . 2 2`,
      'CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1, FIN-WAIT-2, TIME-WAIT',
      'LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSE-WAIT, LAST-ACK, CLOSED',
    ],
    [
      'the FIN rides with the ACK of the FIN',
      `${HANDSHAKE} 100 > F. 1 1\n110 < F. 1 2\n120 > . 2 2`,
      'CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1, TIME-WAIT',
      'LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSE-WAIT, LAST-ACK, CLOSED',
    ],
    [
      'both close at once, and the FINs cross',
      `${HANDSHAKE} 100 > F. 1 1\n101 < F. 1 1\n110 < . 2 2\n111 > . 2 2`,
      'CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1, CLOSING, TIME-WAIT',
      'LISTEN, SYN-RECEIVED, ESTABLISHED, FIN-WAIT-1, CLOSING, TIME-WAIT',
    ],
    [
      'both open at once',
      '0 > S 0\n1 < S 0\n10 > S. 0 1\n11 < S. 0 1\n20 > . 1 1',
      'CLOSED, SYN-SENT, SYN-RECEIVED, ESTABLISHED',
      'CLOSED, SYN-SENT, SYN-RECEIVED, ESTABLISHED',
    ],
    [
      'a FIN that nobody acknowledges has not arrived',
      `${HANDSHAKE} 100 > F. 1 1\n400 > F. 1 1\n1000 > F. 1 1`,
      'CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1',
      'LISTEN, SYN-RECEIVED, ESTABLISHED',
    ],
    [
      'the final ACK arrives behind the FIN that is sent again for want of it',
      `${HANDSHAKE} 100 > F. 1 1\n110 < F. 1 2\n120 > . 2 2\n320 < F. 1 2\n330 > . 2 2`,
      'CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1, TIME-WAIT',
      'LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSE-WAIT, LAST-ACK, CLOSED',
    ],
    ['refused', '0 > S 0\n10 < R. 0 1', 'CLOSED, SYN-SENT, CLOSED', 'CLOSED'],
    ['no answer', '0 > S 0\n1000 > S 0', 'CLOSED, SYN-SENT', '?'],
    [
      'a SYN,ACK answered with RST has arrived, where nobody waited for it',
      '0 > S 0\n10 < S. 0 1\n20 > R 1',
      'CLOSED, SYN-SENT, CLOSED',
      'LISTEN, SYN-RECEIVED, CLOSED',
    ],
    [
      'joined in the middle',
      '0 < P. 500+100 300\n10 > . 300 600\n20 < F. 600 300\n30 > F. 300 601\n40 < . 601 301',
      'ESTABLISHED, CLOSE-WAIT, LAST-ACK, CLOSED',
      'ESTABLISHED, FIN-WAIT-1, TIME-WAIT',
    ],
    [
      'a RST takes both, and the data that crossed it change nothing',
      `${HANDSHAKE} 100 > R. 1 1\n105 < P. 1+10 1`,
      'CLOSED, SYN-SENT, ESTABLISHED, CLOSED',
      'LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSED',
    ],
    [
      'a RST far from the numbers of the connection is somebody else’s',
      `${HANDSHAKE} 30 > P. 1+100 1\n40 < . 1 101\n50 > R 3\n60 > P. 101+5 1\n70 < . 1 106`,
      'CLOSED, SYN-SENT, ESTABLISHED',
      'LISTEN, SYN-RECEIVED, ESTABLISHED',
    ],
    [
      'an acknowledgment that was overtaken takes nothing back',
      `${HANDSHAKE} 30 > P. 1+100 1\n40 < . 1 101\n41 < . 1 1\n50 > R 3\n60 > P. 101+5 1\n70 < . 1 106`,
      'CLOSED, SYN-SENT, ESTABLISHED',
      'LISTEN, SYN-RECEIVED, ESTABLISHED',
    ],
    [
      'the SYN was not captured',
      '10 < S. 0 1\n20 > . 1 1',
      'SYN-SENT, ESTABLISHED',
      'LISTEN, SYN-RECEIVED, ESTABLISHED',
    ],
  ])('%s', (_what, text, client, server) => {
    const connection = connectionOf(text)
    expect(states(connection)).toEqual([client, server])
    for (const { from, to } of connection.moves) expect(mayMove(from, to)).toBe(true)
  })
})

test.each([
  ['from the SYN to the ACK of the SYN,ACK', HANDSHAKE, 20_000],
  ['once, whatever is acknowledged later', `${HANDSHAKE} 500 > . 1 1`, 20_000],
  ['not told by a clock that stands still', '0 > S 0\n0 < S. 0 1\n0 > . 1 1', undefined],
  ['not told where both have opened', '0 > S 0\n1 < S 0\n10 > S. 0 1\n11 < S. 0 1\n20 > . 1 1', undefined],
  ['not told of what was joined in the middle', '0 > P. 1+10 1\n10 < . 1 11', undefined],
])('the round trip is that %s', (_what, text, expected) => {
  const { roundTrip, isMidstream } = connectionOf(text)
  expect([roundTrip, isMidstream]).toEqual([expected, !text.includes('S 0')])
})

test('each end that sent something again counts once for its connection, and each kind of problem too', () => {
  const text = `${HANDSHAKE} 100 > P. 1+50 1\n300 > P. 1+50 1\n310 < P. 1+50 51\n510 < P. 1+50 51\n520 > . 51 51`
  const { problems, connections } = played(fileOf(lines(text)))
  expect(problems).toEqual({ retransmissions: 1 })
  expect(connections[0]?.problems.map(({ end }) => end)).toEqual([0, 1])
})

test('where one direction is missing, what went the other way has arrived, as far as is known', () => {
  const { events, ends } = connectionOf('10 < S. 0 1\n30 < P. 1+100 11\n40 < F. 101 12')
  expect(events.filter((event) => event.kind === 'segment' && event.direction === 'in')).toHaveLength(3)
  expect(ends.map(({ state }) => state)).toEqual([State.CLOSE_WAIT, State.FIN_WAIT_1])
})

test('a socket that is connected to itself is at both ends', () => {
  const own = {
    source: Address.v4(0x7f000001),
    destination: Address.v4(0x7f000001),
    sourcePort: 45_555,
    destinationPort: 45_555,
  }
  const segments = [
    { seq: 0, ctl: Ctl.SYN },
    { seq: 0, ack: 1, ctl: Ctl.SYN | Ctl.ACK },
    { seq: 1, ack: 1, ctl: Ctl.ACK, data: new Uint8Array(5) },
    { seq: 6, ack: 6, ctl: Ctl.ACK },
    { seq: 6, ack: 6, ctl: Ctl.FIN | Ctl.ACK },
    { seq: 7, ack: 7, ctl: Ctl.ACK },
  ]
  const packets = segments.map((one, at) => ({ at, packet: buildTcpPacket({ ...own, ...one, wnd: 9 }) }))
  const { connections } = played(pcapOf(packets))
  const path = 'CLOSED, SYN-SENT, SYN-RECEIVED, ESTABLISHED, FIN-WAIT-1, CLOSING, TIME-WAIT'
  expect(connections.map(states)).toEqual([[path, path]])
  expect(connections[0]?.problems.map(({ kind }) => kind)).toEqual(['self-connected'])
})

describe('two connections between the same ports:', () => {
  test('a newer SYN in TIME-WAIT begins the next', () => {
    const closed = `${HANDSHAKE} 100 > F. 1 1\n110 < F. 1 2\n120 > . 2 2`
    const next = '1000 > S 70000\n1010 < S. 70000 70001\n1020 > . 70001 70001'
    const { connections } = played(fileOf(lines(`${closed}\n${next}`)))
    expect(connections.map(states)).toEqual([
      [
        'CLOSED, SYN-SENT, ESTABLISHED, FIN-WAIT-1, TIME-WAIT',
        'LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSE-WAIT, LAST-ACK, CLOSED',
      ],
      ['CLOSED, SYN-SENT, ESTABLISHED', 'LISTEN, SYN-RECEIVED, ESTABLISHED'],
    ])
  })

  test('a client that has forgotten the old one: its SYN is answered for that, and its RST ends that', () => {
    const text = `${HANDSHAKE} 5000 > S 70000\n5010 < . 1 1\n5020 > R 1\n6000 > S 70000\n6010 < S. 90000 70001\n6020 > . 70001 90001`
    const { connections } = played(fileOf(lines(text)))
    expect(connections.map((one) => states(one)[1])).toEqual([
      'LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSED',
      'LISTEN, SYN-RECEIVED, ESTABLISHED',
    ])
  })
})

const WHOLE = fileOf(lines(`${HANDSHAKE} 30 > P. 1+20 1\n40 < . 1 21\n100 > F. 21 1\n110 < F. 1 22\n120 > . 22 2`))

describe('the same connection, whatever the file is like:', () => {
  // 60,000 octets at once are what a card is handed to cut.
  const all = lines(`${HANDSHAKE} 100 > P. 1+60000 1\n120 < . 1 60001\n1200 > F. 60001 1\n1210 < . 1 60002`)
  const wanted = played(fileOf(all)).connections
  const ETHERNET = [...new Array<number>(12).fill(2), 0x08, 0x00]

  test.each([
    ['pcap', {}],
    ['pcap of a big-endian machine', { big: true }],
    ['nanoseconds', { nanos: true }],
    ['nanoseconds, big-endian', { nanos: true, big: true }],
    [
      'Ethernet, padded, with its check sequence',
      { linkType: 1, header: ETHERNET, trailer: [0, 0, 0, 0, 0, 0, 9, 9, 9, 9] },
    ],
    [
      'a length of check sequence beside the link type',
      { linkType: 0x2400_0001, header: ETHERNET, trailer: [9, 9, 9, 9] },
    ],
    ['cut behind the headers', { linkType: 1, header: ETHERNET, snapLength: 60 }],
    ['BSD loopback, big-endian', { linkType: 0, big: true, header: [0, 0, 0, 2] }],
  ])('%s', (_what, form) => {
    const { connections, problem, counts } = played(pcapOf(all, form))
    expect({ connections, problem }).toEqual({ connections: wanted, problem: undefined })
    expect(counts.segments).toBe(all.length)
  })

  test('each way at an interface of its own, each of another link type', () => {
    const writer = new PcapngWriter('test')
    const [there, back] = [writer.addInterface('lo0', LinkType.LOOP), writer.addInterface('any', LinkType.LINUX_SLL)]
    for (const { at, way, packet } of all) {
      const header = way === '>' ? [0, 0, 0, 2] : [...new Array<number>(14).fill(0), 0x08, 0x00]
      const frame = Uint8Array.from([...header, ...packet])
      writer.addPacket(way === '>' ? there : back, at * 1000, frame, 0, frame.length)
    }
    expect(played(writer.finish()).connections).toEqual(wanted)
  })

  test('without IP lengths, as they are before the card cuts them', () => {
    const uncut = all.map(({ at, packet }) => {
      const blank = packet.slice()
      if (packet.length > 1500) blank.set([0, 0], 2)
      return { at, packet: blank }
    })
    expect(played(pcapOf(uncut)).connections).toEqual(wanted)
    expect(played(pcapOf(uncut, { snapLength: 60 })).connections).toEqual(wanted)
  })
})

test('a link type that is not known is named, and so is all else that was not played', () => {
  const some = lines(HANDSHAKE)
  const capture = played(pcapOf(some, { linkType: 127 }))
  expect(notPlayed(capture)).toEqual(['3 packets of link type 127 (802.11), not read'])
  const broken = some.map(({ at, packet }) => ({ at, packet: packet.map((octet, i) => (i === 25 ? ~octet : octet)) }))
  expect(notPlayed(played(pcapOf(broken)))).toEqual(['3 packets with a wrong checksum, not played'])
  expect(played(pcapOf(broken), { ignoresChecksums: true }).counts).toMatchObject({ segments: 3, badChecksums: 0 })
})

test('what is earlier than one before it is told, and so is what has no time', () => {
  const [syn, answer, ack] = lines(HANDSHAKE) as [Line, Line, Line]
  const turned = played(pcapOf([syn, ack, answer]))
  const times = turned.connections[0]?.events.map(({ time }) => time) ?? []
  expect(times).toEqual(times.toSorted((a, b) => a - b))
  expect(notPlayed(turned)).toEqual([
    '1 packet earlier than one before: played as the file has them; reordercap puts them in order',
  ])
  // A simple packet block: its type, its length, the packet's, the packet, its length again.
  const { packet } = answer
  const block = new Uint8Array(16 + packet.length)
  new Uint32Array(block.buffer, 0, 3).set([3, block.length, packet.length])
  block.set(packet, 12)
  new DataView(block.buffer).setUint32(block.length - 4, block.length, true)
  const timeless = played(Uint8Array.from([...fileOf([syn]), ...block, ...block]))
  expect(notPlayed(timeless)).toEqual(['2 packets without a time'])
  expect(timeless.counts.earlier).toBe(0)
})

describe('what a router says of a packet is told of its connection', () => {
  const [router, sender] = [0x0a090909, 0x0a000001]

  /** An error about the packet, which it quotes whole. */
  function errorAbout({ at, packet }: Line, code: number, mtu = 0, from = router): Line {
    const file = new Uint8Array(1000)
    const length = writeIcmpError(file, 20, 3, code, mtu, packet, 0, packet.length, 500)
    finishIcmpChecksum(file, 20, length, 0)
    writeIpv4(file, 0, 0, 20 + length, 7, true, 64, Protocol.ICMP, from, sender)
    return { at: at + 5, way: '<', packet: file.slice(0, 20 + length) }
  }

  test.each([
    [1, 0, 'host unreachable'],
    [4, 1200, 'fragmentation needed, 1,200 octets fit'],
  ])('code %i', (code, mtu, said) => {
    const tries = lines('0 > S 0\n1000 > S 0\n3000 > S 0')
    const errors = tries.map((line) => errorAbout(line, code, mtu))
    // The last is captured at two interfaces.
    const last = errors.at(-1) as Line
    const all = [...tries, ...errors, { ...last, at: last.at + 0.02 }].toSorted((a, b) => a.at - b.at)
    const { connections, counts } = played(fileOf(all))
    expect(counts.others).toBe(4)
    expect(connections.map(told)).toEqual([
      ['10.0.0.1:40000 had no answer to its SYN, sent 3 times', `10.9.9.9 told 10.0.0.1:40000: ${said}, 3 times`],
    ])
  })

  test('of two segments at once twice, and of no more than eight who say it', () => {
    const two = lines('30 > P. 1+10 1\n30 > P. 11+10 1')
    const once = [...lines(HANDSHAKE), ...two, ...two.map((line) => errorAbout(line, 1))]
    expect(played(fileOf(once)).connections.map(told)).toEqual([
      ['10.9.9.9 told 10.0.0.1:40000: host unreachable, 2 times'],
    ])
    const many = Array.from({ length: 9 }, (_, i) =>
      errorAbout({ ...(two[0] as Line), at: 40 + i * 10 }, 1, 0, router + i),
    )
    const { problems = [] } = played(fileOf([...lines(HANDSHAKE), two[0] as Line, ...many])).connections[0] ?? {}
    expect(problems.map(({ kind }) => kind)).toEqual(new Array(8).fill('icmp-error'))
  })

  test('and not of another', () => {
    const [other] = lines('0 > S 0', [41_000, 80]) as [Line]
    const { connections } = played(fileOf([...lines(HANDSHAKE), errorAbout({ ...other, at: 50 }, 1)]))
    expect(connections.map(told)).toEqual([[]])
  })
})

test('cut at any octet: what is whole is played, and where the rest began is said', () => {
  const whole = played(WHOLE)
  expect(whole.problem).toBeUndefined()
  let packets = 0
  for (let length = 0; length < WHOLE.length; length++) {
    const cut = played(WHOLE.subarray(0, length))
    expect(cut.counts.packets).toBeGreaterThanOrEqual(packets)
    packets = cut.counts.packets
    // A file that ends between two packets cannot be told from a whole one.
    if (cut.problem !== undefined)
      expect(cut.problem).toMatch(/^(?:truncated: .* at octet \d+ ends beyond the file|not a capture file: .*)$/)
    const moves = cut.connections[0]?.moves.filter(({ end }) => end === 0) ?? []
    const all = whole.connections[0]?.moves.filter(({ end }) => end === 0) ?? []
    expect(moves.map(({ to }) => to)).toEqual(all.slice(0, moves.length).map(({ to }) => to))
  }
  expect(packets).toBe(7)
})

test('in pieces of any size it is played as in one', () => {
  fc.assert(
    fc.property(fc.integer({ min: 1, max: 200 }), (size) => {
      const replay = new CaptureReplay()
      for (let at = 0; at < WHOLE.length; at += size) replay.feed(WHOLE.slice(at, at + size))
      expect(replay.finish()).toEqual(played(WHOLE))
    }),
    { numRuns: 40 },
  )
})

test('whatever the segments are, nothing throws, every move is an arrow, and each end’s moves are one path', () => {
  const segment = fc.record({
    way: fc.constantFrom('<', '>'),
    flags: fc.constantFrom('S', 'S.', '.', 'P.', 'F.', 'R', 'R.', 'F', 'SF', 'FSRPU.'),
    seq: fc.integer({ min: 0, max: 6 }),
    length: fc.constantFrom(0, 0, 1, 3),
    ack: fc.integer({ min: 0, max: 6 }),
    window: fc.constantFrom(0, 1000),
  })
  fc.assert(
    fc.property(fc.array(segment, { minLength: 1, maxLength: 30 }), (all) => {
      const text = all.map(
        ({ way, flags, seq, length, ack, window }, i) =>
          `${i * 10} ${way} ${flags} ${seq}+${length} ${ack} win ${window}`,
      )
      for (const connection of played(fileOf(lines(text.join('\n')))).connections) {
        for (const end of [0, 1]) {
          const own = connection.moves.filter((move) => move.end === end)
          for (const [i, { from, to }] of own.entries()) {
            expect(mayMove(from, to)).toBe(true)
            if (i > 0) expect(own[i - 1]?.to).toBe(from)
          }
          if (own.length > 0) expect(own.at(-1)?.to).toBe(connection.ends[end]?.state)
        }
      }
    }),
    { numRuns: 400 },
  )
})

test('whatever octets a packet has, it is counted once and nothing throws', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(WHOLE.length - 1), fc.nat(255)), { maxLength: 6 }), (changes) => {
      const file = WHOLE.slice()
      for (const [at, octet] of changes) file[at] = octet
      const { counts } = played(file)
      const { segments, others, malformed, fragments, reassembled, badChecksums } = counts
      expect(segments + others + malformed + fragments - reassembled + badChecksums).toBe(counts.packets)
    }),
    { numRuns: 400 },
  )
})

describe('what is kept', () => {
  const many = Array.from({ length: 30 }, (_, i) => lines(HANDSHAKE, [40_000 + i, i % 2 === 0 ? 80 : 443])).flat()

  test('is bounded; what is not listed is counted', () => {
    const { connections, unlisted, counts } = played(fileOf(many), { listMax: 10 })
    expect([connections.length, unlisted, counts.connections]).toEqual([10, 20, 30])
  })

  test('is followed in a bounded number, those that have closed given up first', () => {
    const closed = `${HANDSHAKE} 100 > F. 1 1\n110 < F. 1 2\n120 > . 2 2`
    const open = lines(HANDSHAKE, [39_999, 80])
    const others = Array.from({ length: 40 }, (_, i) =>
      lines(closed, [40_000 + i, 80]).map((line) => ({ ...line, at: line.at + 200 * (i + 1) })),
    )
    const late = lines('9000 > F. 1 1\n9010 < . 1 2', [39_999, 80])
    const file = fileOf([...open, ...others.flat(), ...late])
    const bounded = played(file, { followedMax: 8 })
    expect(bounded).toEqual(played(file))
    expect(states(bounded.connections[0] as ReplayedConnection)[1]).toBe(
      'LISTEN, SYN-RECEIVED, ESTABLISHED, CLOSE-WAIT',
    )
  })

  test('is what is wanted: a port, a number, a state', () => {
    expect(played(fileOf(many), { port: 443 }).connections).toHaveLength(15)
    const wanted = played(fileOf(many), {
      isWanted: (number, rows) =>
        number > 28 && rows.some(({ state, local }) => state === 'ESTABLISHED' && local.port === 80),
    })
    expect(wanted.connections.map(({ number }) => number)).toEqual([29])
  })

  test('of a long connection is its beginning, its end, and every move; in the order of time', () => {
    const data = Array.from({ length: 2000 }, (_, i) => `${30 + i} > P. ${1 + i * 10}+10 1`)
    const text = `${HANDSHAKE}${data.join('\n')}\n3000 > F. 20001 1\n3010 < F. 1 20002\n3020 > . 20002 2`
    const { events, omittedSegments, ends, moves } = connectionOf(text)
    const sent = events.filter((event) => event.kind === 'segment' && event.direction === 'out')
    expect(sent.length).toBeLessThan(700)
    expect(sent.length + omittedSegments).toBe(ends[0].counts.segments + ends[1].counts.segments)
    expect(events.filter(({ kind }) => kind === 'state')).toHaveLength(moves.length)
    expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).toSorted((a, b) => a - b))
  })

  test('without segments is the moves alone', () => {
    const { connections } = played(WHOLE, { keepsSegments: () => false })
    expect(connections[0]?.events.map(({ kind }) => kind)).toEqual(connections[0]?.moves.map(() => 'state'))
  })
})
