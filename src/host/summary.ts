import type { RowState, SocketRow } from '../inspect/index.ts'

/** How many sockets are in each state and with each owner. */
export interface SocketSummary {
  readonly total: number
  /** Most first. */
  readonly states: readonly StateCount[]
  /** One for each command, most sockets first. A socket that two commands hold counts for both. */
  readonly owners: readonly OwnerCount[]
  /** Sockets that have an owner which cannot be seen from here, or owners were not asked for. */
  readonly ownerUnknown: number
  /** Sockets that no process holds: TIME-WAIT, orphans, connections not accepted yet, the kernel's own. */
  readonly ownerless: number
}

/** How many sockets are in one state. */
export interface StateCount {
  readonly state: RowState
  readonly count: number
}

/** How many sockets the processes of one name hold. */
export interface OwnerCount {
  readonly command: string
  /** Ascending. */
  readonly pids: readonly number[]
  readonly count: number
  /** Most first. */
  readonly states: readonly StateCount[]
}

/** Count rows by state and by owner. */
export function summarise(rows: Iterable<SocketRow>): SocketSummary {
  const states = new Map<RowState, number>()
  const commands = new Map<string, { pids: Set<number>; count: number; states: Map<RowState, number> }>()
  let [total, ownerUnknown, ownerless] = [0, 0, 0]
  for (const { state, owners } of rows) {
    total++
    increment(states, state)
    if (owners === undefined) ownerUnknown++
    else if (owners.length === 0) ownerless++
    for (const command of new Set(owners?.map((owner) => owner.command))) {
      const entry = commands.get(command) ?? { pids: new Set(), count: 0, states: new Map() }
      commands.set(command, entry)
      entry.count++
      increment(entry.states, state)
    }
    for (const owner of owners ?? []) commands.get(owner.command)?.pids.add(owner.pid)
  }
  const owners = [...commands].map(([command, entry]) => ({
    command,
    pids: [...entry.pids].sort((a, b) => a - b),
    count: entry.count,
    states: mostFirst(entry.states),
  }))
  owners.sort((a, b) => b.count - a.count || a.command.localeCompare(b.command))
  return { total, states: mostFirst(states), owners, ownerUnknown, ownerless }
}

function increment(counts: Map<RowState, number>, state: RowState): void {
  counts.set(state, (counts.get(state) ?? 0) + 1)
}

function mostFirst(counts: ReadonlyMap<RowState, number>): StateCount[] {
  return [...counts].map(([state, count]) => ({ state, count })).sort((a, b) => b.count - a.count)
}
