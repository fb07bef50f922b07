/** The sockets of a look, counted for a monitor: a look that asks for a few states only goes on with what the one before it counted. */
import { type RowState, type SocketRow, stateBit } from '../inspect/index.ts'
import { destinationsOf } from './destinations.ts'
import { type SocketTable, serviceOf, tableOf } from './socket-table.ts'
import type { Observation } from './types.ts'

/** Series that a family with names of programs, addresses or findings in its labels has at most, `other` not counted. */
export const SERIES_MOST = 100

/** What a monitor tells series by. */
export type Labels = Readonly<Record<string, string>>

/** The counts. */
export interface Census {
  readonly states: ReadonlyMap<RowState, number>
  /** By state, side, owner and service. */
  readonly services: ReadonlyMap<string, ServiceCount>
  readonly ports: PortUse
}

/** Sockets in one state of one service. */
export interface ServiceCount {
  readonly labels: Labels
  readonly state: RowState
  readonly count: number
}

/** The ports that connect() picks from. */
export interface PortUse {
  /** How many they are. */
  readonly size: number
  /** Towards which destinations they are used up most, the fullest first. */
  readonly used: readonly { readonly labels: Labels; readonly share: number }[]
}

/** States that a TCP socket may be in, each counted though it is 0. */
const STATES: readonly RowState[] = [
  ...(['LISTEN', 'SYN-SENT', 'SYN-RECEIVED', 'ESTABLISHED', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSE-WAIT'] as const),
  ...(['CLOSING', 'LAST-ACK', 'TIME-WAIT', 'BOUND-INACTIVE'] as const),
]

/** What takes up ports, nearly all of it. */
const PORT_STATES: readonly RowState[] = ['ESTABLISHED', 'TIME-WAIT']

/**
 * Count a look.
 * @param before the census of the look before it, for the states that this one did not ask for
 */
export function censusOf(observation: Observation, before?: Census): Census {
  const table = tableOf(observation)
  const states = new Map<RowState, number>()
  for (const state of STATES) {
    const count = table.covers([state]) ? table.in(state).length : before?.states.get(state)
    if (count !== undefined) states.set(state, count)
  }
  const services = countServices(table)
  for (const [key, service] of before?.services ?? []) {
    if ((observation.states & stateBit(service.state)) === 0) services.set(key, service)
  }
  return { states, services, ports: before === undefined || table.covers(PORT_STATES) ? portsOf(table) : before.ports }
}

type ServiceTally = { -readonly [K in keyof ServiceCount]: ServiceCount[K] }

function countServices(table: SocketTable): Map<string, ServiceCount> {
  const services = new Map<string, ServiceTally>()
  // Every row of a group has the same labels: they are put together once.
  const byGroup = new Map<string, ServiceTally>()
  for (const state of table.states) {
    for (const row of table.in(state)) {
      // One that is only bound has no peer to be grouped by.
      const group =
        state === 'BOUND-INACTIVE' ? `${state}|${row.local.port}|${table.commandOf(row)}` : table.groupOf(row)
      const known = byGroup.get(group)
      if (known !== undefined) known.count++
      else {
        const labels = serviceLabels(table, row)
        const key = Object.values(labels).join('\0')
        const service = services.get(key) ?? { labels, state, count: 0 }
        service.count++
        services.set(key, service)
        byGroup.set(group, service)
      }
    }
  }
  return services
}

function serviceLabels(table: SocketTable, row: SocketRow): Labels {
  const side = row.state === 'LISTEN' || row.state === 'BOUND-INACTIVE' ? 'server' : table.sideOf(row)
  // What is left of a service that is gone cannot be told from the other end of one here: its ports come and go without end.
  const isNameless = row.state === 'TIME-WAIT' && side === 'client' && table.ephemeral.includes(row.peer.port)
  const service = isNameless ? 'ephemeral' : serviceOf(row, side)
  return { state: row.state, side, owner: table.commandOf(row), service }
}

function portsOf(table: SocketTable): PortUse {
  const destinations = [...destinationsOf(table)].sort((a, b) => b.share - a.share || (a.key < b.key ? -1 : 1))
  return {
    size: table.ephemeral.size,
    used: destinations.slice(0, SERIES_MOST).map(({ source, name, rows, share }) => ({
      labels: { source, destination: name, ...netnsLabel(rows[0]) },
      share,
    })),
  }
}

function netnsLabel(row: SocketRow | undefined): Labels {
  return row?.netns === undefined ? {} : { netns: row.netns }
}
