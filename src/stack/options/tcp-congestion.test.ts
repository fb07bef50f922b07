import { expect, test } from 'vitest'
import type { TcpStatus } from '../../tcp/index.ts'
import { AF_INET, Level, SOCK_STREAM, TcpOption } from '../index.ts'
import { get, octets, TwoHosts, told } from '../two-hosts.testing.ts'

const { IPPROTO_TCP } = Level
const { CONGESTION } = TcpOption

test('the system’s at first; what there is may be named, and nothing else', () => {
  const { nc, client } = new TwoHosts()
  const fd = nc.socket(AF_INET, SOCK_STREAM)
  const set = (name: string): number | string => told(nc.setsockopt(fd, IPPROTO_TCP, CONGESTION, name))
  expect(get(nc, fd, IPPROTO_TCP, CONGESTION)).toBe('cubic')
  expect([set('bbr'), set('CUBIC'), set('')]).toEqual(['ENOENT', 'ENOENT', 'ENOENT'])
  expect(get(nc, fd, IPPROTO_TCP, CONGESTION)).toBe('cubic')
  expect([set('reno'), get(nc, fd, IPPROTO_TCP, CONGESTION)]).toEqual([0, 'reno'])
  client.sysctl.set('net.ipv4.tcp_congestion_control', 'reno')
  expect(get(nc, nc.socket(AF_INET, SOCK_STREAM), IPPROTO_TCP, CONGESTION)).toBe('reno')
})

test('a listener hands it down; the peer has its own', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  world.httpd.setsockopt(listener, IPPROTO_TCP, CONGESTION, 'reno')
  const [c, s] = world.connect(listener)
  expect(get(world.httpd, s, IPPROTO_TCP, CONGESTION)).toBe('reno')
  expect(get(world.nc, c, IPPROTO_TCP, CONGESTION)).toBe('cubic')
})

test('a connection changes it under way, and its window stays', () => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  world.nc.send(c, octets('x'.repeat(10_000)))
  world.settle()
  const window = (): number => (get(world.nc, c, IPPROTO_TCP, TcpOption.INFO) as TcpStatus).snd_cwnd
  const before = window()
  expect(told(world.nc.setsockopt(c, IPPROTO_TCP, CONGESTION, 'reno'))).toBe(0)
  expect(get(world.nc, c, IPPROTO_TCP, CONGESTION)).toBe('reno')
  expect(window()).toBe(before)
})
