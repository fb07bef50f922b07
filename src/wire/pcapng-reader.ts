import type { Micros } from '../base/index.ts'
import { Block, BYTE_ORDER_MAGIC, DIRECTION_IN, DIRECTION_OUT, Option } from './capture-format.ts'
import type { Capture, CapturedPacket, CaptureInterface, WindowReader } from './captured-packet.ts'
import { decodeUtf8 } from './utf8.ts'

const BLOCK_LENGTH_MIN = 12
const BLOCK_LENGTH_MAX = 16 * 1024 * 1024
const MICROS_PER_SECOND = 1_000_000n
const NANOS_PER_SECOND = 1_000_000_000n

interface Interface extends CaptureInterface {
  /** Units of its clock in a second. */
  readonly perSecond: bigint
  /** Seconds to add to its times. */
  readonly offset: bigint
  /** Octets kept of each packet, 0: all; simple packet blocks depend on it. */
  readonly snapLength: number
}

/** A pcapng file, either byte order, several sections included. */
export class PcapngReader implements Capture, WindowReader {
  readonly format = 'pcapng'
  readonly interfaces: Interface[] = []
  problem: string | undefined
  consumed = 0
  private bytes: Uint8Array
  private view: DataView
  /** Octets of the file before `bytes`. */
  private base = 0
  private isLast = true
  private little = true
  // Interfaces are numbered anew in each section; this is where the present one's begin.
  private firstInterface = 0

  private constructor(bytes: Uint8Array) {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
  }

  /** A reader if `bytes` begin with a section header, whose type reads the same in either order. */
  static open(bytes: Uint8Array): PcapngReader | undefined {
    const reader = new PcapngReader(bytes)
    return bytes.length >= 4 && reader.view.getUint32(0) === Block.SECTION ? reader : undefined
  }

  *[Symbol.iterator](): Generator<CapturedPacket> {
    this.interfaces.length = 0
    this.problem = undefined
    yield* this.read(this.bytes, 0, true)
  }

  *read(bytes: Uint8Array, base: number, isLast: boolean): Generator<CapturedPacket> {
    this.bytes = bytes
    this.view = new DataView(bytes.buffer, bytes.byteOffset, bytes.byteLength)
    this.base = base
    this.isLast = isLast
    for (this.consumed = 0; this.consumed < bytes.length; ) {
      const at = this.consumed
      const length = this.blockLength(at)
      if (length === undefined) return
      const packet = this.readBlock(at, length)
      this.consumed = at + length
      if (packet !== undefined) yield packet
      if (this.problem !== undefined) return
    }
  }

  /** The length of the block at `at`, once it is known to be whole; undefined, with the problem told if it is one, otherwise. */
  private blockLength(at: number): number | undefined {
    const left = this.bytes.length - at
    if (left < BLOCK_LENGTH_MIN) return this.short(at)
    if (this.view.getUint32(at) === Block.SECTION) {
      this.little = this.view.getUint32(at + 8, true) === BYTE_ORDER_MAGIC
      if (!this.little && this.view.getUint32(at + 8) !== BYTE_ORDER_MAGIC) {
        return this.fail(`damaged: the section at octet ${this.base + at} has no byte-order magic`)
      }
    }
    const length = this.u32(at + 4)
    if (length < BLOCK_LENGTH_MIN || length % 4 !== 0 || length > BLOCK_LENGTH_MAX) {
      return this.fail(`damaged: the block at octet ${this.base + at} claims ${length} octets`)
    }
    return length > left ? this.short(at) : length
  }

  /** More octets may come; once none do, the file is cut. */
  private short(at: number): undefined {
    return this.isLast ? this.fail(`truncated: the block at octet ${this.base + at} ends beyond the file`) : undefined
  }

  private readBlock(at: number, length: number): CapturedPacket | undefined {
    switch (this.u32(at)) {
      case Block.SECTION:
        this.firstInterface = this.interfaces.length
        return undefined
      case Block.INTERFACE:
        this.readInterface(at, length)
        return undefined
      case Block.ENHANCED_PACKET:
        return this.readPacket(at, length, this.u32(at + 8))
      case Block.PACKET:
        // Its interface has 16 bits, and a count of drops the other 16; the rest is laid out alike.
        return this.readPacket(at, length, this.u16(at + 8))
      case Block.SIMPLE_PACKET:
        return this.readSimplePacket(at, length)
      default:
        // Names, statistics, secrets and what is yet to be invented.
        return undefined
    }
  }

