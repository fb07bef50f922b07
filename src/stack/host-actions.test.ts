import { expect, test } from 'vitest'
import { MS, SECOND } from '../base/index.ts'
import {
  AF_INET,
  fuserKill,
  Level,
  type Process,
  restartNetwork,
  restartService,
  type Service,
  SOCK_STREAM,
  So,
  startNetwork,
  startService,
  stopNetwork,
} from './index.ts'
import { octets, TwoHosts, text, told } from './two-hosts.testing.ts'

/** A server on port 80 whose bind() result is kept. */
function web(reuse: boolean, results: (number | string)[]): Service {
  return {
    name: 'web',
    main: (process: Process) => {
      const fd = process.socket(AF_INET, SOCK_STREAM)
      if (reuse) process.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
      results.push(told(process.bind(fd, { address: '0.0.0.0', port: 80 })))
      process.listen(fd, 8)
    },
  }
}

/** Opens a connection to the server's port 80. */
function visit(world: TwoHosts): number {
  const fd = world.nc.socket(AF_INET, SOCK_STREAM)
  world.nc.connect(fd, { address: '10.0.0.2', port: 80 })
  world.settle()
  return fd
}

test('restart: CLOSE-WAIT of the old process goes, its successor starts', () => {
  const world = new TwoHosts()
  const results: (number | string)[] = []
  const service = web(true, results)
  const running = startService(world.server, service)
  const c = visit(world)
  expect(running.accept(3)).toBe(4)
  world.nc.close(c)
  world.pass(50 * MS)
  expect(world.states(world.server)).toEqual(['CLOSE-WAIT', 'LISTEN'])
  const next = restartService(world.server, running, service)
  world.settle()
  expect([world.states(world.server), results, running.alive, next.alive]).toEqual([['LISTEN'], [0, 0], false, true])
})

test('restart with connections open: without SO_REUSEADDR the successor cannot bind', () => {
  for (const [reuse, expected] of [
    [false, 'EADDRINUSE'],
    [true, 0],
  ] as const) {
    const world = new TwoHosts()
    const results: (number | string)[] = []
    const service = web(reuse, results)
    const running = startService(world.server, service)
    visit(world)
    running.accept(3)
    restartService(world.server, running, service)
    expect(results).toEqual([0, expected])
  }
})

test('fuser -k PORT kills the owner, with all its sockets and not only those of the port', () => {
  const world = new TwoHosts()
  const web80 = startService(world.server, web(false, []))
  const other = web80.socket(AF_INET, SOCK_STREAM)
  web80.bind(other, { address: '0.0.0.0', port: 81 })
  web80.listen(other, 8)
  world.listen(90)
  visit(world)
  web80.accept(3)
  expect(world.states(world.server)).toEqual(['ESTABLISHED', 'LISTEN', 'LISTEN', 'LISTEN'])
  expect(fuserKill(world.server, 80)).toEqual([web80.pid])
  world.pass(50 * MS)
  expect([world.states(world.server), world.httpd.alive]).toEqual([['FIN-WAIT-2', 'LISTEN'], true])
  expect(fuserKill(world.server, 80)).toEqual([])
})

test('restarting the network leaves every row in place, TIME-WAIT included', () => {
  const world = new TwoHosts()
  const listener = world.listen()
  const [c, s] = world.connect(listener)
  world.httpd.close(s)
  world.pass(50 * MS)
  world.nc.close(c)
  world.pass(50 * MS)
  world.connect(listener)
  const before = world.states(world.server)
  expect(before).toEqual(['ESTABLISHED', 'LISTEN', 'TIME-WAIT'])
  restartNetwork(world.server)
  expect(world.states(world.server)).toEqual(before)
  world.pass(61 * SECOND)
  expect(world.states(world.server)).toEqual(['ESTABLISHED', 'LISTEN'])
})

test('while the network is down packets are lost; afterwards connections go on', () => {
  const world = new TwoHosts()
  const [c, s] = world.connect(world.listen())
  stopNetwork(world.server)
  world.nc.send(c, octets('x'))
  world.pass(5 * SECOND)
  expect(text(world.httpd, s)).toBe('EAGAIN')
  expect(told(world.httpd.connect(world.httpd.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.1', port: 9 }))).toBe(
    'ENETUNREACH',
  )
  startNetwork(world.server)
  world.pass(10 * SECOND)
  expect(text(world.httpd, s)).toBe('x')
})

test('a crash sends nothing and leaves nothing', () => {
  const world = new TwoHosts()
  const [, s] = world.connect(world.listen())
  world.server.crash()
  expect([world.b.link.waiting, world.server.describeSockets(), world.server.nextDeadline()]).toEqual([
    0,
    [],
    Number.POSITIVE_INFINITY,
  ])
  expect(told(world.httpd.send(s, octets('x')))).toBe('EBADF')
  world.nc.send(world.nc.descriptors[0] as number, octets('into the void'))
  world.pass(10 * SECOND)
  expect(world.server.counts.ip.InReceives).toBeLessThan(5)
})
