import { expect, test } from 'vitest'
import { Errno, SECOND } from '../../base/index.ts'
import { Level, Msg, So } from '../index.ts'
import { get, octets, TwoHosts, text } from '../two-hosts.testing.ts'

function error(world: TwoHosts, fd: number): unknown {
  return get(world.nc, fd, Level.SOL_SOCKET, So.ERROR)
}

test('a refused connection tells ECONNREFUSED, once', () => {
  const world = new TwoHosts()
  const fd = world.nc.socket(2, 1)
  world.nc.connect(fd, { address: '10.0.0.2', port: 9 })
  world.settle()
  expect([error(world, fd), error(world, fd)]).toEqual([Errno.ECONNREFUSED, 0])
})

test('a reset tells ECONNRESET; after the peer’s FIN, EPIPE', () => {
  for (const [fin, expected] of [
    [false, Errno.ECONNRESET],
    [true, Errno.EPIPE],
  ] as const) {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    if (fin) {
      world.httpd.shutdown(s, 1)
      world.settle()
    }
    // Unread data, so that the server's close is a RST.
    world.nc.send(c, octets('x'))
    world.settle()
    world.httpd.close(s)
    world.settle()
    expect(error(world, c)).toBe(expected)
  }
})

test('what recv() told is not told again', () => {
  const world = new TwoHosts()
  const fd = world.nc.socket(2, 1)
  world.nc.connect(fd, { address: '10.0.0.2', port: 9 })
  world.settle()
  expect([text(world.nc, fd), error(world, fd)]).toEqual(['ECONNREFUSED', 0])
})

test('a peer that has vanished: ETIMEDOUT, in the personality’s number', () => {
  for (const [personality, number] of [
    ['linux', 110],
    ['freebsd', 60],
  ] as const) {
    const world = new TwoHosts({ client: { personality } })
    const [c] = world.connect(world.listen())
    world.server.crash()
    world.nc.send(c, octets('x'), Msg.NOSIGNAL)
    world.pass(7200 * SECOND)
    expect(error(world, c)).toBe(number)
  }
})

test('it cannot be set', () => {
  const { nc } = new TwoHosts()
  expect(nc.setsockopt(nc.socket(2, 1), Level.SOL_SOCKET, So.ERROR, 0)).toBe(-Errno.ENOPROTOOPT)
})
