import { type RowSink, RowStreamReader, type StreamedRow } from '../../inspect/index.ts'
import type { FailureMessage, TableFacts } from './protocol.ts'
import type { HostReading } from './reading.ts'

/** A reading of nothing, taken at that time. */
export function emptyReading(takenAt: number): HostReading {
  const diagnosis = { findings: [], sysctls: {} }
  const facts = { takenAt, tookMs: 0, hostname: 'here', source: 'netlink', lacks: [], states: {}, diagnosis } as const
  return { facts: { ...facts, total: 0, received: 0 }, rows: [] }
}

/** What a frame says: the facts and the table after it, or a failure. */
export type HeardFrame =
  | { readonly facts: TableFacts; readonly rows: readonly StreamedRow[] }
  | { readonly failure: string }

/** A page's end of the stream. */
export class FrameListener {
  private readonly table = new Map<number, StreamedRow>()
  private readonly reader = new RowStreamReader(sinkOf(this.table))
  private left = Buffer.alloc(0)

  /** The frames that end in these octets. */
  hear(octets: Uint8Array): HeardFrame[] {
    this.left = Buffer.concat([this.left, octets])
    const heard: HeardFrame[] = []
    while (this.left.length >= 4 && this.left.length >= 4 + this.left.readUInt32BE(0)) {
      const end = 4 + this.left.readUInt32BE(0)
      heard.push(this.read(this.left.subarray(4, end)))
      this.left = this.left.subarray(end)
    }
    return heard
  }

  private read(frame: Buffer): HeardFrame {
    const rowsAt = 5 + frame.readUInt32BE(1)
    const message = JSON.parse(frame.toString('utf8', 5, rowsAt)) as TableFacts | FailureMessage
    if ('error' in message) return { failure: message.error }
    this.reader.read(frame.subarray(rowsAt), message.takenAt)
    return { facts: message, rows: [...this.table.values()] }
  }
}

function sinkOf(table: Map<number, StreamedRow>): RowSink {
  return {
    begin: () => table.clear(),
    put: (slot, row) => void table.set(slot, row),
    changed: (slot, row) => void table.set(slot, row),
    removed: (slot) => void table.delete(slot),
  }
}
