import { decodeUtf8 } from '../../wire/index.ts'
import { bracketed } from '../format/address.ts'
import type { Utf8Writer } from '../format/utf8-writer.ts'
import { type Services, WELL_KNOWN_SERVICES } from '../services.ts'
import type { Endpoint, RowTimer, SocketFile, SocketOwner, SocketRow } from '../socket-row.ts'
import { type RowFields, SsTable, type WriteRow } from './columns.ts'
import { DEFAULT_PORT_RANGE, matches, type PortRange } from './filter-match.ts'
import { mptcpWords, upperLayerWords } from './mptcp-words.ts'
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

/** The rows that the query asks for, in the order in which ss prints them: unix, UDP, TCP, MPTCP, and IPv4 before IPv6. */
export function selectRows(
  query: SsQuery,
  rows: readonly SocketRow[],
  options: Pick<SsPrintOptions, 'ephemeralPorts'> = {},
): SocketRow[] {
  const groups = GROUPS.map((): SocketRow[] => [])
  for (const row of rows) {
    if (isSelected(query, row, options)) groups[groupOf(row)]?.push(row)
  }
  return groups.flat()
}

function isSelected(query: SsQuery, row: SocketRow, options: Pick<SsPrintOptions, 'ephemeralPorts'>): boolean {
  return (
    (stateBit(row.state) & query.states) !== 0 &&
    query.netids.includes(row.netid) &&
    query.families.includes(row.family) &&
    (query.filter === undefined || matches(query.filter, row, options.ephemeralPorts))
  )
}

/** ss reads table after table; within one the order is the source's. */
const GROUPS = [
  ['unix', 0],
  ['udp', 4],
  ['udp', 6],
  ['tcp', 4],
  ['tcp', 6],
  ['mptcp', 4],
  ['mptcp', 6],
] as const

function selects({ netids }: SsQuery, group: (typeof GROUPS)[number][0]): boolean {
  return netids.some((netid) => (netid.startsWith('u_') ? 'unix' : netid) === group)
}

function groupOf({ family, netid }: SocketRow): number {
  if (family === 0) return 0
  return (netid === 'tcp' ? 3 : netid === 'udp' ? 1 : 5) + (family === 4 ? 0 : 1)
}

/**
 * The table as ss 6.1 prints it, to the octet, for the rows that the query selects. A field that a row does not know is left
 * out, where ss would always know it.
 */
export function printSs(query: SsQuery, rows: readonly SocketRow[], options: SsPrintOptions = {}): string {
  let text = ''
  const writer = new SsWriter(query, options, (octets) => {
    text += decodeUtf8(octets)
  })
  for (const row of rows) writer.take(row)
  writer.end()
  return text
}

/** The same as UTF-8, for large tables and for rows that come one by one. */
export class SsWriter {
  readonly #query: SsQuery
  readonly #options: SsPrintOptions
  readonly #emit: (octets: Uint8Array) => void
  /** The group that is printed first: its rows need not be kept until all have come. */
  readonly #first: number
  #table: SsTable<SocketRow>
  #later: SocketRow[][] = []

  /** @param emit takes whole lines, in octets that it may keep, as soon as the widths of their columns are known */
  constructor(query: SsQuery, options: SsPrintOptions, emit: (octets: Uint8Array) => void) {
    this.#query = query
    this.#options = options
    this.#emit = emit
    this.#first = GROUPS.findIndex(([netid, family]) => query.families.includes(family) && selects(query, netid))
    this.#table = this.#begin()
  }

  /** Takes a row, whether the query selects it or not. */
  take(row: SocketRow): void {
    if (!isSelected(this.#query, row, this.#options)) return
    const group = groupOf(row)
    if (group === this.#first) this.#table.add(row)
    else this.#later[group]?.push(row)
  }

  /** Forgets all rows. What it has handed over is for whoever took it to forget. */
  restart(): void {
    this.#table = this.#begin()
  }

  /** No row comes any more. */
  end(): void {
    for (const rows of this.#later) for (const row of rows) this.#table.add(row)
    this.#table.end()
  }

  #begin(): SsTable<SocketRow> {
    this.#later = GROUPS.map(() => [])
    const { header, netid, state } = this.#query.print
    const columns = { header, netid, state, width: this.#options.width }
    return new SsTable(columns, rowWriter(this.#query.print, this.#options), this.#emit)
  }
}

function rowWriter(print: SsPrinting, options: SsPrintOptions): WriteRow<SocketRow> {
  return (row, fields) => {
    const into = fields.octets
    if (print.netid) {
      into.text(row.netid)
      fields.endField()
    }
    if (print.state) {
      into.text(PRINTED_STATE[row.state])
      fields.endField()
    }
    writeQueue(row.recvQueue, into)
    fields.endField()
    writeQueue(row.sendQueue, into)
    fields.endField()
    if (row.family === 0) writeUnixEnds(row, fields)
    else writeInetEnds(row, print, options, fields)
    into.text(details(row, print))
    fields.endField()
  }
}

function writeInetEnds(row: SocketRow, print: SsPrinting, options: SsPrintOptions, fields: RowFields): void {
  const { local, peer } = row
  writeHost(row, local, local.device, fields.octets)
  fields.endField()
  writePort(row, local.port, print, options, fields.octets)
  fields.endField()
  writeHost(row, peer, undefined, fields.octets)
  fields.endField()
  writePort(row, peer.port, print, options, fields.octets)
  fields.endField()
}

/** Of a unix socket's ends the path and the inode are known, of its peer only the inode. */
function writeUnixEnds({ path, inode, peerInode }: SocketRow, fields: RowFields): void {
  fields.octets.text(`${path === undefined || path === '' ? '*' : path} `)
  fields.endField()
  fields.octets.number(inode ?? 0)
  fields.endField()
  fields.octets.text('* ')
  fields.endField()
  fields.octets.number(peerInode ?? 0)
  fields.endField()
}

/** `printf("%-6d")`. */
function writeQueue(octets: number, into: Utf8Writer): void {
  const before = into.length
  into.number(octets)
  into.blanks(6 - (into.length - before))
}

function writeHost(row: SocketRow, { address }: Endpoint, device: string | undefined, into: Utf8Writer): void {
  // [::] that also takes IPv4 stands for everything.
  const isAny = row.family === 6 && address === '::' && row.v6only !== true
  if (isAny) into.text(device === undefined ? '*' : `*%${device}`)
  else into.text(row.family === 4 && device === undefined ? address : bracketed(address, device))
  into.text(':')
}

function writePort(row: SocketRow, port: number, print: SsPrinting, options: SsPrintOptions, into: Utf8Writer): void {
  if (port !== 0 && print.numeric) into.number(port)
  else into.text(portText(row, port, print, options))
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
  if (print.memory || (print.info && row.netid !== 'udp')) text += moreLine(row, print)
  return text
}

/** The second line of `-m` and `-i`, which is there even for a socket that has neither, such as one in TIME-WAIT. */
function moreLine(row: SocketRow, print: SsPrinting): string {
  let text = print.oneLine ? '' : '\n\t'
  if (print.memory && row.memory !== undefined) text += memoryWord(row.memory)
  if (print.info && row.tcpInfo !== undefined) text += infoWords(row, row.tcpInfo, print)
  if (print.info && row.upperLayer !== undefined) text += upperLayerWords(row.upperLayer)
  if (print.info && row.mptcpInfo !== undefined) text += mptcpWords(row.mptcpInfo)
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
