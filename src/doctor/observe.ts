/** How a history grows: one more look condensed into it. */
import { type Micros, SECOND } from '../base/index.ts'
import { type RowState, type SocketRow, stateBit } from '../inspect/index.ts'
import { canJudge } from './context.ts'
import { destinationsOf } from './destinations.ts'
import {
  deadKey,
  ENDS,
  endsKey,
  type History,
  NO_HISTORY,
  type RememberedClients,
  type RememberedListener,
  type RememberedSocket,
  type Sample,
  toldAge,
} from './history.ts'
import { observeLosses } from './listener-losses.ts'
import { RULES } from './rules/index.ts'
import { keyOf, type SocketKey, type SocketTable, tableOf } from './socket-table.ts'
import type { Observation, ProcessFacts, Since } from './types.ts'

/** The states in which a socket is remembered by itself; ESTABLISHED too where nobody has accepted it. */
const WATCHED: readonly RowState[] = ['CLOSE-WAIT', 'FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK', 'BOUND-INACTIVE']

const SOCKETS_MAX = 200_000
const SERIES_MAX = 4096
const SAMPLES_MAX = 64
const LISTENERS_MAX = 4096
/** Of one listener. */
const HOLDERS_MAX = 64
const DEAD_MAX = 50_000
/** Of destinations, in the order of the look. */
const CLIENTS_MAX = 1000
/** Of Linux, and a little more: the timer wheel rounds a minute up. */
const TIME_WAIT: Micros = 62 * SECOND
/** What growth is measured over. */
const WINDOW: Micros = 600 * SECOND
/** A listener that has gone is worth remembering for as long as its connections may be in the way of the next. */
const GONE_LISTENER: Micros = 120 * SECOND
/** An end counts for a group's turnover from this age on: younger ones are ordinary closes. */
const OLD: Micros = 60 * SECOND

/**
 * The history of a look that is the only one. Its sockets are not remembered: nobody asks again, and since when they are as they are
 * each tells itself.
 */
export function observeOnce(observation: Observation): History {
  return historyWith(NO_HISTORY, observation, { sockets: new Map(), series: new Map() })
}

/** The history after one more look. Looks are handed in by their time, the oldest first. */
export function observe(history: History, observation: Observation): History {
  const table = tableOf(observation)
  const sockets = rememberSockets(history, table)
  return historyWith(history, observation, { sockets, series: extendSeries(history, table, sockets) })
}

function historyWith(
  history: History,
  observation: Observation,
  remembered: Pick<History, 'sockets' | 'series'>,
): History {
  const table = tableOf(observation)
  const { at } = observation
  return {
    looks: history.looks + 1,
    firstLook: history.looks === 0 ? at : history.firstLook,
    lastLook: at,
    lastStates: observation.states,
    ...remembered,
    listeners: rememberListeners(history, table),
    losses: observeLosses(history.losses, table),
    deadDescriptors: rememberDead(history, observation),
    clients: rememberClients(history, table),
  }
}

function* watched(table: SocketTable): Generator<SocketRow> {
  for (const state of WATCHED) yield* table.in(state)
  for (const row of table.in('ESTABLISHED')) if (table.holderOf(row) === 'not-accepted') yield row
}

function rememberSockets(history: History, table: SocketTable): Map<SocketKey, RememberedSocket> {
  const { at, states } = table.observation
  const sockets = new Map<SocketKey, RememberedSocket>()
  for (const row of watched(table)) {
    if (sockets.size >= SOCKETS_MAX) break
    const key = keyOf(row)
    const before = history.sockets.get(key)
    const group = table.groupOf(row)
    if (before?.state === row.state) {
      sockets.set(key, before.group === group ? before : { ...before, group })
      continue
    }
    sockets.set(key, { state: row.state, since: firstSight(history, row, at), recvQueue: row.recvQueue, group })
  }
  // What this look did not ask for has not ended.
  for (const [key, socket] of history.sockets) {
    if (sockets.size >= SOCKETS_MAX) break
    if ((states & stateBit(socket.state)) === 0 && !sockets.has(key)) sockets.set(key, socket)
  }
  return sockets
}

/** A socket that the last look would have shown has come between the two; any other may be older than is told. */
function firstSight(history: History, row: SocketRow, at: Micros): Since {
  const told = at - toldAge(row)
  const wouldShow = (history.lastStates & stateBit(row.state)) !== 0 && history.sockets.size < SOCKETS_MAX
  return { at: told, precision: wouldShow && told >= history.lastLook ? 'exact' : 'bound' }
}

