import { expect, test } from 'vitest'
import { AF_INET, AF_INET6, Ipv6Option, Level } from '../index.ts'
import { get, nameOf, TwoHosts, told } from '../two-hosts.testing.ts'

const { V6ONLY } = Ipv6Option

function six(world: TwoHosts, only: boolean): number {
  const fd = world.httpd.socket(AF_INET6, 1)
  expect(world.httpd.setsockopt(fd, Level.IPPROTO_IPV6, V6ONLY, Number(only))).toBe(0)
  return fd
}

test('off: [::] hears IPv4, and shows it as a mapped address', () => {
  const world = new TwoHosts()
  const listener = six(world, false)
  world.httpd.bind(listener, { address: '::', port: 80 })
  world.httpd.listen(listener, 8)
  const [, s] = world.connect(listener)
  expect(nameOf(world.httpd, 'getpeername', s)).toMatch(/^::ffff:10\.0\.0\.1:/)
  expect(nameOf(world.httpd, 'getsockname', s)).toBe('::ffff:10.0.0.2:80')
})

test('on: [::] leaves IPv4 alone', () => {
  const world = new TwoHosts()
  const listener = six(world, true)
  world.httpd.bind(listener, { address: '::', port: 80 })
  world.httpd.listen(listener, 8)
  const fd = world.nc.socket(AF_INET, 1)
  world.nc.connect(fd, { address: '10.0.0.2', port: 80 })
  world.settle()
  expect(told(world.nc.connect(fd, { address: '10.0.0.2', port: 80 }))).toBe('ECONNREFUSED')
})

test('on: no mapped address, neither bound nor connected to', () => {
  const world = new TwoHosts()
  const fd = six(world, true)
  expect(told(world.httpd.bind(fd, { address: '::ffff:10.0.0.2', port: 80 }))).toBe('EINVAL')
  expect(told(world.httpd.connect(fd, { address: '::ffff:10.0.0.1', port: 80 }))).toBe('ENETUNREACH')
})

test('bound, it can no longer be changed; an IPv4 socket has none', () => {
  const world = new TwoHosts()
  const fd = six(world, false)
  world.httpd.bind(fd, { address: '::', port: 80 })
  expect(told(world.httpd.setsockopt(fd, Level.IPPROTO_IPV6, V6ONLY, 1))).toBe('EINVAL')
  expect(get(world.httpd, fd, Level.IPPROTO_IPV6, V6ONLY)).toBe(0)
  const four = world.httpd.socket(AF_INET, 1)
  expect(told(world.httpd.setsockopt(four, Level.IPPROTO_IPV6, V6ONLY, 1))).toBe('ENOPROTOOPT')
  expect(told(world.httpd.getsockopt(four, Level.IPPROTO_IPV6, V6ONLY, { value: 0 }))).toBe('EOPNOTSUPP')
})
