/** One look's sockets, indexed as rules ask for them. */
import { formatEndpoint, type RowState, type SocketRow, stateBit } from '../inspect/index.ts'
import { type PortRange, portRangeOf } from './port-range.ts'
import { idPart } from './text.ts'
import type { Observation, ProcessFacts } from './types.ts'

/** Whether a connection came to a listener of this host or was opened by it. */
export type Side = 'server' | 'client'

/** Who a connection is in the hands of. */
export type Holder = 'process' | 'not-accepted' | 'orphan' | 'kernel' | 'unknown'

/** Identity of a socket between looks: its cookie, else its addresses. Cookies are counted up, so a number holds them. */
export type SocketKey = number | string

const ANY: ReadonlySet<string> = new Set(['0.0.0.0', '::', '*'])
const NONE: readonly SocketRow[] = []
const MAPPED = '::ffff:'

/** Sockets of a group; never none. */
export type RowGroup = readonly [SocketRow, ...SocketRow[]]

/** A listener with its address as it is compared. */
interface Listener {
  readonly row: SocketRow
  readonly address: string
  readonly isAny: boolean
  /** Of one on any address: how well it suits connections of IPv4, of IPv4 over an IPv6 socket, and of IPv6; 0: it takes none. */
  readonly suits: readonly [v4: number, mapped: number, v6: number]
}

/** Names of groups by their parts, one part a level. */
type GroupNames = Map<string | number, GroupNames | string>

interface LocalConnections {
  /** The namespaces that have an address. */
  readonly homes: ReadonlyMap<string, ReadonlySet<string | undefined>>
  readonly byTuple: ReadonlyMap<string, SocketRow>
}

/** The table. It is made once a look and shared by everything that reads the look. */
export class SocketTable {
  readonly observation: Observation
  /** The ports that connect() takes of itself. */
  readonly ephemeral: PortRange
  readonly #byState = new Map<RowState, SocketRow[]>()
  readonly #listeners = new Map<SocketKey, Listener[]>()
  readonly #processes: ReadonlyMap<number, ProcessFacts>
  readonly #groups: GroupNames = new Map()
  readonly #byGroup = new Map<RowState, Map<string, [SocketRow, ...SocketRow[]]>>()
  #local: LocalConnections | undefined

