import { expect, test } from 'vitest'
import { MS, SECOND } from '../../base/index.ts'
import { Level, TcpOption } from '../index.ts'
import { get, TwoHosts } from '../two-hosts.testing.ts'

/** Seconds that the client's orphan spends in FIN-WAIT-2. */
function finWait2(value: number, hold = false): number {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  world.nc.setsockopt(c, Level.IPPROTO_TCP, TcpOption.LINGER2, value)
  if (hold) world.nc.shutdown(c, 1)
  else world.nc.close(c)
  world.settle()
  const start = world.now
  while (world.states(world.client).length > 0 && world.now < 300 * SECOND) world.pass(100 * MS)
  return Math.round((world.now - start) / SECOND)
}

test.each([
  [0, 60],
  [2, 2],
  [-1, 0],
  [65, 10],
])('%d: an orphan waits %d s', (value, seconds) => {
  expect(finWait2(value)).toBe(seconds)
})

test('a descriptor that is held waits for ever', () => {
  expect(finWait2(2, true)).toBe(300)
})

test.each([
  [-2, -1],
  [0, 60],
  [121, 120],
])('%d reads as %d', (value, read) => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  nc.setsockopt(fd, Level.IPPROTO_TCP, TcpOption.LINGER2, value)
  expect(get(nc, fd, Level.IPPROTO_TCP, TcpOption.LINGER2)).toBe(read)
})
