import type { Capture, CapturedPacket, CaptureInterface, WindowReader } from './captured-packet.ts'
import { PcapReader } from './pcap-reader.ts'
import { PcapngReader } from './pcapng-reader.ts'

/** Reads pcap (both byte orders, microseconds and nanoseconds) and pcapng (both byte orders, any resolution). */
export function readCapture(bytes: Uint8Array): Capture {
  return openCapture(bytes)
}

/** The reader for what begins with these octets. */
export function openCapture(bytes: Uint8Array): WindowReader {
  return PcapngReader.open(bytes) ?? PcapReader.open(bytes) ?? new NoCapture(bytes)
}

/** What captures are often packed by, by the octets that such a file begins with. Whoever opens files unpacks gzip. */
const PACKED: readonly (readonly [magic: string, by: string])[] = [
  ['1f 8b', 'gzip'],
  ['fd 37 7a 58', 'xz'],
  ['28 b5 2f fd', 'zstd'],
  ['42 5a 68', 'bzip2'],
  ['04 22 4d 18', 'lz4'],
  ['50 4b 03 04', 'zip'],
]

/** A file that is no capture: it gives nothing and says so. */
class NoCapture implements WindowReader {
  readonly format = 'unknown'
  readonly interfaces: readonly CaptureInterface[] = []
  readonly problem: string
  readonly consumed = 0

  constructor(bytes: Uint8Array) {
    const start = [...bytes.subarray(0, 4)].map((octet) => octet.toString(16).padStart(2, '0')).join(' ')
    const packed = PACKED.find(([magic]) => start.startsWith(magic))
    const found = packed === undefined ? `begins with ${start}` : `is packed by ${packed[1]}; unpack it first`
    const expected = 'expected the magic number of pcap (a1b2c3d4) or pcapng (0a0d0d0a)'
    this.problem = `not a capture file: it ${bytes.length === 0 ? 'is empty' : found}, ${expected}`
  }

  *[Symbol.iterator](): Generator<CapturedPacket> {
    yield* []
  }

  *read(): Generator<CapturedPacket> {
    yield* []
  }
}
