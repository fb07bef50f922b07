/** What a remedy would do to each socket and to whom, before anything is done. */
import type { SocketOwner, SocketRow } from '../../inspect/index.ts'
import type { NetworkNamespace } from '../namespaces/list.ts'
import type { OwnerTable } from '../proc/owners.ts'
import { type ProcessIdentity, startTimeOf } from './borrowed-socket.ts'
import { consequenceOf, type RemedyKind } from './consequence.ts'

/** A process that a remedy reaches into. */
export interface RemedyProcess extends ProcessIdentity {
  readonly command: string
  /** Sockets of every kind that it holds. */
  readonly sockets: number
}

/** One socket. */
export interface RemedyStep {
  readonly row: SocketRow
  /** One sentence without its full stop. */
  readonly consequence: string
  /** By whose descriptor; undefined for `destroy`, which needs none. */
  readonly through?: (SocketOwner & { readonly startTime: number }) | undefined
  /** Why this socket cannot be helped so; it is then left alone. */
  readonly obstacle?: string | undefined
}

/** What would be done. */
export interface RemedyPlan {
  readonly how: RemedyKind
  readonly steps: readonly RemedyStep[]
  /** Those whose descriptors are used or which are ended, ascending by pid. */
  readonly processes: readonly RemedyProcess[]
  /** The network namespace of the sockets; undefined for this process's own. */
  readonly namespace?: NetworkNamespace | undefined
}

/**
 * Plan a remedy. Nothing is changed.
 * @param rows TCP rows with cookies and owners, all of one network namespace
 * @param owners the table that gave the rows their owners
 * @param namespace where the rows are; left out for this process's own
 */
export function planRemedy(
  how: RemedyKind,
  rows: readonly SocketRow[],
  owners: OwnerTable,
  namespace?: NetworkNamespace,
  procRoot: string = '/proc',
): RemedyPlan {
  const startTimes = new Map<number, number | undefined>()
  const startTime = (pid: number): number | undefined => {
    if (!startTimes.has(pid)) startTimes.set(pid, startTimeOf(procRoot, pid))
    return startTimes.get(pid)
  }
  const steps = rows.map((row) => stepOf(how, row, startTime))
  return { how, steps, processes: processesOf(steps, owners), namespace: namespace?.own ? undefined : namespace }
}

function stepOf(how: RemedyKind, row: SocketRow, startTime: (pid: number) => number | undefined): RemedyStep {
  const step = { row, consequence: consequenceOf(row, how) }
  if (row.netid === 'mptcp' && how !== 'kill') {
    return { ...step, obstacle: 'it is a multipath connection: only its own program, or --how kill, ends it' }
  }
  if (how === 'destroy') return step
  if (row.owners === undefined) return { ...step, obstacle: 'its owner is not visible from here' }
  const owner = row.owners[0]
  if (owner === undefined) return { ...step, obstacle: `${ownerless(row)}: only --how destroy ends it` }
  if (how === 'kill' && (owner.pid === 1 || owner.pid === process.pid)) {
    return { ...step, obstacle: `${owner.pid === 1 ? 'pid 1 is not killed' : 'that is lastack itself'}` }
  }
  const started = startTime(owner.pid)
  if (started === undefined) return { ...step, obstacle: `process ${owner.pid} has ended` }
  return { ...step, through: { ...owner, startTime: started } }
}

/** Why no process holds the socket. */
function ownerless({ state, inode }: SocketRow): string {
  if (inode !== undefined && inode !== 0) return 'no process has a descriptor of it: it may be the kernel’s own'
  const young = state === 'ESTABLISHED' || state === 'CLOSE-WAIT' || state === 'SYN-RECEIVED'
  return young ? 'no process has accepted it' : 'its descriptor is closed already'
}

function processesOf(steps: readonly RemedyStep[], owners: OwnerTable): RemedyProcess[] {
  const counts = new Map<number, number>()
  const found = new Map<number, Omit<RemedyProcess, 'sockets'>>()
  for (const { through } of steps) {
    if (through === undefined) continue
    const { pid, command, startTime } = through
    found.set(pid, { pid, command, startTime })
  }
  for (const [, holders] of owners.sockets()) {
    for (const pid of new Set(holders.map((holder) => holder.pid))) counts.set(pid, (counts.get(pid) ?? 0) + 1)
  }
  return [...found.values()]
    .map((process) => ({ ...process, sockets: counts.get(process.pid) ?? 0 }))
    .sort((a, b) => a.pid - b.pid)
}
