import { Attribution } from './attribution.ts'
import { type HostEnvironment, THIS_MACHINE } from './environment.ts'
import { HostError, reasonOf } from './errors.ts'
import { GoneNamespaceError, insideNamespace, loadSetNamespace } from './namespaces/enter.ts'
import type { NetworkNamespace } from './namespaces/list.ts'
import { readNetlink } from './netlink/netlink-source.ts'
import { OwnerTable } from './proc/owners.ts'
import { readProc } from './proc/proc-source.ts'
import { beginReading, kindsOf, type Reading, type SocketKind } from './reading.ts'
import type { HostSnapshot, MutableRow, RowSink, SocketQuery } from './snapshot.ts'
import { readSs } from './ss/ss-source.ts'

/** A source of socket tables, or `auto`: the first of netlink, ss and proc that serves. */
export type SourceChoice = 'auto' | ServingSource

type ServingSource = 'netlink' | 'ss' | 'proc'

/** How to read, beside what. */
export interface ReadOptions {
  /** Forces a source; `auto` when left out. */
  readonly source?: SourceChoice | undefined
  /** Keeps what is known of owners from reading to reading, for those who read again and again. */
  readonly ownerTable?: OwnerTable | undefined
  /** Owners that are not known are looked for only now and then. */
  readonly thrifty?: boolean | undefined
  /** The network namespaces to read, from `findNamespaces`; this process's own when left out. Others are read by netlink only. */
  readonly namespaces?: readonly NetworkNamespace[] | undefined
  /** Takes the rows, and the snapshot has none. Where it can be, they are not kept until all have been read. */
  readonly sink?: RowSink | undefined
  /** Parts of the machine to use in place of its own. */
  readonly environment?: Partial<HostEnvironment> | undefined
}

/**
 * Read the machine's sockets.
 *
 * With `auto` each kind of socket is read from the best source that serves, and `lacks` tells why a better one did not. `ss`
 * dumps TCP only: UDP and unix sockets then come from /proc, and `lacks` says so.
 * @throws HostError (a rejection) with one line: not Linux, or a forced source that does not serve
 * @example
 * const { rows } = await readSockets({ netids: ['tcp'], families: [4, 6], states: ALL_STATES, owners: true, tcpInfo: false, memory: false })
 */
export async function readSockets(query: SocketQuery, options: ReadOptions = {}): Promise<HostSnapshot> {
  const machine: HostEnvironment = { ...THIS_MACHINE, ...options.environment }
  if (machine.platform !== 'linux') {
    throw new HostError(`sockets of this host can be read on Linux only, and this is ${machine.platform}`)
  }
  const { sink, thrifty = false } = options
  const owners = query.owners ? new Attribution(options.ownerTable ?? new OwnerTable(machine.procRoot)) : undefined
  // Of several kinds, one that fails must not take the others along.
  const direct = sink !== undefined && options.namespaces === undefined && kindsOf(query).length === 1
  // Where no rows are kept, their inodes are not known at the end: so all owners are looked for first.
  if (direct) await owners?.walk(machine, [], false)
  const reading = beginReading(query, machine, direct ? attributing(sink, owners) : undefined)
  const served: ServingSource[] = []
  const namespaces = options.namespaces ?? [undefined]
  for (const namespace of namespaces) {
    if (namespace === undefined || namespace.own) {
      for (const kind of kindsOf(query)) served.push(await readKind(kind, reading, options.source ?? 'auto'))
    } else {
      await readElsewhere(namespace, reading, options.source ?? 'auto', namespaces.length > 1)
      served.push('netlink')
    }
  }
  if (!direct) await owners?.walk(machine, inodesOf(reading), thrifty)
  if (owners !== undefined) for (const row of reading.rows) owners.give(row)
  for (const sentence of owners?.lacks() ?? []) reading.lacks.add(sentence)
  if (sink !== undefined) for (const row of reading.rows.splice(0)) sink.take(row)
  const hiddenProcesses = owners?.hiddenProcesses ?? 0
  return { rows: reading.rows, source: served[0] ?? 'netlink', lacks: [...reading.lacks], hiddenProcesses }
}

/** The sink, before which rows are given their owners. */
function attributing(sink: RowSink, owners: Attribution | undefined): Reading['sink'] {
  if (owners === undefined) return sink
  return {
    take(row) {
      owners.give(row)
      sink.take(row)
    },
    restart() {
      owners.restart()
      sink.restart()
    },
  }
}

/**
 * Read another namespace. Among several, one that cannot be entered is a lack; the only one asked for must be read.
 */
async function readElsewhere(
  namespace: NetworkNamespace,
  reading: Reading,
  choice: SourceChoice,
  amongSeveral: boolean,
): Promise<void> {
  if (choice !== 'auto' && choice !== 'netlink') {
    throw new HostError(
      `${choice} reads the network namespace that it is in, not ${namespace.label}: netlink reads others`,
    )
  }
  const before = reading.rows.length
  try {
    const setNamespace = await loadSetNamespace(reading.machine.loadKoffi)
    const enter = <T>(work: () => T): T => insideNamespace(setNamespace, namespace, work)
    for (const kind of kindsOf(reading.query)) await readNetlink(kind, { ...reading, enter })
    for (let i = before; i < reading.rows.length; i++) (reading.rows[i] as MutableRow).netns = namespace.label
  } catch (error) {
    if (!(error instanceof HostError) || !amongSeveral) throw error
    reading.rows.length = before
    if (!(error instanceof GoneNamespaceError))
      reading.lacks.add(`The sockets of another network namespace are not shown: ${error.message}.`)
  }
}

const BEST_FIRST: readonly ServingSource[] = ['netlink', 'ss', 'proc']

/** Read one kind from the source chosen, or from the first that serves; answers which did. */
async function readKind(kind: SocketKind, reading: Reading, choice: SourceChoice): Promise<ServingSource> {
  if (choice !== 'auto') return readFrom(choice, kind, reading)
  if (kind === 'mptcp') return readMultipath(reading)
  const before = reading.rows.length
  for (const source of BEST_FIRST.filter((name) => name !== 'ss' || kind === 'tcp')) {
    try {
      return await readFrom(source, kind, reading)
    } catch (error) {
      if (!(error instanceof HostError) || source === 'proc') throw error
      reading.rows.length = before
      reading.sink?.restart()
      reading.lacks.add(`${source} does not serve: ${reasonOf(error)}.`)
    }
  }
  throw new HostError(`no source serves ${kind} sockets`)
}

/** No other source has them. */
async function readMultipath(reading: Reading): Promise<ServingSource> {
  try {
    await readNetlink('mptcp', reading)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    reading.lacks.add(`MPTCP sockets are not shown: ${reasonOf(error)}.`)
  }
  return 'netlink'
}

async function readFrom(source: ServingSource, kind: SocketKind, reading: Reading): Promise<ServingSource> {
  if (source === 'netlink') {
    await readNetlink(kind, reading)
    return source
  }
  if (kind === 'mptcp') {
    reading.lacks.add(`${source} has no MPTCP sockets: only netlink tells of them.`)
    return source
  }
  if (source === 'ss' && kind === 'tcp') {
    await readSs(reading)
    return source
  }
  if (source === 'ss') reading.lacks.add(`ss -D dumps TCP only: ${kind} sockets come from /proc/net.`)
  readProc(kind, reading)
  return 'proc'
}

function* inodesOf(reading: Reading): Generator<number> {
  for (const row of reading.rows) {
    if (row.inode !== undefined) yield row.inode
  }
}
