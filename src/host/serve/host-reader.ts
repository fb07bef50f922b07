import { hostname } from 'node:os'
import { MS, SECOND } from '../../base/index.ts'
import {
  agedStates,
  DEFAULT_THRESHOLDS,
  diagnose,
  type History,
  NO_HISTORY,
  observe,
  reportOf,
  sinceOf,
  type Thresholds,
} from '../../doctor/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { NetworkNamespace } from '../namespaces/list.ts'
import { observeSockets } from '../observe.ts'
import { OwnerTable } from '../proc/owners.ts'
import { ProcessTable } from '../processes/process-table.ts'
import { readSockets, type SourceChoice } from '../read-sockets.ts'
import { ALL_STATES, type HostSnapshot, type SocketQuery } from '../snapshot.ts'
import { FindingCounts } from './finding-counts.ts'
import type { MoveRecorder } from './move-recorder.ts'
import type { DiagnosisMessage } from './protocol.ts'
import { hostReading, type ReadHost } from './reading.ts'

/** Every socket there is, with what the doctor needs of those that are TCP. */
const EVERY_SOCKET: SocketQuery = {
  netids: ['tcp', 'udp', 'u_str', 'u_dgr', 'u_seq'],
  families: [4, 6],
  states: ALL_STATES,
  owners: true,
  tcpInfo: true,
  memory: 'listeners',
}

/** What to read, and how to judge it. */
export interface HostReaderOptions {
  readonly source?: SourceChoice | undefined
  /** This process's own network namespace when left out. */
  readonly namespaces?: readonly NetworkNamespace[] | undefined
  /** The doctor's defaults when left out. */
  readonly thresholds?: Thresholds | undefined
}

/** Reads every socket of this host and has the doctor judge the reading; knows owners, processes, history and moves from the last time. */
export function hostReader(options: HostReaderOptions, recorder: MoveRecorder): ReadHost {
  const ownerTable = new OwnerTable()
  const doctor = new ResidentDoctor(options, ownerTable)
  const name = nameOf(options.namespaces)
  return async () => {
    const start = performance.now()
    const takenAt = Date.now()
    const snapshot = await readSockets(EVERY_SOCKET, { ...options, ownerTable })
    const tookMs = Math.round(performance.now() - start)
    const { lacks, ...diagnosis } = await doctor.judge(snapshot, takenAt)
    const moves = await recorder.take(snapshot.rows)
    const seen = { ...snapshot, lacks: [...lacks, ...recorder.lacks] }
    const { facts, rows } = hostReading(seen, { takenAt, tookMs }, diagnosis)
    return { facts: { ...facts, hostname: name, moves }, rows, ageOf: (row) => doctor.ageOf(row) }
  }
}

/** The machine's name, and whose part of it is looked at. */
function nameOf(namespaces: readonly NetworkNamespace[] | undefined): string {
  const [only, ...others] = namespaces ?? []
  if (only === undefined) return hostname()
  return others.length > 0 ? `${hostname()}, ${others.length + 1} network namespaces` : `${hostname()}, ${only.label}`
}

/** The doctor with the history of what it was shown. */
class ResidentDoctor {
  readonly #options: HostReaderOptions
  readonly #ownerTable: OwnerTable
  readonly #processTable = new ProcessTable()
  readonly #counts = new FindingCounts()
  #history: History = NO_HISTORY

  constructor(options: HostReaderOptions, ownerTable: OwnerTable) {
    this.#options = options
    this.#ownerTable = ownerTable
  }

  /** How long a socket has been in its state at least, by its own word and by what was seen of it, ms; undefined: hardly. */
  ageOf(row: SocketRow): number | undefined {
    const { lastLook } = this.#history
    const age = lastLook - sinceOf(this.#history, row, lastLook).at
    return age < SECOND ? undefined : age / MS
  }

  /** What is wrong, and everything that could not be seen. */
  async judge(
    snapshot: HostSnapshot,
    takenAt: number,
  ): Promise<DiagnosisMessage & { readonly lacks: readonly string[] }> {
    const { namespaces, thresholds } = this.#options
    const tables = { ownerTable: this.#ownerTable, processTable: this.#processTable }
    const observation = await observeSockets(snapshot, { ...tables, namespaces })
    this.#history = observe(this.#history, observation)
    const findings = diagnose(observation, this.#history, thresholds)
    this.#counts.take(findings, takenAt)
    const report = reportOf(findings, observation)
    return {
      findings: report.findings.map((finding) => ({ ...finding, counts: this.#counts.of(finding.id) })),
      sysctls: observation.sysctls,
      aged: agedStates(this.#history, thresholds ?? DEFAULT_THRESHOLDS),
      lacks: observation.lacks,
    }
  }
}
