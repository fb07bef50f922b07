import { expect, test } from 'vitest'
import { Level, TcpOption } from '../index.ts'
import { octets, TwoHosts } from '../two-hosts.testing.ts'

/** Octets that wait at the other end of the client's wire. */
function under(world: TwoHosts): number {
  return world.a.link.waiting
}

test('off: a small segment waits for the ACK of the one before; on: it leaves', () => {
  for (const [on, packets] of [
    [0, 1],
    [1, 2],
  ]) {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    world.nc.setsockopt(c, Level.IPPROTO_TCP, TcpOption.NODELAY, on as number)
    world.nc.send(c, octets('a'))
    world.nc.send(c, octets('b'))
    expect(under(world)).toBe(packets)
  }
})

test('setting it sends what was held back', () => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  world.nc.send(c, octets('a'))
  world.nc.send(c, octets('b'))
  expect(under(world)).toBe(1)
  world.nc.setsockopt(c, Level.IPPROTO_TCP, TcpOption.NODELAY, 1)
  expect(under(world)).toBe(2)
})
