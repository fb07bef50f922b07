import { expect, test } from 'vitest'
import { Ioctl, Level, Msg, So } from '../index.ts'
import { octets, polled, TwoHosts, text } from '../two-hosts.testing.ts'

/** Three octets, the last one urgent, have arrived at the server. */
function urgent(inline: boolean): { world: TwoHosts; s: number } {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  if (inline) world.httpd.setsockopt(s, Level.SOL_SOCKET, So.OOBINLINE, 1)
  world.nc.send(c, octets('abc'), Msg.OOB)
  world.settle()
  return { world, s }
}

test('off: the urgent octet is read apart', () => {
  const { world, s } = urgent(false)
  expect(polled(world.httpd, s)).toBe('IN|PRI|OUT')
  expect(text(world.httpd, s)).toBe('ab')
  expect(world.httpd.ioctl(s, Ioctl.SIOCATMARK)).toBe(1)
  expect([text(world.httpd, s, Msg.OOB), text(world.httpd, s, Msg.OOB)]).toEqual(['c', 'EINVAL'])
  expect(text(world.httpd, s)).toBe('EAGAIN')
  expect(polled(world.httpd, s)).toBe('OUT')
})

test('on: it stays in the stream, and reading stops before it once', () => {
  const { world, s } = urgent(true)
  expect(text(world.httpd, s, Msg.OOB)).toBe('EINVAL')
  expect([text(world.httpd, s), text(world.httpd, s), text(world.httpd, s)]).toEqual(['ab', 'c', 'EAGAIN'])
})

test('an urgent octet of value 0 is an octet, not the end', () => {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  world.nc.send(c, Uint8Array.of(0), Msg.OOB)
  world.settle()
  const into = new Uint8Array([9])
  expect([world.httpd.recv(s, into, Msg.OOB), into[0]]).toEqual([1, 0])
})
