import { expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import { Level, TcpOption } from '../index.ts'
import { get, octets, TwoHosts, text, told } from '../two-hosts.testing.ts'

test.each([
  [0, 924],
  [5000, 5],
])('unacknowledged data with %d ms is given up after about %d s', (value, seconds) => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  expect(world.nc.setsockopt(c, Level.IPPROTO_TCP, TcpOption.USER_TIMEOUT, value)).toBe(0)
  expect(get(world.nc, c, Level.IPPROTO_TCP, TcpOption.USER_TIMEOUT)).toBe(value)
  world.server.crash()
  world.nc.send(c, octets('x'))
  world.pass((seconds - 1) * SECOND)
  expect(world.states(world.client)).toEqual(['ESTABLISHED'])
  world.pass(130 * SECOND)
  expect(text(world.nc, c)).toBe('ETIMEDOUT')
})

test('below 0 it is refused', () => {
  const { nc } = new TwoHosts()
  expect(told(nc.setsockopt(nc.socket(2, 1), Level.IPPROTO_TCP, TcpOption.USER_TIMEOUT, -1))).toBe('EINVAL')
})
