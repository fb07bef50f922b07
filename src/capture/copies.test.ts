import { describe, expect, test } from 'vitest'
import { LinkType, PcapngWriter } from '../wire/index.ts'
import { HANDSHAKE, type Line, lines, pcapOf, played } from './captures.testing.ts'
import type { ReplayedCapture } from './index.ts'

/** With data that are sent again, as a timer does it: the same segment, under an identification of its own. */
const STORY = `${HANDSHAKE} 30 > P. 1+100 1\n250 > P. 1+100 1\n260 < . 1 101\n300 > F. 101 1\n310 < F. 1 102\n320 > . 102 2`

/** The packets of the story, numbered from `first` on; their header's sum is left to the card. */
function numbered(first = 1): Line[] {
  return lines(STORY).map((line, i) => {
    const packet = line.packet.slice()
    packet.set([0, first + i], 4)
    packet.set([0, 0], 10)
    return { ...line, packet }
  })
}

/** Each packet so many µs later once more, as the nth of its copies. */
function copied(all: readonly Line[], delays: readonly number[]): { at: number; packet: Uint8Array; nth: number }[] {
  return all.flatMap(({ at, packet }) => delays.map((delay, nth) => ({ at: at + delay / 1000, packet, nth })))
}

/** What a capture of Linux's "any" device has before a packet. */
function cooked(version: 1 | 2, interfaceNumber: number): number[] {
  const zeros = (count: number): number[] => new Array<number>(count).fill(0)
  return version === 1 ? [...zeros(14), 8, 0] : [8, 0, ...zeros(5), interfaceNumber, ...zeros(12)]
}

function facts({ connections, counts }: ReplayedCapture): unknown[] {
  return [counts.copies, connections.map(({ ends, problems }) => [ends, problems.map(({ text }) => text)])]
}

const plain = played(pcapOf(numbered()))
const [, wanted] = facts(plain)

test('what is sent again is no copy', () => {
  expect(plain.counts.copies).toBe(0)
  expect(plain.connections[0]?.problems.map(({ text }) => text)).toEqual(['10.0.0.1:40000 retransmitted 1 segment'])
  // Nor without an identification, as of IPv6.
  const bare = played(pcapOf(lines(STORY), { linkType: LinkType.LINUX_SLL, header: cooked(1, 0) }))
  expect(facts(bare)).toEqual([0, wanted])
})

describe('a packet that was captured more than once is played once:', () => {
  test.each([
    ['a port, its bridge and the card, on "any"', 2, numbered(), [0, 9, 400_000], 18],
    ['"any" of version 1, which names no interface', 1, numbered(), [0, 9, 800], 18],
    ['the same without identifications', 1, lines(STORY), [0, 9, 800], 18],
  ] as const)('%s', (_what, version, all, delays, copies) => {
    const packets = copied(all, delays).toSorted((a, b) => a.at - b.at)
    const frames = packets.map(({ at, packet, nth }) => ({
      at,
      packet: Uint8Array.from([...cooked(version, nth + 1), ...packet]),
    }))
    const linkType = version === 1 ? LinkType.LINUX_SLL : LinkType.LINUX_SLL2
    expect(facts(played(pcapOf(frames, { linkType })))).toEqual([copies, wanted])
  })

  test('a mirrored port', () => {
    expect(facts(played(pcapOf(copied(numbered(), [0, 5]))))).toEqual([9, wanted])
  })

  test.each([
    [100_000, 1],
    [100_001, 0],
  ])('a mirrored port takes no longer than 100 ms: %d µs', (delay, copies) => {
    expect(played(pcapOf(copied(numbered().slice(0, 1), [0, delay]))).counts.copies).toBe(copies)
  })

  test('at another interface, thousands of packets later', () => {
    const [first, ...others] = Array.from({ length: 5000 }, (_, i) => {
      const [line] = lines(`${i} > P. ${1 + i * 10}+10 1`) as [Line]
      line.packet.set([i >> 8, i & 255, 0, 0], 4)
      line.packet.set([0, 0], 10)
      return line
    }) as [Line, ...Line[]]
    const frames = [first, ...others, { ...first, at: 6000 }].map(({ at, packet }, i) => ({
      at,
      packet: Uint8Array.from([...cooked(2, i > 5000 - 1 ? 2 : 1), ...packet]),
    }))
    expect(played(pcapOf(frames, { linkType: LinkType.LINUX_SLL2 })).counts.copies).toBe(1)
  })

  test('three interfaces of one file, whose packets come in turn or each interface’s in one go', () => {
    const inTurn = copied(numbered(), [0, 9, 18])
    for (const packets of [inTurn, inTurn.toSorted((a, b) => a.nth - b.nth)]) {
      const writer = new PcapngWriter('test')
      const nics = ['veth0', 'br0', 'eth0'].map((name) => writer.addInterface(name, LinkType.RAW))
      for (const { at, packet, nth } of packets) {
        writer.addPacket(nics[nth] as number, Math.round(at * 1000), packet, 0, packet.length)
      }
      expect(facts(played(writer.finish()))).toEqual([18, wanted])
    }
  })
})

