import {
  type Counters,
  parseNetstat,
  parseSs,
  printNetstat,
  printNetstatStatistics,
  printSs,
  rowsFromStack,
  type SocketRow,
  UsageError,
} from '../../inspect/index.ts'
import type { Host } from '../../stack/index.ts'
import { Unsupported } from '../run/outcome.ts'
import { regularExpression } from './regular-expression.ts'

/** `ss` on the stack's own table. */
export function ssText(host: Host, args: readonly string[]): string {
  return understood('ss', () => printSs(parseSs([...args]), rowsFromStack(host)))
}

/** `netstat` likewise. */
export function netstatText(host: Host, args: readonly string[]): string {
  if (args.some((arg) => /^-[a-zA-Z]*p$/.test(arg)) && host.personality.name !== 'linux')
    return netstatText(host, bsdFamily(args))
  return understood('netstat', () => {
    const query = parseNetstat([...args])
    return query.action === 'statistics'
      ? printNetstatStatistics(countersOf(host), query.statistics)
      : printNetstat(query, rowsFromStack(host))
  })
}

/** `-p tcp` of the BSDs is `-t` here. */
function bsdFamily(args: readonly string[]): string[] {
  return args.flatMap((arg, i) => {
    if (/^-[a-zA-Z]*p$/.test(arg)) return arg === '-p' ? [] : [arg.slice(0, -1)]
    return /^-[a-zA-Z]*p$/.test(args[i - 1] ?? '') ? [arg === 'udp' ? '-u' : '-t'] : [arg]
  })
}

/** What the host counts, in the groups of /proc/net/snmp and /proc/net/netstat. */
function countersOf(host: Host): Counters {
  const groups: Record<string, Record<string, number>> = { Ip: {}, Icmp: {}, Tcp: {}, Udp: {}, TcpExt: {} }
  for (const [name, value] of mibOf(host)) {
    const group = ['TcpExt', 'Tcp', 'Icmp', 'Ip', 'Udp'].find((one) => name.startsWith(one)) as string
    ;(groups[group] as Record<string, number>)[name.slice(group.length)] = value
  }
  return groups
}

function understood(command: string, print: () => string): string {
  try {
    return print()
  } catch (error) {
    if (error instanceof UsageError) throw new Unsupported(`${command}: ${error.message}`)
    throw error
  }
}

const SOCKSTAT_STATES: Readonly<Record<string, string>> = {
  'SYN-SENT': 'SYN_SENT',
  'SYN-RECEIVED': 'SYN_RCVD',
  'FIN-WAIT-1': 'FIN_WAIT_1',
  'FIN-WAIT-2': 'FIN_WAIT_2',
  'CLOSE-WAIT': 'CLOSE_WAIT',
  'LAST-ACK': 'LAST_ACK',
  'TIME-WAIT': 'TIME_WAIT',
}

/** The ends of the connections that `ss -K` names, to be aborted. */
export function ssEnds(host: Host, args: readonly string[]): [string, number, string, number][] {
  const query = args
    .map((arg) => (/^-[a-zA-Z0-9]+$/.test(arg) ? arg.replace('K', '') : arg))
    .filter((arg) => !/^(-|--kill)$/.test(arg))
  const lines = ssText(host, ['-nHta', ...query]).split('\n')
  return lines.flatMap((line) => {
    const [state, , , local = '', peer = ''] = line.trim().split(/\s+/)
    const [here, there] = [local, peer].map((end) => {
      const at = end.lastIndexOf(':')
      return [end.slice(0, at).replace(/^\[|\]$/g, ''), Number(end.slice(at + 1))] as const
    }) as [readonly [string, number], readonly [string, number]]
    return state === undefined || state === '' || Number.isNaN(there[1]) ? [] : [[...here, ...there]]
  })
}

