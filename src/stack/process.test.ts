import { describe, expect, test } from 'vitest'
import { MS } from '../base/index.ts'
import type { TraceSink } from '../tcp/index.ts'
import {
  AF_INET,
  AF_INET6,
  Fcntl,
  Host,
  Ioctl,
  Level,
  Msg,
  newSocketName,
  O_NONBLOCK,
  O_RDWR,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_NONBLOCK,
  SOCK_STREAM,
  So,
  TcpOption,
} from './index.ts'
import { nameOf, octets, polled, TwoHosts, text, told } from './two-hosts.testing.ts'

describe('descriptors', () => {
  test('the lowest number is taken, from 3 on', () => {
    const { nc } = new TwoHosts()
    const open = (): number => nc.socket(AF_INET, SOCK_STREAM)
    expect([open(), open(), open()]).toEqual([3, 4, 5])
    nc.close(4)
    expect([nc.dup(5), open()]).toEqual([4, 6])
    expect(nc.descriptors).toEqual([3, 4, 5, 6])
  })

  test('are limited: EMFILE, of accept() too, and the connection waits on', () => {
    const world = new TwoHosts()
    const few = world.server.spawn('few', { nofile: 5 })
    const listener = few.socket(AF_INET, SOCK_STREAM)
    few.bind(listener, { address: '0.0.0.0', port: 80 })
    few.listen(listener, 8)
    const other = few.socket(AF_INET, SOCK_STREAM)
    expect([told(few.socket(AF_INET, SOCK_STREAM)), told(few.dup(listener))]).toEqual(['EMFILE', 'EMFILE'])
    world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
    world.settle()
    expect(told(few.accept(listener))).toBe('EMFILE')
    few.close(other)
    expect(few.accept(listener)).toBe(4)
  })

  test('what is no descriptor is EBADF, whatever is asked', () => {
    const { nc } = new TwoHosts()
    const name = newSocketName()
    const to = { address: '10.0.0.2', port: 80 }
    const results = [
      nc.bind(9, to),
      nc.listen(9, 1),
      nc.accept(9),
      nc.connect(9, to),
      nc.send(9, octets('x')),
      nc.recv(9, new Uint8Array(1)),
      nc.sendto(9, octets('x'), 0, to),
      nc.shutdown(9, SHUT_WR),
      nc.close(9),
      nc.dup(9),
      nc.getsockname(9, name),
      nc.getpeername(9, name),
      nc.fcntl(9, Fcntl.GETFL),
      nc.ioctl(9, Ioctl.SIOCINQ),
    ]
    expect(new Set(results.map(told))).toEqual(new Set(['EBADF']))
    expect(polled(nc, 9)).toBe('NVAL')
  })

  test.each([
    [1, SOCK_STREAM, 0, 'EAFNOSUPPORT'],
    [AF_INET, 3, 0, 'ESOCKTNOSUPPORT'],
    [AF_INET, 11, 0, 'EINVAL'],
    [AF_INET, SOCK_STREAM, 999, 'EINVAL'],
    [AF_INET, SOCK_STREAM, 17, 'EPROTONOSUPPORT'],
    [AF_INET6, SOCK_DGRAM | SOCK_NONBLOCK, 17, 3],
  ])('socket(%d, %d, %d) is %s', (family, type, protocol, expected) => {
    const { nc } = new TwoHosts()
    expect(told(nc.socket(family, type, protocol))).toBe(expected)
  })

  test('every socket is non-blocking and stays so', () => {
    const { nc } = new TwoHosts()
    const fd = nc.socket(AF_INET, SOCK_STREAM)
    expect([nc.fcntl(fd, Fcntl.SETFL, 0), nc.fcntl(fd, Fcntl.GETFL)]).toEqual([0, O_RDWR | O_NONBLOCK])
    expect(nc.ioctl(fd, Ioctl.FIONBIO)).toBe(0)
    expect([told(nc.fcntl(fd, 99)), told(nc.ioctl(fd, 99))]).toEqual(['EINVAL', 'EINVAL'])
  })
})

describe('a descriptor with several owners', () => {
  test('dup: FIN only when the last one closes', () => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    const second = world.nc.dup(c)
    world.nc.close(c)
    world.settle()
    expect(world.states(world.client)).toEqual(['ESTABLISHED'])
    world.nc.close(second)
    world.pass(50 * MS)
    expect(world.states(world.client)).toEqual(['FIN-WAIT-2'])
  })

  test('fork: the child’s copy keeps the connection when the parent exits', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    const child = world.nc.fork('child')
    world.nc.exit()
    world.settle()
    expect(world.states(world.client)).toEqual(['ESTABLISHED'])
    expect(child.send(c, octets('still here'))).toBe(10)
    world.settle()
    expect(text(world.httpd, s)).toBe('still here')
    const row = world.client.describeSockets().find(({ state }) => state === 'ESTABLISHED')
    expect(row?.owners).toEqual([{ pid: child.pid, command: 'child', fd: c }])
    child.kill()
    world.pass(50 * MS)
    expect(world.states(world.client)).toEqual(['FIN-WAIT-2'])
  })

  test('shutdown() reaches all of them', () => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    const second = world.nc.dup(c)
    world.nc.shutdown(c, SHUT_WR)
    expect(told(world.nc.send(second, octets('x')))).toBe('EPIPE')
  })
})

