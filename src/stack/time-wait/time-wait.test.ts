import { expect, test } from 'vitest'
import { MS, SECOND } from '../../base/index.ts'
import { AF_INET, AF_INET6, Ipv6Option, Level, SOCK_STREAM } from '../index.ts'
import { TwoHosts, told } from '../two-hosts.testing.ts'

const ONE_PORT = { 'net.ipv4.ip_local_port_range': '40000 40000', 'net.ipv4.tcp_tw_reuse': 1 }

/** A world in which the client has closed first: its only TIME-WAIT, and the listener. */
function waiting(): { world: TwoHosts; listener: number; record: number } {
  const world = new TwoHosts({ client: { sysctl: ONE_PORT } })
  const listener = world.listen()
  // Values of the clocks that tell the ends apart.
  world.pass(7 * SECOND)
  const [c, s] = world.connect(listener)
  world.nc.close(c)
  world.pass(50 * MS)
  world.httpd.close(s)
  world.settle()
  let record = -1
  world.client.timeWait.table.forEach((one) => {
    record = one
  })
  expect(record).toBeGreaterThanOrEqual(0)
  return { world, listener, record }
}

test('a place may be taken over after a second, and not sooner', () => {
  const { world, record } = waiting()
  const { timeWait } = world.client
  const may = (): boolean => {
    world.client.advance(world.now)
    return timeWait.mayTakeOver(record)
  }
  world.now += SECOND - 1
  expect(may()).toBe(false)
  world.now += 1
  expect(may()).toBe(true)
})

test('who takes a place over knows the peer’s clock: its SYN echoes it', () => {
  const { world, record } = waiting()
  const { table } = world.client.timeWait
  const [recent, at] = [table.tsRecent(record), table.tsRecentAt(record)]
  expect(recent).not.toBe(0)
  world.pass(2 * SECOND)
  const fd = world.nc.socket(AF_INET, SOCK_STREAM)
  expect(told(world.nc.connect(fd, { address: '10.0.0.2', port: 80 }))).toBe('EINPROGRESS')
  const { tcb } = world.nc.file(fd) as unknown as { tcb: { tsRecent: number; tsRecentAt: number } }
  expect([tcb.tsRecent, tcb.tsRecentAt]).toEqual([recent, at])
})

test('what is no news is answered once within the limit, and again when it is over', () => {
  const { world, record } = waiting()
  const { timeWait } = world.client
  const answers = [0, 499, 1, 499].map((ms) => {
    world.now += ms * MS
    world.client.advance(world.now)
    return timeWait.mayAnswer(record, 500 * MS)
  })
  expect(answers).toEqual([true, false, true, false])
})

test.each([
  [0, 'EADDRINUSE'],
  [1, 0],
])('a TIME-WAIT of [::] with IPV6_V6ONLY %d: 0.0.0.0 gets %s', (v6only, expected) => {
  const world = new TwoHosts()
  const listener = world.httpd.socket(AF_INET6, SOCK_STREAM)
  world.httpd.setsockopt(listener, Level.IPPROTO_IPV6, Ipv6Option.V6ONLY, v6only)
  world.httpd.bind(listener, { address: '::', port: 80 })
  world.httpd.listen(listener, 8)
  const [c, s] = world.connect(listener, 80, '2001:db8::2', AF_INET6)
  world.httpd.close(s)
  world.pass(50 * MS)
  world.nc.close(c)
  world.pass(50 * MS)
  world.httpd.close(listener)
  expect(world.states(world.server)).toEqual(['TIME-WAIT'])
  const fd = world.httpd.socket(AF_INET, SOCK_STREAM)
  expect(told(world.httpd.bind(fd, { address: '0.0.0.0', port: 80 }))).toBe(expected)
})
