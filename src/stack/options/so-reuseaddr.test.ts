import { expect, test } from 'vitest'
import { MS } from '../../base/index.ts'
import { AF_INET, Level, SOCK_STREAM, So } from '../index.ts'
import { get, TwoHosts, told } from '../two-hosts.testing.ts'

// What bind() makes of it stands in bind.test.ts, row by row and system by system.

test('is off at first, on for whatever is not 0', () => {
  const { httpd } = new TwoHosts()
  const fd = httpd.socket(AF_INET, SOCK_STREAM)
  expect(get(httpd, fd, Level.SOL_SOCKET, So.REUSEADDR)).toBe(0)
  for (const value of [-1, 1, 256]) {
    expect(httpd.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, value)).toBe(0)
    expect(get(httpd, fd, Level.SOL_SOCKET, So.REUSEADDR)).toBe(1)
  }
  httpd.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 0)
  expect(get(httpd, fd, Level.SOL_SOCKET, So.REUSEADDR)).toBe(0)
})

test('an accepted connection has its listener’s, and keeps it when the listener changes', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  world.httpd.setsockopt(listener, Level.SOL_SOCKET, So.REUSEADDR, 1)
  const [, s] = world.connect(listener)
  world.httpd.setsockopt(listener, Level.SOL_SOCKET, So.REUSEADDR, 0)
  expect(get(world.httpd, s, Level.SOL_SOCKET, So.REUSEADDR)).toBe(1)
})

test('set on a connection it counts for what the connection leaves behind', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  const [c, s] = world.connect(listener)
  world.httpd.setsockopt(s, Level.SOL_SOCKET, So.REUSEADDR, 1)
  world.httpd.close(s)
  world.pass(50 * MS)
  world.nc.close(c)
  world.pass(50 * MS)
  world.httpd.close(listener)
  const again = world.httpd.socket(AF_INET, SOCK_STREAM)
  world.httpd.setsockopt(again, Level.SOL_SOCKET, So.REUSEADDR, 1)
  expect(world.states(world.server)).toEqual(['TIME-WAIT'])
  expect(told(world.httpd.bind(again, { address: '0.0.0.0', port: 80 }))).toBe(0)
})
