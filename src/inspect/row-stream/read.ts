import type { SocketOwner } from '../socket-row.ts'
import type { MutableStreamedRow, StreamedRow } from './model.ts'
import { OctetReader } from './octets.ts'
import { readProcesses } from './process-names.ts'
import { readChange, readRow } from './row-octets.ts'

/** Told of every row that a message brings, changes or takes away. */
export interface RowSink {
  /** What was known is void: the rows of the whole table follow. */
  begin(): void
  /** A row that is new, or in that slot no longer what it was. */
  put(slot: number, row: StreamedRow): void
  /** A row that has changed; `before` is used again for the next one. */
  changed(slot: number, row: StreamedRow, before: RowBefore): void
  removed(slot: number): void
}

/** What a row was before it changed. */
export interface RowBefore {
  state: StreamedRow['state']
  recvQueue: number
  sendQueue: number
}

/** Follows a table that a RowStreamWriter tells. The rows are its own and change in place. */
export class RowStreamReader {
  private readonly sink: RowSink
  private rows: (MutableStreamedRow | undefined)[] = []
  private processes: Omit<SocketOwner, 'fd'>[] = []

  constructor(sink: RowSink) {
    this.sink = sink
  }

  /**
   * Takes in a message.
   * @param at when its reading was taken, ms: what the writer was told
   * @throws RangeError when it is not the next of this writer's messages
   */
  read(octets: Uint8Array, at: number): void {
    const input = new OctetReader(octets)
    if (input.number() === 1) {
      this.rows = []
      this.processes = []
      this.sink.begin()
    }
    readProcesses(input, this.processes)
    for (let left = input.number(); left > 0; left--) {
      const slot = input.number()
      this.rows[slot] = undefined
      this.sink.removed(slot)
    }
    for (let left = input.number(); left > 0; left--) {
      const slot = input.number()
      const row = readRow(input, at, this.processes)
      this.rows[slot] = row
      this.sink.put(slot, row)
    }
    this.readChanges(input, at)
  }

  private readChanges(input: OctetReader, at: number): void {
    const before: RowBefore = { state: 'CLOSED', recvQueue: 0, sendQueue: 0 }
    let slot = 0
    for (let left = input.number(); left > 0; left--) {
      slot += input.number()
      const row = this.rows[slot]
      if (row === undefined) throw new RangeError(`row ${slot} of a table was never told`)
      const mask = input.number()
      before.state = row.state
      before.recvQueue = row.recvQueue
      before.sendQueue = row.sendQueue
      readChange(input, row, mask, at, this.processes)
      this.sink.changed(slot, row, before)
    }
  }
}
