/** Whose each socket is: rows and the table of owners brought together. */
import { counted } from '../base/index.ts'
import type { HostEnvironment } from './environment.ts'
import { HostError } from './errors.ts'
import { loadReadDescriptors, type ReadDescriptors, readDescriptors } from './proc/descriptor-list.ts'
import type { OwnerTable } from './proc/owners.ts'
import type { MutableRow } from './snapshot.ts'

/** Gives rows their owners, and counts those whose owners are out of sight. */
export class Attribution {
  readonly #table: OwnerTable
  #unknown = 0

  constructor(table: OwnerTable) {
    this.#table = table
  }

  /** Processes that would not show their descriptors. */
  get hiddenProcesses(): number {
    return this.#table.hiddenProcesses
  }

  /**
   * Looks into the processes, by the best means there are.
   * @param inodes the sockets whose owners will be asked for, as far as they are known
   * @param thrifty whether owners that are not known are looked for only now and then
   */
  async walk(machine: HostEnvironment, inodes: Iterable<number>, thrifty: boolean): Promise<void> {
    this.#table.readBy = await bestReader(machine)
    if (thrifty) this.#table.updateThriftily(inodes)
    else this.#table.update(inodes)
  }

  give(row: MutableRow): void {
    row.owners = row.inode === undefined ? undefined : this.#table.ownersOf(row.inode)
    if (row.owners === undefined) this.#unknown++
  }

  /** The rows so far count no more. */
  restart(): void {
    this.#unknown = 0
  }

  /** What kept owners from sight, as sentences. */
  *lacks(): Generator<string> {
    const [table, unknown] = [this.#table, this.#unknown]
    if (unknown === 0) return
    const sockets = `The owners of ${counted(unknown, 'socket')} are unknown`
    if (table.hiddenProcesses > 0) {
      const processes = counted(table.hiddenProcesses, 'process', 'processes')
      yield `${sockets}: ${processes} would not show descriptors ${toWhom()}.`
    }
    if (table.hidesProcesses) {
      yield `${sockets}: /proc is mounted with hidepid and hides other users' processes; root sees them.`
    }
    if (table.insidePidNamespace) yield `${sockets}: processes outside this PID namespace cannot be seen.`
  }
}

async function bestReader(machine: HostEnvironment): Promise<ReadDescriptors> {
  try {
    return await loadReadDescriptors(machine.loadKoffi)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return readDescriptors
  }
}

/** Whom processes refused: root is above file modes, not above a security module or another container's walls. */
function toWhom(): string {
  return process.geteuid?.() === 0 ? 'even to root' : 'to this user; root sees them'
}
