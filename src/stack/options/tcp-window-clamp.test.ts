import { expect, test } from 'vitest'
import { AF_INET, Level, SOCK_STREAM, TcpOption } from '../index.ts'
import { get, octets, TwoHosts, told } from '../two-hosts.testing.ts'

const { IPPROTO_TCP } = Level
const { WINDOW_CLAMP } = TcpOption

test('none at first; at least half the least receive buffer; 0 takes it off, but not of a connection', () => {
  const world = new TwoHosts()
  const { nc } = world
  const fd = nc.socket(AF_INET, SOCK_STREAM)
  const set = (value: number): number | string => told(nc.setsockopt(fd, IPPROTO_TCP, WINDOW_CLAMP, value))
  expect(get(nc, fd, IPPROTO_TCP, WINDOW_CLAMP)).toBe(0)
  expect([set(5000), get(nc, fd, IPPROTO_TCP, WINDOW_CLAMP)]).toEqual([0, 5000])
  expect([set(1), get(nc, fd, IPPROTO_TCP, WINDOW_CLAMP)]).toEqual([0, 1152])
  expect([set(0), get(nc, fd, IPPROTO_TCP, WINDOW_CLAMP)]).toEqual([0, 0])
  const [c] = world.connect(world.listen())
  expect(told(nc.setsockopt(c, IPPROTO_TCP, WINDOW_CLAMP, 0))).toBe('EINVAL')
})

test('until the peer answers it is what the offered scale can say, or less (Linux 6.18)', () => {
  for (const [clamp, expected] of [
    [0, 67_107_840],
    [5000, 5000],
    [2 ** 30, 67_107_840],
  ] as const) {
    const { nc } = new TwoHosts()
    const fd = nc.socket(AF_INET, SOCK_STREAM)
    nc.setsockopt(fd, IPPROTO_TCP, WINDOW_CLAMP, clamp)
    nc.connect(fd, { address: '10.0.0.2', port: 80 })
    expect(get(nc, fd, IPPROTO_TCP, WINDOW_CLAMP)).toBe(expected)
  }
})

test('the peer has no more in flight than it, however large the buffer', () => {
  for (const [clamp, packets] of [
    [0, 10],
    [4000, 2],
  ]) {
    const world = new TwoHosts()
    const listener = world.listen()
    world.httpd.setsockopt(listener, IPPROTO_TCP, WINDOW_CLAMP, clamp as number)
    const [c] = world.connect(listener)
    world.nc.send(c, octets('x'.repeat(20_000)))
    expect(world.a.link.waiting).toBe(packets)
  }
})
