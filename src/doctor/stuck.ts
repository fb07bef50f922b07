/** Connections that send and get no answer, judged against all connections of their service: some clients always vanish. */
import type { RowState, SocketRow } from '../inspect/index.ts'
import type { Context } from './context.ts'
import { groupBy } from './evidence.ts'
import { unansweredOf } from './silence.ts'
import { serviceOf } from './socket-table.ts'

/** Connections of one service that are stuck in one state. */
export interface StuckGroup {
  /** The group, as the history counts it. */
  readonly group: string
  readonly rows: readonly SocketRow[]
  /** All connections of the service, TIME-WAIT left out. */
  readonly total: number
}

const CONNECTED: readonly RowState[] = ['ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT', 'CLOSING', 'LAST-ACK']

/**
 * The groups of a state in which so many are stuck that it is no ordinary loss of clients. Those that a listener of this very host turns
 * away are the listener's fault, and found there.
 */
export function stuckGroups({ table, thresholds }: Context, state: RowState): StuckGroup[] {
  const stuck = table
    .in(state)
    .filter((row) => unansweredOf(row) >= thresholds.stuckRetransmits && table.turnedAwayBy(row) === undefined)
  if (stuck.length === 0) return []
  const serviceKey = (row: SocketRow): string => {
    const side = table.sideOf(row)
    return `${row.netns ?? ''}|${side}|${serviceOf(row, side)}`
  }
  const totals = new Map<string, number>()
  for (const row of table.in(...CONNECTED)) {
    const key = serviceKey(row)
    totals.set(key, (totals.get(key) ?? 0) + 1)
  }
  return [...groupBy(stuck, (row) => table.groupOf(row))].flatMap(([group, rows]) => {
    const total = totals.get(serviceKey(rows[0] as SocketRow)) ?? rows.length
    return rows.length / total >= thresholds.stuckShare ? [{ group, rows, total }] : []
  })
}
