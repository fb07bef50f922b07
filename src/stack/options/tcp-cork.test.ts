import { expect, test } from 'vitest'
import { Level, TcpOption } from '../index.ts'
import { get, octets, TwoHosts, text } from '../two-hosts.testing.ts'

const { IPPROTO_TCP } = Level
const { CORK, NODELAY } = TcpOption

/** A connection with the cork in. */
function corked(): { world: TwoHosts; c: number; s: number } {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  expect(world.nc.setsockopt(c, IPPROTO_TCP, CORK, 1)).toBe(0)
  expect(get(world.nc, c, IPPROTO_TCP, CORK)).toBe(1)
  return { world, c, s }
}

test('whole segments leave, what does not fill one waits, TCP_NODELAY or not', () => {
  for (const noDelay of [0, 1]) {
    const { world, c, s } = corked()
    world.nc.setsockopt(c, IPPROTO_TCP, NODELAY, noDelay)
    world.nc.send(c, octets('h'))
    world.settle()
    expect(text(world.httpd, s)).toBe('EAGAIN')
    world.nc.send(c, octets('b'.repeat(1447 + 100)))
    world.settle()
    expect(text(world.httpd, s)).toBe(`h${'b'.repeat(1447)}`)
  }
})

test('to draw the cork sends the rest, head and body as one segment', () => {
  const { world, c, s } = corked()
  world.nc.send(c, octets('head '))
  world.nc.send(c, octets('body'))
  expect(world.a.link.waiting).toBe(0)
  world.nc.setsockopt(c, IPPROTO_TCP, CORK, 0)
  expect(world.a.link.waiting).toBe(1)
  world.settle()
  expect(text(world.httpd, s)).toBe('head body')
})

test('to close the socket draws it too', () => {
  const { world, c, s } = corked()
  world.nc.send(c, octets('last words'))
  world.nc.close(c)
  world.settle()
  expect([text(world.httpd, s), text(world.httpd, s)]).toEqual(['last words', 0])
})

test('a cork that is forgotten holds a small segment for 200 ms and no longer', () => {
  const { world, c, s } = corked()
  world.nc.send(c, octets('forgotten'))
  world.pass(190_000)
  expect(text(world.httpd, s)).toBe('EAGAIN')
  world.pass(40_000)
  expect(text(world.httpd, s)).toBe('forgotten')
})
