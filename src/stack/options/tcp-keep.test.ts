import { expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import { Level, personalities, SHUT_WR, So, TcpOption } from '../index.ts'
import { get, TwoHosts, text, told } from '../two-hosts.testing.ts'

const { KEEPIDLE, KEEPINTVL, KEEPCNT } = TcpOption

test.each([
  ['TCP_KEEPIDLE', KEEPIDLE, 7200, 32_767],
  ['TCP_KEEPINTVL', KEEPINTVL, 75, 32_767],
  ['TCP_KEEPCNT', KEEPCNT, 9, 127],
])('%s: the system’s at first, 1 to its most, nothing else', (_name, option, initial, most) => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  const set = (value: number): number | string => told(nc.setsockopt(fd, Level.IPPROTO_TCP, option, value))
  expect(get(nc, fd, Level.IPPROTO_TCP, option)).toBe(initial)
  expect([set(0), set(-1), set(most + 1)]).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
  expect([set(most), get(nc, fd, Level.IPPROTO_TCP, option)]).toEqual([0, most])
})

test('the system’s is the system’s of now', () => {
  const { nc, client } = new TwoHosts()
  const fd = nc.socket(2, 1)
  client.sysctl.set('net.ipv4.tcp_keepalive_time', 100)
  expect(get(nc, fd, Level.IPPROTO_TCP, KEEPIDLE)).toBe(100)
})

test('a vanished peer is given up after idle + count × interval', () => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  const set = (option: number, value: number): number => world.nc.setsockopt(c, Level.IPPROTO_TCP, option, value)
  world.nc.setsockopt(c, Level.SOL_SOCKET, So.KEEPALIVE, 1)
  // KEEPIDLE last: it moves the timer that runs.
  expect([set(KEEPINTVL, 2), set(KEEPCNT, 3), set(KEEPIDLE, 10)]).toEqual([0, 0, 0])
  world.server.crash()
  world.pass(15.9 * SECOND)
  expect(world.states(world.client)).toEqual(['ESTABLISHED'])
  world.pass(0.2 * SECOND)
  expect(text(world.nc, c)).toBe('ETIMEDOUT')
})

test('to FreeBSD the count has no bound but the 32 bits of milliseconds in which FIN-WAIT-2 counts', () => {
  const world = new TwoHosts({ client: { personality: personalities.freebsd } })
  const [c] = world.connect(world.listen())
  world.nc.shutdown(c, SHUT_WR)
  world.settle()
  expect(world.nc.setsockopt(c, Level.IPPROTO_TCP, KEEPCNT, 2_147_483_647)).toBe(0)
  world.nc.close(c)
  world.pass(49 * 86_400 * SECOND)
  expect(world.states(world.client)).toEqual(['FIN-WAIT-2'])
  world.pass(86_400 * SECOND)
  expect(world.states(world.client)).toEqual([])
})
