import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LinkType } from './capture-format.ts'
import { readCapture } from './capture-reader.ts'
import type { Capture, CapturedPacket } from './captured-packet.ts'
import { PcapngWriter } from './pcapng-writer.ts'

/** Octets of a file, field by field, in either order. */
class Octets {
  private readonly list: number[] = []
  private readonly little: boolean

  constructor(little: boolean) {
    this.little = little
  }

  u16(...values: number[]): this {
    for (const value of values) this.push(value, 2)
    return this
  }

  u32(...values: number[]): this {
    for (const value of values) this.push(value, 4)
    return this
  }

  octets(...values: number[]): this {
    this.list.push(...values)
    return this
  }

  /** A pcapng block around what `body` writes. */
  block(type: number, body: (octets: Octets) => void): this {
    const inner = new Octets(this.little)
    body(inner)
    const length = inner.list.length + 12
    return this.u32(type, length)
      .octets(...inner.list)
      .u32(length)
  }

  done(): Uint8Array {
    return Uint8Array.from(this.list)
  }

  private push(value: number, size: number): void {
    for (let i = 0; i < size; i++) {
      const shift = this.little ? i : size - 1 - i
      this.list.push(Math.floor(value / 2 ** (8 * shift)) & 255)
    }
  }
}

const read = (bytes: Uint8Array): { capture: Capture; packets: CapturedPacket[] } => {
  const capture = readCapture(bytes)
  const packets = [...capture]
  return { capture, packets }
}

const SECTION = 0x0a0d0d0a
const section = (file: Octets): Octets =>
  file.block(SECTION, (o) => o.u32(0x1a2b3c4d).u16(1, 0).u32(0xffffffff, 0xffffffff))

