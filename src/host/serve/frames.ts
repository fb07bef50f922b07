import { RowStreamWriter } from '../../inspect/index.ts'
import type { FailureMessage, TableFacts } from './protocol.ts'
import type { HostReading } from './reading.ts'

/** What is sent to everybody who listens, once a reading. */
export interface Frame {
  /** For those who have had every frame before. */
  readonly bytes: Uint8Array
  /** For those who have not: it says the same, and what went before. Undefined: `bytes` will do, and one is as far behind as before. */
  readonly whole: (() => Uint8Array) | undefined
}

const TABLE = 1
const FAILURE = 2
/** The outer length, the kind, the inner length. */
const HEAD = 9

/** Turns readings into frames, each of which says what the reading changes. */
export class FrameWriter {
  readonly #rows = new RowStreamWriter()

  /** The frame of a reading. Its whole table can be had until the next reading is handed in. */
  table({ facts, rows, ageOf }: HostReading): Frame {
    const header = Buffer.from(JSON.stringify(facts satisfies TableFacts))
    let whole: Uint8Array | undefined
    return {
      bytes: frame(TABLE, header, this.#rows.write(rows, facts.takenAt, ageOf)),
      whole: () => {
        whole ??= frame(TABLE, header, this.#rows.whole())
        return whole
      },
    }
  }

  /** The frame of a reading that failed. */
  failure(error: string): Frame {
    const header = Buffer.from(JSON.stringify({ error } satisfies FailureMessage))
    return { bytes: frame(FAILURE, header, new Uint8Array(0)), whole: undefined }
  }
}

function frame(kind: number, header: Uint8Array, rows: Uint8Array): Uint8Array {
  const bytes = Buffer.allocUnsafe(HEAD + header.length + rows.length)
  bytes.writeUInt32BE(bytes.length - 4, 0)
  bytes.writeUInt8(kind, 4)
  bytes.writeUInt32BE(header.length, 5)
  bytes.set(header, HEAD)
  bytes.set(rows, HEAD + header.length)
  return bytes
}
