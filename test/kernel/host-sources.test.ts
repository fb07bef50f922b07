import { release } from 'node:os'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostSnapshot, SocketQuery } from '../../src/host/index.ts'
import type { RowState, SocketRow } from '../../src/inspect/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'

const READER = new URL('support/read-sockets.mjs', import.meta.url).pathname
const MAKER = new URL('support/mixed-sockets.py', import.meta.url).pathname

const EVERYTHING: SocketQuery = {
  netids: ['tcp', 'udp', 'u_str', 'u_dgr', 'u_seq'],
  families: [4, 6],
  // Every bit that stands for a state.
  states: 0x3fff,
  owners: true,
  tcpInfo: true,
  memory: true,
}

const CLOSE_WAIT_6: SocketQuery = { ...EVERYTHING, netids: ['tcp'], families: [6], states: 1 << 8 }

interface Made {
  readonly pid: number
  readonly child: number
  readonly directory: string
  /** TCP states as the program made them. */
  readonly expected: Readonly<Record<string, number>>
}

describeNeeding(
  ['linux', 'root', 'ip', 'ss', 'netstat', 'python3', 'koffi'],
  'a thousand sockets in every state',
  () => {
    let namespace: NetworkNamespace
    let made: Made
    let byNetlink: HostSnapshot
    let bySs: HostSnapshot
    let byProc: HostSnapshot
    let unprivileged: HostSnapshot
    let closeWait6: HostSnapshot[]
    let ssText: string
    let netstatText: string

    beforeAll(async () => {
      namespace = new NetworkNamespace('sources')
      made = JSON.parse(await firstLine(namespace.start('python3', [MAKER, '36'])))
      ssText = await settled(() => namespace.run('ss', ['-tan']))
      netstatText = namespace.run('netstat', ['-tan'])
      // All of them at once: TIME-WAIT does not last.
      const sources = ['netlink', 'ss', 'proc']
      const readings = read(namespace, [
        ...sources.map((source) => ({ query: EVERYTHING, source })),
        ...sources.map((source) => ({ query: CLOSE_WAIT_6, source })),
        { query: EVERYTHING, source: 'netlink', uid: 65534 },
      ])
      ;[byNetlink, bySs, byProc] = readings as [HostSnapshot, HostSnapshot, HostSnapshot]
      closeWait6 = readings.slice(3, 6)
      unprivileged = readings[6] as HostSnapshot
    })

    afterAll(async () => {
      await namespace?.remove()
    })

    test('netlink finds every TCP state as often as it was made', () => {
      expect(byNetlink.rows.length).toBeGreaterThan(900)
      const { 'BOUND-INACTIVE': bound, ...inTables } = made.expected
      const tellsBound = kernelTellsBound()
      expect(stateCounts(byNetlink.rows)).toEqual(tellsBound ? { ...inTables, 'BOUND-INACTIVE': bound } : inTables)
      expect(byNetlink.lacks).toEqual(tellsBound ? [] : [expect.stringMatching(/^Bound but not listening/)])
    })

    test('ss -D agrees with netlink, all of each TCP row, but for bound sockets', () => {
      // Window probes go on between the readings: what they change is left out.
      const whole = (row: SocketRow): string =>
        JSON.stringify({
          ...row,
          source: undefined,
          timer: lastingTimer(row),
          tcpInfo: row.tcpInfo?.snd_mss,
          memory: [row.memory?.rcvbuf, row.memory?.sndbuf],
        })
      const inTables = byNetlink.rows.filter((row) => row.netid === 'tcp' && row.state !== 'BOUND-INACTIVE')
      expect(difference(tcpOf(bySs).map(whole), inTables.map(whole))).toEqual(NO_DIFFERENCE)
      expect(timersByState(tcpOf(bySs))).toEqual(timersByState(inTables))
      expect(bySs.lacks.join('\n')).toMatch(/bound but not listening/)
    })

    test('/proc agrees with netlink on what it knows of TCP and UDP', () => {
      const inTables = byNetlink.rows.filter((row) => row.family !== 0 && row.state !== 'BOUND-INACTIVE')
      const proc = byProc.rows.filter((row) => row.family !== 0)
      expect(difference(proc.map(known), inTables.map(known))).toEqual(NO_DIFFERENCE)
      expect(timersByState(proc)).toEqual(timersByState(inTables))
      expect(byProc.lacks.join('\n')).toMatch(/no limit of a listener's accept queue/)
    })

    test('/proc agrees with netlink on what it knows of unix sockets', () => {
      const knownUnix = ({ netid, state, inode, path, owners }: SocketRow): string =>
        JSON.stringify({ netid, state, inode, path, owners })
      // A connection that nobody has accepted has no inode, and netlink leaves it out.
      const inBoth = byProc.rows.filter((row) => row.family === 0 && row.inode !== 0)
      const unix = byNetlink.rows.filter((row) => row.family === 0)
      expect(difference(inBoth.map(knownUnix), unix.map(knownUnix))).toEqual(NO_DIFFERENCE)
      expect(byProc.rows.filter((row) => row.inode === 0 && row.netid === 'u_str')).toHaveLength(3)
      const listeners = unix.filter((row) => row.state === 'LISTEN')
      expect(listeners.find((row) => row.path === `${made.directory}/with space stream`)).toMatchObject({
        recvQueue: 1,
        sendQueue: 5,
      })
    })

    test('each source agrees with ss -tan', () => {
      const printed = ssLines(ssText)
      expect(difference(tcpOf(byNetlink).filter(inTable).map(ssTuple), printed)).toEqual(NO_DIFFERENCE)
      expect(difference(tcpOf(bySs).map(ssTuple), printed)).toEqual(NO_DIFFERENCE)
      // /proc does not know the Send-Q of a listener.
      const unlimited = (line: string): string => line.replace(/^(LISTEN \d+) \d+/, '$1')
      const proc = tcpOf(byProc).map(ssTuple)
      expect(difference(proc.map(unlimited), printed.map(unlimited))).toEqual(NO_DIFFERENCE)
    })

    test('each source agrees with netstat -tan', () => {
      const printed = netstatLines(netstatText)
      for (const snapshot of [byNetlink, bySs, byProc]) {
        expect(difference(tcpOf(snapshot).filter(inTable).map(netstatTuple), printed)).toEqual(NO_DIFFERENCE)
      }
    })

    test('every socket with an inode is held by both processes that share it, and no other row has an owner', () => {
      for (const snapshot of [byNetlink, bySs, byProc]) {
        for (const row of snapshot.rows) {
          const pids = row.owners?.map((owner) => owner.pid)
          expect(pids).toEqual(row.inode === 0 ? [] : [made.pid, made.child])
        }
      }
    })

    test('an unprivileged reader sees the same rows, and does not claim that what it cannot see has no owner', () => {
      const { rows, hiddenProcesses, lacks } = unprivileged
      expect(difference(rows.map(tuple), byNetlink.rows.map(tuple))).toEqual(NO_DIFFERENCE)
      for (const row of rows) expect(row.owners).toEqual(row.inode === 0 ? [] : undefined)
      expect(hiddenProcesses).toBeGreaterThan(1)
      expect(lacks.join('\n')).toMatch(
        /owners of \d+ sockets are unknown: \d+ processes would not show descriptors to this user/,
      )
    })

    test('the kernel filters by state and family', () => {
      expect(closeWait6).toHaveLength(3)
      for (const snapshot of closeWait6) {
        expect(snapshot.rows.every((row) => row.family === 6 && row.state === 'CLOSE-WAIT')).toBe(true)
        expect(snapshot.rows).toHaveLength(
          tcpOf(byNetlink).filter((row) => row.family === 6 && row.state === 'CLOSE-WAIT').length,
        )
      }
    })
  },
)

/** Kernels show bound but not listening sockets since 6.8. */
function kernelTellsBound(): boolean {
  const [major = 0, minor = 0] = release().split('.').map(Number)
  return major > 6 || (major === 6 && minor >= 8)
}

function read(namespace: NetworkNamespace, readings: readonly object[]): HostSnapshot[] {
  const args = [READER, ...readings.map((reading) => JSON.stringify(reading))]
  const lines = namespace.run(process.execPath, args).trim().split('\n')
  return lines.map((line) => JSON.parse(line) as HostSnapshot)
}

/** What `look` gives once it has given it twice: acknowledgments and window probes may still be on their way. */
async function settled(look: () => string): Promise<string> {
  let before = look()
  for (let patience = 40; patience > 0; patience--) {
    await new Promise((resolve) => setTimeout(resolve, 500))
    const now = look()
    if (now === before) return now
    before = now
  }
  throw new Error('the sockets do not come to rest')
}

/** Some of what the first list has and the second has not, and the other way round. */
function difference(
  first: readonly string[],
  second: readonly string[],
): { onlyFirst: string[]; onlySecond: string[] } {
  const without = (list: readonly string[], other: readonly string[]): string[] => {
    const rest = [...other].sort()
    return [...list]
      .sort()
      .filter((value) => {
        const at = rest.indexOf(value)
        if (at >= 0) rest.splice(at, 1)
        return at < 0
      })
      .slice(0, 5)
  }
  return { onlyFirst: without(first, second), onlySecond: without(second, first) }
}

const NO_DIFFERENCE = { onlyFirst: [], onlySecond: [] }

function tcpOf(snapshot: HostSnapshot): SocketRow[] {
  return snapshot.rows.filter((row) => row.netid === 'tcp')
}

function inTable(row: SocketRow): boolean {
  return row.state !== 'BOUND-INACTIVE'
}

function stateCounts(rows: readonly SocketRow[]): Record<string, number> {
  const counts: Record<string, number> = {}
  for (const row of rows) {
    if (row.netid === 'tcp') counts[row.state] = (counts[row.state] ?? 0) + 1
  }
  return counts
}

function tuple({ netid, family, state, local, peer, inode }: SocketRow): string {
  return JSON.stringify([netid, family, state, local.address, local.port, peer.address, peer.port, inode])
}

/**
 * The timer of a row, where two readings must tell the same. Linux takes a timer of retransmission or of window probes off before it serves
 * it and sets it anew behind that: a reading that falls between finds none.
 */
function lastingTimer({ timer }: SocketRow): string | undefined {
  return timer?.kind === 'on' || timer?.kind === 'persist' ? undefined : timer?.kind
}

/** `LAST-ACK persist`: which timers the sockets of each state have. Of so many not all are served at one moment. */
function timersByState(rows: readonly SocketRow[]): string[] {
  return [
    ...new Set(rows.flatMap(({ state, timer }) => (timer === undefined ? [] : [`${state} ${timer.kind}`]))),
  ].sort()
}

/** What every source can tell of a TCP or UDP row. */
function known(row: SocketRow): string {
  return JSON.stringify({
    tuple: tuple(row),
    recvQueue: row.recvQueue,
    sendQueue: row.state === 'LISTEN' ? undefined : row.sendQueue,
    timer: lastingTimer(row),
    uid: row.uid,
    owners: row.owners,
  })
}

const SS_STATES: Partial<Record<RowState, string>> = { ESTABLISHED: 'ESTAB', 'SYN-RECEIVED': 'SYN-RECV' }

function ssTuple({ state, recvQueue, sendQueue, local, peer }: SocketRow): string {
  const [from, to] = [local, peer].map(({ address, port }) => `${address} ${port}`)
  return `${SS_STATES[state] ?? state} ${recvQueue} ${sendQueue} ${from} ${to}`
}

/** `LISTEN 0 128 *:80 *:*` → `LISTEN 0 128 :: 80 :: 0`. */
function ssLines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .slice(1)
    .map((line) => {
      const [state, recvQueue, sendQueue, local = '', peer = ''] = line.trim().split(/\s+/)
      return `${state} ${recvQueue} ${sendQueue} ${endpoint(local)} ${endpoint(peer)}`
    })
}

