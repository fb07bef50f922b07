import { expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import { AF_INET, Level, SOCK_STREAM, TcpOption } from '../index.ts'
import { get, octets, polled, TwoHosts, text, told } from '../two-hosts.testing.ts'

const { IPPROTO_TCP } = Level
const { DEFER_ACCEPT } = TcpOption

test.each([
  [0, 0],
  [1, 1],
  [2, 3],
  [4, 7],
  [10, 15],
  [-1, 0],
])('%i s are kept as retransmissions, which take %i s', (given, kept) => {
  const { httpd } = new TwoHosts()
  const fd = httpd.socket(AF_INET, SOCK_STREAM)
  expect(httpd.setsockopt(fd, IPPROTO_TCP, DEFER_ACCEPT, given)).toBe(0)
  expect(get(httpd, fd, IPPROTO_TCP, DEFER_ACCEPT)).toBe(kept)
})

/** A client that has connected to a listener that wants data first. */
function silent(): { world: TwoHosts; listener: number; c: number } {
  const world = new TwoHosts()
  const listener = world.listen()
  world.httpd.setsockopt(listener, IPPROTO_TCP, DEFER_ACCEPT, 3)
  const c = world.nc.socket(AF_INET, SOCK_STREAM)
  world.nc.connect(c, { address: '10.0.0.2', port: 80 })
  world.settle()
  return { world, listener, c }
}

test('a client that says nothing is ESTABLISHED at its end, and half open at the server’s', () => {
  const { world, listener } = silent()
  expect(world.states(world.client)).toEqual(['ESTABLISHED'])
  expect(world.states(world.server)).toEqual(['LISTEN', 'SYN-RECEIVED'])
  expect(polled(world.httpd, listener)).toBe('')
  expect(told(world.httpd.accept(listener))).toBe('EAGAIN')
})

test('its first octet brings it out', () => {
  const { world, listener, c } = silent()
  world.pass(SECOND / 2)
  world.nc.send(c, octets('hello'))
  world.settle()
  expect(polled(world.httpd, listener)).toBe('IN')
  const s = world.httpd.accept(listener)
  expect(text(world.httpd, s)).toBe('hello')
})

test('when the time is over the SYN-ACK is sent again, and its ACK is enough', () => {
  const { world, listener } = silent()
  world.pass(2 * SECOND)
  expect(told(world.httpd.accept(listener))).toBe('EAGAIN')
  world.pass(6 * SECOND)
  expect(world.httpd.accept(listener)).toBeGreaterThan(0)
})
