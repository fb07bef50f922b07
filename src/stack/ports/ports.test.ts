import { describe, expect, test } from 'vitest'
import { MS, SECOND } from '../../base/index.ts'
import { AF_INET, Level, SOCK_STREAM, So } from '../index.ts'
import { nameOf, octets, TwoHosts, text, told } from '../two-hosts.testing.ts'

const FEW = { 'net.ipv4.ip_local_port_range': '40000 40003' }

/** The client opens a connection and closes it first: one more TIME-WAIT. */
function cycle(world: TwoHosts, listener: number): number | string {
  const fd = world.nc.socket(AF_INET, SOCK_STREAM)
  const result = told(world.nc.connect(fd, { address: '10.0.0.2', port: 80 }))
  if (result !== 'EINPROGRESS') {
    world.nc.close(fd)
    return result
  }
  world.settle()
  const accepted = world.httpd.accept(listener)
  world.nc.close(fd)
  world.pass(50 * MS)
  world.httpd.close(accepted)
  world.pass(50 * MS)
  return 'closed'
}

describe('a port range that is used up', () => {
  test('connect() fails with EADDRNOTAVAIL, bind(0) with EADDRINUSE, until TIME-WAIT is over', () => {
    const world = new TwoHosts({ client: { sysctl: FEW } })
    const listener = world.listen()
    expect([1, 2, 3, 4].map(() => cycle(world, listener))).toEqual(['closed', 'closed', 'closed', 'closed'])
    expect(world.states(world.client)).toEqual(['TIME-WAIT', 'TIME-WAIT', 'TIME-WAIT', 'TIME-WAIT'])
    expect(cycle(world, listener)).toBe('EADDRNOTAVAIL')
    const fd = world.nc.socket(AF_INET, SOCK_STREAM)
    expect(told(world.nc.bind(fd, { address: '0.0.0.0', port: 0 }))).toBe('EADDRINUSE')
    world.pass(61 * SECOND)
    expect(cycle(world, listener)).toBe('closed')
  })

  test('another destination still has all of them', () => {
    const world = new TwoHosts({ client: { sysctl: FEW } })
    const listener = world.listen()
    for (let i = 0; i < 4; i++) cycle(world, listener)
    const fd = world.nc.socket(AF_INET, SOCK_STREAM)
    expect(told(world.nc.connect(fd, { address: '10.0.0.2', port: 81 }))).toBe('EINPROGRESS')
  })

  test.each([
    [0, 2, 'EADDRNOTAVAIL'],
    [1, 2, 'closed'],
    [1, 0, 'EADDRNOTAVAIL'],
    [2, 2, 'EADDRNOTAVAIL'],
  ])('tcp_tw_reuse %d, %d s later: %s', (reuse, later, expected) => {
    const world = new TwoHosts({ client: { sysctl: { ...FEW, 'net.ipv4.tcp_tw_reuse': reuse } } })
    const listener = world.listen()
    for (let i = 0; i < 4; i++) cycle(world, listener)
    // The newest of the four is 0 s old by now, the oldest 0.4 s.
    world.pass(later * SECOND)
    expect(cycle(world, listener)).toBe(expected)
  })

  test('tcp_tw_reuse needs timestamps', () => {
    const sysctl = { ...FEW, 'net.ipv4.tcp_tw_reuse': 1, 'net.ipv4.tcp_timestamps': 0 }
    const world = new TwoHosts({ client: { sysctl } })
    const listener = world.listen()
    for (let i = 0; i < 4; i++) cycle(world, listener)
    world.pass(5 * SECOND)
    expect(cycle(world, listener)).toBe('EADDRNOTAVAIL')
  })

  test('a connection that took a TIME-WAIT over begins beyond the old one’s numbers, and works', () => {
    const sysctl = { 'net.ipv4.ip_local_port_range': '40000 40000', 'net.ipv4.tcp_tw_reuse': 1 }
    const world = new TwoHosts({ client: { sysctl } })
    const listener = world.listen()
    cycle(world, listener)
    const { timeWait } = world.client
    let last = 0
    timeWait.table.forEach((record) => {
      last = timeWait.table.sndNxt(record)
    })
    world.pass(2 * SECOND)
    const [c, s] = world.connect(listener)
    const socket = world.nc.file(c) as unknown as { tcb: { iss: number } }
    expect((socket.tcb.iss - last) | 0).toBe(65_537)
    expect(world.states(world.client)).toEqual(['ESTABLISHED'])
    world.nc.send(c, octets('again'))
    world.settle()
    expect([text(world.httpd, s), world.client.counters.TWRecycled]).toEqual(['again', 1])
  })
})

