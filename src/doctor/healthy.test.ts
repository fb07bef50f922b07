/** Hosts that are well, busy as they may be: the doctor has nothing to say, in one look and in many. */
import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../inspect/index.ts'
import {
  diagnosed,
  drops,
  heldBy,
  listener,
  look,
  looks,
  opened,
  row,
  served,
  silentFor,
  times,
} from './looks.testing.ts'

const client = (i: number): SocketRow['peer'] => ({ address: `198.51.100.${i % 250}`, port: 1024 + ((i * 7) % 60_000) })
const web = listener(8080, { owners: heldBy(1000, 'nginx'), sendQueue: 511, recvQueue: 3, memory: drops(12) })
const workers = (i: number): SocketRow['owners'] => heldBy(1001 + (i % 4), 'nginx')

const HOSTS: Readonly<Record<string, readonly SocketRow[]>> = {
  'an idle host': [
    listener(22, { owners: heldBy(700, 'sshd') }),
    served('ESTABLISHED', { local: { address: '10.0.0.1', port: 22 } }),
  ],
  'a busy web server that closes first': [
    web,
    ...times(20_000, (i) =>
      row('TIME-WAIT', { peer: client(i), timer: { kind: 'timewait', expiresMs: 30_000, retransmits: 0 } }),
    ),
    ...times(800, (i) => served('ESTABLISHED', { peer: client(i), owners: workers(i), tcpInfo: silentFor(i % 70) })),
    ...times(40, (i) => row('FIN-WAIT-2', { peer: client(i), inode: 0, tcpInfo: silentFor(i) })),
    ...times(25, (i) =>
      row('FIN-WAIT-1', {
        peer: client(i),
        inode: 0,
        sendQueue: 1,
        timer: { kind: 'on', expiresMs: 200, retransmits: i % 9 === 0 ? 6 : 0 },
      }),
    ),
    ...times(9, (i) =>
      row('LAST-ACK', {
        peer: client(i),
        inode: 0,
        sendQueue: 1,
        timer: { kind: 'on', expiresMs: 200, retransmits: 0 },
      }),
    ),
    ...times(30, (i) => row('SYN-RECEIVED', { peer: client(i), inode: 0 })),
    ...times(3, (i) => served('ESTABLISHED', { peer: client(i), inode: 0, owners: [], tcpInfo: silentFor(0) })),
    ...times(60, (i) => served('CLOSE-WAIT', { peer: client(i), owners: workers(i), tcpInfo: silentFor(i % 4) })),
  ],
  'a relay that holds half-closes for hours': [
    listener(8080, { owners: heldBy(50, 'haproxy') }),
    ...times(300, (i) =>
      served('CLOSE-WAIT', { peer: client(i), owners: heldBy(50, 'haproxy'), tcpInfo: silentFor(7200) }),
    ),
    ...times(300, () => opened('FIN-WAIT-2', { owners: heldBy(50, 'haproxy'), tcpInfo: silentFor(7200) })),
  ],
  'server-sent events to clients that have half-closed': [
    listener(8080, { owners: heldBy(60, 'node') }),
    ...times(500, (i) =>
      served('CLOSE-WAIT', {
        peer: client(i),
        owners: heldBy(60, 'node'),
        recvQueue: 1,
        tcpInfo: silentFor(4000, { last_data_sent: 15_000, last_ack_recv: 15_000 }),
      }),
    ),
  ],
  'nc -N at both ends': [
    listener(8080, { owners: heldBy(61, 'nc') }),
    served('CLOSE-WAIT', { owners: heldBy(61, 'nc'), tcpInfo: silentFor(86_400) }),
    opened('FIN-WAIT-2', { owners: heldBy(62, 'nc'), tcpInfo: silentFor(86_400) }),
  ],
  'a pool of idle connections to a Redis on this host': [
    listener(6379, { owners: heldBy(70, 'redis-server') }),
    ...times(200, (i) => {
      const near = { address: '127.0.0.1', port: 40_000 + i }
      const far = { address: '127.0.0.1', port: 6379 }
      const keepalive = { kind: 'keepalive', expiresMs: 200_000, retransmits: 0 } as const
      return i % 2 === 0
        ? row('ESTABLISHED', { local: near, peer: far, owners: heldBy(71, 'python3'), tcpInfo: silentFor(90_000) })
        : row('ESTABLISHED', {
            local: far,
            peer: { ...near, port: near.port - 1 },
            owners: heldBy(70, 'redis-server'),
            timer: keepalive,
            tcpInfo: silentFor(200),
          })
    }),
  ],
  'a client with many short connections, far from the end of its range': times(9000, (i) =>
    row('TIME-WAIT', { local: { address: '10.0.0.1', port: 33_000 + i }, peer: { address: '10.0.0.5', port: 443 } }),
  ),
}

const QUIET = {
  counters: { TCP: { orphan: 70, mem: 5000, tw: 20_000 }, TcpExt: { TCPTimeWaitOverflow: 3, SyncookiesSent: 80 } },
}

/** What is young at a look is another socket at the next. */
function renewed(one: SocketRow, i: number): SocketRow {
  const isYoung = one.state !== 'LISTEN' && (one.tcpInfo?.last_ack_recv ?? 0) < 60_000
  return isYoung ? { ...one, cookie: (one.cookie ?? 0n) + BigInt(1_000_000 * i) } : one
}

describe('no finding:', () => {
  test.each(Object.entries(HOSTS))('%s, in one look', (_what, rows) => {
    expect(diagnosed([look(rows, QUIET)])).toEqual([])
  })

  test.each(Object.entries(HOSTS))('%s, looked at for two minutes', (_what, rows) => {
    expect(
      diagnosed(
        looks(
          5,
          30,
          (i) => rows.map((one) => renewed(one, i)),
          () => QUIET,
        ),
      ),
    ).toEqual([])
  })

  test('a host on which nothing was seen', () => {
    expect(diagnosed([{ ...look([]), sysctls: {} }])).toEqual([])
  })
})
