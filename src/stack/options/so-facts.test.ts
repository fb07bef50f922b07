import { expect, test } from 'vitest'
import { AF_INET, AF_INET6, Level, So } from '../index.ts'
import { get, TwoHosts } from '../two-hosts.testing.ts'

test('a socket knows its family, type and protocol, and whether it listens', () => {
  const world = new TwoHosts()
  const facts = (fd: number): unknown[] =>
    [So.DOMAIN, So.TYPE, So.PROTOCOL, So.ACCEPTCONN].map((name) => get(world.httpd, fd, Level.SOL_SOCKET, name))
  expect(facts(world.httpd.socket(AF_INET, 1))).toEqual([2, 1, 6, 0])
  expect(facts(world.httpd.socket(AF_INET6, 2))).toEqual([10, 2, 17, 0])
  expect(facts(world.listen())).toEqual([2, 1, 6, 1])
})