describe('pcapng', () => {
  const packet = fc.record({
    nic: fc.nat(1),
    timeUs: fc.oneof(fc.nat(2 ** 31), fc.maxSafeNat()),
    data: fc.uint8Array({ maxLength: 40 }),
    cut: fc.nat(2000),
    comment: fc.string({ maxLength: 9 }),
    direction: fc.constantFrom('in', 'out', undefined),
  })

  test('what is written is read', () => {
    fc.assert(
      fc.property(fc.array(packet, { maxLength: 8 }), fc.string({ maxLength: 9 }), (packets, text) => {
        const writer = new PcapngWriter('lastack', text)
        writer.addInterface('eth0', LinkType.ETHERNET)
        writer.addInterface(text, LinkType.RAW)
        const expected: CapturedPacket[] = packets.map(({ nic, timeUs, data, cut, comment, direction }) => {
          const notes = { ...(comment === '' ? {} : { comment }), ...(direction === undefined ? {} : { direction }) }
          const originalLength = data.length + cut
          writer.addPacket(nic, timeUs, Uint8Array.of(9, ...data, 9), 1, data.length, { ...notes, originalLength })
          return {
            interface: nic,
            timeUs,
            data,
            originalLength,
            linkType: nic === 0 ? LinkType.ETHERNET : LinkType.RAW,
            ...notes,
          }
        })
        const { capture, packets: found } = read(writer.finish())
        expect(found).toEqual(expected)
        expect(capture.problem).toBe(undefined)
        expect(capture.format).toBe('pcapng')
        expect(capture.interfaces).toMatchObject([
          { name: 'eth0', linkType: 1 },
          { name: text, linkType: 101 },
        ])
      }),
    )
  })

  test('is the same, octet for octet, for the same packets, in one piece or several', () => {
    const write = (pieces: boolean): Uint8Array => {
      const writer = new PcapngWriter('lastack')
      const nic = writer.addInterface('a', LinkType.RAW)
      const taken: number[] = []
      for (let i = 0; i < 300; i++) {
        writer.addPacket(
          nic,
          i,
          Uint8Array.from({ length: 40 }, () => i),
          0,
          40,
        )
        if (pieces && i % 7 === 0) taken.push(...writer.take())
      }
      return Uint8Array.of(...taken, ...writer.finish())
    }
    expect(write(false)).toEqual(write(false))
    expect(write(true)).toEqual(write(false))
  })

  test('the smallest file, octet for octet', () => {
    const writer = new PcapngWriter()
    writer.addPacket(writer.addInterface('', LinkType.RAW), 2 ** 32 + 5, Uint8Array.of(1, 2, 3), 0, 3)
    const expected = section(new Octets(true))
      .block(1, (o) => o.u16(101, 0).u32(0).u16(9, 1).octets(6, 0, 0, 0))
      .block(6, (o) => o.u32(0, 1, 5, 3, 3).octets(1, 2, 3, 0))
    expect(writer.finish()).toEqual(expected.done())
  })

  test.each([true, false])('is read in either byte order (little: %s), resolution, offset and section', (little) => {
    const file = section(new Octets(little))
      .block(1, (o) => o.u16(101, 0).u32(64).u16(2, 2).octets(0x6c, 0x6f, 0, 0).u16(9, 1).octets(9, 0, 0, 0).u16(0, 0))
      .block(1, (o) =>
        o
          .u16(1, 0)
          .u32(0)
          .u16(9, 1)
          .octets(0x8a, 0, 0, 0)
          .u16(14, 8)
          .octets(...(little ? [100, 0, 0, 0, 0, 0, 0, 0] : [0, 0, 0, 0, 0, 0, 0, 100])),
      )
      // 1,700,000,000.123456789 s in nanoseconds is 0x1797a5f4_10a26115; an unknown block; a simple packet; an old one.
      .block(6, (o) =>
        o
          .u32(0, 0x1797a5f4, 0x10a26115, 1, 7)
          .octets(0xaa, 0, 0, 0)
          .u16(1, 2)
          .octets(0x68, 0x69, 0, 0)
          .u16(2, 4)
          .u32(2),
      )
      .block(0x0bad, (o) => o.u32(1, 2, 3))
      .block(3, (o) => o.u32(100).octets(...new Array<number>(64).fill(0xbb)))
      .block(2, (o) =>
        o
          .u16(1, 5)
          .u32(0, 1024 + 512, 2, 2)
          .octets(0xcc, 0xcd, 0, 0),
      )
    section(file)
      .block(1, (o) => o.u16(101, 0).u32(0))
      .block(6, (o) => o.u32(0, 0, 77, 0, 0))
    const { capture, packets } = read(file.done())
    expect(capture.problem).toBe(undefined)
    expect(packets.map((p) => [p.interface, p.timeUs, p.data.length, p.data[0], p.originalLength, p.linkType])).toEqual(
      [
        [0, Number(0x1797a5f410a26115n / 1000n), 1, 0xaa, 7, 101],
        [0, 0, 64, 0xbb, 100, 101],
        [1, 101_500_000, 2, 0xcc, 2, 1],
        [2, 77, 0, undefined, 0, 101],
      ],
    )
    expect(packets[0]).toMatchObject({ comment: 'hi', direction: 'out' })
    expect(capture.interfaces.map((nic) => nic.name)).toEqual(['lo', '', ''])
  })

  test('cut off anywhere, it gives the whole packets and says that it was cut', () => {
    const writer = new PcapngWriter('lastack')
    const blocks = [writer.take()]
    const nic = writer.addInterface('a', LinkType.RAW)
    blocks.push(writer.take())
    for (let i = 0; i < 3; i++) {
      writer.addPacket(nic, i, Uint8Array.of(1, 2, 3, 4, 5), 0, 5, { comment: 'x' })
      blocks.push(writer.take())
    }
    const whole = Uint8Array.from(blocks.flatMap((block) => [...block]))
    const ends = blocks.map((_, i) => blocks.slice(0, i + 1).reduce((sum, block) => sum + block.length, 0))
    // Fewer than four octets are not known to be a capture at all.
    for (let length = 4; length <= whole.length; length++) {
      const { capture, packets } = read(whole.subarray(0, length))
      expect(packets).toHaveLength(ends.slice(2).filter((end) => end <= length).length)
      if (ends.includes(length)) expect(capture.problem).toBe(undefined)
      else expect(capture.problem).toMatch(/^truncated: the block at octet \d+ ends/)
    }
  })

  test.each([
    ['a length of 0', (o: Octets) => o.u32(6, 0, 0), 'damaged: the block at octet 28 claims 0 octets'],
    ['an odd length', (o: Octets) => o.u32(6, 13, 0, 0), 'damaged: the block at octet 28 claims 13 octets'],
    [
      'a huge length',
      (o: Octets) => o.u32(6, 0xfffffffc, 0),
      'damaged: the block at octet 28 claims 4294967292 octets',
    ],
    [
      'a packet without interface',
      (o: Octets) => o.block(6, (b) => b.u32(0, 0, 0, 0, 0)),
      'damaged: the packet block at octet 28 has no interface',
    ],
    [
      'a simple packet without',
      (o: Octets) => o.block(3, (b) => b.u32(0)),
      'damaged: the simple packet at octet 28 has no interface',
    ],
    [
      'a short interface',
      (o: Octets) => o.block(1, (b) => b.u32(0)),
      'damaged: the interface at octet 28 is too short',
    ],
    [
      'a packet longer than its block',
      (o: Octets) => o.block(1, (b) => b.u32(1, 0)).block(6, (b) => b.u32(0, 0, 0, 9, 9, 0)),
      'damaged: the packet block at octet 48 has no room',
    ],
    [
      'a section without magic',
      (o: Octets) => o.block(SECTION, (b) => b.u32(1)),
      'damaged: the section at octet 28 has no byte-order magic',
    ],
  ])('%s is told', (_, body, problem) => {
    const file = section(new Octets(true))
    body(file)
    expect(read(file.done()).capture.problem).toBe(problem)
  })
})