  private readInterface(at: number, length: number): void {
    if (length < 20) return this.fail(`damaged: the interface at octet ${this.base + at} is too short`)
    let name = ''
    let perSecond = MICROS_PER_SECOND
    let offset = 0n
    for (const [code, start, size] of this.options(at + 16, at + length - 4)) {
      if (code === Option.INTERFACE_NAME) name = decodeUtf8(this.bytes.subarray(start, start + size))
      if (code === Option.INTERFACE_RESOLUTION && size >= 1) perSecond = resolution(this.bytes[start] as number)
      if (code === Option.INTERFACE_OFFSET && size >= 8) offset = this.view.getBigInt64(start, this.little)
    }
    const linkType = this.u16(at + 8)
    this.interfaces.push({ name, linkType, perSecond, offset, snapLength: this.u32(at + 12) })
    return undefined
  }

  private readPacket(at: number, length: number, number: number): CapturedPacket | undefined {
    const index = this.firstInterface + number
    const nic = this.interfaces[index]
    const start = at + 28
    const captured = length < 32 ? 0 : this.u32(at + 20)
    if (nic === undefined || length < 32 || captured > length - 32) {
      const what = nic === undefined ? 'no interface' : 'no room'
      return this.fail(`damaged: the packet block at octet ${this.base + at} has ${what}`)
    }
    return {
      interface: index,
      timeUs: microsOf(this.u32(at + 12), this.u32(at + 16), nic),
      data: this.bytes.subarray(start, start + captured),
      originalLength: this.u32(at + 24),
      linkType: nic.linkType,
      ...this.readNotes(start + ((captured + 3) & ~3), at + length - 4),
    }
  }

  private readSimplePacket(at: number, length: number): CapturedPacket | undefined {
    const nic = this.interfaces[this.firstInterface]
    if (nic === undefined || length < 16) {
      return this.fail(`damaged: the simple packet at octet ${this.base + at} has no interface`)
    }
    const originalLength = this.u32(at + 8)
    const snapped = nic.snapLength === 0 ? originalLength : Math.min(originalLength, nic.snapLength)
    const data = this.bytes.subarray(at + 12, at + 12 + Math.min(snapped, length - 16))
    return { interface: this.firstInterface, timeUs: 0, isTimeless: true, data, originalLength, linkType: nic.linkType }
  }

  private readNotes(start: number, end: number): Pick<CapturedPacket, 'comment' | 'direction'> {
    const notes: { comment?: string; direction?: 'in' | 'out' } = {}
    for (const [code, at, size] of this.options(start, end)) {
      if (code === Option.COMMENT) notes.comment = decodeUtf8(this.bytes.subarray(at, at + size))
      if (code === Option.PACKET_FLAGS && size >= 4) {
        const direction = this.u32(at) & 3
        if (direction === DIRECTION_IN) notes.direction = 'in'
        if (direction === DIRECTION_OUT) notes.direction = 'out'
      }
    }
    return notes
  }

  /** Code, start and length of each option between `start` and `end`; a lying length ends them. */
  private *options(start: number, end: number): Generator<readonly [code: number, start: number, length: number]> {
    for (let at = start; at + 4 <= end; ) {
      const code = this.u16(at)
      const length = this.u16(at + 2)
      if (code === Option.END || at + 4 + length > end) return
      yield [code, at + 4, length]
      at += 4 + ((length + 3) & ~3)
    }
  }

  private u16(at: number): number {
    return this.view.getUint16(at, this.little)
  }

  private u32(at: number): number {
    return this.view.getUint32(at, this.little)
  }

  private fail(problem: string): undefined {
    this.problem = problem
    return undefined
  }
}

/** The time of a packet. Nearly every file counts µs or ns from 1970: for those no large integers are made. */
function microsOf(high: number, low: number, { perSecond, offset }: Interface): Micros {
  if (offset === 0n && perSecond === MICROS_PER_SECOND) return high * 2 ** 32 + low
  // 2^32 = 4,294,967 · 1000 + 296
  if (offset === 0n && perSecond === NANOS_PER_SECOND) return high * 4_294_967 + Math.floor((high * 296 + low) / 1000)
  const ticks = (BigInt(high) << 32n) | BigInt(low)
  return Number((ticks * MICROS_PER_SECOND) / perSecond + offset * MICROS_PER_SECOND)
}

/** Ticks in a second: a power of ten, or of two when the top bit is set. */
function resolution(octet: number): bigint {
  const exponent = BigInt(octet & 0x7f)
  return (octet & 0x80) === 0 ? 10n ** exponent : 2n ** exponent
}
