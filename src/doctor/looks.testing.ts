/** Looks for the tests of the rules: rows as a kernel gives them, named for what they are. */
import { type Micros, SECOND } from '../base/index.ts'
import type { RowState, SocketOwner, SocketRow, TcpInfo } from '../inspect/index.ts'
import { diagnose } from './diagnose.ts'
import { type History, NO_HISTORY } from './history.ts'
import { observe } from './observe.ts'
import { DEFAULT_THRESHOLDS, type Thresholds } from './thresholds.ts'
import type { Finding, Observation } from './types.ts'

/** Every state, BOUND-INACTIVE included. */
const ALL_STATES: number = (1 << 14) - 1

/** The sysctls of a freshly installed Linux, as far as rules read them. */
const LINUX: Readonly<Record<string, string>> = {
  'net.core.somaxconn': '4096',
  'net.ipv4.ip_local_port_range': '32768\t60999',
  'net.ipv4.ip_local_reserved_ports': '',
  'net.ipv4.tcp_abort_on_overflow': '0',
  'net.ipv4.tcp_fin_timeout': '60',
  'net.ipv4.tcp_max_orphans': '65536',
  'net.ipv4.tcp_max_tw_buckets': '131072',
  'net.ipv4.tcp_mem': '100000\t150000\t200000',
  'net.ipv4.tcp_orphan_retries': '0',
  'net.ipv4.tcp_retries2': '15',
  'net.ipv4.tcp_syncookies': '1',
  'net.ipv4.tcp_timestamps': '1',
  'net.ipv4.tcp_tw_reuse': '2',
}

/** A look at an hour past zero, with nothing in it but what is given. */
export function look(rows: readonly SocketRow[], more: Partial<Observation> = {}): Observation {
  return {
    at: 3600 * SECOND,
    rows,
    states: ALL_STATES,
    counters: {},
    processes: [],
    deadDescriptors: [],
    lacks: [],
    ...more,
    sysctls: { ...LINUX, ...more.sysctls },
  }
}

/** A process's hold on a socket. */
export function heldBy(pid: number, command: string, fd: number = 7): SocketOwner[] {
  return [{ pid, command, fd }]
}

/** TCP_INFO of a connection at rest; `last_*` in ms. */
export function info(more: Partial<TcpInfo> = {}): TcpInfo {
  return {
    ...{ state: 1, ca_state: 0, retransmits: 0, probes: 0, backoff: 0, options: 7, snd_wscale: 7, rcv_wscale: 7 },
    ...{ rto: 204_000, ato: 40_000, snd_mss: 1448, rcv_mss: 536, unacked: 0, sacked: 0, lost: 0, retrans: 0 },
    ...{ last_data_sent: 0, last_data_recv: 0, last_ack_recv: 0, pmtu: 1500, rcv_ssthresh: 64_088, rtt: 200 },
    ...{ rttvar: 100, snd_ssthresh: 0x7fffffff, snd_cwnd: 10, advmss: 1448, reordering: 3, rcv_rtt: 0 },
    ...{ rcv_space: 14_600, total_retrans: 0 },
    ...more,
  }
}

/** TCP_INFO of a connection on which nothing has happened for so many seconds. */
export function silentFor(seconds: number, more: Partial<TcpInfo> = {}): TcpInfo {
  const ms = seconds * 1000
  return info({ last_data_sent: ms, last_data_recv: ms, last_ack_recv: ms, ...more })
}

let inode = 100_000
let cookie = 0n

/** A row; each call is another socket. */
export function row(state: RowState, more: Partial<SocketRow> = {}): SocketRow {
  cookie += 1n
  inode += 1
  return {
    source: 'netlink',
    netid: 'tcp',
    family: 4,
    state,
    local: { address: '10.0.0.1', port: 8080 },
    peer: { address: '10.0.0.9', port: 40_000 + Number(cookie % 10_000n) },
    recvQueue: 0,
    sendQueue: 0,
    uid: 0,
    cookie,
    owners: [],
    ...more,
    inode: more.inode ?? (state === 'TIME-WAIT' ? 0 : inode),
  }
}

/** A listener on all addresses. */
export function listener(port: number, more: Partial<SocketRow> = {}): SocketRow {
  return row('LISTEN', {
    local: { address: '0.0.0.0', port },
    peer: { address: '0.0.0.0', port: 0 },
    sendQueue: 128,
    owners: heldBy(4242, 'python3', 3),
    ...more,
  })
}

/** A connection of the program with pid 4242 to its own listener on 8080. */
export function served(state: RowState, more: Partial<SocketRow> = {}): SocketRow {
  return row(state, { owners: heldBy(4242, 'python3'), tcpInfo: silentFor(0), ...more })
}

/** A connection that the program with pid 77 has opened to 10.0.0.5:443. */
export function opened(state: RowState, more: Partial<SocketRow> = {}): SocketRow {
  const fresh = row(state)
  return {
    ...fresh,
    local: { address: '10.0.0.1', port: 33_000 + Number((fresh.cookie as bigint) % 20_000n) },
    peer: { address: '10.0.0.5', port: 443 },
    owners: heldBy(77, 'java'),
    tcpInfo: silentFor(0),
    ...more,
  }
}

/** The same thing so many times. */
export function times(count: number, make: (i: number) => SocketRow): SocketRow[] {
  return Array.from({ length: count }, (_, i) => make(i))
}

/** Accept queue and drops of a listener, as SKMEMINFO tells them. */
export function drops(count: number): SocketRow['memory'] {
  return {
    ...{ rmemAlloc: 0, rcvbuf: 131_072, wmemAlloc: 0, sndbuf: 16_384 },
    ...{ fwdAlloc: 0, wmemQueued: 0, optmem: 0, backlog: 0, drops: count },
  }
}

/** What the doctor says after these looks, the first without a history. */
export function diagnosed(looks: readonly Observation[], thresholds: Partial<Thresholds> = {}): Finding[] {
  let history: History = NO_HISTORY
  for (const one of looks) history = observe(history, one)
  return diagnose(looks.at(-1) as Observation, history, { ...DEFAULT_THRESHOLDS, ...thresholds })
}

/** The ids of what the doctor finds in one look. */
export function ids(rows: readonly SocketRow[], more: Partial<Observation> = {}): string[] {
  return diagnosed([look(rows, more)]).map(({ id }) => id)
}

/** Looks `every` seconds apart, the i-th with the rows that `rows(i, at)` gives. */
export function looks(
  count: number,
  every: number,
  rows: (i: number, at: Micros) => readonly SocketRow[],
  more: (i: number) => Partial<Observation> = () => ({}),
): Observation[] {
  return Array.from({ length: count }, (_, i) => {
    const at = (3600 + i * every) * SECOND
    return look(rows(i, at), { ...more(i), at })
  })
}