describe('pcap', () => {
  const file = (little: boolean, magic: number): Octets =>
    new Octets(little)
      .u32(magic)
      .u16(2, 4)
      .u32(0, 0, 65_535, 101)
      .u32(1_700_000_000, 123_456, 3, 60)
      .octets(1, 2, 3)
      .u32(4_000_000_000, 999_999, 0, 0)

  test.each([true, false])('is read in either byte order (little: %s)', (little) => {
    const { capture, packets } = read(file(little, 0xa1b2c3d4).done())
    expect(capture).toMatchObject({ format: 'pcap', problem: undefined, interfaces: [{ name: '', linkType: 101 }] })
    expect(packets).toEqual([
      { interface: 0, timeUs: 1_700_000_000_123_456, data: Uint8Array.of(1, 2, 3), originalLength: 60, linkType: 101 },
      { interface: 0, timeUs: 4_000_000_000_999_999, data: new Uint8Array(0), originalLength: 0, linkType: 101 },
    ])
    const nanos = read(file(little, 0xa1b23c4d).done()).packets
    expect(nanos.map((p) => p.timeUs)).toEqual([1_700_000_000_000_123, 4_000_000_000_000_999])
  })

  test('cut off anywhere, it gives the whole packets and says that it was cut', () => {
    const whole = file(true, 0xa1b2c3d4).done()
    for (let length = 4; length <= whole.length; length++) {
      const { capture, packets } = read(whole.subarray(0, length))
      expect(packets).toHaveLength([43, 59].filter((end) => end <= length).length)
      if ([24, 43, 59].includes(length)) expect(capture.problem).toBe(undefined)
      else expect(capture.problem).toMatch(/^truncated: /)
    }
  })

  test('a packet of a size that nobody captures is a damaged length', () => {
    const bytes = file(true, 0xa1b2c3d4).u32(0, 0, 0x7fffffff, 5).done()
    expect(read(bytes).capture.problem).toBe(
      'damaged: the packet at octet 59 claims 2147483647 octets, at most 262144 are believed',
    )
  })
})

describe('any octets', () => {
  test('what is no capture is told, with what it begins with', () => {
    expect(read(new Uint8Array(0)).capture.problem).toMatch(/^not a capture file: it is empty, expected /)
    expect(read(Uint8Array.of(0x7f, 0x45, 0x4c, 0x46, 2)).capture).toMatchObject({
      format: 'unknown',
      problem: expect.stringContaining('it begins with 7f 45 4c 46'),
    })
  })

  test('mutated files never throw, and every packet lies inside the file', () => {
    const writer = new PcapngWriter('lastack', 'comment')
    const nic = writer.addInterface('a', LinkType.RAW)
    for (let i = 0; i < 3; i++) writer.addPacket(nic, i, Uint8Array.of(1, 2, 3, 4, 5), 0, 5, { comment: 'x' })
    const pcapng = writer.finish()
    const pcap = new Octets(false).u32(0xa1b2c3d4).u16(2, 4).u32(0, 0, 9, 1, 0, 1, 2, 2).octets(1, 2).done()
    const changes = fc.array(fc.tuple(fc.nat(250), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 255))), { maxLength: 5 })
    fc.assert(
      fc.property(fc.boolean(), changes, fc.nat(250), (ng, edits, cut) => {
        const bytes = (ng ? pcapng : pcap).slice(0, cut < 100 ? undefined : cut)
        for (const [at, octet] of edits) if (at < bytes.length) bytes[at] = octet
        const { packets } = read(bytes)
        const inside = packets.every((p) => p.data.byteOffset + p.data.length <= bytes.byteOffset + bytes.length)
        expect(inside).toBe(true)
      }),
      { numRuns: 2000 },
    )
  })
})