describe('the same octets, cut otherwise at the next interface, are played once:', () => {
  const [OUT, IN] = [4, 0] as const
  /** Each line at the interface, or the way, that it names. */
  const anyOf = (version: 1 | 2, text: string): ReplayedCapture => {
    const frames = text.split('\n').map((line) => {
      const [where, ...rest] = line.split(' | ') as [string, string]
      const [one] = lines(rest.join('')) as [Line]
      const header = cooked(version, Number(where))
      if (version === 1) header[1] = where === '1' ? IN : OUT
      return { at: one.at, packet: Uint8Array.from([...header, ...one.packet]) }
    })
    return played(pcapOf(frames, { linkType: version === 1 ? LinkType.LINUX_SLL : LinkType.LINUX_SLL2 }))
  }
  const both = (text: string): string =>
    text
      .trim()
      .split('\n')
      .map((line) => `1 | ${line}\n2 | ${line}`)
      .join('\n')
  const told = ({ connections }: ReplayedCapture): unknown => [
    connections[0]?.ends.map(({ counts: { segments, octets, retransmissions } }) => [
      segments,
      octets,
      retransmissions,
    ]),
    connections[0]?.problems.map(({ text }) => text),
  ]
  test.each([
    [
      'a burst comes in, and its segments leave',
      '1 | 30 > . 1+300 1\n2 | 30.01 > . 1+100 1\n2 | 30.02 > . 101+100 1\n2 | 30.03 > . 201+100 1',
      3,
    ],
    ['segments come in, and a burst leaves', '1 | 30 > . 1+100 1\n1 | 30.01 > . 101+200 1\n2 | 30.1 > . 1+300 1', 4],
  ] as const)('%s', (_what, text, segments) => {
    for (const version of [1, 2] as const)
      expect(told(anyOf(version, `${both(HANDSHAKE)}\n${text}\n${both('40 < . 1 301')}`))).toEqual([
        [
          [segments, 300, 0],
          [2, 0, 0],
        ],
        [],
      ])
  })

  test('and what is sent again is, at every interface that shows it', () => {
    const again = `${both(HANDSHAKE)}\n1 | 30 > . 1+300 1\n1 | 60 > . 1+200 1\n2 | 60.01 > . 1+100 1\n2 | 60.02 > . 101+100 1`
    expect(told(anyOf(2, again))).toEqual([
      [
        [4, 500, 1],
        [1, 0, 0],
      ],
      ['10.0.0.1:40000 retransmitted 1 segment'],
    ])
    // So long behind the first time is no crossing.
    const late = `${both(HANDSHAKE)}\n1 | 30 > . 1+300 1\n2 | 300 > . 1+100 1`
    expect(told(anyOf(2, late))).toEqual([
      [
        [4, 400, 1],
        [1, 0, 0],
      ],
      ['10.0.0.1:40000 retransmitted 1 segment'],
    ])
  })
})
