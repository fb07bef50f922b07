import fc from 'fast-check'
import { expect, test } from 'vitest'
import type { NetId, SocketRow } from '../../inspect/index.ts'
import { stateBit } from '../../inspect/index.ts'
import { ALL_STATES, type MutableRow } from '../snapshot.ts'
import { octets, UNIX } from './recorded.testing.ts'
import { parseUnixDiag, unixDiagRequest } from './unix-diag.ts'

const KINDS: readonly NetId[] = ['u_str', 'u_dgr', 'u_seq']

function parse(hex: readonly string[], netids: readonly NetId[] = KINDS, states: number = ALL_STATES): SocketRow[] {
  const rows: MutableRow[] = []
  parseUnixDiag(octets(...hex), { netids, states }, rows)
  return rows
}

test('a listener has its path, its queue and who waits in it', () => {
  expect(parse([UNIX.listen])).toMatchObject([
    {
      source: 'netlink',
      netid: 'u_str',
      family: 0,
      state: 'LISTEN',
      path: '/tmp/lastack-sockets-yxk2oq1q/with space stream',
      inode: 551423,
      recvQueue: 1,
      sendQueue: 5,
      waiting: [551427],
      file: { inode: 2146616, deviceMajor: 254, deviceMinor: 0 },
      uid: 0,
    },
  ])
})

test('a connection has its peer; an abstract name begins with @', () => {
  expect(parse([UNIX.abstract, UNIX.pair])).toMatchObject([
    { state: 'ESTABLISHED', path: '@lastack-stream', inode: 551420, peerInode: 551418 },
    { state: 'ESTABLISHED', path: undefined, inode: 551488, peerInode: 551487 },
  ])
})

test('a datagram socket has what waits to be read', () => {
  expect(parse([UNIX.datagram])).toMatchObject([{ netid: 'u_dgr', recvQueue: 7, memory: { rcvbuf: 212992 } }])
})

test('kinds and states that are not asked for are left out', () => {
  const all = [UNIX.listen, UNIX.abstract, UNIX.datagram, UNIX.seqpacket]
  expect(parse(all, ['u_seq']).map((row) => row.netid)).toEqual(['u_seq'])
  expect(parse(all, KINDS, stateBit('LISTEN')).map((row) => row.netid)).toEqual(['u_str', 'u_seq'])
})

test('a message that is cut off anywhere gives no row, and never throws', () => {
  const whole = octets(UNIX.listen)
  for (let length = 0; length < whole.length; length++) {
    expect(parse([Buffer.from(whole.subarray(0, length)).toString('hex')])).toEqual([])
  }
})

test('a request asks for names, files, peers, waiting connections, queues and users, and for memory when told to', () => {
  expect([...unixDiagRequest(stateBit('LISTEN'), false).subarray(0, 16)]).toEqual([
    1, 0, 0, 0, 0, 4, 0, 0, 0, 0, 0, 0, 0x5f, 0, 0, 0,
  ])
  expect(unixDiagRequest(0, true)[12]).toBe(0x7f)
})

test('octets changed at random never make it throw', () => {
  const whole = octets(UNIX.listen, UNIX.abstract, UNIX.datagram)
  fc.assert(
    fc.property(fc.array(fc.tuple(fc.nat(whole.length - 1), fc.nat(255)), { maxLength: 8 }), (changes) => {
      const bytes = whole.slice()
      for (const [at, value] of changes) bytes[at] = value
      parse([Buffer.from(bytes).toString('hex')])
    }),
    { numRuns: 2000 },
  )
  expect(parse([Buffer.from(whole).toString('hex')])).toHaveLength(3)
})
