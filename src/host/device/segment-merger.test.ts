import { describe, expect, test } from 'vitest'
import { foldChecksum, sumOctets } from '../../base/index.ts'
import {
  Address,
  buildTcpPacket,
  Ctl,
  DropReason,
  IpHeader,
  parseIp,
  parseTcp,
  pseudoSum,
  TcpSegment,
} from '../../wire/index.ts'
import { SegmentMerger } from './segment-merger.ts'
import { completeChecksum, VNET_HEADER } from './virtio-header.ts'

const FAMILIES = [
  { family: 'IPv4', source: '10.0.0.1', destination: '10.0.0.2' },
  { family: 'IPv6', source: 'fd00::1', destination: 'fd00::2' },
] as const

interface Segment {
  readonly seq: number
  readonly text: string
  readonly ctl?: number
  readonly ack?: number
  readonly wnd?: number
}

function packet(
  ends: (typeof FAMILIES)[number],
  { seq, text, ctl = Ctl.ACK, ack = 9, wnd = 500 }: Segment,
): Uint8Array {
  return buildTcpPacket({
    source: Address.parse(ends.source) as Address,
    destination: Address.parse(ends.destination) as Address,
    sourcePort: 80,
    destinationPort: 40_000,
    seq,
    ack,
    ctl,
    wnd,
    data: new TextEncoder().encode(text),
  })
}

/** What the merger holds after these packets, or how many of them it took. */
function merge(packets: readonly Uint8Array[]): { taken: number; frame: Uint8Array } {
  const merger = new SegmentMerger(0)
  let taken = 0
  while (taken < packets.length && merger.take(packets[taken] as Uint8Array, 0, (packets[taken] as Uint8Array).length))
    taken++
  const length = merger.isEmpty ? 0 : merger.finish()
  return { taken, frame: merger.frame.slice(merger.start, merger.packetAt + length) }
}

describe.each(FAMILIES)('segments of $family that follow one another', (ends) => {
  const three = [
    packet(ends, { seq: -4, text: 'abcd' }),
    packet(ends, { seq: 0, text: 'efgh' }),
    packet(ends, { seq: 4, text: 'ij', ctl: Ctl.ACK | Ctl.PSH | Ctl.FIN }),
  ]

  test('become one packet, which says where to cut it and is whole once its checksum is complete', () => {
    const { taken, frame } = merge(three)
    expect(taken).toBe(3)
    const headers = (three[0] as Uint8Array).length - 4
    const view = new DataView(frame.buffer, frame.byteOffset)
    expect([frame[0], frame[1], view.getUint16(2, true), view.getUint16(4, true), view.getUint16(8, true)]).toEqual([
      1,
      ends.family === 'IPv4' ? 1 : 4,
      headers,
      4,
      16,
    ])
    expect(completeChecksum(frame, 0, frame.length - VNET_HEADER)).toBe(true)
    const whole = frame.subarray(VNET_HEADER)
    const ip = new IpHeader()
    expect(parseIp(whole, 0, whole.length, ip)).toBe(DropReason.NONE)
    const segment = new TcpSegment()
    const pseudo = pseudoSum(ip.s0, ip.s1, ip.s2, ip.s3, ip.d0, ip.d1, ip.d2, ip.d3, 6, ip.payloadLength)
    expect(parseTcp(whole, ip.payloadStart, ip.payloadLength, pseudo, segment)).toBe(DropReason.NONE)
    expect([segment.seq, segment.ctl]).toEqual([-4, Ctl.ACK | Ctl.PSH | Ctl.FIN])
    expect(new TextDecoder().decode(whole.subarray(segment.dataStart, segment.dataStart + segment.dataLength))).toBe(
      'abcdefghij',
    )
  })

  test('stay apart after a short one, and after PSH', () => {
    const short = [
      packet(ends, { seq: 0, text: 'abcd' }),
      packet(ends, { seq: 4, text: 'e' }),
      packet(ends, { seq: 5, text: 'f' }),
    ]
    expect(merge(short).taken).toBe(2)
    const pushed = [
      packet(ends, { seq: 0, text: 'ab' }),
      packet(ends, { seq: 2, text: 'cd', ctl: Ctl.ACK | Ctl.PSH }),
      packet(ends, { seq: 4, text: 'ef' }),
    ]
    expect(merge(pushed).taken).toBe(2)
  })

  test.each([
    ['a gap', { seq: 5 }],
    ['an older sequence number', { seq: 0 }],
    ['another acknowledgment', { ack: 10 }],
    ['another window', { wnd: 501 }],
    ['more text than the first', { text: 'efghi' }],
    ['no text', { text: '' }],
    ['RST', { ctl: Ctl.ACK | Ctl.RST }],
    ['URG', { ctl: Ctl.ACK | Ctl.URG }],
  ])('stay apart at %s', (_, change) => {
    const packets = [packet(ends, { seq: 0, text: 'abcd' }), packet(ends, { seq: 4, text: 'efgh', ...change })]
    expect(merge(packets).taken).toBe(1)
  })

  test('stop at 65,535 octets', () => {
    const text = 'x'.repeat(1400)
    const many = Array.from({ length: 60 }, (_, i) => packet(ends, { seq: i * 1400, text }))
    const { frame } = merge(many)
    expect(frame.length - VNET_HEADER).toBeLessThanOrEqual(65_535)
    expect(frame.length - VNET_HEADER + 1400).toBeGreaterThan(65_535)
  })
})

test('a packet that is no text of an open connection is not held back', () => {
  const [ends] = FAMILIES
  for (const ctl of [Ctl.SYN, Ctl.ACK | Ctl.FIN, Ctl.RST, Ctl.ACK | Ctl.PSH]) {
    expect(merge([packet(ends, { seq: 0, text: 'abcd', ctl })]).taken).toBe(0)
  }
  expect(merge([packet(ends, { seq: 0, text: '' })]).taken).toBe(0)
})

test('a single segment goes as it came', () => {
  const one = packet(FAMILIES[0], { seq: 0, text: 'abcd' })
  const { frame } = merge([one])
  expect([...frame.subarray(0, VNET_HEADER)]).toEqual(new Array(VNET_HEADER).fill(0))
  expect(frame.subarray(VNET_HEADER)).toEqual(one)
})

describe('a checksum that the sender left to the device', () => {
  const [ends] = FAMILIES

  test('is completed where the header says', () => {
    const good = packet(ends, { seq: 7, text: 'abc' })
    const frame = new Uint8Array(VNET_HEADER + good.length)
    frame.set(good, VNET_HEADER)
    const view = new DataView(frame.buffer)
    view.setUint8(0, 1)
    view.setUint16(6, 20, true)
    view.setUint16(8, 16, true)
    const pseudo = sumOctets(good, 12, 8) + 6 + good.length - 20
    view.setUint16(VNET_HEADER + 36, ~foldChecksum(pseudo) & 0xffff)
    expect(completeChecksum(frame, 0, good.length)).toBe(true)
    expect(frame.subarray(VNET_HEADER)).toEqual(good)
  })

  test('is refused outside of the packet', () => {
    const frame = new Uint8Array(VNET_HEADER + 40)
    const view = new DataView(frame.buffer)
    view.setUint8(0, 1)
    view.setUint16(6, 38, true)
    view.setUint16(8, 16, true)
    expect(completeChecksum(frame, 0, 40)).toBe(false)
  })
})
