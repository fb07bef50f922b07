import { describe, expect, test } from 'vitest'
import type { RowState, SocketRow } from '../inspect/index.ts'
import { prospectOf } from './prospect.ts'

function row(state: RowState, extra: Partial<SocketRow> = {}): SocketRow {
  const [local, peer] = [
    { address: '10.0.0.1', port: 80 },
    { address: 'fe80::2', port: 40_000 },
  ]
  const owners = [{ pid: 7, command: 'python3', fd: 4 }]
  return {
    source: 'netlink',
    netid: 'tcp',
    family: 6,
    state,
    local,
    peer,
    recvQueue: 0,
    sendQueue: 0,
    owners,
    ...extra,
  }
}

const said = (one: SocketRow, sysctls: Readonly<Record<string, string>> = {}): string => {
  const { waits, ends } = prospectOf(one, sysctls)
  return [waits, ...ends].join(' ')
}

describe('who waits for whom, and what would end it', () => {
  test('CLOSE-WAIT: the owner, and nothing else while it is idle', () => {
    expect(prospectOf(row('CLOSE-WAIT', { recvQueue: 20 }), {})).toEqual({
      waits: '[fe80::2]:40000 has closed and waits for python3 (pid 7) to close too; 19 octets are not read yet.',
      ends: [
        'close() by python3 (pid 7).',
        'Nothing else while it is idle: this state has no timer, and no sysctl shortens it.',
      ],
    })
  })

  test.each<[string, SocketRow, string]>([
    [
      'data that is not acknowledged',
      row('ESTABLISHED', { sendQueue: 9 }),
      'python3 (pid 7) waits for [fe80::2]:40000 to acknowledge 9 octets. close()',
    ],
    [
      'data that is not read',
      row('ESTABLISHED', { recvQueue: 1 }),
      '[fe80::2]:40000 waits for python3 (pid 7) to read 1 octet.',
    ],
    ['an idle connection', row('ESTABLISHED'), 'is not noticed while nothing is sent: SO_KEEPALIVE is not set.'],
    ['an orphan', row('FIN-WAIT-2', { owners: [] }), 'The kernel, after tcp_fin_timeout = 60 s: no process holds it.'],
    ['a held FIN-WAIT-2', row('FIN-WAIT-2'), 'close() by python3 (pid 7), and tcp_fin_timeout = 60 s after that'],
    [
      'an unseen owner',
      row('CLOSE-WAIT', { owners: undefined }),
      'waits for its program (not visible from here) to close too.',
    ],
    [
      'what nobody accepted',
      row('CLOSE-WAIT', { owners: [], inode: 0 }),
      'for a program that has not accepted it yet to close',
    ],
    [
      '2·MSL',
      row('TIME-WAIT', { timer: { kind: 'timewait', expiresMs: 12_100, retransmits: 0 } }),
      'Its timer, 2·MSL (60 s on Linux), 13 s from now.',
    ],
    ['a full queue', row('LISTEN', { recvQueue: 2 }), '2 connections wait for python3 (pid 7) to call accept().'],
    [
      'LAST-ACK of an orphan',
      row('LAST-ACK', { owners: [] }),
      'gives up after tcp_orphan_retries = 0 (0 means 8 times)',
    ],
  ])('%s', (_, one, expected) => {
    expect(said(one)).toContain(expected)
  })

  test("this host's own values are said", () => {
    expect(said(row('FIN-WAIT-2', { owners: [] }), { 'net.ipv4.tcp_fin_timeout': '15' })).toContain(
      'tcp_fin_timeout = 15 s',
    )
  })
})
