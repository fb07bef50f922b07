import { LineBuffer } from '../format/line-buffer.ts'
import { formatFixed } from '../format/number.ts'
import { octetLength, padEnd } from '../format/text.ts'
import { type Services, WELL_KNOWN_SERVICES } from '../services.ts'
import type { Endpoint, RowState, RowTimer, SocketOwner, SocketRow } from '../socket-row.ts'
import type { NetstatQuery } from './query.ts'

/** What names things have on the host. Without a way to look a name up, its number is printed. */
export interface NetstatPrintOptions {
  /** Names of ports; the well-known ones when left out. */
  readonly services?: Services | undefined
  /** Of an address as the row has it. */
  readonly hostName?: ((address: string) => string | undefined) | undefined
  readonly userName?: ((uid: number) => string | undefined) | undefined
}

/** netstat cuts an address and its port to this many octets together, unless `-W`. */
const END_OCTETS = 22
const END_WIDTH = 23
/** PID and program name, cut to 19 octets in a column of 20. */
const PROGRAM_WIDTH = 20

/** The tables as net-tools 2.10 prints them, to the octet: TCP and UDP, then unix sockets, each in the order of the rows. */
export function printNetstat(
  query: NetstatQuery,
  rows: readonly SocketRow[],
  options: NetstatPrintOptions = {},
): string {
  const kinds = { connected: '(w/o servers)', listening: '(only servers)', all: '(servers and established)' } as const
  const text = new LineBuffer()
  if (query.internet) {
    text.add(`Active Internet connections ${kinds[query.which]}\n${internetTitles(query)}\n`)
    for (const row of internetRows(query, rows)) text.add(`${internetLine(row, query, options)}\n`)
  }
  if (query.unix) {
    const program = query.programs ? ' PID/Program name    ' : ''
    text.add(`Active UNIX domain sockets ${kinds[query.which]}\n`)
    text.add(`Proto RefCnt Flags       Type       State         I-Node  ${program} Path\n`)
    for (const row of rows) if (isShownUnix(query, row)) text.add(`${unixLine(row, query)}\n`)
  }
  return text.text
}

/**
 * What netstat says on stderr under `-p` when it may not look into every process; empty when it may.
 *
 * @param hidden Processes whose descriptors could not be read.
 * @param seen Whether the owner of any socket was found.
 */
export function netstatOwnersNotice(hidden: number, seen: boolean, euid: number): string {
  if (hidden === 0) return ''
  return seen
    ? '(Not all processes could be identified, non-owned process info\n will not be shown, you would have to be root to see it all.)\n'
    : `(No info could be read for "-p": geteuid()=${euid} but you should be root.)\n`
}

function internetTitles(query: NetstatQuery): string {
  let titles = 'Proto Recv-Q Send-Q Local Address           Foreign Address         State      '
  if (query.extend) titles += ' User       Inode     '
  if (query.programs) titles += ' PID/Program name    '
  return query.timers ? `${titles} Timer` : titles
}

function internetRows(query: NetstatQuery, rows: readonly SocketRow[]): SocketRow[] {
  const shown = rows.filter((row) => row.family !== 0 && isShownInternet(query, row))
  return (['tcp', 'udp'] as const).flatMap((netid) =>
    ([4, 6] as const).flatMap((family) => shown.filter((row) => row.netid === netid && row.family === family)),
  )
}

function isShownInternet(query: NetstatQuery, row: SocketRow): boolean {
  const inTable = row.family !== 0 && query.families.includes(row.family) && query.netids.includes(row.netid)
  if (!inTable || row.state === 'BOUND-INACTIVE') return false
  if (query.which === 'all') return true
  // netstat does not look at the state: a server is what has no peer.
  const hasPeer = row.netid === 'tcp' ? row.peer.port !== 0 : !isAny(row.peer)
  return hasPeer === (query.which === 'connected')
}

function isAny(end: Endpoint): boolean {
  return end.address === '0.0.0.0' || end.address === '::'
}

const STATE_WORDS: Readonly<Record<RowState, string>> = {
  ESTABLISHED: 'ESTABLISHED',
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECEIVED': 'SYN_RECV',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
  'TIME-WAIT': 'TIME_WAIT',
  CLOSED: 'CLOSE',
  UNCONN: 'CLOSE',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'LAST-ACK': 'LAST_ACK',
  LISTEN: 'LISTEN',
  CLOSING: 'CLOSING',
  'BOUND-INACTIVE': 'CLOSE',
}

function internetLine(row: SocketRow, query: NetstatQuery, options: NetstatPrintOptions): string {
  const isUdp = row.netid === 'udp'
  const state =
    isUdp && row.state === 'UNCONN' ? '' : isUdp && row.state !== 'ESTABLISHED' ? 'UNKNOWN' : STATE_WORDS[row.state]
  // /proc/net/tcp, which netstat reads, does not tell the limit of a listener's queue.
  const sendQueue = row.state === 'LISTEN' ? 0 : row.sendQueue
  const protocol = row.family === 6 ? `${row.netid}6` : row.netid
  const ends = [row.local, row.peer].map((end) => padEnd(endText(row, end, query, options), END_WIDTH))
  const queues = `${String(row.recvQueue).padStart(6)} ${String(sendQueue).padStart(6)}`
  let line = `${padEnd(protocol, 5)} ${queues} ${ends.join(' ')} ${padEnd(state, 11)}`
  if (query.extend) line += ` ${padEnd(userText(row, query, options), 10)} ${padEnd(numberText(row.inode), 10)}`
  if (query.programs) line += ` ${programText(row.owners)}`
  return query.timers ? `${line} ${timerText(row)}` : line
}