describe('the end of a process', () => {
  test('closes everything: listeners, accepted and un-accepted connections', () => {
    const world = new TwoHosts()
    const listener = world.listen()
    world.connect(listener)
    world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
    world.settle()
    expect(world.states(world.server)).toEqual(['ESTABLISHED', 'ESTABLISHED', 'LISTEN'])
    world.httpd.kill()
    world.pass(50 * MS)
    // The accepted one is closed politely, the one that nobody accepted is reset.
    expect(world.states(world.server)).toEqual(['FIN-WAIT-2'])
    expect([world.httpd.alive, world.server.processes.has(world.httpd.pid)]).toEqual([false, false])
    expect(told(world.httpd.socket(AF_INET, SOCK_STREAM))).toBe('EMFILE')
  })

  test('a leak ends with its process', () => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    world.nc.close(c)
    world.pass(50 * MS)
    expect(world.states(world.server)).toEqual(['CLOSE-WAIT', 'LISTEN'])
    world.httpd.exit()
    world.settle()
    expect([world.states(world.server), world.states(world.client)]).toEqual([[], ['TIME-WAIT']])
  })
})

describe('reading', () => {
  test('MSG_PEEK leaves it, MSG_TRUNC throws it away, SIOCINQ counts it', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    world.nc.send(c, octets('abcdef'))
    world.settle()
    expect(world.httpd.ioctl(s, Ioctl.SIOCINQ)).toBe(6)
    expect([text(world.httpd, s, Msg.PEEK), text(world.httpd, s, 0, 2)]).toEqual(['abcdef', 'ab'])
    expect(world.httpd.recv(s, new Uint8Array(3), Msg.TRUNC)).toBe(3)
    expect(text(world.httpd, s)).toBe('f')
  })

  test('nothing there is EAGAIN, the end is 0 for ever, before any connection ENOTCONN', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    expect(text(world.httpd, s)).toBe('EAGAIN')
    world.nc.shutdown(c, SHUT_WR)
    world.settle()
    expect([text(world.httpd, s), text(world.httpd, s)]).toEqual([0, 0])
    expect(text(world.nc, world.nc.socket(AF_INET, SOCK_STREAM))).toBe('ENOTCONN')
  })

  test('SIOCOUTQ counts what the peer has not acknowledged', () => {
    const world = new TwoHosts()
    const [c] = world.connect(world.listen())
    world.nc.send(c, octets('abc'))
    expect(world.nc.ioctl(c, Ioctl.SIOCOUTQ)).toBe(3)
    world.pass(200 * MS)
    expect(world.nc.ioctl(c, Ioctl.SIOCOUTQ)).toBe(0)
  })
})

describe('readiness', () => {
  test('one callback per batch, with each socket once', () => {
    const world = new TwoHosts()
    const listener = world.listen()
    const [c, s] = world.connect(listener)
    const batches: number[][] = []
    world.server.onReady = (batch) => {
      batches.push(batch.map((socket) => socket.inode))
    }
    world.nc.setsockopt(c, Level.IPPROTO_TCP, 1, 1)
    world.nc.send(c, octets('a'))
    world.nc.send(c, octets('b'))
    world.settle()
    expect(batches).toEqual([[world.httpd.file(s)?.inode]])
    batches.length = 0
    world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
    world.settle()
    expect(batches).toEqual([[world.httpd.file(listener)?.inode]])
    expect(polled(world.httpd, listener)).toBe('IN')
  })

  test('calls made in the callback are told of in the next one, not within', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    let depth = 0
    let deepest = 0
    const seen: (string | number)[] = []
    world.server.onReady = () => {
      deepest = Math.max(deepest, ++depth)
      seen.push(text(world.httpd, s))
      if (seen.length === 1) world.httpd.shutdown(s, 0)
      depth--
    }
    world.nc.send(c, octets('x'))
    world.settle()
    expect([deepest, seen]).toEqual([1, ['x', 0]])
  })
})

describe('connect', () => {
  test('tells how it stands: in progress, already, done once, then EISCONN', () => {
    const world = new TwoHosts()
    world.listen()
    const fd = world.nc.socket(AF_INET, SOCK_STREAM)
    const connect = (): number | string => told(world.nc.connect(fd, { address: '10.0.0.2', port: 80 }))
    expect([connect(), connect(), polled(world.nc, fd)]).toEqual(['EINPROGRESS', 'EALREADY', ''])
    world.settle()
    expect([polled(world.nc, fd), connect(), connect()]).toEqual(['OUT', 0, 'EISCONN'])
    expect(nameOf(world.nc, 'getpeername', fd)).toBe('10.0.0.2:80')
  })

  test('to the unspecified address it means this host', () => {
    const world = new TwoHosts()
    world.listen()
    const local = world.server.spawn('local')
    for (const [family, address, peer] of [
      [AF_INET, '0.0.0.0', '127.0.0.1:80'],
      [AF_INET, '127.9.9.9', '127.9.9.9:80'],
    ] as const) {
      const fd = local.socket(family, SOCK_STREAM)
      local.connect(fd, { address, port: 80 })
      world.settle()
      expect(nameOf(local, 'getpeername', fd)).toBe(peer)
    }
  })

  test('of AF_UNSPEC undoes it with a RST', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    expect(world.nc.connect(c, null)).toBe(0)
    world.settle()
    expect([world.states(world.client), text(world.httpd, s)]).toEqual([[], 'ECONNRESET'])
    expect(told(world.nc.connect(c, { address: '10.0.0.2', port: 80 }))).toBe('EINPROGRESS')
  })
})

