import { describe, expect, test } from 'vitest'
import { Address, buildTcpPacket, Ctl, LinkType, PcapngWriter } from '../wire/index.ts'
import { cut, fileOf, HANDSHAKE, lines, pcapOf, played } from './captures.testing.ts'
import type { CaptureCounts, ReplayedCapture } from './index.ts'
import { notPlayed } from './not-played.ts'

const V4 = { source: Address.v4(0x0a000001), destination: Address.v4(0x0a000002) }
const V6 = { source: new Address(0x20010db8, 0, 0, 1, false), destination: new Address(0x20010db8, 0, 0, 2, false) }
const FIELDS = { sourcePort: 40_000, destinationPort: 80, seq: 7, ack: 9, ctl: Ctl.ACK, wnd: 500 }
const DATA = Uint8Array.from({ length: 100 }, (_, i) => i)
const FAMILIES = [
  { family: 'IPv4', packet: buildTcpPacket({ ...V4, ...FIELDS, data: DATA }), header: 20 },
  { family: 'IPv6', packet: buildTcpPacket({ ...V6, ...FIELDS, data: DATA }), header: 48 },
]

/** A capture of these packets, a millisecond apart. */
function captureOf(packets: readonly Uint8Array[], msApart = 1, snapLength?: number): ReplayedCapture {
  const all = packets.map((packet, i) => ({ at: i * msApart, packet }))
  return played(pcapOf(all, { ...(snapLength !== undefined && { snapLength }) }))
}

/** What was counted, of what matters here. */
function countsOf({ counts }: ReplayedCapture): Partial<CaptureCounts> {
  const { segments, fragments, fragmentsLeft, reassembled, malformed, badChecksums } = counts
  return { segments, fragments, fragmentsLeft, reassembled, malformed, badChecksums }
}

const octetsOf = ({ connections }: ReplayedCapture): number | undefined => connections[0]?.ends[0].counts.octets
const NOTHING_WRONG = { malformed: 0, badChecksums: 0 }
const WHOLE = { ...NOTHING_WRONG, segments: 1, reassembled: 1, fragmentsLeft: 0 }
const NOTHING = { ...NOTHING_WRONG, segments: 0, reassembled: 0 }

describe.each(FAMILIES)('fragments of $family', ({ packet, header }) => {
  const pieces = cut(packet, 40)
  const [first, second, third] = pieces as [Uint8Array, Uint8Array, Uint8Array]

  test.each([
    ['in their order', [first, second, third]],
    ['backwards', [third, second, first]],
    ['some twice, before the last', [second, first, second, third]],
    ['all twice, as two interfaces show them', [first, first, second, second, third, third]],
    ['all twice, one crossing after the other', [first, second, third, first, second, third]],
  ])('are put together: %s', (_what, order) => {
    const capture = captureOf(order)
    expect(countsOf(capture)).toEqual({ ...WHOLE, fragments: order.length })
    expect(octetsOf(capture)).toBe(100)
    expect(notPlayed(capture)).toEqual([`${order.length} packets that are IP fragments: 1 packet put together`])
  })

  test.each([
    ['one is missing', [first, third]],
    ['the last is missing', [first, second]],
  ])('are left: %s', (_what, order) => {
    const capture = captureOf(order)
    expect(countsOf(capture)).toEqual({ ...NOTHING, fragments: 2, fragmentsLeft: 2 })
    expect(notPlayed(capture)).toEqual([
      '2 packets that are IP fragments, of which others were not captured, or contradict them',
    ])
  })

  test('wait no longer than hosts do', () => {
    expect(countsOf(captureOf(pieces, 14_000))).toEqual({ ...WHOLE, fragments: 3 })
    expect(countsOf(captureOf(pieces, 16_000))).toEqual({ ...NOTHING, fragments: 3, fragmentsLeft: 3 })
  })

  test('that overlap others give their packet up, as hosts do', () => {
    const [, overlapping] = cut(packet, 32) as [Uint8Array, Uint8Array]
    const capture = captureOf([first, overlapping, second, third])
    expect(countsOf(capture)).toEqual({ ...NOTHING, fragments: 4, fragmentsLeft: 4 })
  })

  test('a checksum is that of the whole', () => {
    const changed = third.slice()
    changed[changed.length - 1] = 0xff
    const capture = captureOf([first, second, changed])
    expect(countsOf(capture)).toEqual({ ...WHOLE, segments: 0, badChecksums: 1, fragments: 3 })
  })

  test('that the capture has cut short have the length that they had', () => {
    const capture = captureOf(pieces, 1, header + 24)
    expect(countsOf(capture)).toEqual({ ...WHOLE, fragments: 3 })
    expect(octetsOf(capture)).toBe(100)
  })

  test('a TCP header in two pieces', () => {
    const capture = captureOf(cut(packet, 8))
    expect(countsOf(capture)).toEqual({ ...WHOLE, fragments: 15 })
  })

  test('the same number again is another packet', () => {
    expect(countsOf(captureOf([...pieces, ...pieces], 1000))).toEqual({
      ...{ ...WHOLE, segments: 2, reassembled: 2 },
      fragments: 6,
    })
  })

  test('of a tunnel’s packet, and within it', () => {
    const outer = (inside: Uint8Array): Uint8Array => {
      const { source, destination } = V4
      const udp = buildTcpPacket({ source, destination, ...FIELDS, data: new Uint8Array(inside.length) })
      // IP in IP, or IPv6 in IP: the inner one stands where the TCP header did.
      const whole = udp.slice(0, 20 + inside.length)
      whole.set(inside, 20)
      whole[9] = (inside[0] as number) >>> 4 === 4 ? 4 : 41
      whole.set([whole.length >> 8, whole.length & 255], 2)
      // A checksum that is left to the card.
      whole.set([0, 0], 10)
      return whole
    }
    const capture = captureOf(cut(outer(packet), 64))
    expect(countsOf(capture)).toMatchObject({ segments: 1, reassembled: 1, fragmentsLeft: 0 })
    expect(capture.counts.carried).toBe(1)
    const within = captureOf(pieces.map(outer))
    expect(countsOf(within)).toEqual({ ...WHOLE, fragments: 3 })
    expect(within.counts.carried).toBe(3)
  })
})

