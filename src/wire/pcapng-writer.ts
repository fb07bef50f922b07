import type { Micros } from '../base/index.ts'
import { Block, BYTE_ORDER_MAGIC, DIRECTION_IN, DIRECTION_OUT, Option } from './capture-format.ts'
import { encodeUtf8 } from './utf8.ts'

/** What may be said about a packet beside its octets. */
export interface PacketNotes {
  /** Shown beside the packet by every reader. */
  readonly comment?: string
  /** Seen arriving or leaving, by the interface. */
  readonly direction?: 'in' | 'out'
  /** Octets on the wire, if more than are given. */
  readonly originalLength?: number
}

const CAPACITY_MIN = 4096

/**
 * Writes a pcapng file of one section: little-endian, microseconds, equal input giving equal octets.
 *
 * Interfaces are added before the packets that name them. `take` empties the writer for those who write as they go;
 * `finish` is for those who want one array.
 */
export class PcapngWriter {
  private buf: Uint8Array = new Uint8Array(CAPACITY_MIN)
  private view: DataView = new DataView(this.buf.buffer)
  private length = 0
  private interfaces = 0

  /** @param application the writing program's name, @param comment about the whole capture; empty for none. */
  constructor(application = '', comment = '') {
    const block = this.begin(Block.SECTION)
    this.u32(BYTE_ORDER_MAGIC)
    this.u16(1)
    this.u16(0)
    // Section length: not known in advance.
    this.u32(0xffffffff)
    this.u32(0xffffffff)
    this.text(Option.COMMENT, comment)
    this.text(Option.SECTION_APPLICATION, application)
    this.end(block)
  }

  /** Adds an interface and returns its number, from 0. `linkType` is one of `LinkType`. */
  addInterface(name: string, linkType: number): number {
    const block = this.begin(Block.INTERFACE)
    this.u16(linkType)
    this.u16(0)
    // Snapshot length: unlimited.
    this.u32(0)
    this.text(Option.INTERFACE_NAME, name)
    this.option(Option.INTERFACE_RESOLUTION, 1)
    this.u32(6)
    this.end(block)
    return this.interfaces++
  }

  /** Adds a packet seen at `timeUs` microseconds since 1970 (or since the run began, for virtual time). */
  addPacket(
    interfaceNumber: number,
    timeUs: Micros,
    data: Uint8Array,
    start: number,
    length: number,
    notes?: PacketNotes,
  ): void {
    const block = this.begin(Block.ENHANCED_PACKET)
    this.u32(interfaceNumber)
    this.u32(Math.floor(timeUs / 0x1_0000_0000))
    this.u32(timeUs)
    this.u32(length)
    this.u32(notes?.originalLength ?? length)
    this.octets(data, start, length)
    if (notes?.direction !== undefined) {
      this.option(Option.PACKET_FLAGS, 4)
      this.u32(notes.direction === 'in' ? DIRECTION_IN : DIRECTION_OUT)
    }
    this.text(Option.COMMENT, notes?.comment ?? '')
    this.end(block)
  }

  /** The octets written since the last `take`, which are then forgotten. */
  take(): Uint8Array {
    const octets = this.buf.slice(0, this.length)
    this.length = 0
    return octets
  }

  /** The whole file, if nothing was taken before. */
  finish(): Uint8Array {
    return this.take()
  }

  private begin(type: number): number {
    const block = this.length
    this.u32(type)
    // The block's length, once it is known.
    this.u32(0)
    return block
  }

  private end(block: number): void {
    const length = this.length + 4 - block
    this.u32(length)
    this.view.setUint32(block + 4, length, true)
  }

  private option(code: number, length: number): void {
    this.u16(code)
    this.u16(length)
  }

  private text(code: number, text: string): void {
    if (text === '') return
    const octets = encodeUtf8(text)
    this.option(code, octets.length)
    this.octets(octets, 0, octets.length)
  }

  private u16(value: number): void {
    this.room(2)
    this.view.setUint16(this.length, value, true)
    this.length += 2
  }

  private u32(value: number): void {
    this.room(4)
    this.view.setUint32(this.length, value, true)
    this.length += 4
  }

  /** Octets, padded with zeros to a whole word. */
  private octets(data: Uint8Array, start: number, length: number): void {
    const padded = (length + 3) & ~3
    this.room(padded)
    this.buf.set(data.subarray(start, start + length), this.length)
    this.buf.fill(0, this.length + length, this.length + padded)
    this.length += padded
  }

  private room(octets: number): void {
    if (this.length + octets <= this.buf.length) return
    const larger = new Uint8Array(Math.max(this.buf.length * 2, this.length + octets))
    larger.set(this.buf.subarray(0, this.length))
    this.buf = larger
    this.view = new DataView(larger.buffer)
  }
}
