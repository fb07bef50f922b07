import type { SocketRow } from '../socket-row.ts'

/** What `ss -s` counts: the numbers of /proc/net/sockstat and sockstat6, and `CurrEstab` of /proc/net/snmp. */
export interface SocketSummary {
  /** Sockets of every kind that the host has (`sockets: used`). */
  readonly sockets: number
  readonly tcp: {
    /** Sockets in use, which have a port (`TCP: inuse`, `TCP6: inuse`). */
    readonly inUse4: number
    readonly inUse6: number
    /** Sockets that exist, in use or not (`alloc`). */
    readonly allocated: number
    readonly orphaned: number
    readonly timeWait: number
    /** ESTABLISHED and, misleadingly, CLOSE-WAIT: the kernel counts both (`CurrEstab`). */
    readonly established: number
  }
  readonly udp4: number
  readonly udp6: number
  readonly raw4: number
  readonly raw6: number
  /** Datagrams being put together from fragments. */
  readonly fragments4: number
  readonly fragments6: number
}

/** What `ss -s` prints (6.1), to the octet. */
export function printSsSummary(summary: SocketSummary): string {
  const { tcp, udp4, udp6, raw4, raw6, fragments4, fragments6 } = summary
  const closed = tcp.allocated - (tcp.inUse4 + tcp.inUse6 - tcp.timeWait)
  const states = `estab ${tcp.established}, closed ${closed}, orphaned ${tcp.orphaned}, timewait ${tcp.timeWait}`
  return [
    `Total: ${summary.sockets}`,
    `TCP:   ${tcp.allocated + tcp.timeWait} (${states})`,
    '',
    'Transport Total     IP        IPv6',
    transport('RAW', raw4, raw6),
    transport('UDP', udp4, udp6),
    transport('TCP', tcp.inUse4, tcp.inUse6),
    transport('INET', raw4 + udp4 + tcp.inUse4, raw6 + udp6 + tcp.inUse6),
    transport('FRAG', fragments4, fragments6),
    '',
    '',
  ].join('\n')
}

function transport(name: string, ipv4: number, ipv6: number): string {
  const cells = [ipv4 + ipv6, ipv4, ipv6].map((count) => String(count).padEnd(9))
  return `${name}\t  ${cells.join(' ')}`
}

/** The same numbers counted from rows, for a source that keeps no counters. Sockets that are in no table are not counted. */
export function summarizeRows(rows: readonly SocketRow[]): SocketSummary {
  const count = (test: (row: SocketRow) => boolean): number => rows.filter(test).length
  const isTcp = (row: SocketRow): boolean => row.netid === 'tcp' && row.state !== 'BOUND-INACTIVE'
  const timeWait = count((row) => isTcp(row) && row.state === 'TIME-WAIT')
  return {
    sockets: count((row) => row.state !== 'TIME-WAIT'),
    tcp: {
      inUse4: count((row) => isTcp(row) && row.family === 4),
      inUse6: count((row) => isTcp(row) && row.family === 6),
      allocated: count((row) => row.netid === 'tcp') - timeWait,
      orphaned: count((row) => isTcp(row) && row.inode === 0 && ORPHAN_STATES.has(row.state)),
      timeWait,
      established: count((row) => isTcp(row) && (row.state === 'ESTABLISHED' || row.state === 'CLOSE-WAIT')),
    },
    udp4: count((row) => row.netid === 'udp' && row.family === 4),
    udp6: count((row) => row.netid === 'udp' && row.family === 6),
    raw4: 0,
    raw6: 0,
    fragments4: 0,
    fragments6: 0,
  }
}

/** A connection without an inode is orphaned only once it has begun to close; before, it waits for accept(). */
const ORPHAN_STATES: ReadonlySet<string> = new Set(['FIN-WAIT-1', 'FIN-WAIT-2', 'CLOSING', 'LAST-ACK'])
