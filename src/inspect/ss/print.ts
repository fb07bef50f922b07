import { bracketed } from '../format/address.ts'
import { type Services, WELL_KNOWN_SERVICES } from '../services.ts'
import type { Endpoint, RowTimer, SocketFile, SocketOwner, SocketRow } from '../socket-row.ts'
import { type Fields, SsTable } from './columns.ts'
import { DEFAULT_PORT_RANGE, matches, type PortRange } from './filter-match.ts'
import type { SsPrinting, SsQuery } from './query.ts'
import { PRINTED_STATE, stateBit } from './states.ts'
import { infoWords, memoryWord } from './tcp-words.ts'

/** Where the text goes and what names things have there. */
export interface SsPrintOptions {
  /** Columns of the terminal. Left out: the text goes into a pipe, and columns are no wider than they must be. */
  readonly width?: number | undefined
  /** Names of ports; the well-known ones when left out. */
  readonly services?: Services | undefined
  /** Ports that get no name and that `autobound` selects: `net.ipv4.ip_local_port_range`. */
  readonly ephemeralPorts?: PortRange | undefined
}

/** The rows that the query asks for, in the order in which ss prints them: unix, UDP, TCP, and IPv4 before IPv6. */
export function selectRows(
  query: SsQuery,
  rows: readonly SocketRow[],
  options: Pick<SsPrintOptions, 'ephemeralPorts'> = {},
): SocketRow[] {
  const wanted = rows.filter(
    (row) =>
      query.netids.includes(row.netid) &&
      query.families.includes(row.family) &&
      (stateBit(row.state) & query.states) !== 0 &&
      (query.filter === undefined || matches(query.filter, row, options.ephemeralPorts)),
  )
  return GROUPS.flatMap((belongs) => wanted.filter(belongs))
}

/** ss reads table after table; within one the order is the source's. */
const GROUPS: readonly ((row: SocketRow) => boolean)[] = [
  (row) => row.family === 0,
  (row) => row.netid === 'udp' && row.family === 4,
  (row) => row.netid === 'udp' && row.family === 6,
  (row) => row.netid === 'tcp' && row.family === 4,
  (row) => row.netid === 'tcp' && row.family === 6,
]

/**
 * The table as ss 6.1 prints it, to the octet, for the rows that the query selects. A field that a row does not know is left
 * out, where ss would always know it.
 */
export function printSs(query: SsQuery, rows: readonly SocketRow[], options: SsPrintOptions = {}): string {
  const { header, netid, state } = query.print
  const layout = { header, netid, state, width: options.width }
  const table = new SsTable<SocketRow>(layout, (row) => fieldsOf(row, query.print, options))
  return table.print(selectRows(query, rows, options))
}

function fieldsOf(row: SocketRow, print: SsPrinting, options: SsPrintOptions): Fields {
  const [localAddress, localPort, peerAddress, peerPort] =
    row.family === 0
      ? unixEnds(row)
      : [...inetEnd(row, row.local, print, options), ...inetEnd(row, row.peer, print, options)]
  return [
    row.netid,
    PRINTED_STATE[row.state],
    String(row.recvQueue).padEnd(6),
    String(row.sendQueue).padEnd(6),
    localAddress as string,
    localPort as string,
    peerAddress as string,
    peerPort as string,
    details(row, print),
  ]
}

/** A unix socket's ends: its path and inode; of the peer only the inode is known. */
function unixEnds(row: SocketRow): string[] {
  const path = row.path === undefined || row.path === '' ? '*' : row.path
  return [`${path} `, String(row.inode ?? 0), '* ', String(row.peerInode ?? 0)]
}

function inetEnd(row: SocketRow, end: Endpoint, print: SsPrinting, options: SsPrintOptions): [string, string] {
  // [::] that also takes IPv4 stands for everything.
  const isAny = row.family === 6 && end.address === '::' && row.v6only !== true
  const device = end === row.local ? end.device : undefined
  const host = isAny ? `*${device === undefined ? '' : `%${device}`}` : bracketed(end.address, device)
  return [`${host}:`, portText(row, end.port, print, options)]
}

