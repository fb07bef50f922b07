/** CLOSE-WAIT that stays: what the rules for the server's and the client's side share. */
import { grouped, type Micros, MS, SECOND } from '../base/index.ts'
import type { SocketRow } from '../inspect/index.ts'
import type { Context } from './context.ts'
import { type Ages, ageEvidence, agesOf, countByPid, number, ownerName, ownerOf, topPeers, word } from './evidence.ts'
import { growthOf, oldEndsOf, sinceOf } from './history.ts'
import { isLauncher } from './launchers.ts'
import type { Side } from './socket-table.ts'
import type { Evidence, FindingOwner, ProcessFacts, Severity } from './types.ts'

/** Sockets of one owner and one service that stay in CLOSE-WAIT. */
export interface Leak {
  /** For the finding's id. */
  readonly key: string
  /** Those that have stayed too long, with nothing sent. */
  readonly rows: readonly SocketRow[]
  readonly owner: FindingOwner
  readonly ages: Ages | undefined
  readonly growthPerMinute: number | undefined
  /** What most of them have in Recv-Q. */
  readonly cause: RecvQueueCause
  readonly severity: Severity
  readonly evidence: readonly Evidence[]
  /** The server that accepted them, where those who hold them are another program: it started them, or handed them over. */
  readonly server: FindingOwner | undefined
}

/** Recv-Q 0: all is read; 1: only the end of file is not; more: data is not. */
export type RecvQueueCause = 'forgot to close' | 'no longer reads' | 'stopped reading'

/** The leaks of one side. */
export function closeWaitLeaks(context: Context, side: Side): Leak[] {
  const { table } = context
  const ofSide = [...table.groupsIn('CLOSE-WAIT')].filter(
    ([, [first]]) => isHeld(context, first) && table.sideOf(first) === side,
  )
  const stale = ofSide
    .map(([group, rows]) => [group, rows.filter((row) => isStale(context, row))] as const)
    .filter(([, rows]) => rows.length > 0)
  // A relay that passes a half-close on has a CLOSE-WAIT on one leg and a FIN-WAIT-2 with its descriptor held on the other: as many
  // of the one as of the other are at work.
  const halfClosed = stale.length === 0 ? new Map<number, number>() : countByPid(table.in('FIN-WAIT-2'))
  return stale.flatMap(([group, rows]) => {
    const owner = ownerOf(context, rows)
    const count = rows.length - relays(owner, halfClosed)
    const isLeak = count >= context.thresholds.closeWaitCount && !isDraining(context, group, rows.length)
    return isLeak ? [leakOf(context, group, rows, owner)] : []
  })
}

function isHeld({ table }: Context, row: SocketRow): boolean {
  const holder = table.holderOf(row)
  return holder === 'process' || holder === 'unknown'
}

/**
 * Old enough, and silent: a server that goes on sending after the peer's FIN (server-sent events, a long answer) does what TCP
 * is made for. What waits in Send-Q has a timer and is another rule's.
 */
function isStale({ history, thresholds, now }: Context, row: SocketRow): boolean {
  if (row.sendQueue > 0) return false
  const least: Micros = thresholds.closeWaitAge * SECOND
  if (now - sinceOf(history, row, now).at < least) return false
  return row.tcpInfo === undefined || row.tcpInfo.last_data_sent * MS >= least
}

function relays(owner: FindingOwner, halfClosed: ReadonlyMap<number, number>): number {
  if (owner.kind !== 'processes') return 0
  return owner.processes.reduce((sum, { pid }) => sum + (halfClosed.get(pid) ?? 0), 0)
}

/** A burst that the program works off: it shrinks fast enough, or its old ones end as others become old. */
function isDraining({ history, thresholds }: Context, group: string, stale: number): boolean {
  const growth = growthOf(history, group)
  if (growth === undefined) return false
  if (growth < 0 && stale / -growth <= thresholds.drainMinutes) return true
  return oldEndsOf(history, group) >= stale
}

