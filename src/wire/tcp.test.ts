import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { scratch, sumOctets } from '../base/index.ts'
import { DropReason, dropReasonName } from './drop.ts'
import { put16 } from './octets.ts'
import { Ctl, finishTcpChecksum, flagsLetters, formatCtl, parseTcp, TCP_HEADER_LENGTH, writeTcpHeader } from './tcp.ts'
import {
  putEol,
  putFastOpen,
  putMss,
  putNop,
  putSackBlocks,
  putSackPermitted,
  putTimestamps,
  putWscale,
} from './tcp-options.ts'
import { TcpSegment } from './tcp-segment.ts'

const AT = 3
const u16 = fc.nat(65535)
const int32 = fc.oneof(
  fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }),
  fc.constantFrom(0, -1, 2 ** 31 - 1, -(2 ** 31)),
)
const header = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  seq: int32,
  ack: int32,
  ctl: fc.nat(255),
  wnd: u16,
  up: u16,
})
const data = fc.uint8Array({ maxLength: 200, size: 'max' })
const pseudo = fc.nat(0xfffff)

interface HeaderFields {
  readonly sourcePort: number
  readonly destinationPort: number
  readonly seq: number
  readonly ack: number
  readonly ctl: number
  readonly wnd: number
  readonly up: number
}

const PLAIN: HeaderFields = { sourcePort: 1, destinationPort: 2, seq: 3, ack: 4, ctl: Ctl.ACK, wnd: 5, up: 0 }

/** A segment at AT of an array of its own, with these option octets (a multiple of four) and a right checksum. */
function segment(h: HeaderFields, options: ArrayLike<number>, payload: Uint8Array, sum: number): Uint8Array {
  const headerLength = TCP_HEADER_LENGTH + options.length
  const buf = new Uint8Array(AT + headerLength + payload.length)
  writeTcpHeader(buf, AT, h.sourcePort, h.destinationPort, h.seq, h.ack, headerLength >> 2, h.ctl, h.wnd, h.up)
  buf.set(Array.from(options), AT + TCP_HEADER_LENGTH)
  buf.set(payload, AT + headerLength)
  finishTcpChecksum(buf, AT, buf.length - AT, sum)
  return buf
}

function parseOptions(...options: number[]): { reason: string; into: TcpSegment } {
  while (options.length % 4 !== 0) options.push(0)
  const buf = segment(PLAIN, options, Uint8Array.of(7), 0)
  const into = new TcpSegment()
  return { reason: dropReasonName(parseTcp(buf, AT, buf.length - AT, 0, into)), into }
}

const clean = new TcpSegment()
const cleared = {
  mss: clean.mss,
  wscale: clean.wscale,
  sackPermitted: false,
  timestamps: false,
  sackCount: 0,
  fastOpenLength: -1,
}

