import { expect, test } from 'vitest'
import { IpOption, Ipv6Option, Level } from '../index.ts'
import { get, TwoHosts, told } from '../two-hosts.testing.ts'

/** TTL or hop limit of the first packet on the client's wire. */
function firstTtl(world: TwoHosts, six: boolean): number | undefined {
  const { queue } = world.a.link
  return queue.bytes[queue.start + (six ? 7 : 8)]
}

test.each<[string, number, number, number, string]>([
  ['IP_TTL', 2, Level.IPPROTO_IP, IpOption.TTL, '10.0.0.2'],
  ['IPV6_UNICAST_HOPS', 10, Level.IPPROTO_IPV6, Ipv6Option.UNICAST_HOPS, '2001:db8::2'],
])(
  '%s: the system’s 64 at first; what is set is sent; −1 brings the system’s back',
  (_name, family, level, name, to) => {
    const world = new TwoHosts()
    const fd = world.nc.socket(family, 1)
    const set = (value: number): number | string => told(world.nc.setsockopt(fd, level, name, value))
    expect(get(world.nc, fd, level, name)).toBe(64)
    expect([set(-2), set(256)]).toEqual(['EINVAL', 'EINVAL'])
    expect([set(9), get(world.nc, fd, level, name)]).toEqual([0, 9])
    world.nc.connect(fd, { address: to, port: 80 })
    expect(firstTtl(world, family === 10)).toBe(9)
    expect([set(-1), get(world.nc, fd, level, name)]).toEqual([0, 64])
  },
)

test('0 is a hop limit and no TTL', () => {
  const { nc } = new TwoHosts()
  expect(told(nc.setsockopt(nc.socket(2, 1), Level.IPPROTO_IP, IpOption.TTL, 0))).toBe('EINVAL')
  expect(told(nc.setsockopt(nc.socket(10, 1), Level.IPPROTO_IPV6, Ipv6Option.UNICAST_HOPS, 0))).toBe(0)
})

test('a connection answers with its listener’s TTL', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  world.httpd.setsockopt(listener, Level.IPPROTO_IP, IpOption.TTL, 7)
  const [, s] = world.connect(listener)
  expect(get(world.httpd, s, Level.IPPROTO_IP, IpOption.TTL)).toBe(7)
})

test.each<[string, number, number, number, string]>([
  ['IP_MULTICAST_TTL', 2, Level.IPPROTO_IP, IpOption.MULTICAST_TTL, '10.0.0.2'],
  ['IPV6_MULTICAST_HOPS', 10, Level.IPPROTO_IPV6, Ipv6Option.MULTICAST_HOPS, '2001:db8::2'],
])('%s of what was accepted is what the peer’s packet had left; of others 1', (_name, family, level, name, to) => {
  const world = new TwoHosts()
  world.a.host.sysctl.set('net.ipv4.ip_default_ttl', 77)
  const listener = world.listen(80, 8, family)
  const [fd, s] = world.connect(listener, 80, to, family)
  expect(get(world.httpd, s, level, name)).toBe(family === 10 ? 64 : 77)
  expect(get(world.nc, fd, level, name)).toBe(1)
  expect(get(world.httpd, listener, level, name)).toBe(1)
})