function endpoint(text: string): string {
  const colon = text.lastIndexOf(':')
  const address = text.slice(0, colon).replace(/^\[|\]$/g, '')
  const port = text.slice(colon + 1)
  return `${address === '*' ? '::' : address} ${port === '*' ? 0 : port}`
}

const NETSTAT_STATES: Partial<Record<RowState, string>> = {
  'SYN-RECEIVED': 'SYN_RECV',
  'FIN-WAIT-1': 'FIN_WAIT1',
  'FIN-WAIT-2': 'FIN_WAIT2',
}

function netstatTuple({ family, state, recvQueue, sendQueue, local, peer }: SocketRow): string {
  // netstat prints IPv4-mapped addresses as IPv4, and it has no limit for listeners.
  const [from, to] = [local, peer].map(({ address, port }) => `${address.replace(/^::ffff:(?=\d+\.)/, '')} ${port}`)
  const name = NETSTAT_STATES[state] ?? state.replace('-', '_')
  return `${family === 4 ? 'tcp' : 'tcp6'} ${recvQueue} ${state === 'LISTEN' ? 0 : sendQueue} ${from} ${to} ${name}`
}

function netstatLines(text: string): string[] {
  return text
    .trim()
    .split('\n')
    .slice(2)
    .map((line) => {
      const [protocol, recvQueue, sendQueue, local = '', peer = '', state] = line.trim().split(/\s+/)
      return `${protocol} ${recvQueue} ${sendQueue} ${endpoint(local)} ${endpoint(peer)} ${state}`
    })
}
