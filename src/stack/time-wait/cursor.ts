import type { Micros, Seq } from '../../base/index.ts'
import type { TimeWaitEntry } from '../../tcp/index.ts'
import { Address } from '../../wire/index.ts'
import type { LocalAddresses } from '../ip/local-addresses.ts'
import type { Secrets } from '../secrets.ts'
import type { TimeWaitTable } from './table.ts'

/** What ends or restarts an entry on behalf of the machine: the host, which has books of its own to keep. */
export interface TimeWaitKeeper {
  restartTimeWait(record: number): void
  removeTimeWait(record: number): void
  mayAnswer(record: number, limit: Micros): boolean
  serviceOf(record: number): number
  hopsOf(record: number): number
  marksOf(record: number): number
  /** The window that an entry tells, as the field is. */
  windowOf(record: number): number
}

/** One TIME-WAIT entry as the machine sees it. There is one cursor per host; `at` puts it on a record. */
export class TimeWaitCursor implements TimeWaitEntry {
  readonly #table: TimeWaitTable
  readonly #addresses: LocalAddresses
  readonly #secrets: Secrets
  readonly #keeper: TimeWaitKeeper
  #record = -1

  constructor(table: TimeWaitTable, addresses: LocalAddresses, secrets: Secrets, keeper: TimeWaitKeeper) {
    this.#table = table
    this.#addresses = addresses
    this.#secrets = secrets
    this.#keeper = keeper
  }

  at(record: number): this {
    this.#record = record
    return this
  }

  get conn(): number {
    return this.#table.conn(this.#record)
  }

  get sndNxt(): Seq {
    return this.#table.sndNxt(this.#record)
  }

  get rcvNxt(): Seq {
    return this.#table.rcvNxt(this.#record)
  }

  get windowField(): number {
    return this.#keeper.windowOf(this.#record)
  }

  get rcvWnd(): number {
    return this.#table.windowField(this.#record) << this.#table.windowScale(this.#record)
  }

  get service(): number {
    return this.#keeper.serviceOf(this.#record)
  }

  get hops(): number {
    return this.#keeper.hopsOf(this.#record)
  }

  get marks(): number {
    return this.#keeper.marksOf(this.#record)
  }

  get timestamps(): boolean {
    return this.#table.timestamps(this.#record)
  }

  get tsRecent(): number {
    return this.#table.tsRecent(this.#record)
  }

  set tsRecent(value: number) {
    this.#table.setTsRecent(this.#record, value)
  }

  get tsRecentAt(): Micros {
    return this.#table.tsRecentAt(this.#record)
  }

  set tsRecentAt(at: Micros) {
    this.#table.setTsRecentAt(this.#record, at)
  }

  /** Not kept: the same secret and the same addresses give it again. */
  get timestampOffset(): number {
    const table = this.#table
    const record = this.#record
    return this.#secrets.timestampOffset(
      this.#addresses.at(table.local(record)),
      table.localPort(record),
      this.remote,
      table.remotePort(record),
    )
  }

  get remote(): Address {
    const word = (index: number): number => this.#table.remoteWord(this.#record, index)
    return Address.fromWords(word(0), word(1), word(2), word(3))
  }

  restart(): void {
    this.#keeper.restartTimeWait(this.#record)
  }

  mayAnswer(limit: Micros): boolean {
    return this.#keeper.mayAnswer(this.#record, limit)
  }

  remove(): void {
    this.#keeper.removeTimeWait(this.#record)
  }
}
