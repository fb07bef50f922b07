import { openCapture } from './capture-reader.ts'
import type { Capture, CapturedPacket, CaptureInterface, WindowReader } from './captured-packet.ts'

const NOTHING: Uint8Array = new Uint8Array(0)
const NO_INTERFACES: readonly CaptureInterface[] = []
/** With so many octets each format can tell what it is and read its own beginning. */
const BEGINNING = 28

/**
 * A capture file that comes in pieces, of any size: what is whole is given at once, and no more is kept than what is not whole yet.
 * What is wrong with the file is in `problem`, as soon as it is known; nothing is read behind it.
 */
export class CaptureStream {
  #reader: WindowReader | undefined
  #rest: Uint8Array = NOTHING
  /** Where what is left of one piece and the next piece are put together; it is used again, for large arrays burden the collector. */
  #buffer: Uint8Array = NOTHING
  /** Where in the file `#rest` begins. */
  #base = 0

  /** `unknown` before the first piece, and for what is no capture file. */
  get format(): Capture['format'] {
    return this.#reader?.format ?? 'unknown'
  }

  /** Those met so far. */
  get interfaces(): readonly CaptureInterface[] {
    return this.#reader?.interfaces ?? NO_INTERFACES
  }

  /** One line: that the file is damaged, truncated or no capture, and at which octet. */
  get problem(): string | undefined {
    return this.#reader?.problem
  }

  /** The packets that this piece makes whole. Their `data` are views, to be read before the next piece is handed in. */
  push(piece: Uint8Array): Generator<CapturedPacket> {
    return this.#read(piece, false)
  }

  /** Nothing comes any more: what is not whole now is a problem. */
  finish(): Generator<CapturedPacket> {
    return this.#read(NOTHING, true)
  }

  *#read(piece: Uint8Array, isLast: boolean): Generator<CapturedPacket> {
    const bytes = this.#joined(piece)
    if (this.#reader === undefined) {
      if (bytes.length < BEGINNING && !isLast) {
        this.#rest = bytes.slice()
        return
      }
      this.#reader = openCapture(bytes)
    }
    const reader = this.#reader
    if (reader.problem !== undefined) return
    yield* reader.read(bytes, this.#base, isLast)
    this.#base += reader.consumed
    // A copy: the caller may read the next piece into the same buffer.
    this.#rest = bytes.slice(reader.consumed)
  }

  /** What is left of the piece before, and this one behind it. */
  #joined(piece: Uint8Array): Uint8Array {
    const rest = this.#rest
    if (rest.length === 0) return piece
    const length = rest.length + piece.length
    if (this.#buffer.length < length) this.#buffer = new Uint8Array(length)
    this.#buffer.set(rest)
    this.#buffer.set(piece, rest.length)
    return this.#buffer.subarray(0, length)
  }
}
