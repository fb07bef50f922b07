/** One look at this host, as the doctor takes it. */
import type { Observation } from '../doctor/index.ts'
import { type SocketRow, type StateMask, stateBit } from '../inspect/index.ts'
import { type HostEnvironment, THIS_MACHINE } from './environment.ts'
import { HostError, reasonOf } from './errors.ts'
import { GoneNamespaceError, insideNamespace, loadSetNamespace } from './namespaces/enter.ts'
import { listNamespaces, type NetworkNamespace } from './namespaces/list.ts'
import { loadLibc } from './netlink/libc.ts'
import { readMptcpCloseWait, withPath } from './netlink/mptcp.ts'
import { dumpTcpInodes } from './netlink/tcp-inodes.ts'
import { readCounters } from './proc/counters.ts'
import { OwnerTable } from './proc/owners.ts'
import { readSysctl } from './proc/sysctl.ts'
import { loadDescriptorCalls } from './processes/calls.ts'
import { findDeadDescriptors } from './processes/dead-descriptors.ts'
import { type ProcessDetails, ProcessTable } from './processes/process-table.ts'
import { type ReadOptions, readSockets } from './read-sockets.ts'
import { ALL_STATES, type HostSnapshot, type MutableRow } from './snapshot.ts'

/** How to look. Whoever looks again and again keeps the two tables from look to look. */
export interface ObserveOptions extends ReadOptions {
  /** Sockets in other states are not looked at, nor asked of the kernel; all when left out. */
  readonly states?: StateMask | undefined
  readonly processTable?: ProcessTable | undefined
  /** False: do not look for descriptors of connections that are over, which costs a question for each socket that is not among `states`. */
  readonly deadDescriptors?: boolean | undefined
  /** True: what is asked for is only a part of what other looks ask for; the observation says so. */
  readonly partial?: boolean | undefined
}

/** A look, with who served it and all that /proc tells of the processes. */
export interface HostObservation extends Observation {
  readonly source: HostSnapshot['source']
  readonly processes: readonly ProcessDetails[]
}

/** The sysctls that the doctor's rules read. One that this kernel does not have is absent. */
const SYSCTLS: readonly string[] = [
  'net.core.somaxconn',
  'net.ipv4.ip_local_port_range',
  'net.ipv4.ip_local_reserved_ports',
  'net.ipv4.tcp_abort_on_overflow',
  'net.ipv4.tcp_fin_timeout',
  'net.ipv4.tcp_max_orphans',
  'net.ipv4.tcp_max_syn_backlog',
  'net.ipv4.tcp_max_tw_buckets',
  'net.ipv4.tcp_mem',
  'net.ipv4.tcp_orphan_retries',
  'net.ipv4.tcp_retries2',
  'net.ipv4.tcp_syncookies',
  'net.ipv4.tcp_timestamps',
  'net.ipv4.tcp_tw_reuse',
]

/** Processes that are looked at in one look: more hold sockets on no host that one would look at like this. */
const PROCESSES_MAX = 10_000

/**
 * Look at the host's TCP sockets, their processes, counters and sysctls, and at descriptors of connections that are over.
 * Counters and sysctls are those of the one network namespace that is asked for, and of this process's own when it is several.
 * @throws HostError (a rejection) with one line: not Linux, or a source or namespace asked for that does not serve
 */
export async function observeHost(options: ObserveOptions = {}): Promise<HostObservation> {
  const machine: HostEnvironment = { ...THIS_MACHINE, ...options.environment }
  const states = options.states ?? ALL_STATES
  const ownerTable = options.ownerTable ?? new OwnerTable(machine.procRoot)
  const snapshot = await readSockets(
    { netids: ['tcp'], families: [4, 6], states, owners: true, tcpInfo: 'brief', memory: 'listeners' },
    { ...options, ownerTable },
  )
  return observeSockets(snapshot, { ...options, ownerTable })
}

/** As `observeHost`, of sockets that have just been read: with their owners, TCP_INFO and the memory of listeners. */
export async function observeSockets(
  { rows: all, source, lacks }: HostSnapshot,
  options: ObserveOptions & { readonly ownerTable: OwnerTable },
): Promise<HostObservation> {
  const machine: HostEnvironment = { ...THIS_MACHINE, ...options.environment }
  const { states = ALL_STATES, ownerTable } = options
  const tcp = all.every(isTcp) ? all : all.filter(isTcp)
  const lacking = new Set(lacks)
  const wantsMptcp = source === 'netlink' && (states & stateBit('CLOSE-WAIT')) !== 0
  const mptcp = wantsMptcp ? await mptcpOf(machine, { tcp, ownerTable, namespaces: options.namespaces }) : []
  const rows = mptcp.length === 0 ? tcp : [...tcp, ...mptcp]
  const { counters, sysctls } = await readSettings(machine, options.namespaces ?? [])
  const question = { machine, rows, ownerTable, namespaces: options.namespaces, lacking }
  const deadDescriptors = options.deadDescriptors === false ? [] : await deadOf(question)
  const pids = new Set(deadDescriptors.map(({ pid }) => pid))
  for (const { owners } of rows) for (const { pid } of owners ?? []) pids.add(pid)
  if (pids.size > PROCESSES_MAX) lacking.add(`Of ${pids.size} processes only ${PROCESSES_MAX} are looked at.`)
  const processTable = options.processTable ?? new ProcessTable(machine.procRoot)
  return {
    at: Math.round(performance.now() * 1000),
    rows,
    states,
    partial: options.partial,
    counters,
    sysctls,
    processes: processTable.look([...pids].slice(0, PROCESSES_MAX)),
    deadDescriptors,
    lacks: [...lacking],
    source,
  }
}

