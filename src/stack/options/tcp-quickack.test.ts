import { expect, test } from 'vitest'
import type { TcpStatus } from '../../tcp/index.ts'
import { AF_INET, Level, SOCK_STREAM, TcpOption } from '../index.ts'
import { get, octets, TwoHosts, text } from '../two-hosts.testing.ts'

const { IPPROTO_TCP } = Level
const { QUICKACK, NODELAY } = TcpOption
const MS = 1000

/** Past the ACKs that Linux sends at once at the beginning: question and answer have gone to and fro. */
function talking(): { world: TwoHosts; c: number; s: number } {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  world.nc.setsockopt(c, IPPROTO_TCP, NODELAY, 1)
  for (let i = 0; i < 20; i++) {
    world.nc.send(c, octets('?'))
    world.settle()
    text(world.httpd, s)
    world.httpd.send(s, octets('!'))
    world.pass(100 * MS)
    text(world.nc, c)
    world.pass(100 * MS)
  }
  return { world, c, s }
}

/** Whether the server's ACK of one more octet leaves at once. */
function acknowledgedAtOnce({ world, c }: { world: TwoHosts; c: number }): boolean {
  world.nc.send(c, octets('?'))
  world.settle()
  return unacknowledged(world, c) === 0
}

function unacknowledged(world: TwoHosts, c: number): number {
  return (get(world.nc, c, IPPROTO_TCP, TcpOption.INFO) as TcpStatus).unacked
}

test('1 at first, and what is set is read back', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(AF_INET, SOCK_STREAM)
  expect(get(nc, fd, IPPROTO_TCP, QUICKACK)).toBe(1)
  nc.setsockopt(fd, IPPROTO_TCP, QUICKACK, 0)
  expect(get(nc, fd, IPPROTO_TCP, QUICKACK)).toBe(0)
})

test('a conversation delays its ACKs for the answer to carry them; 1 sends the one that is owed', () => {
  const made = talking()
  const { world, c, s } = made
  expect(acknowledgedAtOnce(made)).toBe(false)
  expect(get(world.httpd, s, IPPROTO_TCP, QUICKACK)).toBe(0)
  // As long as something waits to be read, the program may yet answer it.
  world.httpd.setsockopt(s, IPPROTO_TCP, QUICKACK, 1)
  world.settle()
  expect(unacknowledged(world, c)).toBe(1)
  world.httpd.recv(s, new Uint8Array(100))
  world.httpd.setsockopt(s, IPPROTO_TCP, QUICKACK, 1)
  world.settle()
  expect(unacknowledged(world, c)).toBe(0)
  expect(get(world.httpd, s, IPPROTO_TCP, QUICKACK)).toBe(1)
})

test('it does not stay: an answer makes the conversation interactive again', () => {
  const made = talking()
  const { world, s } = made
  expect(acknowledgedAtOnce(made)).toBe(false)
  world.httpd.setsockopt(s, IPPROTO_TCP, QUICKACK, 1)
  text(world.httpd, s)
  world.httpd.send(s, octets('!'))
  world.pass(100 * MS)
  expect(get(world.httpd, s, IPPROTO_TCP, QUICKACK)).toBe(0)
})
