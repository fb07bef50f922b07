import { describe, expect, test } from 'vitest'
import { AF_INET, AF_INET6, Level, Msg, newSocketName, SOCK_DGRAM, So } from '../index.ts'
import { nameOf, octets, polled, TwoHosts, text, told } from '../two-hosts.testing.ts'

/** A server socket bound to port 53, and a client socket. */
function pair(world: TwoHosts, family: number = AF_INET): [number, number] {
  const server = world.httpd.socket(family, SOCK_DGRAM)
  expect(world.httpd.bind(server, { address: family === AF_INET ? '0.0.0.0' : '::', port: 53 })).toBe(0)
  return [world.nc.socket(family, SOCK_DGRAM), server]
}

describe.each([
  [AF_INET, '10.0.0.1', '10.0.0.2'],
  [AF_INET6, '2001:db8::1', '2001:db8::2'],
])('family %d', (family, here, there) => {
  test('datagrams keep their bounds and tell their sender', () => {
    const world = new TwoHosts()
    const [c, s] = pair(world, family)
    for (const word of ['one', '', 'three']) {
      expect(world.nc.sendto(c, octets(word), 0, { address: there, port: 53 })).toBe(word.length)
    }
    world.settle()
    const from = newSocketName()
    const into = new Uint8Array(100)
    const lengths = [1, 2, 3].map(() => world.httpd.recvfrom(s, into, 0, from))
    expect(lengths).toEqual([3, 0, 5])
    expect(from.address).toBe(here)
    expect(from.port).toBeGreaterThanOrEqual(32_768)
    expect(world.httpd.sendto(s, octets('answer'), 0, { address: from.address, port: from.port })).toBe(6)
    world.settle()
    expect(text(world.nc, c)).toBe('answer')
  })

  test('a port where nobody hears: ICMP, and a connected sender is told', () => {
    const world = new TwoHosts()
    const c = world.nc.socket(family, SOCK_DGRAM)
    world.nc.connect(c, { address: there, port: 99 })
    expect(world.nc.send(c, octets('x'))).toBe(1)
    world.settle()
    expect(polled(world.nc, c)).toBe('OUT|ERR')
    expect([told(world.nc.send(c, octets('x'))), told(world.nc.send(c, octets('x')))]).toEqual(['ECONNREFUSED', 1])
    expect([world.server.counts.udp.NoPorts, world.server.counts.icmp.OutDestUnreachs]).toEqual([1, 1])
  })

  test('an unconnected sender is not told', () => {
    const world = new TwoHosts()
    const c = world.nc.socket(family, SOCK_DGRAM)
    world.nc.sendto(c, octets('x'), 0, { address: there, port: 99 })
    world.settle()
    expect([text(world.nc, c), world.client.counts.icmp.InDestUnreachs]).toEqual(['EAGAIN', 1])
  })
})

test('a connected socket hears its peer alone', () => {
  const world = new TwoHosts()
  const [c, s] = pair(world)
  world.nc.connect(c, { address: '10.0.0.2', port: 53 })
  const port = Number(nameOf(world.nc, 'getsockname', c).split(':')[1])
  const stranger = world.httpd.socket(AF_INET, SOCK_DGRAM)
  world.httpd.sendto(stranger, octets('not me'), 0, { address: '10.0.0.1', port })
  world.httpd.sendto(s, octets('me'), 0, { address: '10.0.0.1', port })
  world.settle()
  expect([text(world.nc, c), text(world.nc, c)]).toEqual(['me', 'EAGAIN'])
})

test('a full receive buffer loses datagrams, and counts them', () => {
  const world = new TwoHosts()
  const [c, s] = pair(world)
  world.httpd.setsockopt(s, Level.SOL_SOCKET, So.RCVBUF, 4000)
  for (let i = 0; i < 10; i++) world.nc.sendto(c, new Uint8Array(1000), 0, { address: '10.0.0.2', port: 53 })
  world.settle()
  let read = 0
  while (world.httpd.recv(s, new Uint8Array(2000)) > 0) read++
  expect([read, world.server.counts.udp.RcvbufErrors]).toEqual([5, 5])
})

test('a datagram is read whole or cut: the rest is gone, MSG_TRUNC tells its true length', () => {
  const world = new TwoHosts()
  const [c, s] = pair(world)
  for (let i = 0; i < 2; i++) world.nc.sendto(c, octets('abcdef'), 0, { address: '10.0.0.2', port: 53 })
  world.settle()
  expect(world.httpd.recv(s, new Uint8Array(2), Msg.TRUNC)).toBe(6)
  expect([text(world.httpd, s, Msg.PEEK, 3), text(world.httpd, s, 0, 3), text(world.httpd, s)]).toEqual([
    'abc',
    'abc',
    'EAGAIN',
  ])
})

test('the calls of streams are not its calls', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(AF_INET, SOCK_DGRAM)
  expect([told(nc.listen(fd, 1)), told(nc.accept(fd)), told(nc.send(fd, octets('x')))]).toEqual([
    'EOPNOTSUPP',
    'EOPNOTSUPP',
    'EDESTADDRREQ',
  ])
})

test('a malformed datagram is dropped with its reason and answered by nobody', () => {
  const world = new TwoHosts()
  const [c] = pair(world)
  world.nc.sendto(c, octets('x'), 0, { address: '10.0.0.2', port: 53 })
  const { queue } = world.a.link
  const packet = queue.bytes.slice(queue.start, queue.start + queue.length)
  packet[26] = (packet[26] as number) ^ 1
  world.server.input(0, 1, packet, 0, packet.length)
  expect([world.server.counts.udp.InErrors, world.b.link.waiting]).toEqual([1, 0])
})

test('of sockets that share a port the one bound last hears', () => {
  const world = new TwoHosts()
  const fds = [1, 2].map(() => {
    const fd = world.httpd.socket(AF_INET, SOCK_DGRAM)
    world.httpd.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
    expect(world.httpd.bind(fd, { address: '0.0.0.0', port: 53 })).toBe(0)
    return fd
  })
  world.nc.sendto(world.nc.socket(AF_INET, SOCK_DGRAM), octets('x'), 0, { address: '10.0.0.2', port: 53 })
  world.settle()
  expect(fds.map((fd) => text(world.httpd, fd))).toEqual(['EAGAIN', 'x'])
})

test('what MSG_MORE kept back and grew too long is thrown away, and the next part begins anew', () => {
  const world = new TwoHosts()
  const [c, s] = pair(world)
  world.nc.connect(c, { address: '10.0.0.2', port: 53 })
  const send = (length: number, flags = 0): number | string => told(world.nc.send(c, new Uint8Array(length), flags))
  expect([send(65_000, Msg.MORE), send(2000), send(1)]).toEqual([65_000, 'EMSGSIZE', 1])
  world.settle()
  expect([text(world.httpd, s)?.toString().length, text(world.httpd, s)]).toEqual([1, 'EAGAIN'])
})

test('a datagram of IPv4 is heard at 0.0.0.0 before [::], whoever was bound last', () => {
  const world = new TwoHosts()
  const fds = [AF_INET, AF_INET6].map((family) => {
    const fd = world.httpd.socket(family, SOCK_DGRAM)
    world.httpd.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
    expect(world.httpd.bind(fd, { address: family === AF_INET ? '0.0.0.0' : '::', port: 53 })).toBe(0)
    return fd
  })
  world.nc.sendto(world.nc.socket(AF_INET, SOCK_DGRAM), octets('x'), 0, { address: '10.0.0.2', port: 53 })
  world.settle()
  expect(fds.map((fd) => text(world.httpd, fd))).toEqual(['x', 'EAGAIN'])
})