function endText(row: SocketRow, end: Endpoint, query: NetstatQuery, options: NetstatPrintOptions): string {
  const host = hostText(end.address, query, options)
  const port = portText(row, end.port, query, options)
  const excess = octetLength(host) + port.length - END_OCTETS
  if (query.wide || excess <= 0) return `${host}:${port}`
  const portLength = Math.min(port.length, END_OCTETS - 4)
  return `${host.slice(0, END_OCTETS - portLength)}:${port.slice(0, portLength)}`
}

function hostText(address: string, query: NetstatQuery, options: NetstatPrintOptions): string {
  // An IPv4 address is printed as one, however the socket came by it.
  const plain = address.replace(/^::ffff:(?=\d+\.)/, '')
  if (query.numericHosts || plain === '0.0.0.0') return plain
  if (plain === '::') return '[::]'
  return options.hostName?.(address) ?? plain
}

function portText(row: SocketRow, port: number, query: NetstatQuery, options: NetstatPrintOptions): string {
  if (port === 0) return '*'
  const services = options.services ?? WELL_KNOWN_SERVICES
  const name = query.numericPorts ? undefined : services.name(port, row.netid === 'udp' ? 'udp' : 'tcp')
  return name ?? String(port)
}

function userText(row: SocketRow, query: NetstatQuery, options: NetstatPrintOptions): string {
  if (row.uid === undefined) return '-'
  const name = query.numericUsers ? undefined : options.userName?.(row.uid)
  return name ?? String(row.uid | 0)
}

function numberText(value: number | undefined): string {
  return value === undefined ? '-' : String(value)
}

/** `-` for a socket whose owner is not known, whether hidden or none. */
function programText(owners: readonly SocketOwner[] | undefined): string {
  const owner = owners?.[0]
  const text = owner === undefined ? '-' : `${owner.pid}/${owner.program ?? owner.command}`
  return padEnd(cut(text, PROGRAM_WIDTH - 1), PROGRAM_WIDTH)
}

/** The first octets of the text, and no half characters. */
function cut(text: string, octets: number): string {
  let kept = ''
  for (const char of text) {
    if (octetLength(kept + char) > octets) break
    kept += char
  }
  return kept
}

const TIMER_WORDS: Readonly<Record<RowTimer['kind'], string>> = {
  on: 'on',
  keepalive: 'keepalive',
  timewait: 'timewait',
  persist: 'probe',
  unknown: 'unkn-5',
}

/** `keepalive (7181.94/0/0)`: seconds left, retransmissions, unanswered probes. */
function timerText(row: SocketRow): string {
  const { timer, tcpInfo } = row
  const retransmits = timer?.kind === 'on' ? timer.retransmits : (tcpInfo?.retransmits ?? 0)
  const isProbing = timer?.kind === 'keepalive' || timer?.kind === 'persist'
  const probes = timer?.probes ?? (isProbing ? timer.retransmits : (tcpInfo?.probes ?? 0))
  // The kernel gives hundredths of a second here, cut off.
  const seconds = formatFixed(Math.floor((timer?.expiresMs ?? 0) / 10) / 100, 2)
  return `${timer === undefined ? 'off' : TIMER_WORDS[timer.kind]} (${seconds}/${retransmits}/${probes})`
}

function isShownUnix(query: NetstatQuery, row: SocketRow): boolean {
  if (row.family !== 0) return false
  return query.which === 'all' || (row.state === 'LISTEN') === (query.which === 'listening')
}

const UNIX_TYPES = { u_str: 'STREAM', u_dgr: 'DGRAM', u_seq: 'SEQPACKET' } as const

function unixLine(row: SocketRow, query: NetstatQuery): string {
  const type = UNIX_TYPES[row.netid as keyof typeof UNIX_TYPES]
  const flags = row.state === 'LISTEN' ? '[ ACC ]' : '[ ]'
  const fields = ['unix ', padEnd(numberText(row.references), 6), padEnd(flags, 11), padEnd(type, 10)]
  let line = `${fields.join(' ')} ${padEnd(unixState(row), 13)} ${padEnd(numberText(row.inode), 8)}`
  if (query.programs) line += ` ${programText(row.owners)}`
  // netstat reads the path as one word.
  return `${line} ${row.path?.split(/\s/, 1)[0] ?? ''}`
}

function unixState(row: SocketRow): string {
  if (row.state === 'LISTEN') return 'LISTENING'
  // A socket that no descriptor stands for has not been accepted yet, or is gone.
  if (row.inode === 0) return row.state === 'ESTABLISHED' ? 'CONNECTING' : 'DISCONNECTING'
  return row.state === 'ESTABLISHED' ? 'CONNECTED' : ''
}
