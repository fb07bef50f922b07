import { expect, test } from 'vitest'
import { MS, SECOND } from '../../base/index.ts'
import { Level, So } from '../index.ts'
import { get, octets, TwoHosts, text } from '../two-hosts.testing.ts'

const LARGE = new Uint8Array(200_000)

test('on with 0 s: RST, what was not sent is lost, and there is no TIME-WAIT', () => {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  world.nc.setsockopt(c, Level.SOL_SOCKET, So.LINGER, { on: true, seconds: 0 })
  const taken = world.nc.send(c, LARGE)
  world.nc.close(c)
  world.settle()
  expect(world.states(world.client)).toEqual([])
  let read = 0
  const into = new Uint8Array(65_536)
  for (let n = world.httpd.recv(s, into); n > 0; n = world.httpd.recv(s, into)) read += n
  expect(read).toBeLessThan(taken)
  expect(world.client.counters.TCPAbortOnData).toBe(1)
})

test.each([
  ['off', { on: false, seconds: 0 }],
  ['on with 5 s', { on: true, seconds: 5 }],
])('%s: everything that was taken is delivered, then FIN', (_what, linger) => {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  world.nc.setsockopt(c, Level.SOL_SOCKET, So.LINGER, linger)
  world.nc.send(c, octets('all of it'))
  world.nc.close(c)
  world.pass(50 * MS)
  expect([text(world.httpd, s), text(world.httpd, s)]).toEqual(['all of it', 0])
  world.httpd.close(s)
  world.pass(SECOND)
  expect(world.states(world.client)).toEqual(['TIME-WAIT'])
})

test('close() with unread data is a RST in every case', () => {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  world.httpd.send(s, octets('unread'))
  world.settle()
  world.nc.close(c)
  world.settle()
  expect(world.states(world.client)).toEqual([])
  expect(text(world.httpd, s)).toBe('ECONNRESET')
})

test('switched off, the time stays as it was', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  nc.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, { on: true, seconds: 5 })
  nc.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, { on: false, seconds: 0 })
  expect(get(nc, fd, Level.SOL_SOCKET, So.LINGER)).toEqual({ on: false, seconds: 5 })
})
