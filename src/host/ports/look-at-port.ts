/** Who has a port, and whether it can be had: what is visible, and what the kernel says when it is asked. */
import { type SocketRow, stateBit } from '../../inspect/index.ts'
import { type HostEnvironment, THIS_MACHINE } from '../environment.ts'
import { HostError } from '../errors.ts'
import { listNamespaces } from '../namespaces/list.ts'
import { loadLibc } from '../netlink/libc.ts'
import { OwnerTable } from '../proc/owners.ts'
import { readSysctl } from '../proc/sysctl.ts'
import { type ProcessDetails, ProcessTable } from '../processes/process-table.ts'
import { readSockets } from '../read-sockets.ts'
import { BorrowedSocket, startTimeOf } from '../remedies/borrowed-socket.ts'
import { loadRemedyCalls, type RemedyCalls } from '../remedies/remedy-calls.ts'
import { ALL_STATES, type HostSnapshot } from '../snapshot.ts'
import { SO_REUSEADDR, SOL_SOCKET } from '../socket-numbers.ts'
import { type BindTrial, tryBind } from './bind-trial.ts'
import { type BindAddress, sharesAddress } from './overlap.ts'

const SO_REUSEPORT = 15

/** How many sockets have their options read: enough to show how a server makes its sockets. */
const OPTIONS_READ_MAX = 64

/** Which port. */
export interface PortQuestion {
  readonly port: number
  /** Undefined: any address, and bind() is tried on 0.0.0.0 and [::]. */
  readonly address?: BindAddress | undefined
}

/** A socket on the port. */
export interface PortHolder {
  readonly row: SocketRow
  /** Options that decide over another's bind(), as they are set; undefined where they cannot be read. */
  readonly options?: { readonly reuseAddr: boolean; readonly reusePort: boolean } | undefined
  /** ms until the kernel frees it by itself; undefined when no timer does. */
  readonly freesInMs?: number | undefined
}

/** An attempt to bind, with what is in its way as far as it is visible. */
export interface ExplainedTrial extends BindTrial {
  readonly inTheWay: readonly PortHolder[]
}

/** What there is to say of a port. */
export interface PortReport {
  readonly port: number
  /** Sockets of this network namespace whose local port it is and which share an address with what was asked. */
  readonly holders: readonly PortHolder[]
  readonly trials: readonly ExplainedTrial[]
  /** Listeners of other network namespaces on this port; they are in nobody's way here. */
  readonly elsewhere: readonly SocketRow[]
  /** Those who hold any of these sockets. */
  readonly processes: readonly ProcessDetails[]
  /** Clients here are given ports from this range, both ends included. */
  readonly ephemeralPorts: readonly [first: number, last: number] | undefined
  readonly source: HostSnapshot['source']
  readonly lacks: readonly string[]
}

const ANY: readonly BindAddress[] = [
  { family: 4, address: '0.0.0.0' },
  { family: 6, address: '::' },
]

/**
 * Look at a port, and try to bind it.
 * @throws HostError (a rejection) when sockets cannot be read here, or koffi, by which bind() is asked, does not load
 */
export async function lookAtPort(
  question: PortQuestion,
  environment: Partial<HostEnvironment> = {},
): Promise<PortReport> {
  const machine: HostEnvironment = { ...THIS_MACHINE, ...environment }
  const { port, address } = question
  const targets = address === undefined ? ANY : [address]
  const ownerTable = new OwnerTable(machine.procRoot)
  const here = await readSockets({ ...QUERY, states: ALL_STATES }, { ownerTable, environment: machine })
  const rows = here.rows.filter((row) => row.local.port === port && targets.some((one) => sharesAddress(row, one)))
  const calls = await loadRemedyCalls(machine.loadKoffi)
  const holders = rows.map((row, i) => holderOf(row, i < OPTIONS_READ_MAX ? calls : undefined, machine.procRoot))
  const trials = await tryAll(targets, port, holders, machine)
  const there = await readElsewhere(port, ownerTable, machine)
  const [first, last] = (readSysctl('net.ipv4.ip_local_port_range', machine.procRoot) ?? '').split(/\s+/).map(Number)
  return {
    port,
    holders,
    trials,
    elsewhere: there.rows,
    processes: new ProcessTable(machine.procRoot).look(pidsOf([...rows, ...there.rows])),
    ephemeralPorts: first !== undefined && last !== undefined ? [first, last] : undefined,
    source: here.source,
    lacks: [...new Set([...here.lacks, ...there.lacks])],
  }
}

const QUERY = { netids: ['tcp'], families: [4, 6], owners: true, tcpInfo: false, memory: false } as const

async function tryAll(
  targets: readonly BindAddress[],
  port: number,
  holders: readonly PortHolder[],
  machine: HostEnvironment,
): Promise<ExplainedTrial[]> {
  const libc = await loadLibc(machine.loadKoffi)
  return targets.flatMap((target) =>
    [false, true].flatMap((reuseAddr) => {
      const trial = tryBind(libc, target, port, reuseAddr)
      if (trial === undefined) return []
      return { ...trial, inTheWay: holders.filter(({ row }) => sharesAddress(row, target)) }
    }),
  )
}

/** Listeners in other namespaces: who looks from here does not see them, and clients may be led to them. */
async function readElsewhere(
  port: number,
  ownerTable: OwnerTable,
  machine: HostEnvironment,
): Promise<{ readonly rows: readonly SocketRow[]; readonly lacks: readonly string[] }> {
  const others = listNamespaces(machine.procRoot).filter(({ own }) => !own)
  if (others.length === 0) return { rows: [], lacks: [] }
  try {
    const query = { ...QUERY, states: stateBit('LISTEN') }
    const { rows, lacks } = await readSockets(query, { namespaces: others, ownerTable, environment: machine })
    return { rows: rows.filter((row) => row.local.port === port), lacks }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return { rows: [], lacks: [`Other network namespaces could not be read: ${error.message}.`] }
  }
}

function holderOf(row: SocketRow, calls: RemedyCalls | undefined, procRoot: string): PortHolder {
  const freesInMs = row.timer?.kind === 'timewait' ? row.timer.expiresMs : undefined
  return { row, freesInMs, options: calls === undefined ? undefined : optionsOf(row, calls, procRoot) }
}

/** Read by a descriptor of ours for the owner's socket; undefined without an owner, without the right to, or when it has just gone. */
function optionsOf({ owners, cookie }: SocketRow, calls: RemedyCalls, procRoot: string): PortHolder['options'] {
  const owner = owners?.[0]
  const startTime = owner === undefined ? undefined : startTimeOf(procRoot, owner.pid)
  if (owner === undefined || startTime === undefined) return undefined
  let socket: BorrowedSocket | undefined
  try {
    socket = new BorrowedSocket(calls, procRoot, owner, startTime)
    if (cookie !== undefined && socket.cookie() !== cookie) return undefined
    return {
      reuseAddr: socket.intOption(SOL_SOCKET, SO_REUSEADDR) !== 0,
      reusePort: socket.intOption(SOL_SOCKET, SO_REUSEPORT) !== 0,
    }
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    return undefined
  } finally {
    socket?.close()
  }
}

function pidsOf(rows: readonly SocketRow[]): number[] {
  return rows.flatMap(({ owners }) => (owners ?? []).map(({ pid }) => pid))
}
