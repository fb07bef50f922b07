import type { Capture, CapturedPacket, CaptureInterface, WindowReader } from './captured-packet.ts'

const MAGIC_MICROS = 0xa1b2c3d4
const MAGIC_NANOS = 0xa1b23c4d
const FILE_HEADER_LENGTH = 24
const RECORD_HEADER_LENGTH = 16
// tcpdump's own bound on a record; a longer one is a damaged length, not a packet.
const RECORD_MAX = 256 * 1024

/** The classic pcap file, either byte order, microseconds or nanoseconds. */
export class PcapReader implements Capture, WindowReader {
  readonly format = 'pcap'
  readonly interfaces: readonly CaptureInterface[]
  problem: string | undefined
  consumed = 0
  private bytes: Uint8Array
  private view: DataView
  /** Octets of the file before `bytes`. */
  private base = 0
  private readonly little: boolean
  private readonly nanos: boolean
  private readonly linkType: number

  private constructor(bytes: Uint8Array, little: boolean, nanos: boolean) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.little = little
    this.nanos = nanos
    const whole = bytes.length >= FILE_HEADER_LENGTH
    // The upper bits tell the length of a frame check sequence, if there is one.
    this.linkType = whole ? this.view.getUint32(20, little) & 0xffff : 0
    this.interfaces = whole ? [{ name: '', linkType: this.linkType }] : []
  }

  /** A reader if `bytes` begin with one of pcap's magic numbers. */
  static open(bytes: Uint8Array): PcapReader | undefined {
    if (bytes.length < 4) return undefined
    const view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    for (const little of [true, false]) {
      const magic = view.getUint32(0, little)
      if (magic === MAGIC_MICROS || magic === MAGIC_NANOS) return new PcapReader(bytes, little, magic === MAGIC_NANOS)
    }
    return undefined
  }

  *[Symbol.iterator](): Generator<CapturedPacket> {
    yield* this.read(this.bytes, 0, true)
  }

  *read(bytes: Uint8Array, base: number, isLast: boolean): Generator<CapturedPacket> {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.base = base
    this.consumed = 0
    if (base === 0) {
      if (bytes.length < FILE_HEADER_LENGTH) {
        if (isLast) this.problem = `truncated: the file header has ${bytes.length} octets of ${FILE_HEADER_LENGTH}`
        return
      }
      this.consumed = FILE_HEADER_LENGTH
    }
    while (this.consumed < bytes.length) {
      const packet = this.packetAt(this.consumed, isLast)
      if (packet === undefined) return
      this.consumed += RECORD_HEADER_LENGTH + packet.data.length
      yield packet
    }
  }

  /** The packet whose record begins there; undefined, with the problem told if it is one, when it is not whole. */
  private packetAt(at: number, isLast: boolean): CapturedPacket | undefined {
    const { bytes, view, little } = this
    const left = bytes.length - at - RECORD_HEADER_LENGTH
    const length = left < 0 ? 0 : view.getUint32(at + 8, little)
    if (length > RECORD_MAX) {
      this.problem = `damaged: the packet at octet ${this.base + at} claims ${length} octets, at most ${RECORD_MAX} are believed`
      return undefined
    }
    if (left < length) {
      if (isLast) this.problem = `truncated: the packet at octet ${this.base + at} ends beyond the file`
      return undefined
    }
    const start = at + RECORD_HEADER_LENGTH
    const fraction = view.getUint32(at + 4, little)
    return {
      interface: 0,
      timeUs: view.getUint32(at, little) * 1e6 + (this.nanos ? Math.floor(fraction / 1000) : fraction),
      data: bytes.subarray(start, start + length),
      originalLength: view.getUint32(at + 12, little),
      linkType: this.linkType,
    }
  }
}