describe('TCP header', () => {
  test('parse undoes write', () => {
    // One object for all runs: what one segment leaves must not show in the next.
    const into = new TcpSegment()
    fc.assert(
      fc.property(header, data, pseudo, (h, payload, sum) => {
        const buf = segment(h, [], payload, sum)
        expect(parseTcp(buf, AT, buf.length - AT, sum, into)).toBe(DropReason.NONE)
        expect(into).toMatchObject({ ...h, ...cleared, headerLength: 20 })
        expect(into.buf).toBe(buf)
        expect(buf.subarray(into.dataStart, into.dataStart + into.dataLength)).toEqual(payload)
        expect(into.len).toBe(payload.length + (h.ctl & Ctl.SYN ? 1 : 0) + (h.ctl & Ctl.FIN ? 1 : 0))
      }),
    )
  })

  test('the checksum may be finished from a sum of the data taken while they were copied', () => {
    fc.assert(
      fc.property(header, data, pseudo, (h, payload, sum) => {
        const whole = segment(h, [], payload, sum)
        const parts = segment(h, [], payload, 0)
        put16(parts, AT + 16, 0)
        finishTcpChecksum(parts, AT, TCP_HEADER_LENGTH, sum + sumOctets(payload, 0, payload.length))
        expect(parts).toEqual(whole)
      }),
    )
  })

  test('reads and writes in the scratch memory as anywhere', () => {
    const buf = segment(
      PLAIN,
      [],
      Uint8Array.from({ length: 1460 }, (_, i) => i),
      99,
    )
    scratch.bytes.set(buf.subarray(AT), scratch.IN)
    const into = new TcpSegment()
    expect(parseTcp(scratch.bytes, scratch.IN, buf.length - AT, 99, into)).toBe(DropReason.NONE)
    expect([into.dataStart, into.dataLength]).toEqual([scratch.IN + 20, 1460])
  })

  test('any single bit flipped is noticed, unless nobody looks', () => {
    const buf = segment(PLAIN, [2, 4, 5, 180], Uint8Array.of(1, 2, 3), 0x1234)
    const into = new TcpSegment()
    for (let bit = 0; bit < (buf.length - AT) * 8; bit++) {
      const at = AT + (bit >> 3)
      buf[at] = (buf[at] as number) ^ (1 << (bit & 7))
      expect(parseTcp(buf, AT, buf.length - AT, 0x1234, into)).not.toBe(DropReason.NONE)
      buf[at] = (buf[at] as number) ^ (1 << (bit & 7))
    }
    expect(parseTcp(buf, AT, buf.length - AT, 0, into)).toBe(DropReason.BAD_TRANSPORT_CHECKSUM)
    expect(parseTcp(buf, AT, buf.length - AT, 0, into, false)).toBe(DropReason.NONE)
    expect(parseTcp(buf, AT, buf.length - AT, 0x1234, into)).toBe(DropReason.NONE)
  })

  test('a segment shorter than a header is truncated, one shorter than its data offset says has a bad one', () => {
    const buf = segment(PLAIN, [1, 1, 1, 1, 1, 1, 1, 1], new Uint8Array(0), 0)
    const into = new TcpSegment()
    for (let length = 0; length < 20; length++) expect(parseTcp(buf, AT, length, 0, into)).toBe(DropReason.TRUNCATED)
    for (let length = 20; length < 28; length++) {
      expect(parseTcp(buf, AT, length, 0, into)).toBe(DropReason.BAD_DATA_OFFSET)
      expect(into.dataLength).toBe(0)
    }
    for (let words = 0; words < 5; words++) {
      buf[AT + 12] = words << 4
      expect(parseTcp(buf, AT, 28, 0, into, false)).toBe(DropReason.BAD_DATA_OFFSET)
    }
  })
})

