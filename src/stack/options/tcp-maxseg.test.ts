import { expect, test } from 'vitest'
import { Level, TcpOption, type TcpStatus } from '../index.ts'
import { get, TwoHosts, told } from '../two-hosts.testing.ts'

const { MAXSEG } = TcpOption

test('before the SYN: 88 to 32767, or 0 for none', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  const set = (value: number): number | string => told(nc.setsockopt(fd, Level.IPPROTO_TCP, MAXSEG, value))
  expect([87, 32_768, -1].map(set)).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
  expect(get(nc, fd, Level.IPPROTO_TCP, MAXSEG)).toBe(536)
  expect([set(1000), get(nc, fd, Level.IPPROTO_TCP, MAXSEG)]).toEqual([0, 1000])
  expect([set(0), get(nc, fd, Level.IPPROTO_TCP, MAXSEG)]).toEqual([0, 536])
})

test('it is announced and kept to', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  world.httpd.setsockopt(listener, Level.IPPROTO_TCP, MAXSEG, 500)
  const [c, s] = world.connect(listener)
  expect((get(world.nc, c, Level.IPPROTO_TCP, TcpOption.INFO) as TcpStatus).snd_mss).toBeLessThanOrEqual(500)
  expect(get(world.httpd, s, Level.IPPROTO_TCP, MAXSEG)).toBe(488)
})

test('a connection tells the segment in use, timestamps taken off', () => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  expect(get(world.nc, c, Level.IPPROTO_TCP, MAXSEG)).toBe(1448)
})