function rememberListeners(history: History, table: SocketTable): Map<SocketKey, RememberedListener> {
  const { at } = table.observation
  const listeners = new Map<SocketKey, RememberedListener>()
  for (const row of table.in('LISTEN')) {
    if (listeners.size >= LISTENERS_MAX) break
    const key = keyOf(row)
    listeners.set(key, { row, lastSeen: at, holders: holdersOf(row, history.listeners.get(key)) })
  }
  const looked = table.covers(['LISTEN'])
  for (const [key, listener] of history.listeners) {
    if (listeners.size >= LISTENERS_MAX) break
    if (listeners.has(key) || (looked && at - listener.lastSeen > GONE_LISTENER)) continue
    listeners.set(key, listener)
  }
  return listeners
}

/** Those that hold it now last: what is dropped of a long line of workers are its first. */
function holdersOf({ owners = [] }: SocketRow, before: RememberedListener | undefined): Map<number, string> {
  const holders = new Map(before?.holders)
  for (const { pid, command } of owners) {
    holders.delete(pid)
    holders.set(pid, command)
  }
  for (const pid of holders.keys()) {
    if (holders.size <= HOLDERS_MAX) break
    holders.delete(pid)
  }
  return holders
}

function rememberDead(history: History, observation: Observation): ReadonlyMap<string, Micros> {
  if (observation.partial === true) return history.deadDescriptors
  const dead = new Map<string, Micros>()
  for (const one of observation.deadDescriptors) {
    if (dead.size >= DEAD_MAX) break
    const key = deadKey(one)
    dead.set(key, history.deadDescriptors.get(key) ?? observation.at)
  }
  return dead
}

/** Those of this look, and of earlier ones for as long as their connections may be in TIME-WAIT. */
function rememberClients(history: History, table: SocketTable): Map<string, RememberedClients> {
  const { at } = table.observation
  const clients = new Map<string, RememberedClients>()
  for (const { key, rows } of destinationsOf(table)) {
    const before = history.clients.get(key)
    const processes = new Map<number, ProcessFacts>()
    for (const row of rows) for (const one of table.processesOf(row)) processes.set(one.pid, one)
    if (clients.size >= CLIENTS_MAX) break
    if (processes.size > 0) clients.set(key, { processes: [...processes.values()].slice(0, HOLDERS_MAX), lastSeen: at })
    else if (before !== undefined && at - before.lastSeen <= TIME_WAIT) clients.set(key, before)
  }
  return clients
}

function extendSeries(
  history: History,
  table: SocketTable,
  sockets: ReadonlyMap<SocketKey, RememberedSocket>,
): Map<string, readonly Sample[]> {
  const { at } = table.observation
  const groups = countGroups(history, table, sockets)
  const counts = new Map(groups)
  for (const rule of RULES) {
    if (rule.measure === undefined || !canJudge(rule, table)) continue
    for (const [key, count] of rule.measure(table)) counts.set(key, count)
  }
  const series = new Map<string, readonly Sample[]>()
  for (const [key, count] of counts) {
    if (series.size >= SERIES_MAX) break
    // A group that the last look did not have was empty then.
    const before =
      groups.has(key) && history.lastStates === table.observation.states ? [{ at: history.lastLook, count: 0 }] : []
    series.set(key, extended(history.series.get(key) ?? before, { at, count }))
  }
  // A count that no look has given for a while is no longer followed.
  for (const [key, samples] of history.series) {
    const last = samples.at(-1)
    if (series.has(key) || last === undefined || at - last.at > WINDOW || series.size >= SERIES_MAX) continue
    series.set(key, samples)
  }
  return series
}

/** How many sockets each group has now, and how many old ones it has ever lost. A group that has emptied is counted as 0. */
function countGroups(
  history: History,
  table: SocketTable,
  sockets: ReadonlyMap<SocketKey, RememberedSocket>,
): Map<string, number> {
  const counts = new Map<string, number>()
  const add = (key: string, more: number): void => void counts.set(key, (counts.get(key) ?? 0) + more)
  for (const { group } of sockets.values()) add(group, 1)
  for (const group of [...counts.keys()]) add(endsKey(group), 0)
  const { at } = table.observation
  for (const [key, before] of history.sockets) {
    const now = sockets.get(key)
    if (now?.state === before.state) continue
    add(before.group, 0)
    if (at - before.since.at >= OLD) add(endsKey(before.group), 1)
  }
  for (const key of [...counts.keys()]) {
    if (key.endsWith(ENDS)) add(key, history.series.get(key)?.at(-1)?.count ?? 0)
  }
  return counts
}

/** The samples with one more; when they are too many every second goes, so that the span stays. */
function extended(samples: readonly Sample[], sample: Sample): readonly Sample[] {
  const recent = samples.filter(({ at }) => sample.at - at <= WINDOW && at < sample.at)
  const kept = recent.length < SAMPLES_MAX ? recent : recent.filter((_, i) => i % 2 === 0)
  return [...kept, sample]
}