test('over tcp_max_tw_buckets connections end without TIME-WAIT', () => {
  const world = new TwoHosts({ client: { sysctl: { 'net.ipv4.tcp_max_tw_buckets': 2 } } })
  const listener = world.listen()
  for (let i = 0; i < 5; i++) cycle(world, listener)
  expect(world.states(world.client)).toEqual(['TIME-WAIT', 'TIME-WAIT'])
  expect(world.client.counters.TCPTimeWaitOverflow).toBe(3)
})

test('the range in force is the one of now, and the first half of it is connect()’s', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  world.client.sysctl.set('ip_local_port_range', '50000 50001')
  const [c] = world.connect(listener)
  expect(nameOf(world.nc, 'getsockname', c)).toBe('10.0.0.1:50000')
})

test('every hold is given back', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  for (let i = 0; i < 20; i++) cycle(world, listener)
  world.httpd.exit()
  world.nc.exit()
  world.pass(61 * SECOND)
  for (const host of [world.client, world.server]) {
    for (let port = 0; port < 65_536; port++) expect(host.ports.tcp.holds(port)).toBeNull()
  }
})

describe('bind(0) of eight ports', () => {
  const ascending = (ports: readonly number[]): number[] => ports.toSorted((a, b) => a - b)

  /** The ports that so many sockets get, one after the other; 0 for none. */
  function taken(seed: number, reuse: number): number[] {
    const sysctl = { 'net.ipv4.ip_local_port_range': '40000 40007' }
    const { nc } = new TwoHosts({ client: { sysctl, seed } })
    return Array.from({ length: 9 }, () => {
      const fd = nc.socket(AF_INET, SOCK_STREAM)
      nc.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, reuse)
      const result = nc.bind(fd, { address: '0.0.0.0', port: 0 })
      return result === 0 ? Number(nameOf(nc, 'getsockname', fd).split(':')[1]) - 40_000 : -1
    })
  }

  test('with SO_REUSEADDR takes the lower half first, and in the end all of them (Linux)', () => {
    for (let seed = 1; seed < 9; seed++) {
      const ports = taken(seed, 1)
      expect([ascending(ports.slice(0, 4)), ascending(ports.slice(4, 8)), ports[8]]).toEqual([
        [0, 1, 2, 3],
        [4, 5, 6, 7],
        -1,
      ])
    }
  })

  test('without it begins anywhere, with the odd ones', () => {
    const all = Array.from({ length: 12 }, (_, seed) => taken(seed + 1, 0))
    expect(new Set(all.map(([first]) => first))).toEqual(new Set([1, 3, 5, 7]))
    for (const ports of all) expect(ascending(ports.slice(0, 4))).toEqual([1, 3, 5, 7])
  })
})

test('who shared a port by SO_REUSEPORT and gave it up shares it no more: a connection has it alone', () => {
  const world = new TwoHosts({ client: { sysctl: { 'net.ipv4.ip_local_port_range': '40000 40000' } } })
  world.listen()
  const sharing = (): [fd: number, result: number | string] => {
    const fd = world.nc.socket(AF_INET, SOCK_STREAM)
    world.nc.setsockopt(fd, Level.SOL_SOCKET, So.REUSEPORT, 1)
    return [fd, told(world.nc.bind(fd, { address: '0.0.0.0', port: 40_000 }))]
  }
  const [first, result] = sharing()
  expect(result).toBe(0)
  world.nc.close(first)
  const fd = world.nc.socket(AF_INET, SOCK_STREAM)
  expect(told(world.nc.connect(fd, { address: '10.0.0.2', port: 80 }))).toBe('EINPROGRESS')
  expect(nameOf(world.nc, 'getsockname', fd)).toBe('10.0.0.1:40000')
  expect(sharing()[1]).toBe('EADDRINUSE')
})
