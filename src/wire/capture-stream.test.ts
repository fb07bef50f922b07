import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { LinkType } from './capture-format.ts'
import { readCapture } from './capture-reader.ts'
import { CaptureStream } from './capture-stream.ts'
import type { CapturedPacket } from './captured-packet.ts'
import { PcapngWriter } from './pcapng-writer.ts'

function pcapng(): Uint8Array {
  const writer = new PcapngWriter('test')
  const first = writer.addInterface('one', LinkType.RAW)
  const second = writer.addInterface('two', LinkType.ETHERNET)
  for (let i = 0; i < 6; i++) {
    const data = Uint8Array.from({ length: i * 7 }, (_, octet) => octet + i)
    writer.addPacket(i % 2 === 0 ? first : second, 1_700_000_000_000_000 + i, data, 0, data.length, { comment: `${i}` })
  }
  return writer.finish()
}

/** A pcap file of nanoseconds, in either byte order. */
function pcap(little: boolean): Uint8Array {
  const view = new DataView(new ArrayBuffer(24 + 3 * (16 + 10)))
  const words = [0xa1b23c4d, 0x00040002, 0, 0, 65_535, LinkType.RAW]
  for (const [i, word] of words.entries()) view.setUint32(i * 4, word, little)
  for (let i = 0; i < 3; i++) {
    const at = 24 + i * 26
    for (const [n, word] of [1_700_000_000, 1_999 + i, 10, 60].entries()) view.setUint32(at + n * 4, word, little)
  }
  return new Uint8Array(view.buffer)
}

const FILES: readonly (readonly [string, Uint8Array])[] = [
  ['pcapng', pcapng()],
  ['pcap, little-endian', pcap(true)],
  ['pcap, big-endian', pcap(false)],
]

/** A packet whose data outlive the next piece. */
function kept(packet: CapturedPacket): object {
  return { ...packet, data: [...packet.data] }
}

function inPieces(pieces: readonly Uint8Array[]): { packets: object[]; problem: string | undefined; format: string } {
  const stream = new CaptureStream()
  const packets: object[] = []
  for (const piece of pieces) {
    // The same buffer again and again, as a file is read.
    const buffer = piece.slice()
    for (const packet of stream.push(buffer)) packets.push(kept(packet))
    buffer.fill(0xff)
  }
  for (const packet of stream.finish()) packets.push(kept(packet))
  return { packets, problem: stream.problem, format: stream.format }
}

function whole(bytes: Uint8Array): { packets: object[]; problem: string | undefined; format: string } {
  const capture = readCapture(bytes)
  const packets = [...capture].map(kept)
  return { packets, problem: capture.problem, format: capture.format }
}

describe.each(FILES)('%s', (_name, file) => {
  test('is read alike whole and in pieces of any size', () => {
    expect(whole(file).packets.length).toBeGreaterThan(2)
    expect(whole(file).problem).toBeUndefined()
    fc.assert(
      fc.property(fc.array(fc.integer({ min: 1, max: 60 }), { minLength: 1, maxLength: 60 }), (sizes) => {
        const pieces: Uint8Array[] = []
        for (let [at, i] = [0, 0]; at < file.length; i++) {
          const size = sizes[i % sizes.length] as number
          pieces.push(file.subarray(at, at + size))
          at += size
        }
        expect(inPieces(pieces)).toEqual(whole(file))
      }),
      { numRuns: 60 },
    )
  })

  test('cut at any octet, it gives what is whole and says where the rest begins', () => {
    for (let length = 0; length <= file.length; length++) {
      const cut = file.subarray(0, length)
      const read = inPieces([cut.subarray(0, length >> 1), cut.subarray(length >> 1)])
      expect(read).toEqual(whole(cut))
      const isAll = whole(cut).packets.length === whole(file).packets.length && length === file.length
      if (isAll) expect(read.problem).toBeUndefined()
    }
    expect(inPieces([file.subarray(0, file.length - 1)]).problem).toMatch(
      /^truncated: the \w+ at octet \d+ ends beyond the file$/,
    )
  })
})

test('times of nanoseconds lose what is below a microsecond, and nothing else', () => {
  expect(whole(pcap(true)).packets.map((packet) => (packet as CapturedPacket).timeUs)).toEqual([
    1_700_000_000_000_001, 1_700_000_000_000_002, 1_700_000_000_000_002,
  ])
})

test('behind damage nothing is read, in whatever pieces it comes', () => {
  const file = pcapng()
  const damaged = file.slice()
  // Each block repeats its length at its end.
  const last = file.length - new DataView(file.buffer).getUint32(file.length - 4, true)
  damaged.set([0xff, 0xff, 0xff, 0x7f], last + 4)
  const problem = whole(damaged).problem
  expect(problem).toMatch(/^damaged: the block at octet \d+ claims 2147483647 octets$/)
  expect(inPieces([damaged.subarray(0, 100), damaged.subarray(100), file])).toEqual(whole(damaged))
})