test('accept() tells where a connection came from that the peer has reset meanwhile', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  const fd = world.nc.socket(AF_INET, SOCK_STREAM)
  world.nc.bind(fd, { address: '10.0.0.1', port: 4000 })
  world.nc.connect(fd, { address: '10.0.0.2', port: 80 })
  world.settle()
  world.nc.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, { on: true, seconds: 0 })
  world.nc.close(fd)
  world.settle()
  const peer = newSocketName()
  const accepted = world.httpd.accept(listener, peer)
  expect([accepted > 0, peer.address, peer.port]).toEqual([true, '10.0.0.1', 4000])
  expect(told(world.httpd.getpeername(accepted, newSocketName()))).toBe('ENOTCONN')
})

test('calls are traced as strace prints them, with the errno’s name', () => {
  const calls: string[] = []
  const nothing = (): void => undefined
  const sink: TraceSink = { state: nothing, segmentOut: nothing, segmentIn: nothing, timer: nothing, note: nothing }
  const trace = {
    ...sink,
    call: (_now: number, conn: number, process: string, words: string, result: number, errno: string): void => {
      calls.push(`${conn} ${process}: ${words} = ${result}${errno === '' ? '' : ` ${errno}`}`)
    },
  }
  const host = new Host({ name: 'h', seed: 1, trace })
  const p = host.spawn('nc')
  const fd = p.socket(AF_INET6, SOCK_STREAM)
  p.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, { on: true, seconds: 0 })
  p.bind(fd, { address: '::1', port: 8080 })
  p.listen(fd, 5)
  p.accept(fd)
  p.send(fd, octets('x'), Msg.OOB | Msg.DONTWAIT)
  p.recv(fd, new Uint8Array(10))
  p.sendto(p.socket(AF_INET, SOCK_DGRAM), octets('ab'), 0, { address: '127.0.0.1', port: 53 })
  p.getsockopt(fd, Level.IPPROTO_TCP, 11, { value: 0 })
  p.setsockopt(fd, Level.IPPROTO_TCP, TcpOption.CONGESTION, 'reno')
  p.ioctl(4, Ioctl.SIOCOUTQNSD)
  p.shutdown(fd, SHUT_WR)
  p.connect(fd, null)
  p.close(fd)
  p.close(fd)
  p.exit()
  expect(calls).toEqual([
    '0 nc: socket(AF_INET6, SOCK_STREAM, 0) = 3',
    '0 nc: setsockopt(3, SOL_SOCKET, SO_LINGER, {on, 0 s}) = 0',
    '0 nc: bind(3, [::1]:8080) = 0',
    '1 nc: listen(3, 5) = 0',
    '0 nc: accept(3) = -11 EAGAIN',
    '1 nc: send(3, 1 octet, MSG_OOB|MSG_DONTWAIT) = -32 EPIPE',
    '1 nc: recv(3, 10 octets) = -107 ENOTCONN',
    '0 nc: socket(AF_INET, SOCK_DGRAM, 0) = 4',
    '0 nc: sendto(4, 2 octets, 127.0.0.1:53) = 2',
    '1 nc: getsockopt(3, IPPROTO_TCP, TCP_INFO) = 0',
    '1 nc: setsockopt(3, IPPROTO_TCP, TCP_CONGESTION, "reno") = 0',
    '0 nc: ioctl(4, SIOCOUTQNSD) = -22 EINVAL',
    '1 nc: shutdown(3, SHUT_WR) = 0',
    '1 nc: connect(3, AF_UNSPEC) = 0',
    '0 nc: close(3) = 0',
    '0 nc: close(3) = -9 EBADF',
    '0 nc: exit(0) = 0',
  ])
})

test.each([
  undefined,
  null,
  'hello',
  { length: 5 },
  new ArrayBuffer(5),
  new DataView(new ArrayBuffer(5)),
  new Uint16Array(5),
])('what is no array of octets is EFAULT: %s', (data) => {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  const untyped = data as Uint8Array
  const results = [world.nc.send(c, untyped), world.nc.recv(c, untyped), world.nc.recvmsg(c, untyped).result]
  expect(results.map(told)).toEqual(['EFAULT', 'EFAULT', 'EFAULT'])
  world.nc.send(c, octets('hello'))
  world.settle()
  expect(text(world.httpd, s)).toBe('hello')
})
