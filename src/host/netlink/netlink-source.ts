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
import { parseUnixDiag, unixDiagRequest } from './unix-diag.ts'

/**
 * Read one kind of socket.
 * @throws HostError when koffi does not load, or the kernel refuses
 */
export async function readNetlink(kind: SocketKind, reading: Reading): Promise<void> {
  const libc = await loadLibc(reading.machine.loadKoffi)
  const read = (): void => readNow(kind, reading, libc)
  if (reading.enter === undefined) read()
  else reading.enter(read)
}

function readNow(kind: SocketKind, reading: Reading, libc: Libc): void {
  const diag = new DiagSocket(libc)
  try {
    if (kind === 'unix') readUnix(diag, reading)
    else readInet(kind, diag, libc, reading)
  } catch (error) {
    if (!(error instanceof HostError)) throw error
    throw new HostError(`${kind} sockets: ${reasonOf(error)}`)
  } finally {
    diag.close()
  }
}

function readInet(kind: 'tcp' | 'udp', diag: DiagSocket, libc: Libc, reading: Reading): void {
  const { query, machine, rows } = reading
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
  const [only] = requests
  if (reading.sink !== undefined && only !== undefined && requests.length === 1) {
    const { sink } = reading
    const into = { push: (row: MutableRow): void => sink.take(row) }
    dumpInto(diag, only, reading, (bytes) => parseInetDiag(bytes, context, into))
  } else {
    for (const request of requests) {
      dumpInto(diag, request, reading, (bytes) => parseInetDiag(bytes, context, rows))
    }
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

/** The requests for a portion of the sockets of a kind: one where one tells of both families. */
function inetRequests(kind: 'tcp' | 'udp', query: SocketQuery, { states, memory }: Portion): Uint8Array[] {
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

function readUnix(diag: DiagSocket, reading: Reading): void {
  const { query, rows } = reading
  dumpInto(diag, dumpRequest(unixDiagRequest(query.states, query.memory === true), 1), reading, (bytes) =>
    parseUnixDiag(bytes, query, rows),
  )
}

function dumpInto(diag: DiagSocket, request: Uint8Array, reading: Reading, parse: (bytes: Uint8Array) => void): void {
  const rows: MutableRow[] = reading.rows
  const before = rows.length
  const consistent = diag.dump(request, parse, () => {
    rows.length = before
    reading.sink?.restart()
  })
  if (!consistent) reading.lacks.add('The table of sockets changed while it was read: a row may be missing or doubled.')
}