  constructor(observation: Observation) {
    this.observation = observation
    this.ephemeral = portRangeOf(observation.sysctls)
    this.#processes = new Map(observation.processes.map((process) => [process.pid, process]))
    for (const row of observation.rows) {
      if (row.netid !== 'tcp' && row.netid !== 'mptcp') continue
      append(this.#byState, row.state, row)
      if (row.state === 'LISTEN') {
        append(this.#listeners, portKey(row), listenerOf(row))
      }
    }
  }

  /** The sockets in any of these states. */
  in(...states: readonly RowState[]): readonly SocketRow[] {
    const found = states.map((state) => this.#byState.get(state) ?? NONE).filter((rows) => rows.length > 0)
    // Mostly one of them has nearly all: a table of half a million rows is not copied for nothing.
    return found.length <= 1 ? (found[0] ?? NONE) : found.flat()
  }

  /** The same of one state by group. All of a group have one side and one kind of holder. */
  groupsIn(state: RowState): ReadonlyMap<string, RowGroup> {
    let groups = this.#byGroup.get(state)
    if (groups === undefined) {
      groups = new Map<string, [SocketRow, ...SocketRow[]]>()
      for (const row of this.in(state)) {
        const name = this.groupOf(row)
        const group = groups.get(name)
        if (group === undefined) groups.set(name, [row])
        else group.push(row)
      }
      this.#byGroup.set(state, groups)
    }
    return groups
  }

  /** The states that hold sockets in this look. */
  get states(): RowState[] {
    return [...this.#byState.keys()]
  }

  /** Whether the look asked for sockets in these states. */
  covers(states: readonly RowState[]): boolean {
    return states.every((state) => (this.observation.states & stateBit(state)) !== 0)
  }

  /** The listener that a connection came to; undefined when there is none (any more). */
  listenerOf({ netns, local }: SocketRow): SocketRow | undefined {
    return this.#listenerAt(netns, local)
  }

  #listenerAt(netns: string | undefined, at: SocketRow['local']): SocketRow | undefined {
    const candidates = this.#listeners.get(netns === undefined ? at.port : `${netns}|${at.port}`)
    if (candidates === undefined) return undefined
    const address = unmapped(at.address)
    const kind = address.includes(':') ? 2 : address === at.address ? 0 : 1
    let best: Listener | undefined
    for (const one of candidates) {
      if (one.address === address) return one.row
      if (one.isAny && one.suits[kind] > (best?.suits[kind] ?? 0)) best = one
    }
    return best?.row
  }

  /** Every listener on that port, in the namespace of the row. */
  listenersOnPortOf(row: SocketRow): readonly SocketRow[] {
    return this.#listeners.get(portKey(row))?.map((listener) => listener.row) ?? NONE
  }

  /**
   * Who opened it: a listener on its port tells; without one, which of its ports is one that connect() picks. Where that does not tell
   * either, it was opened here: the other end has its listener elsewhere.
   */
  sideOf(row: SocketRow): Side {
    if (this.listenerOf(row) !== undefined) return 'server'
    const { local, peer } = row
    const [here, there] = [this.ephemeral.includes(local.port), this.ephemeral.includes(peer.port)]
    if (here !== there) return here ? 'client' : 'server'
    return this.covers(LISTENERS) || local.port >= peer.port ? 'client' : 'server'
  }

  /** Who has it. No inode: nobody has taken it, or everybody has let go; an inode that no process has is the kernel's. */
  holderOf(row: SocketRow): Holder {
    if (row.owners !== undefined && row.owners.length > 0) return 'process'
    if (row.inode === 0) return AWAITS_ACCEPT.has(row.state) ? 'not-accepted' : 'orphan'
    return row.owners === undefined || row.inode === undefined ? 'unknown' : 'kernel'
  }

  /** The command of the first that holds it, else why there is none: a pool of workers is one owner. */
  commandOf(row: SocketRow): string {
    return row.owners?.[0]?.command ?? `(${row.state === 'TIME-WAIT' ? 'nobody' : this.holderOf(row)})`
  }

  /** What is known of the processes that hold it, lowest pid first, each once. */
  processesOf(row: SocketRow): ProcessFacts[] {
    const found = new Map<number, ProcessFacts>()
    for (const { pid, command } of row.owners ?? []) {
      if (!found.has(pid)) found.set(pid, this.#processes.get(pid) ?? { pid, command })
    }
    return [...found.values()]
  }

  process(pid: number): ProcessFacts | undefined {
    return this.#processes.get(pid)
  }

  /** The other end, when it is a socket of this host as well: of the row's namespace where that has the address, else of another one. */
  twinOf(row: SocketRow): SocketRow | undefined {
    const homes = this.#homesOf(row.peer)
    if (homes === undefined) return undefined
    for (const netns of homes.has(row.netns) ? [row.netns] : homes) {
      const twin = this.#local?.byTuple.get(tupleIn(netns, row.peer, row.local))
      if (twin !== undefined) return twin
    }
    return undefined
  }

  /**
   * The listener of this host whose queue has no place for a connection that its client takes for made: it drops the client's last ACK
   * and all that follows. Undefined where the other end is a connection, or is not in the same namespace of this host.
   */
  turnedAwayBy(row: SocketRow): SocketRow | undefined {
    const { netns, peer } = row
    if (this.#homesOf(peer)?.has(netns) !== true) return undefined
    const twin = this.twinOf(row)
    if (twin !== undefined && twin.state !== 'SYN-RECEIVED') return undefined
    return this.#listenerAt(netns, peer)
  }

  /** The namespaces of this host that have the address of an end; undefined: none has. */
  #homesOf({ address }: SocketRow['local']): ReadonlySet<string | undefined> | undefined {
    this.#local ??= this.#localConnections()
    return this.#local.homes.get(unmapped(address))
  }

  /** The addresses of this host, and the connections between any two of them: mostly few, however many there are in all. */
  #localConnections(): LocalConnections {
    const homes = new Map<string, Set<string | undefined>>()
    const connections = [...this.#byState].filter(([state]) => state !== 'LISTEN')
    for (const [, rows] of connections) {
      for (const { local, netns } of rows) {
        const address = unmapped(local.address)
        const known = homes.get(address)
        if (known === undefined) homes.set(address, new Set([netns]))
        else known.add(netns)
      }
    }
    const byTuple = new Map<string, SocketRow>()
    for (const [, rows] of connections) {
      for (const row of rows) {
        if (homes.has(unmapped(row.peer.address))) byTuple.set(tupleIn(row.netns, row.local, row.peer), row)
      }
    }
    return { homes, byTuple }
  }

  /**
   * The group in which a connection is counted: its state, its side, who has it, and the service: the local port of a server, where
   * a client went. Servers go by command, because a pool of workers is one server; clients by process, because each has its own pool.
   */
  groupOf(row: SocketRow): string {
    const side = this.sideOf(row)
    const owner = row.owners?.[0]
    const isServer = side === 'server'
    const who = owner?.command ?? this.holderOf(row)
    const { address, port } = isServer ? row.local : row.peer
    // The name is put together once: every row of the group, and every remembered socket, has the same copy of it.
    const held = owner === undefined ? 0 : 1
    const parts = [
      row.netns ?? '',
      row.state,
      side,
      held,
      who,
      isServer ? 0 : (owner?.pid ?? 0),
      isServer ? '' : address,
    ]
    let names = this.#groups
    for (const part of parts) {
      let inner = names.get(part)
      if (inner === undefined || typeof inner === 'string') {
        inner = new Map()
        names.set(part, inner)
      }
      names = inner
    }
    const known = names.get(port)
    if (typeof known === 'string') return known
    // No command has a NUL: one that is called orphan is not taken for one.
    const holder = `${owner === undefined ? '\0' : ''}${this.#holderName(row, side)}`
    const name = `${row.netns ?? ''}|${row.state}|${side}|${holder}|${serviceOf(row, side)}`
    names.set(port, name)
    return name
  }

  #holderName(row: SocketRow, side: Side): string {
    const owner = row.owners?.[0]
    if (owner === undefined) return this.holderOf(row)
    return side === 'server' ? owner.command : `${owner.command}-${owner.pid}`
  }

  /** The same for people and for ids: `python3/8080`, `java-4242/10.0.0.5:443`. */
  groupIdOf(row: SocketRow): string {
    const side = this.sideOf(row)
    const parts = [this.#holderName(row, side), serviceOf(row, side)]
    return [...(row.netns === undefined ? [] : [row.netns]), ...parts].map(idPart).join('/')
  }
}

const LISTENERS: readonly RowState[] = ['LISTEN']
const AWAITS_ACCEPT: ReadonlySet<RowState> = new Set(['ESTABLISHED', 'CLOSE-WAIT'])

/** The service of a connection: the local port of a server, where a client went. */
export function serviceOf(row: SocketRow, side: Side): string {
  return side === 'server' ? String(row.local.port) : formatEndpoint(row.peer.address, row.peer.port)
}

/** The key by which a socket is known again at the next look. */
export function keyOf(row: SocketRow): SocketKey {
  if (row.cookie !== undefined && row.cookie !== 0n) {
    return row.netns === undefined ? Number(row.cookie) : `${row.netns}/${row.cookie}`
  }
  return tupleIn(row.netns, row.local, row.peer)
}

const tables = new WeakMap<Observation, SocketTable>()

/** The table of a look: made at the first call, shared by the history and every rule. */
export function tableOf(observation: Observation): SocketTable {
  let table = tables.get(observation)
  if (table === undefined) {
    table = new SocketTable(observation)
    tables.set(observation, table)
  }
  return table
}

function tupleIn(netns: string | undefined, from: SocketRow['local'], to: SocketRow['local']): string {
  return `${netns ?? ''}|${unmapped(from.address)}:${from.port}>${unmapped(to.address)}:${to.port}`
}

/** An IPv4 connection of an IPv6 socket shows mapped addresses; its other end may show plain ones. */
function unmapped(address: string): string {
  return address.startsWith(MAPPED) && address.includes('.') ? address.slice(MAPPED.length) : address
}

/** A socket on :: takes IPv4 too unless it says otherwise, and its connections show mapped addresses then; one on 0.0.0.0 is preferred. */
function listenerOf(row: SocketRow): Listener {
  const { address } = row.local
  const dual = row.v6only === true ? 0 : 1
  const suits =
    address === '0.0.0.0'
      ? ([2, 1, 0] as const)
      : address === '::'
        ? ([dual, 2 * dual, 2] as const)
        : ([1, 1, 1] as const)
  return { row, address: unmapped(address), isAny: ANY.has(address), suits }
}

function portKey({ netns, local }: Pick<SocketRow, 'netns' | 'local'>): SocketKey {
  return netns === undefined ? local.port : `${netns}|${local.port}`
}

function append<K, V>(map: Map<K, V[]>, key: K, value: V): void {
  const values = map.get(key)
  if (values === undefined) map.set(key, [value])
  else values.push(value)
}