describe('TCP options', () => {
  test('parse undoes write, in any order and with any padding between', () => {
    const blocks = fc.array(fc.tuple(int32, int32), { minLength: 1, maxLength: 3 })
    const kinds = fc.shuffledSubarray([
      'mss',
      'wscale',
      'sackPermitted',
      'timestamps',
      'sack',
      'fastOpen',
      'unknown',
    ] as const)
    const values = fc.record({
      mss: u16,
      wscale: fc.nat(14),
      tsVal: int32,
      tsEcr: int32,
      blocks,
      cookie: fc.constantFrom(0, 4, 8),
    })
    const into = new TcpSegment()
    fc.assert(
      fc.property(kinds, values, fc.boolean(), (chosen, v, pad) => {
        const buf = new Uint8Array(100)
        const expected: Record<string, unknown> = { ...cleared }
        let at = 0
        for (const kind of chosen) {
          const before = at
          if (pad) at = putNop(buf, at)
          if (kind === 'mss') at = putMss(buf, at, v.mss)
          else if (kind === 'wscale') at = putWscale(buf, at, v.wscale)
          else if (kind === 'sackPermitted') at = putSackPermitted(buf, at)
          else if (kind === 'timestamps') at = putTimestamps(buf, at, v.tsVal, v.tsEcr)
          else if (kind === 'fastOpen')
            at = putFastOpen(buf, at, Uint8Array.of(1, 2, 3, 4, 5, 6, 7, 8).subarray(0, v.cookie), false)
          else if (kind === 'sack') {
            const [left, right] = [0, 1].map((side) => Int32Array.from(v.blocks, (block) => block[side] as number))
            at = putSackBlocks(buf, at, left as Int32Array, right as Int32Array, v.blocks.length)
          } else {
            buf.set([254, 5, 1, 2, 3], at)
            at += 5
          }
          if (at > 40) {
            at = before
            break
          }
          if (kind === 'timestamps') Object.assign(expected, { timestamps: true, tsVal: v.tsVal, tsEcr: v.tsEcr })
          else if (kind === 'sack') expected.sackCount = v.blocks.length
          else if (kind === 'fastOpen') Object.assign(expected, { fastOpenLength: v.cookie, fastOpenSaid: true })
          else if (kind === 'sackPermitted') expected.sackPermitted = true
          else if (kind !== 'unknown') expected[kind] = v[kind]
        }
        buf.fill(0, at)
        const options = buf.subarray(0, (putEol(buf, at) + 2) & ~3)
        const packet = segment(PLAIN, options.subarray(0, 40), Uint8Array.of(1), 0)
        expect(parseTcp(packet, AT, packet.length - AT, 0, into)).toBe(DropReason.NONE)
        expect(into).toMatchObject(expected)
        if (expected.sackCount !== 0) {
          const read = v.blocks.map((_, i) => [into.sackLeft[i], into.sackRight[i]])
          expect(read).toEqual(v.blocks)
        }
        if (into.fastOpenLength > 0) expect(packet[into.fastOpenStart]).toBe(1)
      }),
    )
  })

  test('the layout of every data segment is read by the short way to the same end', () => {
    const { reason, into } = parseOptions(1, 1, 8, 10, 0, 0, 0, 1, 0xff, 0xff, 0xff, 0xff)
    expect([reason, into.timestamps, into.tsVal, into.tsEcr]).toEqual(['none', true, 1, -1])
  })

  test('nothing is read behind the end of the list', () => {
    expect(parseOptions(0, 2, 4, 5, 180).into.mss).toBe(0)
  })

  test('a window scale above 14 is 14', () => {
    expect(parseOptions(3, 3, 15).into.wscale).toBe(14)
    expect(parseOptions(3, 3, 255).into.wscale).toBe(14)
  })

  test.each([
    ['an MSS of three octets', [2, 3, 9, 1]],
    ['a window scale of four', [3, 4, 7, 7]],
    ['SACK permitted of three', [4, 3, 1, 1]],
    ['timestamps of six', [8, 6, 0, 0, 0, 1]],
    ['half a SACK block', [5, 6, 0, 0, 0, 1]],
    ['SACK without blocks', [5, 2]],
    ['a Fast Open cookie of three', [34, 5, 1, 2, 3]],
  ])('%s is ignored, and what follows it read', (_, octets) => {
    const { reason, into } = parseOptions(...octets, 2, 4, 5, 180)
    expect(reason).toBe('none')
    expect(into).toMatchObject({ ...cleared, mss: 1460 })
  })

  // RFC 9293 MUST-7.
  test.each([
    ['0', [253, 0, 0, 0]],
    ['1', [253, 1, 0, 0]],
    ['one beyond the header', [253, 5, 0, 0]],
    ['far beyond the header', [2, 255, 5, 180]],
    ['missing', [1, 1, 1, 253]],
    ['of a known option, beyond the header', [1, 1, 2, 4]],
  ])('a length that is %s condemns the segment', (_, octets) => {
    expect(parseOptions(...octets).reason).toBe('bad-option-length')
  })
})

describe('control bits in words', () => {
  test.each([
    [0, '', 'none'],
    [Ctl.SYN, 'SYN', 'S'],
    [Ctl.SYN | Ctl.ACK, 'SYN,ACK', 'S.'],
    [Ctl.FIN | Ctl.ACK, 'FIN,ACK', 'F.'],
    [Ctl.PSH | Ctl.ACK, 'PSH,ACK', 'P.'],
    [Ctl.ACK, 'ACK', '.'],
    [Ctl.RST, 'RST', 'R'],
    [255, 'FIN,SYN,RST,PSH,ACK,URG,ECE,CWR', 'FSRP.UEW'],
  ])('%i is %j and %j', (ctl, names, letters) => {
    expect(formatCtl(ctl)).toBe(names)
    expect(flagsLetters(ctl)).toBe(letters)
  })
})