function leakOf(context: Context, group: string, rows: readonly SocketRow[], owner: FindingOwner): Leak {
  const { table, history, thresholds } = context
  const ages = agesOf(context, rows)
  const growth = growthOf(history, group)
  const queues = recvQueues(rows)
  const descriptors = descriptorEvidence(owner, growth)
  const server = otherServer(context, rows, owner)
  const isCritical = rows.length >= thresholds.closeWaitCritical || descriptors.soon
  return {
    key: table.groupIdOf(rows[0] as SocketRow),
    rows,
    owner,
    ages,
    growthPerMinute: growth,
    cause: causeOf(queues),
    severity: isCritical ? 'critical' : 'warning',
    server,
    evidence: [
      number('stale in CLOSE-WAIT', rows.length, 'sockets'),
      ...ageEvidence(ages),
      ...topPeers(rows),
      word('Recv-Q', queueText(queues)),
      ...(server === undefined ? [] : [word('the listener is held by', ownerName(server))]),
      ...twins(context, rows),
      ...multipath(rows),
      ...descriptors.evidence,
    ],
  }
}

/** Whoever listens where these were accepted, if no process of that program has any of them. */
function otherServer(context: Context, rows: readonly SocketRow[], owner: FindingOwner): FindingOwner | undefined {
  const listener = context.table.listenerOf(rows[0] as SocketRow)
  const server = listener === undefined ? undefined : ownerOf(context, [listener])
  if (server?.kind !== 'processes' || owner.kind !== 'processes' || server.processes.some(isLauncher)) return undefined
  const isServer = (one: ProcessFacts): boolean => server.processes.some((other) => isSameProgram(one, other))
  return owner.processes.some(isServer) ? undefined : server
}

function isSameProgram(one: ProcessFacts, other: ProcessFacts): boolean {
  if (one.pid === other.pid || one.command === other.command) return true
  return one.executable !== undefined && one.executable === other.executable
}

interface RecvQueues {
  readonly empty: number
  readonly endOfFile: number
  readonly data: number
}

function recvQueues(rows: readonly SocketRow[]): RecvQueues {
  let [empty, endOfFile] = [0, 0]
  for (const { recvQueue } of rows) {
    if (recvQueue === 0) empty++
    else if (recvQueue === 1) endOfFile++
  }
  return { empty, endOfFile, data: rows.length - empty - endOfFile }
}

function causeOf({ empty, endOfFile, data }: RecvQueues): RecvQueueCause {
  if (data > empty && data > endOfFile) return 'stopped reading'
  return endOfFile > empty ? 'no longer reads' : 'forgot to close'
}

function queueText({ empty, endOfFile, data }: RecvQueues): string {
  const parts = [
    [empty, 'at 0'],
    [endOfFile, 'at 1'],
    [data, 'above 1'],
  ] as const
  return parts
    .filter(([count]) => count > 0)
    .map(([count, where]) => `${grouped(count)} ${where}`)
    .join(', ')
}

/** Whether the other ends are here too, still waiting. */
function twins({ table }: Context, rows: readonly SocketRow[]): Evidence[] {
  const waiting = rows.filter((row) => table.twinOf(row)?.state === 'FIN-WAIT-2')
  return waiting.length === 0 ? [] : [number('other end on this host, in FIN-WAIT-2', waiting.length, 'sockets')]
}

/** Those that TCP's own table has as ESTABLISHED: whoever checks with `ss -t` does not find them. */
function multipath(rows: readonly SocketRow[]): Evidence[] {
  const count = rows.filter(isMultipath).length
  return count === 0 ? [] : [number('of them MPTCP, ESTABLISHED to ss -t (ss -M)', count, 'sockets')]
}

/** Whether a connection has several paths: nothing but its own program ends it. */
export function isMultipath({ netid }: SocketRow): boolean {
  return netid === 'mptcp'
}

/** Minutes in which running out of descriptors is worth waking somebody. */
const SOON_MINUTES = 60

function descriptorEvidence(
  owner: FindingOwner,
  growth: number | undefined,
): { readonly evidence: Evidence[]; readonly soon: boolean } {
  const process: ProcessFacts | undefined = owner.kind === 'processes' ? owner.processes[0] : undefined
  if (process?.fdCount === undefined || process.fdLimit === undefined) return { evidence: [], soon: false }
  const evidence = [
    number(`descriptors of pid ${process.pid}`, process.fdCount),
    number('their limit', process.fdLimit),
  ]
  if (growth === undefined || growth <= 0) return { evidence, soon: false }
  const minutes = Math.max(0, Math.round((process.fdLimit - process.fdCount) / growth))
  return { evidence: [...evidence, number('limit reached in', minutes, 'min')], soon: minutes <= SOON_MINUTES }
}
