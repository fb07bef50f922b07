import { expect, test } from 'vitest'
import { row, SERVER_ROWS } from '../rows.testing.ts'
import type { SocketRow } from '../socket-row.ts'
import { parseSs } from './arguments.ts'
import { printSs, selectRows, timerText } from './print.ts'
import { printSsSummary, summarizeRows } from './summary.ts'

// TCP rows are compared with the real ss by test/kernel/ss-text.test.ts. Here is what a dump of TCP alone does not have: other kinds of
// socket, owners, devices. The expected texts are iproute2 6.1's for such sockets.

const ss = (line: string, rows: readonly SocketRow[] = SERVER_ROWS): string[] =>
  printSs(parseSs(line.split(' ')), rows).split('\n')

test('unix, UDP and TCP in ss’s order, in one table', () => {
  expect(ss('-a state listening')).toEqual([
    'Netid Recv-Q Send-Q Local Address:Port  Peer Address:PortProcess',
    'u_str 0      128    /run/app.sock 910              * 0          ',
    'tcp   0      511          0.0.0.0:http       0.0.0.0:*          ',
    'tcp   1      5          127.0.0.1:20000      0.0.0.0:*          ',
    'tcp   0      64           0.0.0.0:nfs        0.0.0.0:*          ',
    'tcp   0      511             [::]:http          [::]:*          ',
    '',
  ])
})

test('owners: the last one found comes first', () => {
  const shared = row({
    localEnd: '127.0.0.1:80',
    owners: [
      { pid: 6503, command: 'python3', fd: 3 },
      { pid: 6545, command: 'python3', fd: 3 },
    ],
  })
  expect(ss('-tnp', [shared])[1]).toContain(' users:(("python3",pid=6545,fd=3),("python3",pid=6503,fd=3))')
})

test('addresses: wildcards, devices, IPv6 that takes IPv4 too', () => {
  const rows = [
    row({ state: 'LISTEN', localEnd: '[::]:4323', v6only: false }),
    row({ state: 'LISTEN', localEnd: '[::]:4324', v6only: true }),
    row({ state: 'LISTEN', localEnd: '[::]:4325', local: { address: '::', port: 4325, device: 'eth0' } }),
    row({ state: 'LISTEN', localEnd: '[fe80::1]:22', local: { address: 'fe80::1', port: 22, device: 'eth0' } }),
  ]
  const ends = ss('-tlnH', rows).map((line) => line.trim().split(/\s+/).slice(3).join(' '))
  expect(ends).toEqual(['*:4323 *:*', '[::]:4324 [::]:*', '*%eth0:4325 *:*', '[fe80::1]%eth0:22 *:*', ''])
})

test('unix sockets: paths, queues, peers, details', () => {
  const [line] = ss('-xaeH', [
    row({
      netid: 'u_str',
      family: 0,
      state: 'LISTEN',
      recvQueue: 1,
      sendQueue: 3,
      path: '/run/a.sock',
      inode: 1648920,
      shutdown: 0,
      file: { inode: 2154507, deviceMajor: 254, deviceMinor: 0 },
      waiting: [1648922, 1648923],
    }),
  ])
  expect(line).toBe(
    'u_str LISTEN 1      3      /run/a.sock 1648920 * 0 <-> ino:2154507 dev:0/65024 peers: 1648922 1648923',
  )
})

test('a timer: the longer, the coarser', () => {
  const texts = [0, 5, 204, 999, 1_000, 5_123, 9_999, 10_500, 59_999, 60_000, 119_900, 599_000, 7_181_940]
  expect(texts.map(timerText)).toEqual([
    '',
    '005ms',
    '204ms',
    '999ms',
    '1sec',
    '5.123ms',
    '9.999ms',
    '10sec',
    '59sec',
    '1min',
    '1min59sec',
    '9min59sec',
    '119min',
  ])
})