/** FreeBSD's `sockstat -s`: one line a socket. */
export function sockstatText(host: Host): string {
  const line = ({ netid, family, local, peer, state, owners }: SocketRow): string => {
    const owner = owners?.[0]
    const end = (address: string, port: number): string =>
      `${/^(0\.0\.0\.0|::)$/.test(address) ? '*' : address}:${port === 0 ? '*' : port}`
    const words = ['root', owner?.command ?? '?', owner?.pid ?? '?', owner?.fd ?? '?', `${netid}${family}`]
    return [
      ...words,
      end(local.address, Number(local.port)),
      end(peer.address, Number(peer.port)),
      SOCKSTAT_STATES[state] ?? state,
    ].join(' ')
  }
  return rowsFromStack(host)
    .map((row) => `${line(row)}\n`)
    .join('')
}

/** `nstat`: the counters that are not 0, less what they were at the last look. */
export class Nstat {
  readonly #host: Host
  #before = new Map<string, number>()

  constructor(host: Host) {
    this.#host = host
  }

  text(args: readonly string[]): string {
    const now = mibOf(this.#host)
    const options = args.filter((arg) => arg.startsWith('-')).join('')
    const names = args.filter((arg) => !arg.startsWith('-'))
    const absolute = options.includes('a')
    const lines = [...now]
      .map(([name, value]) => [name, absolute ? value : value - (this.#before.get(name) ?? 0)] as const)
      .filter(([name, value]) => (value !== 0 || options.includes('z')) && isNamed(name, names))
      .map(([name, value]) => `${name.padEnd(31)} ${String(value).padEnd(18)} 0.0\n`)
    if (!options.includes('s')) this.#before = now
    return options.includes('n') ? '' : `#kernel\n${lines.join('')}`
  }
}

/** Everything that a host counts, by the names that nstat prints. */
export function mibOf(host: Host): Map<string, number> {
  const { ip, icmp, udp, tcp } = host.counts
  const found = new Map<string, number>()
  const put = (prefix: string, group: object): void => {
    for (const [name, value] of Object.entries(group)) if (typeof value === 'number') found.set(prefix + name, value)
  }
  put('Ip', ip)
  put('Icmp', icmp)
  put('Udp', udp)
  for (const [name, value] of Object.entries(tcp)) {
    if (typeof value === 'number') found.set((TCP_MIB.has(name) ? 'Tcp' : 'TcpExt') + name, value)
  }
  for (const name of NEVER) found.set(`TcpExt${name}`, 0)
  return found
}

/** The names of the MIB of TCP itself; all others are Linux's extensions. */
const TCP_MIB = new Set([
  ...['ActiveOpens', 'PassiveOpens', 'AttemptFails', 'EstabResets', 'InSegs', 'OutSegs', 'RetransSegs', 'InErrs'],
  ...['OutRsts', 'InCsumErrors', 'CurrEstab'],
])

/** What cannot happen here: there are no queues below TCP, no locks, no other tables, no memory that runs short, and no TCP-AO. */
const NEVER = [
  ...[
    'ArpFilter',
    'BusyPollRxPackets',
    'DelayedACKLocked',
    'IPReversePathFilter',
    'LockDroppedIcmps',
    'PFMemallocDrop',
  ],
  ...['TCPAOBad', 'TCPAODroppedIcmps', 'TCPAOGood', 'TCPAOKeyNotFound', 'TCPAORequired', 'TCPAbortFailed'],
  ...['TCPAutoCorking', 'TCPBacklogCoalesce', 'TCPBacklogDrop', 'TCPMemoryPressures', 'TCPMemoryPressuresChrono'],
  ...['TCPPLBRehash', 'TCPSpuriousRtxHostQueues', 'TCPWqueueTooBig'],
]

function isNamed(name: string, patterns: readonly string[]): boolean {
  return (
    patterns.length === 0 ||
    patterns.some((pattern) => regularExpression(`^${pattern.replaceAll('*', '.*')}$`).test(name))
  )
}
