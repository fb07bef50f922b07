import { describe, expect, test } from 'vitest'
import type { SocketRow } from '../inspect/index.ts'
import { heldBy, listener, look, row } from './looks.testing.ts'
import { portRangeOf } from './port-range.ts'
import { keyOf, SocketTable } from './socket-table.ts'

const between = (local: [string, number], peer: [string, number], more: Partial<SocketRow> = {}): SocketRow =>
  row('ESTABLISHED', {
    local: { address: local[0], port: local[1] },
    peer: { address: peer[0], port: peer[1] },
    ...more,
  })

describe('the side of a connection', () => {
  const table = new SocketTable(
    look([listener(8080), listener(50_051, { local: { address: '10.0.0.1', port: 50_051 } })]),
  )

  test.each([
    ['to a listener', between(['10.0.0.1', 8080], ['10.0.0.9', 40_000]), 'server'],
    ['to a listener inside the range', between(['10.0.0.1', 50_051], ['10.0.0.9', 40_000]), 'server'],
    [
      'on its port, from an address that it does not listen on',
      between(['10.0.0.2', 50_051], ['10.0.0.9', 443]),
      'client',
    ],
    [
      'over IPv6 to a listener on any IPv4 address',
      between(['::ffff:10.0.0.1', 8080], ['::ffff:10.0.0.9', 40_000]),
      'server',
    ],
    ['from a port of the range', between(['10.0.0.1', 40_000], ['10.0.0.9', 443]), 'client'],
    ['the listener has gone', between(['10.0.0.1', 9090], ['10.0.0.9', 40_000]), 'server'],
    ['neither port tells, and nothing listens', between(['10.0.0.1', 850], ['10.0.0.9', 2049]), 'client'],
    [
      'in another namespace there is no such listener',
      between(['10.0.0.1', 50_051], ['10.0.0.9', 443], { netns: 'web' }),
      'client',
    ],
  ])('%s', (_what, one, side) => {
    expect(table.sideOf(one)).toBe(side)
  })
})

describe('the listener of a connection, of one for IPv4 and one for IPv6 on the same port', () => {
  const [four, six] = [listener(80), listener(80, { family: 6, local: { address: '::', port: 80 }, v6only: true })]
  const dual = { ...six, v6only: false }
  const addresses: [string, string][] = [
    ['10.0.0.1', '10.0.0.9'],
    ['::ffff:10.0.0.1', '::ffff:10.0.0.9'],
    ['2001:db8::1', '2001:db8::9'],
  ]

  test.each([
    ['one each', [six, four], [four, four, six]],
    ['the same, found in the other order', [four, six], [four, four, six]],
    ['one for both, beside one for IPv4', [dual, four], [four, dual, dual]],
    ['one for IPv4', [four], [four, four, undefined]],
    ['one for both', [dual], [dual, dual, dual]],
  ])('%s', (_what, listeners, expected) => {
    const table = new SocketTable(look(listeners))
    const found = addresses.map(([local, peer]) => table.listenerOf(between([local, 80], [peer, 40_000])))
    expect(found).toEqual(expected)
  })
})

describe('who has a socket', () => {
  const table = new SocketTable(look([]))

  test.each([
    ['a process', { owners: heldBy(1, 'init') }, 'process'],
    ['nobody has accepted it', { inode: 0 }, 'not-accepted'],
    ['an orphan', { inode: 0, state: 'FIN-WAIT-2' }, 'orphan'],
    ['an orphan, owners not looked for', { inode: 0, state: 'LAST-ACK', owners: undefined }, 'orphan'],
    ['all processes seen, none has it', { inode: 9 }, 'kernel'],
    ['not all processes seen', { inode: 9, owners: undefined }, 'unknown'],
  ] as const)('%s', (_what, more, holder) => {
    expect(table.holderOf(row('ESTABLISHED', more))).toBe(holder)
  })
})

test('the other end is found, mapped addresses or not', () => {
  const here = between(['::ffff:127.0.0.1', 8080], ['::ffff:127.0.0.1', 40_000])
  const there = between(['127.0.0.1', 40_000], ['127.0.0.1', 8080])
  const table = new SocketTable(look([here, there, listener(8080)]))
  expect(table.twinOf(here)).toBe(there)
  expect(table.twinOf(there)).toBe(here)
  expect(table.twinOf(between(['127.0.0.1', 1], ['127.0.0.1', 2]))).toBeUndefined()
})

test('the other end is one of the same namespace, where that has its address', () => {
  const pair = (netns: string | undefined): [SocketRow, SocketRow] => [
    between(['127.0.0.1', 8080], ['127.0.0.1', 40_000], { netns }),
    between(['127.0.0.1', 40_000], ['127.0.0.1', 8080], { netns }),
  ]
  const [[here, there], [webHere, webThere]] = [pair(undefined), pair('web')]
  const alone = between(['127.0.0.1', 8080], ['127.0.0.1', 40_000], { netns: 'db' })
  const table = new SocketTable(look([here, there, webHere, webThere, alone]))
  expect([here, there, webHere, webThere].map((one) => table.twinOf(one) === one)).toEqual([false, false, false, false])
  expect(table.twinOf(here)).toBe(there)
  expect(table.twinOf(webThere)).toBe(webHere)
  expect(table.twinOf(alone)).toBeUndefined()
})

test('the other end may be in another namespace; what turns a connection away is in its own', () => {
  const client = between(['172.17.0.2', 40_000], ['172.17.0.3', 80], { netns: 'web' })
  const server = between(['172.17.0.3', 80], ['172.17.0.2', 40_000], { netns: 'db' })
  const waits = between(['172.17.0.2', 40_001], ['172.17.0.3', 80], { netns: 'web' })
  const inside = between(['172.17.0.2', 40_002], ['172.17.0.2', 80], { netns: 'web' })
  const ears = listener(80, { netns: 'web' })
  const table = new SocketTable(look([client, server, waits, inside, ears, listener(80, { netns: 'db' })]))
  expect(table.twinOf(client)).toBe(server)
  expect([table.turnedAwayBy(waits), table.turnedAwayBy(inside)]).toEqual([undefined, ears])
})

test('a socket is known by its cookie, in its namespace', () => {
  expect(keyOf(row('ESTABLISHED', { cookie: 7n }))).toBe(7)
  expect(keyOf(row('ESTABLISHED', { cookie: 7n, netns: 'web' }))).toBe('web/7')
  expect(keyOf(between(['::1', 1], ['::1', 2], { cookie: undefined }))).toBe('|::1:1>::1:2')
})

describe('the range of ports', () => {
  const sizes = (range: string, reserved: string = ''): unknown => {
    const { first, last, size } = portRangeOf({
      'net.ipv4.ip_local_port_range': range,
      'net.ipv4.ip_local_reserved_ports': reserved,
    })
    return [first, last, size]
  }

  test.each([
    ['40000\t40009', '', [40_000, 40_009, 10]],
    ['40000 40009', '40001,40003-40005,80', [40_000, 40_009, 6]],
    ['40000 40009', '40009-50000', [40_000, 40_009, 9]],
    ['', '', [32_768, 60_999, 28_232]],
    ['60999 32768', '', [32_768, 60_999, 28_232]],
    ['0 99999', 'x,-', [32_768, 60_999, 28_232]],
  ])('"%s" without "%s"', (range, reserved, expected) => {
    expect(sizes(range, reserved)).toEqual(expected)
  })
})