test('a filter, a family and states choose rows; BOUND-INACTIVE must be asked for', () => {
  const bound = row({ state: 'BOUND-INACTIVE', localEnd: '127.0.0.1:5000' })
  const rows = [...SERVER_ROWS, bound]
  const ports = (line: string): number[] => selectRows(parseSs(line.split(' ')), rows).map((each) => each.local.port)
  expect(ports('-t4 state close-wait')).toEqual([20000, 20000])
  expect(ports('-ta sport = :5000')).toEqual([])
  expect(ports('-tB')).toEqual([5000])
  expect(ports('-t state bound-inactive')).toEqual([5000])
})

test('a row that a source knows little of is printed without what it does not know', () => {
  const bare: SocketRow = {
    ...row({ localEnd: '10.0.0.1:80', peerEnd: '10.0.0.2:4000' }),
    uid: undefined,
    inode: undefined,
    source: 'ss',
  }
  const [, line, more] = ss('-tnempi', [bare])
  expect(line?.trimEnd()).toBe('ESTAB 0      0           10.0.0.1:80       10.0.0.2:4000')
  expect(more?.trim()).toBe('')
})

test('ss -s', () => {
  const summary = {
    sockets: 28,
    tcp: { inUse4: 6, inUse6: 4, allocated: 1086, orphaned: 0, timeWait: 2, established: 5 },
    udp4: 2,
    udp6: 1,
    raw4: 0,
    raw6: 0,
    fragments4: 0,
    fragments6: 0,
  }
  expect(printSsSummary(summary).split('\n')).toEqual([
    'Total: 28',
    'TCP:   1088 (estab 5, closed 1078, orphaned 0, timewait 2)',
    '',
    'Transport Total     IP        IPv6',
    'RAW\t  0         0         0        ',
    'UDP\t  3         2         1        ',
    'TCP\t  10        6         4        ',
    'INET\t  13        8         5        ',
    'FRAG\t  0         0         0        ',
    '',
    '',
  ])
})

test('without counters the summary is counted from rows', () => {
  expect(summarizeRows(SERVER_ROWS)).toMatchObject({
    sockets: 14,
    tcp: { inUse4: 10, inUse6: 2, allocated: 10, orphaned: 3, timeWait: 2, established: 3 },
    udp4: 1,
    udp6: 1,
  })
})

test('multipath: what rides on a path, and what the connection tells, unknown and zero left out', () => {
  const path = row({
    localEnd: '127.0.0.1:80',
    upperLayer: {
      name: 'mptcp',
      subflow: {
        ...{ flags: 0b1_0010_1000, token_rem: 0x9b, token_loc: 0xffffffff, id_rem: 1, id_loc: 0 },
        ...{ map_seq: undefined, map_sfseq: 0, ssn_offset: 0xfe, map_datalen: 5000 },
      },
    },
  })
  expect(ss('-tniOH', [path, { ...path, upperLayer: { name: 'tls' } }]).map((line) => line.trimEnd())).toEqual([
    expect.stringMatching(
      / tcp-ulp-mptcp flags:jbv token:009b\(id:1\)\/ffffffff\(id:0\) sfseq:0 ssnoff:fe maplen:1388$/,
    ),
    expect.stringMatching(/ tcp-ulp-tls$/),
    '',
  ])
  const connection: SocketRow = {
    ...row({ localEnd: '127.0.0.1:80' }),
    netid: 'mptcp',
    mptcpInfo: {
      ...{ subflows: 0, add_addr_signal: 0, add_addr_accepted: 2 },
      ...{ subflows_max: 0, add_addr_signal_max: 0, add_addr_accepted_max: 0 },
      ...{ fallback: true, remote_key: false, token: 0xab8c593, write_seq: 0n, snd_una: (1n << 64n) - 1n, rcv_nxt: 1n },
    },
  }
  const [title, line] = ss('-tManiO', [connection])
  expect(title).toMatch(/^Netid /)
  expect(line?.trimEnd()).toMatch(
    /^mptcp ESTAB .* add_addr_accepted:2 fallback token:ab8c593 snd_una:ffffffffffffffff rcv_nxt:1$/,
  )
})