function portText(row: SocketRow, port: number, print: SsPrinting, options: SsPrintOptions): string {
  if (port === 0) return '*'
  const [first, last] = options.ephemeralPorts ?? DEFAULT_PORT_RANGE
  if (print.numeric || (first <= port && port <= last)) return String(port)
  const services = options.services ?? WELL_KNOWN_SERVICES
  return services.name(port, row.netid === 'udp' ? 'udp' : 'tcp') ?? String(port)
}

/** Everything behind the addresses. */
function details(row: SocketRow, print: SsPrinting): string {
  let text = print.owners ? ownersWord(row.owners) : ''
  if (row.family === 0) {
    if (print.memory && row.memory !== undefined) text += memoryWord(row.memory)
    if (print.details) text += unixDetailWords(row)
    return text
  }
  if (print.timers && row.timer !== undefined) text += timerWord(row.timer)
  if (print.details) text += inetDetailWords(row)
  if (print.cgroup && row.cgroup !== undefined) text += ` cgroup:${row.cgroup}`
  if (print.memory || (print.info && row.netid === 'tcp')) text += moreLine(row, print)
  return text
}

/** The second line of `-m` and `-i`, which is there even for a socket that has neither, such as one in TIME-WAIT. */
function moreLine(row: SocketRow, print: SsPrinting): string {
  let text = print.oneLine ? '' : '\n\t'
  if (print.memory && row.memory !== undefined) text += memoryWord(row.memory)
  if (print.info && row.tcpInfo !== undefined) text += infoWords(row, row.tcpInfo, print)
  return text
}

/** ss puts the last owner it found first. */
function ownersWord(owners: readonly SocketOwner[] | undefined): string {
  if (owners === undefined || owners.length === 0) return ''
  const each = owners.map((owner) => `("${owner.command}",pid=${owner.pid},fd=${owner.fd})`)
  return ` users:(${each.reverse().join(',')})`
}

function timerWord(timer: RowTimer): string {
  return ` timer:(${timer.kind},${timerText(timer.expiresMs)},${timer.retransmits})`
}

/** `119min`, `1min59sec`, `59sec`, `5.123ms`, `200ms`: the larger the time, the less of it; nothing for zero. */
export function timerText(ms: number): string {
  const minutes = Math.floor(ms / 60_000)
  const seconds = minutes > 9 ? 0 : Math.floor(ms / 1000) % 60
  const rest = minutes > 0 || seconds > 9 ? 0 : ms % 1000
  let text = minutes > 0 ? `${minutes}min` : ''
  if (seconds > 0) text += `${seconds}${rest > 0 ? '.' : 'sec'}`
  if (rest > 0) text += `${String(rest).padStart(3, '0')}ms`
  return text
}

function inetDetailWords(row: SocketRow): string {
  let text = row.uid ? ` uid:${row.uid}` : ''
  if (row.inode !== undefined) text += ` ino:${row.inode}`
  if (row.cookie !== undefined) text += ` sk:${row.cookie.toString(16)}`
  if (row.mark) text += ` fwmark:0x${row.mark.toString(16)}`
  if (row.cgroup !== undefined) text += ` cgroup:${row.cgroup}`
  if (row.family === 6 && row.v6only !== undefined) text += ` v6only:${row.v6only ? 1 : 0}`
  return text + shutdownWord(row.shutdown)
}

function unixDetailWords(row: SocketRow): string {
  let text = shutdownWord(row.shutdown)
  if (row.file !== undefined) text += fileWords(row.file)
  if (row.waiting !== undefined) text += ` peers:${row.waiting.map((inode) => ` ${inode}`).join('')}`
  return text
}

/**
 * ss takes the number by which the kernel itself knows a device (12 bits of major, 20 of minor) for one of stat(2)'s, which is put
 * together otherwise: it prints 0/65024 for 254/0. So do we, for whoever compares.
 */
function fileWords(file: SocketFile): string {
  const device = file.deviceMajor * 0x10_0000 + file.deviceMinor
  const major = (device >>> 8) & 0xfff
  const minor = (device & 0xff) | ((device >>> 12) & 0xf_ff00)
  return ` ino:${file.inode} dev:${major}/${minor}`
}

/** `<->` with a dash for each direction that is shut. */
function shutdownWord(shutdown: number | undefined): string {
  if (shutdown === undefined) return ''
  return ` ${shutdown & 1 ? '-' : '<'}-${shutdown & 2 ? '-' : '>'}`
}
