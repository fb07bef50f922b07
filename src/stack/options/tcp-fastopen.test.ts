import { describe, expect, test } from 'vitest'
import { State, type TcpStatus } from '../../tcp/index.ts'
import { AF_INET, Level, Msg, SOCK_STREAM, TcpOption } from '../constants.ts'
import type { TcpSocket } from '../sockets/tcp-socket.ts'
import { octets, TwoHosts, told } from '../two-hosts.testing.ts'
import type { OptionBox } from './option.ts'

const TCP = Level.IPPROTO_TCP
const SERVER = { address: '10.0.0.2', port: 80 }
const SECOND = 1_000_000

/** Both hosts do Fast Open in both roles; the server listens for it. */
function ready(sysctl = 3): { world: TwoHosts; listener: number } {
  const world = new TwoHosts()
  for (const host of [world.client, world.server]) host.config.fastOpen = sysctl
  const listener = world.httpd.socket(AF_INET, SOCK_STREAM)
  world.httpd.setsockopt(listener, TCP, TcpOption.FASTOPEN, 5)
  world.httpd.bind(listener, SERVER)
  world.httpd.listen(listener, 5)
  return { world, listener }
}

function client(world: TwoHosts): number {
  return world.nc.socket(AF_INET, SOCK_STREAM)
}

function statusOf(world: TwoHosts, fd: number): TcpStatus {
  const box: OptionBox = { value: 0 }
  world.nc.getsockopt(fd, TCP, TcpOption.INFO, box)
  return box.value as TcpStatus
}

/** A first connection brings the cookie home. */
function withCookie(): { world: TwoHosts; listener: number } {
  const made = ready()
  const { world } = made
  const fd = client(world)
  expect(told(world.nc.sendto(fd, octets('first'), Msg.FASTOPEN, SERVER))).toBe('EINPROGRESS')
  world.settle()
  world.nc.close(fd)
  world.httpd.close(world.httpd.accept(made.listener))
  world.pass(SECOND)
  return made
}

describe('TCP Fast Open (RFC 7413)', () => {
  test('without a cookie the SYN asks for one and carries nothing', () => {
    const { world } = ready()
    const fd = client(world)
    expect(told(world.nc.sendto(fd, octets('hello'), Msg.FASTOPEN, SERVER))).toBe('EINPROGRESS')
    world.settle()
    expect(statusOf(world, fd)).toMatchObject({ state: State.ESTABLISHED, fastopen_client_fail: 1 })
    const { tcb } = world.nc.file(fd) as TcpSocket
    expect(tcb && world.client.fastOpen.cookieOf(tcb)?.cookie).toHaveLength(8)
    expect(world.nc.send(fd, octets('hello'), 0)).toBe(5)
  })

  test('with it the SYN carries the data', () => {
    const { world, listener } = withCookie()
    const fd = client(world)
    expect(world.nc.sendto(fd, octets('hello'), Msg.FASTOPEN, SERVER)).toBe(5)
    world.settle()
    const conn = world.httpd.accept(listener)
    expect(conn).toBeGreaterThan(0)
    const into = new Uint8Array(10)
    expect(world.httpd.recv(conn, into, 0)).toBe(5)
    expect(world.httpd.send(conn, octets('world!'), 0)).toBe(6)
    world.settle()
    expect(world.nc.recv(fd, into, 0)).toBe(6)
    expect(statusOf(world, fd).options & 32).toBe(32)
    expect(world.server.counters.TCPFastOpenPassive).toBe(1)
    expect(world.client.counters.TCPFastOpenActive).toBe(1)
  })

  test('a cookie that the server no longer honours costs a round trip, and no data', () => {
    const { world, listener } = withCookie()
    expect(world.server.fastOpen.setKey('1-2-3-4')).toBe(true)
    const fd = client(world)
    expect(world.nc.sendto(fd, octets('hello'), Msg.FASTOPEN, SERVER)).toBe(5)
    world.settle()
    const conn = world.httpd.accept(listener)
    expect(world.httpd.recv(conn, new Uint8Array(10), 0)).toBe(5)
    expect(world.server.counters.TCPFastOpenPassiveFail).toBe(1)
    expect(statusOf(world, fd).fastopen_client_fail).toBe(2)
  })

  test('TCP_FASTOPEN_CONNECT: connect() returns at once, the first send() opens', () => {
    const { world, listener } = withCookie()
    const fd = client(world)
    expect(world.nc.setsockopt(fd, TCP, TcpOption.FASTOPEN_CONNECT, 1)).toBe(0)
    expect(world.nc.connect(fd, SERVER)).toBe(0)
    world.settle()
    expect(told(world.httpd.accept(listener))).toBe('EAGAIN')
    expect(world.nc.send(fd, octets('hello'), 0)).toBe(5)
    world.settle()
    expect(world.httpd.recv(world.httpd.accept(listener), new Uint8Array(10), 0)).toBe(5)
  })

  test('cookies are Linux’s: SipHash-2-4 of both addresses under tcp_fastopen_key', () => {
    const { world } = ready()
    expect(world.server.fastOpen.setKey('not-a-key')).toBe(false)
    const before = world.server.fastOpen.key
    expect(before).toMatch(/^[0-9a-f]{8}(-[0-9a-f]{8}){3}$/)
    world.server.fastOpen.setKey(before)
    expect(world.server.fastOpen.key).toBe(before)
  })

  test.each([
    [1, TcpOption.FASTOPEN, -1, 'EINVAL'],
    [0, TcpOption.FASTOPEN_CONNECT, 1, 'EOPNOTSUPP'],
    [1, TcpOption.FASTOPEN_CONNECT, 2, 'EINVAL'],
    [1, TcpOption.FASTOPEN_NO_COOKIE, 2, 'EINVAL'],
  ])('tcp_fastopen = %s, option %s = %s: %s', (sysctl, option, value, expected) => {
    const { world } = ready(sysctl)
    expect(told(world.nc.setsockopt(client(world), TCP, option, value))).toBe(expected)
  })
})
