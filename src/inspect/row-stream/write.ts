import type { SocketRow } from '../socket-row.ts'
import { differenceOf, keyOf, sameSocket } from './difference.ts'
import { type AgeOf, Changed } from './model.ts'
import { OctetWriter } from './octets.ts'
import { ProcessNames } from './process-names.ts'
import { writeChange, writeRow } from './row-octets.ts'

/** With more processes than this to keep by number the table is told anew. */
const PROCESSES_MAX = 1 << 16

/** A row as it was last told. */
interface Told {
  readonly key: bigint | string
  row: SocketRow
  /** When its timer ends, ms on the clock of the readings; 0 without one. */
  expiresAt: number
  reading: number
  /** What the reading at hand changes of it. */
  mask: number
}

/** Turns readings of a table into what has changed from one to the next. */
export class RowStreamWriter {
  private readonly out = new OctetWriter()
  private readonly rowsOut = new OctetWriter()
  /** By slot. */
  private readonly told: (Told | undefined)[] = []
  private readonly slots = new Map<bigint | string, number>()
  private readonly free: number[] = []
  private processes = new ProcessNames()
  private reading = 0
  private at = 0
  private ageOf: AgeOf = () => undefined

  /**
   * Takes in a reading and answers what it changes; now and then it is the whole table.
   * @param at when it was taken, ms; timers are told by this clock
   * @param ageOf is asked of each row that is told whole
   */
  write(rows: readonly SocketRow[], at: number, ageOf: AgeOf = () => undefined): Uint8Array {
    this.reading++
    this.at = at
    this.ageOf = ageOf
    const put: number[] = []
    const changed: number[] = []
    for (const row of rows) this.place(row, put, changed)
    const removed = this.removeOthers()
    if (this.processes.count > PROCESSES_MAX) {
      this.processes = new ProcessNames()
      return this.whole()
    }
    return this.message(false, removed, put, changed)
  }

  /** The table as the last reading left it, for those who do not know it. */
  whole(): Uint8Array {
    const put: number[] = []
    for (let slot = 0; slot < this.told.length; slot++) if (this.told[slot] !== undefined) put.push(slot)
    return this.message(true, [], put, [])
  }

  private place(row: SocketRow, put: number[], changed: number[]): void {
    const key = this.freeKey(keyOf(row))
    const slot = this.slots.get(key)
    const told = slot === undefined ? undefined : this.told[slot]
    const expiresAt = row.timer === undefined ? 0 : this.at + row.timer.expiresMs
    if (slot === undefined || told === undefined) {
      put.push(this.add({ key, row, expiresAt, reading: this.reading, mask: 0 }))
      return
    }
    told.reading = this.reading
    const same = sameSocket(told.row, row)
    told.mask = same ? differenceOf(told.row, row, expiresAt - told.expiresAt) : 0
    if (!same) put.push(slot)
    else if (told.mask !== 0) changed.push(slot)
    told.row = row
    // The end of a timer is compared with what was told, so that it cannot creep away unseen.
    if (!same || (told.mask & Changed.TIMER) !== 0) told.expiresAt = expiresAt
  }

  /** Listeners that share a port look alike to a source without cookies: they are numbered. */
  private freeKey(key: bigint | string): bigint | string {
    let free = key
    for (let n = 2; this.isTaken(free); n++) free = `${key} #${n}`
    return free
  }

  private isTaken(key: bigint | string): boolean {
    const slot = this.slots.get(key)
    return slot !== undefined && this.told[slot]?.reading === this.reading
  }

  private add(told: Told): number {
    const slot = this.free.pop() ?? this.told.length
    this.told[slot] = told
    this.slots.set(told.key, slot)
    return slot
  }

  private removeOthers(): number[] {
    const removed: number[] = []
    for (let slot = 0; slot < this.told.length; slot++) {
      const told = this.told[slot]
      if (told === undefined || told.reading === this.reading) continue
      this.told[slot] = undefined
      this.slots.delete(told.key)
      removed.push(slot)
    }
    // Not before: a slot must not be taken again by the same message that empties it.
    this.free.push(...removed)
    return removed
  }

  private message(whole: boolean, removed: number[], put: number[], changed: number[]): Uint8Array {
    const { out, rowsOut } = this
    const known = whole ? 0 : this.processes.count
    rowsOut.number(put.length)
    for (const slot of put) {
      rowsOut.number(slot)
      const { row } = this.told[slot] as Told
      writeRow(rowsOut, row, this.ageOf(row), this.processes)
    }
    rowsOut.number(changed.length)
    let last = 0
    for (const slot of changed.sort((a, b) => a - b)) {
      const { row, mask } = this.told[slot] as Told
      rowsOut.number(slot - last)
      rowsOut.number(mask)
      writeChange(rowsOut, row, mask, this.processes)
      last = slot
    }
    out.number(whole ? 1 : 0)
    this.processes.write(out, known)
    out.number(removed.length)
    for (const slot of removed) out.number(slot)
    out.append(rowsOut.take())
    return out.take()
  }
}