function isTcp({ netid }: SocketRow): boolean {
  return netid === 'tcp'
}

/** The counters and sysctls of the one namespace that is asked for, else of this process's own. */
async function readSettings(
  machine: HostEnvironment,
  namespaces: readonly NetworkNamespace[],
): Promise<Pick<Observation, 'counters' | 'sysctls'>> {
  // Of several threads each may be in another namespace: what /proc/net has is that of the process's first one.
  const read = (root: string): Pick<Observation, 'counters' | 'sysctls'> => {
    const { sockstat, snmp, netstat } = readCounters(root)
    return { counters: { ...sockstat, ...snmp, ...netstat }, sysctls: readSysctls(machine.procRoot) }
  }
  const [only] = namespaces
  if (only === undefined || namespaces.length > 1 || only.own) return read(machine.procRoot)
  const setNamespace = await loadSetNamespace(machine.loadKoffi)
  return insideNamespace(setNamespace, only, () => read(`${machine.procRoot}/thread-self`))
}

function readSysctls(root: string): Record<string, string> {
  const values: Record<string, string> = {}
  for (const name of SYSCTLS) {
    const value = readSysctl(name, root)
    if (value !== undefined) values[name] = value
  }
  return values
}

interface MptcpQuestion {
  readonly tcp: readonly SocketRow[]
  readonly ownerTable: OwnerTable
  readonly namespaces: readonly NetworkNamespace[] | undefined
}

/** Multipath connections that the peer has closed, of the namespaces that are looked at; none where this kernel does not tell. */
async function mptcpOf(machine: HostEnvironment, { tcp, ownerTable, namespaces }: MptcpQuestion): Promise<SocketRow[]> {
  const libc = await loadLibc(machine.loadKoffi)
  const read = (): MutableRow[] => readMptcpCloseWait(libc, machine.procRoot)
  const rows: MutableRow[] = []
  for (const namespace of namespaces ?? [undefined]) {
    try {
      if (namespace === undefined || namespace.own) rows.push(...read())
      else {
        const setNamespace = await loadSetNamespace(machine.loadKoffi)
        for (const row of insideNamespace(setNamespace, namespace, read)) {
          row.netns = namespace.label
          rows.push(row)
        }
      }
    } catch (error) {
      if (!(error instanceof HostError)) throw error
    }
  }
  if (rows.length === 0) return []
  const paths = new Map(tcp.map((row) => [row.inode, row]))
  return rows.map((row) => {
    row.owners = row.inode === undefined ? undefined : ownerTable.ownersOf(row.inode)
    return withPath(row, paths.get(row.inode))
  })
}

interface DeadQuestion {
  readonly machine: HostEnvironment
  readonly rows: readonly SocketRow[]
  readonly ownerTable: OwnerTable
  readonly namespaces: readonly NetworkNamespace[] | undefined
  readonly lacking: Set<string>
}

/** Descriptors that no table accounts for, in processes of the namespaces that are looked at. */
async function deadOf(question: DeadQuestion): Promise<Observation['deadDescriptors']> {
  const { machine, rows, ownerTable, lacking } = question
  const namespaces = question.namespaces ?? listNamespaces(machine.procRoot).filter(({ own }) => own)
  const isListed = inodesIn(rows)
  try {
    const calls = await loadDescriptorCalls(machine.loadKoffi)
    const dump = await tcpInodeDump(machine, namespaces)
    return findDeadDescriptors({
      calls,
      root: machine.procRoot,
      held: ownerTable.sockets(),
      isListed,
      dump,
      namespaces: new Set(namespaces.map(({ inode }) => inode)),
    })
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    lacking.add(`Descriptors of connections that are over cannot be told from others: ${reasonOf(error)}.`)
    return []
  }
}

/** Whether a row has that inode. A sorted array takes a tenth of what a set of 100,000 takes. */
function inodesIn(rows: readonly SocketRow[]): (inode: number) => boolean {
  const inodes = Float64Array.from(rows, ({ inode }) => inode ?? 0).sort()
  return (wanted) => {
    let [low, high] = [0, inodes.length]
    while (low < high) {
      const middle = (low + high) >> 1
      if ((inodes[middle] as number) < wanted) low = middle + 1
      else high = middle
    }
    return inodes[low] === wanted
  }
}

async function tcpInodeDump(
  machine: HostEnvironment,
  namespaces: readonly NetworkNamespace[],
): Promise<() => ReadonlySet<number>> {
  const [libc, setNamespace] = [await loadLibc(machine.loadKoffi), await loadSetNamespace(machine.loadKoffi)]
  return () => {
    const inodes = new Set<number>()
    const dump = (): void => dumpTcpInodes(libc, inodes)
    for (const namespace of namespaces) {
      try {
        if (namespace.own) dump()
        else insideNamespace(setNamespace, namespace, dump)
      } catch (error) {
        // With a namespace its sockets have ended.
        if (!(error instanceof GoneNamespaceError)) throw error
      }
    }
    return inodes
  }
}
