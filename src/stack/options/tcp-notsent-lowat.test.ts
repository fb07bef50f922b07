import { expect, test } from 'vitest'
import { AF_INET, Level, SOCK_STREAM, So, TcpOption } from '../index.ts'
import { get, octets, polled, TwoHosts, told } from '../two-hosts.testing.ts'

const { IPPROTO_TCP } = Level
const { NOTSENT_LOWAT } = TcpOption

test('0 at first: the system’s; any number is taken, and read back as an int', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(AF_INET, SOCK_STREAM)
  const set = (value: number): number | string => told(nc.setsockopt(fd, IPPROTO_TCP, NOTSENT_LOWAT, value))
  expect(get(nc, fd, IPPROTO_TCP, NOTSENT_LOWAT)).toBe(0)
  expect([set(16_384), get(nc, fd, IPPROTO_TCP, NOTSENT_LOWAT)]).toEqual([0, 16_384])
  expect([set(-1), get(nc, fd, IPPROTO_TCP, NOTSENT_LOWAT)]).toEqual([0, -1])
})

/** A connection whose peer acknowledges nothing: what is sent stays in flight, and ten segments may be. */
function silent(set: (world: TwoHosts, fd: number) => void): { world: TwoHosts; fd: number } {
  const world = new TwoHosts()
  const [fd] = world.connect(world.listen())
  world.nc.setsockopt(fd, Level.SOL_SOCKET, So.SNDBUF, 500_000)
  set(world, fd)
  return { world, fd }
}

/** send() as often as it takes a thousand octets. */
function fill({ world, fd }: { world: TwoHosts; fd: number }): number {
  let taken = 0
  for (let n = 0; n >= 0; n = world.nc.send(fd, octets('x'.repeat(1000)))) taken += n
  return taken
}

test('the socket takes no more once so many wait unsent; what is in flight does not count', () => {
  const made = silent((world, fd) => world.nc.setsockopt(fd, IPPROTO_TCP, NOTSENT_LOWAT, 2000))
  const taken = fill(made)
  // Ten segments of 1448 may be in flight. What waits is one buffer, which is filled whole: 22 segments, half the peer's window.
  expect(taken).toBeGreaterThan(7 * 1448)
  expect(taken).toBeLessThanOrEqual(14_480 + 22 * 1448)
  expect(polled(made.world.nc, made.fd)).toBe('')
  made.world.settle()
  expect(polled(made.world.nc, made.fd)).toBe('OUT')
})

test('0 stands for tcp_notsent_lowat', () => {
  const free = fill(silent(() => undefined))
  const bound = fill(silent((world) => world.client.sysctl.set('net.ipv4.tcp_notsent_lowat', 2000)))
  expect(bound).toBeLessThan(free)
})
