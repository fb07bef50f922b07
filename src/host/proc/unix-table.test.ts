import { expect, test } from 'vitest'
import type { NetId, SocketRow } from '../../inspect/index.ts'
import { stateBit } from '../../inspect/index.ts'
import { HostError } from '../errors.ts'
import { ALL_STATES, type MutableRow } from '../snapshot.ts'
import { parseUnixTable } from './unix-table.ts'

const TABLE = `
Num       RefCount Protocol Flags    Type St Inode Path
00000000c57acba8: 00000003 00000000 00000000 0001 03 551488
000000004e2d8339: 00000002 00000000 00000000 0001 01 551521
00000000c8696b3b: 00000003 00000000 00000000 0001 02     0 /run/app/stream
0000000072f458d1: 00000002 00000000 00010000 0001 01 551423 /run/app/with space
000000003c950ecc: 00000002 00000000 00010000 0005 01 551429 /run/app/seqpacket
000000003ef00149: 00000003 00000000 00000000 0002 03 551420 @abstract@name
`.slice(1)

const KINDS: readonly NetId[] = ['u_str', 'u_dgr', 'u_seq']

function parse(text: string, netids: readonly NetId[] = KINDS, states: number = ALL_STATES): SocketRow[] {
  const rows: MutableRow[] = []
  parseUnixTable(Buffer.from(text), { name: '/proc/net/unix', netids, states }, rows)
  return rows
}

test('a line is a row', () => {
  expect(parse(TABLE)).toMatchObject([
    { source: 'proc', netid: 'u_str', family: 0, state: 'ESTABLISHED', inode: 551488, path: undefined, references: 3 },
    { netid: 'u_str', state: 'UNCONN', inode: 551521 },
    // Connected, and not accepted yet: the kernel's word is CONNECTING.
    { netid: 'u_str', state: 'ESTABLISHED', inode: 0, path: '/run/app/stream' },
    { netid: 'u_str', state: 'LISTEN', path: '/run/app/with space' },
    { netid: 'u_seq', state: 'LISTEN', path: '/run/app/seqpacket' },
    { netid: 'u_dgr', state: 'ESTABLISHED', path: '@abstract@name' },
  ])
})

test('a path may hold line feeds', () => {
  const rows = parse(TABLE.replace('/run/app/with space', '/run/a\nb\n12: c'))
  expect(rows).toHaveLength(6)
  expect(rows[3]?.path).toBe('/run/a\nb\n12: c')
})

test('kinds and states that are not asked for are left out', () => {
  expect(parse(TABLE, ['u_seq', 'u_dgr']).map((row) => row.netid)).toEqual(['u_seq', 'u_dgr'])
  expect(parse(TABLE, KINDS, stateBit('LISTEN')).map((row) => row.inode)).toEqual([551423, 551429])
})

test('a text that is no such table says where', () => {
  expect(() => parse('Num\nhello\n')).toThrow(
    new HostError('/proc/net/unix: line 2: expected a socket address and a colon'),
  )
  expect(() => parse('Num\n0000000072f458d1: zz\n')).toThrow(
    new HostError('/proc/net/unix: line 2: expected a hexadecimal number'),
  )
})