test('what waits is bounded: the oldest is given up', () => {
  const big = (id: number): Uint8Array[] =>
    cut(buildTcpPacket({ ...V4, ...FIELDS, seq: id, data: new Uint8Array(60_000) }), 30_000, id)
  const many = Array.from({ length: 200 }, (_, i) => big(i + 1) as [Uint8Array, Uint8Array])
  const [old, recent] = [many[0]?.[1], many[199]?.[1]] as [Uint8Array, Uint8Array]
  const capture = captureOf([...many.map(([first]) => first), old, recent], 0.01)
  expect(countsOf(capture)).toMatchObject({ segments: 0, fragments: 202, fragmentsLeft: 202 })
})

test('a segment in pieces is one of its connection, where its last piece is', () => {
  const all = lines(`${HANDSHAKE.trim()}
    30 > P. 1+100 1
    40 < . 1 101`)
  const packets = all.flatMap(({ at, way, packet }) =>
    at === 30 ? cut(packet, 40).map((piece, i) => ({ at: at + i, way, packet: piece })) : [{ at, way, packet }],
  )
  const [connection] = played(fileOf(packets)).connections
  expect(connection?.problems).toEqual([])
  expect(connection?.ends[0].counts).toMatchObject({ segments: 3, octets: 100, retransmissions: 0 })
  const sent = connection?.events.find((event) => event.kind === 'segment' && event.length === 100)
  expect(sent?.time).toBe(32_000)
})

test('a segment of which the capture says that a piece was lost has not arrived', () => {
  const writer = new PcapngWriter('test')
  const nic = writer.addInterface('wire', LinkType.RAW)
  for (const { at, packet } of lines(HANDSHAKE)) writer.addPacket(nic, at * 1000, packet, 0, packet.length)
  const [text] = lines('30 > P. 1+100 1')
  for (const [i, piece] of cut(text?.packet as Uint8Array, 40).entries()) {
    const notes = i === 1 ? { comment: 'lost: a rule' } : {}
    writer.addPacket(nic, 30_000 + i, piece, 0, piece.length, notes)
  }
  const { connections } = played(writer.finish())
  expect(connections[0]?.events.filter(({ kind }) => kind === 'fault')).toHaveLength(1)
})
