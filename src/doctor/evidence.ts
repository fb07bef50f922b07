/** From sockets to the parts of a finding: owner, age, peers, numbers. */
import { counted, grouped, type Micros, SECOND } from '../base/index.ts'
import type { SocketOwner, SocketRow } from '../inspect/index.ts'
import { commandFor } from './commands.ts'
import type { Context } from './context.ts'
import { sinceOf } from './history.ts'
import { serviceOf } from './socket-table.ts'
import type { Evidence, Finding, FindingOwner, ProcessFacts, Since } from './types.ts'

/** A finding before it has its id and its cookies. */
export interface Draft extends Omit<Finding, 'id' | 'cookies'> {
  /** What tells it from the rule's other findings: the same at every look. */
  readonly key: string
  readonly rows: readonly SocketRow[]
}

/** The finding of a draft. */
export function finding({ key, rows, ...rest }: Draft): Finding {
  const cookies: bigint[] = []
  for (const { cookie } of rows) if (cookie !== undefined) cookies.push(cookie)
  const remedies = rest.remedies.map((remedy) => ({
    ...remedy,
    commands: remedy.commands.map((command) => commandFor(command, rows)),
  }))
  return { id: key === '' ? rest.rule : `${rest.rule}/${key}`, ...rest, remedies, cookies }
}

/** A number with its name. */
export function number(name: string, value: number, unit: string = ''): Evidence {
  return { name, value, unit }
}

/** A word with its name. */
export function word(name: string, value: string): Evidence {
  return { name, value, unit: '' }
}

/** Whoever holds these sockets: the processes, the one with the most first; else why there is none. */
export function ownerOf({ table }: Context, rows: readonly SocketRow[]): FindingOwner {
  const counts = new Map<number, { process: ProcessFacts; count: number }>()
  for (const row of rows) {
    for (const pid of holdersOf(row)) {
      const known = counts.get(pid)
      if (known !== undefined) known.count++
      else for (const process of table.processesOf(row)) if (process.pid === pid) counts.set(pid, { process, count: 1 })
    }
  }
  if (counts.size > 0) {
    const most = [...counts.values()].sort((a, b) => b.count - a.count || a.process.pid - b.process.pid)
    return { kind: 'processes', processes: most.map(({ process }) => process) }
  }
  const [first] = rows
  const holder = first === undefined ? 'unknown' : table.holderOf(first)
  if (first?.state === 'TIME-WAIT') return { kind: 'nobody', reason: 'time-wait' }
  return holder === 'process' || holder === 'unknown' ? { kind: 'unknown' } : { kind: 'nobody', reason: holder }
}

/** `python3 (pid 4242)`, `nginx (4 processes)`; what a sentence calls somebody unknown. */
export function ownerName(owner: FindingOwner): string {
  if (owner.kind === 'processes') {
    const [first, ...others] = owner.processes as [ProcessFacts, ...ProcessFacts[]]
    return others.length === 0
      ? `${first.command} (pid ${first.pid})`
      : `${first.command} (${counted(others.length + 1, 'process', 'processes')})`
  }
  if (owner.kind === 'host') return 'this host'
  if (owner.kind === 'unknown') return 'a process not visible from here'
  return { 'not-accepted': 'nobody yet', orphan: 'no process', kernel: 'the kernel', 'time-wait': 'no process' }[
    owner.reason
  ]
}

/** The service of a connection, behind `connections …`: `on port 8080`, `to 10.0.0.5:443`. */
export function whereOf({ table }: Context, row: SocketRow): string {
  const side = table.sideOf(row)
  const service = serviceOf(row, side)
  return side === 'server' ? `on port ${service}` : `to ${service}`
}

const NOBODY: readonly number[] = []

/** The processes that hold a socket, each once. */
export function holdersOf({ owners }: SocketRow): readonly number[] {
  if (owners === undefined || owners.length === 0) return NOBODY
  // Mostly it is one descriptor of one process: a set for each of 100,000 sockets is spared.
  return owners.length === 1 ? [(owners[0] as SocketOwner).pid] : [...new Set(owners.map(({ pid }) => pid))]
}

/** How many of some sockets each process holds. */
export function countByPid(rows: Iterable<SocketRow>): Map<number, number> {
  const counts = new Map<number, number>()
  for (const row of rows) {
    for (const pid of holdersOf(row)) counts.set(pid, (counts.get(pid) ?? 0) + 1)
  }
  return counts
}

/** Ages of sockets in their state. */
export interface Ages {
  /** The oldest one's. */
  readonly since: Since
  readonly oldest: Micros
  readonly median: Micros
}

/** How old they are; undefined for none. */
export function agesOf({ history, now }: Context, rows: readonly SocketRow[]): Ages | undefined {
  let oldest: Since | undefined
  const times = new Float64Array(rows.length)
  for (const [i, row] of rows.entries()) {
    const since = sinceOf(history, row, now)
    times[i] = since.at
    if (oldest === undefined || since.at < oldest.at) oldest = since
  }
  const median = times.sort()[times.length >> 1]
  if (oldest === undefined || median === undefined) return undefined
  return { since: oldest, oldest: now - oldest.at, median: now - median }
}

/** The ages as evidence, in whole seconds. */
export function ageEvidence(ages: Ages | undefined): Evidence[] {
  if (ages === undefined) return []
  const least = ages.since.precision === 'bound' ? ' (at least)' : ''
  return [
    number(`oldest${least}`, Math.round(ages.oldest / SECOND), 's'),
    number(`median age${least}`, Math.round(ages.median / SECOND), 's'),
  ]
}

/** Peers named in the evidence. */
const PEERS = 3

/** Where most of them come from or go to: `10.0.0.9 (31), 10.0.0.7 (4)`. */
export function topPeers(rows: readonly SocketRow[]): Evidence[] {
  const counts = new Map<string, number>()
  for (const { peer } of rows) counts.set(peer.address, (counts.get(peer.address) ?? 0) + 1)
  const most = [...counts].sort((a, b) => b[1] - a[1] || (a[0] < b[0] ? -1 : 1))
  if (most.length === 0) return []
  const shown = most.slice(0, PEERS).map(([address, count]) => `${address} (${grouped(count)})`)
  const more = most.length - shown.length
  return [word('top peers', shown.join(', ') + (more > 0 ? ` and ${grouped(more)} more` : ''))]
}

/** Rows by the group that `keyOf` puts them in. */
export function groupBy(rows: readonly SocketRow[], keyOf: (row: SocketRow) => string): Map<string, SocketRow[]> {
  const groups = new Map<string, SocketRow[]>()
  for (const row of rows) {
    const key = keyOf(row)
    const group = groups.get(key)
    if (group === undefined) groups.set(key, [row])
    else group.push(row)
  }
  return groups
}

/** A sysctl as a whole number; undefined where it is not known or no number. */
export function sysctlNumber({ table }: Context, name: string): number | undefined {
  const text = table.observation.sysctls[name]?.trim()
  return text !== undefined && /^-?\d+$/.test(text) ? Number(text) : undefined
}

/** A counter; undefined where it is not known. */
export function counter({ table }: Context, group: string, name: string): number | undefined {
  return table.observation.counters[group]?.[name]
}
