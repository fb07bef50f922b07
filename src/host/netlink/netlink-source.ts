/** The best source: NETLINK_SOCK_DIAG, through the C library. */
import { stateBit } from '../../inspect/index.ts'
import { kernelAtLeast } from '../environment.ts'
import { HostError, reasonOf } from '../errors.ts'
import { cgroupPaths, deviceNames } from '../names.ts'
import type { Reading, SocketKind } from '../reading.ts'
import type { MutableRow, SocketQuery } from '../snapshot.ts'
import { DiagSocket } from './dump.ts'
import {
  type InetDiagContext,
  IPPROTO_TCP,
  IPPROTO_UDP,
  inetDiagRequest,
  parseInetDiag,
  tcpDumpRequest,
} from './inet-diag.ts'
import { type Libc, loadLibc } from './libc.ts'
import { dumpRequest } from './message.ts'
import { hasMptcp, mptcpRequest } from './mptcp.ts'
import { parseUnixDiag, unixDiagRequest } from './unix-diag.ts'

/**
 * Read one kind of socket.
 * @throws HostError when koffi does not load, or the kernel refuses
 */
export async function readNetlink(kind: SocketKind, reading: Reading): Promise<void> {
  const libc = await loadLibc(reading.machine.loadKoffi)
  try {
    if (reading.enter === undefined) await readAside(kind, reading, libc)
    else reading.enter(() => readHere(kind, reading, libc))
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    throw new HostError(`${kind} sockets: ${reasonOf(error)}`)
  }
}

async function readAside(kind: SocketKind, reading: Reading, libc: Libc): Promise<void> {
  const diag = new DiagSocket(libc)
  try {
    for (const dump of dumpsOf(kind, reading, libc)) {
      noteChange(await diag.dumpAside(dump.request, dump.parse, dump.restart), reading)
    }
  } finally {
    diag.close()
  }
}

/** All of it before it returns: in a namespace of others this thread may do nothing else meanwhile. */
function readHere(kind: SocketKind, reading: Reading, libc: Libc): void {
  const diag = new DiagSocket(libc)
  try {
    for (const dump of dumpsOf(kind, reading, libc)) {
      noteChange(diag.dump(dump.request, dump.parse, dump.restart), reading)
    }
  } finally {
    diag.close()
  }
}

function noteChange(isConsistent: boolean, { lacks }: Reading): void {
  if (!isConsistent) lacks.add('The table of sockets changed while it was read: a row may be missing or doubled.')
}

/** One dump of the kernel's: what to send, and what to do with the answer. */
interface Dump {
  readonly request: Uint8Array
  readonly parse: (bytes: Uint8Array) => void
  readonly restart: () => void
}

/** The dumps that a kind of socket takes, each begun when the one before is over. */
function* dumpsOf(kind: SocketKind, reading: Reading, libc: Libc): Generator<Dump> {
  if (kind !== 'unix') {
    yield* inetDumps(kind, reading, libc)
    return
  }
  const { query, rows } = reading
  const request = dumpRequest(unixDiagRequest(query.states, query.memory === true), 1)
  yield { request, parse: (bytes) => parseUnixDiag(bytes, query, rows), restart: forgetting(rows) }
}

/** To forget the rows that were added after this. */
function forgetting(rows: MutableRow[]): () => void {
  const before = rows.length
  return () => {
    rows.length = before
  }
}

function* inetDumps(kind: InetKind, reading: Reading, libc: Libc): Generator<Dump> {
  const { query, machine, rows, sink } = reading
  if (kind === 'mptcp' && !hasMptcp(machine.procRoot)) return
  const context: InetDiagContext = {
    netid: kind,
    source: 'netlink',
    states: query.states,
    families: query.families,
    device: deviceNames((index) => libc.deviceName(index)),
    cgroup: query.cgroup === true ? cgroupPaths(machine.procRoot) : undefined,
    addresses: reading.addresses,
    brief: query.tcpInfo === 'brief',
  }
  const requests = portions(query).flatMap((portion) => inetRequests(kind, query, portion))
  // A sink forgets all it has: it serves where one dump brings all.
  const direct = requests.length === 1 ? sink : undefined
  for (const request of requests) {
    const into = direct === undefined ? rows : { push: (row: MutableRow): void => direct.take(row) }
    const restart = direct === undefined ? forgetting(rows) : (): void => direct.restart()
    yield { request, parse: (bytes) => parseInetDiag(bytes, context, into), restart }
  }
  if (
    kind === 'tcp' &&
    (query.states & stateBit('BOUND-INACTIVE')) !== 0 &&
    !kernelAtLeast(machine.kernelRelease, 6, 8)
  ) {
    reading.lacks.add(
      `Bound but not listening TCP sockets are not shown: kernels tell of them since 6.8, and this one is ${machine.kernelRelease}.`,
    )
  }
}

type InetKind = Exclude<SocketKind, 'unix'>

/** The requests for a portion of the sockets of a kind: one where one tells of both families. */
function inetRequests(kind: InetKind, query: SocketQuery, { states, memory }: Portion): Uint8Array[] {
  if (kind === 'mptcp') {
    const { tcpInfo } = query
    return query.families.map((family) => dumpRequest(mptcpRequest({ family, states, tcpInfo, memory }), 1))
  }
  const protocol = kind === 'tcp' ? IPPROTO_TCP : IPPROTO_UDP
  const tcpInfo = kind === 'tcp' && query.tcpInfo
  if (kind === 'tcp' && query.families.length === 2) return [tcpDumpRequest({ states, tcpInfo, memory })]
  return query.families.map((family) => dumpRequest(inetDiagRequest({ family, protocol, states, tcpInfo, memory }), 1))
}

interface Portion {
  readonly states: number
  readonly memory: boolean
}

/** The dumps that a query takes: one, or two when listeners alone are to tell of their memory. */
function portions({ states, memory }: SocketQuery): Portion[] {
  if (memory !== 'listeners') return [{ states, memory }]
  const listen = stateBit('LISTEN')
  return [
    { states: states & listen, memory: true },
    { states: states & ~listen, memory: false },
  ].filter((portion) => portion.states !== 0)
}
