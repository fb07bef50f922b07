import { describe, expect, test } from 'vitest'
import { MS, SECOND } from '../../base/index.ts'
import {
  AF_INET,
  AF_INET6,
  Host,
  Level,
  type PersonalityName,
  type Process,
  SOCK_DGRAM,
  SOCK_STREAM,
  So,
} from '../index.ts'
import { nameOf, TwoHosts, told } from '../two-hosts.testing.ts'

/** What is set on a socket before it binds. */
interface Setting {
  readonly reuse?: boolean
  readonly port?: boolean
  readonly exclusive?: boolean
  readonly at?: string
  readonly uid?: number
}

function bound(
  process: Process,
  setting: Setting,
  type: number = SOCK_STREAM,
): { fd: number; result: number | string } {
  const { at = '0.0.0.0' } = setting
  const fd = process.socket(at.includes(':') ? AF_INET6 : AF_INET, type)
  if (setting.reuse) process.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
  if (setting.port) process.setsockopt(fd, Level.SOL_SOCKET, So.REUSEPORT, 1)
  if (setting.exclusive) process.setsockopt(fd, Level.SOL_SOCKET, So.EXCLUSIVEADDRUSE, 1)
  return { fd, result: canonical(process, process.bind(fd, { address: at, port: 8080 })) }
}

/** An errno's name whatever the personality's numbers are. */
function canonical(process: Process, result: number): number | string {
  if (result >= 0) return result
  for (const name of ['EADDRINUSE', 'EACCES', 'EADDRNOTAVAIL', 'EINVAL'] as const) {
    const numbers = { EADDRINUSE: 98, EACCES: 13, EADDRNOTAVAIL: 99, EINVAL: 22 }
    if (-result === process.host.errno(numbers[name])) return name
  }
  return result
}

function host(personality: PersonalityName): Host {
  const made = new Host({ name: 'h', seed: 1, personality })
  made.addInterface({
    name: 'eth0',
    link: { mtu: 1500, transmit: () => true },
    addresses: ['10.0.0.2/24', '10.0.0.4/24'],
  })
  return made
}

/** A listener, and a second bind() to its port. */
function againstListener(personality: PersonalityName, first: Setting, second: Setting): number | string {
  const made = host(personality)
  const old = made.spawn('old', { uid: first.uid })
  const { fd, result } = bound(old, first)
  expect(result).toBe(0)
  expect(old.listen(fd, 8)).toBe(0)
  return bound(made.spawn('new', { uid: second.uid }), second).result
}

describe('against a live listener', () => {
  const REUSE = { reuse: true }
  test.each<[PersonalityName, string, Setting, Setting, number | string]>([
    ['linux', 'nothing set', {}, {}, 'EADDRINUSE'],
    ['linux', 'both reuse', REUSE, REUSE, 'EADDRINUSE'],
    ['linux', 'wildcard against specific', REUSE, { reuse: true, at: '10.0.0.2' }, 'EADDRINUSE'],
    ['linux', 'two specific addresses', { at: '10.0.0.2' }, { at: '10.0.0.4' }, 0],
    ['linux', '0.0.0.0 against [::]', { at: '::' }, { reuse: true }, 'EADDRINUSE'],
    ['linux', 'SO_REUSEPORT on both', { port: true }, { port: true }, 0],
    ['linux', 'SO_REUSEPORT on one', { port: true }, {}, 'EADDRINUSE'],
    ['linux', 'SO_REUSEPORT, another user', { port: true, uid: 1 }, { port: true, uid: 2 }, 'EADDRINUSE'],
    ['freebsd', 'both reuse', REUSE, REUSE, 'EADDRINUSE'],
    ['freebsd', 'wildcard against specific', REUSE, { reuse: true, at: '10.0.0.2' }, 'EADDRINUSE'],
    ['macos', 'wildcard against specific', REUSE, { reuse: true, at: '10.0.0.2' }, 'EADDRINUSE'],
    ['macos', 'the new one reuses', {}, REUSE, 'EADDRINUSE'],
    ['macos', 'SO_REUSEPORT on both', { port: true }, { port: true }, 0],
    ['solaris', 'the new one reuses', {}, REUSE, 'EADDRINUSE'],
    ['rfc9293', 'the new one reuses', {}, REUSE, 'EADDRINUSE'],
    ['windows', 'nothing set', {}, {}, 'EADDRINUSE'],
    ['windows', 'the new one steals', {}, REUSE, 0],
    ['windows', 'an exclusive one cannot be robbed', { exclusive: true }, REUSE, 'EACCES'],
    ['windows', 'another user cannot steal', { uid: 1 }, { reuse: true, uid: 2 }, 'EACCES'],
    ['windows', 'wildcard and specific live together', {}, { at: '10.0.0.2' }, 0],
    ['windows', 'specific and wildcard live together', { at: '10.0.0.2' }, {}, 0],
    ['windows', 'an exclusive wildcard is alone', { at: '10.0.0.2' }, { exclusive: true }, 'EADDRINUSE'],
    ['windows', 'a wildcard beside an exclusive one', { exclusive: true, at: '10.0.0.2' }, REUSE, 0],
    ['windows', 'another user’s that is shared', { reuse: true, uid: 1 }, { reuse: true, uid: 2 }, 0],
  ])('%s: %s', (personality, _what, first, second, expected) => {
    expect(againstListener(personality, first, second)).toBe(expected)
  })
})

describe('against what a server left behind: TIME-WAIT, old option and new', () => {
  /** The server closes first and exits; may its successor bind? */
  function successor(
    personality: PersonalityName,
    old: boolean | Setting,
    fresh: boolean | Setting,
    wait = 50 * MS,
  ): number | string {
    const [before, after] = [old, fresh].map((one) => (typeof one === 'boolean' ? { reuse: one } : one)) as [
      Setting,
      Setting,
    ]
    const world = new TwoHosts({ server: { personality } })
    const first = bound(world.httpd, before)
    world.httpd.listen(first.fd, 8)
    const nc = world.nc.socket(AF_INET, SOCK_STREAM)
    world.nc.connect(nc, { address: '10.0.0.2', port: 8080 })
    world.settle()
    world.httpd.close(world.httpd.accept(first.fd))
    world.pass(wait)
    world.nc.close(nc)
    world.pass(wait)
    world.httpd.exit()
    expect(world.states(world.server)).toEqual(['TIME-WAIT'])
    return bound(world.server.spawn('httpd', { uid: after.uid }), after).result
  }

  test.each<[PersonalityName, [unknown, unknown, unknown, unknown]]>([
    ['linux', ['EADDRINUSE', 'EADDRINUSE', 'EADDRINUSE', 0]],
    ['freebsd', ['EADDRINUSE', 0, 'EADDRINUSE', 0]],
    ['macos', ['EADDRINUSE', 0, 'EADDRINUSE', 0]],
    ['windows', [0, 0, 0, 0]],
  ])('%s: (0,0) (0,1) (1,0) (1,1)', (personality, expected) => {
    const cases = [
      [false, false],
      [false, true],
      [true, false],
      [true, true],
    ] as const
    expect(cases.map(([old, fresh]) => successor(personality, old, fresh))).toEqual(expected)
  })

  test('SO_REUSEPORT lets another user follow (Linux), and on BSD that of the new one is enough', () => {
    expect(successor('linux', { port: true }, { port: true, uid: 7 })).toBe(0)
    expect(successor('linux', { port: true }, { uid: 7 })).toBe('EADDRINUSE')
    expect(successor('freebsd', {}, { port: true })).toBe(0)
  })

  test('a client’s TIME-WAIT stands in the way too', () => {
    const world = new TwoHosts({ client: { sysctl: { 'net.ipv4.ip_local_port_range': '8080 8080' } } })
    const [c, s] = world.connect(world.listen())
    world.nc.close(c)
    world.pass(50 * MS)
    world.httpd.close(s)
    world.pass(50 * MS)
    expect(world.states(world.client)).toEqual(['TIME-WAIT'])
    expect(bound(world.nc, { reuse: true }).result).toBe('EADDRINUSE')
    world.pass(60 * SECOND)
    expect(bound(world.nc, {}).result).toBe(0)
  })
})

describe('Linux: two bound, neither listening', () => {
  test('with the option on both, the second listen() fails', () => {
    const made = host('linux')
    const process = made.spawn('p')
    const a = bound(process, { reuse: true })
    const b = bound(process, { reuse: true })
    expect([a.result, b.result]).toEqual([0, 0])
    expect([process.listen(a.fd, 8), told(process.listen(b.fd, 8))]).toEqual([0, 'EADDRINUSE'])
    process.close(a.fd)
    expect(process.listen(b.fd, 8)).toBe(0)
  })

  test('options set after bind() count as they are now', () => {
    const made = host('linux')
    const process = made.spawn('p')
    const a = bound(process, {})
    expect(bound(process, { reuse: true }).result).toBe('EADDRINUSE')
    process.setsockopt(a.fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
    expect(bound(process, { reuse: true }).result).toBe(0)
  })

  test('[::] with IPV6_V6ONLY leaves 0.0.0.0 alone', () => {
    const made = host('linux')
    const process = made.spawn('p')
    const six = process.socket(AF_INET6, SOCK_STREAM)
    process.setsockopt(six, Level.IPPROTO_IPV6, 26, 1)
    expect(process.bind(six, { address: '::', port: 8080 })).toBe(0)
    expect(bound(process, {}).result).toBe(0)
    expect(bound(process, { at: '::' }).result).toBe('EADDRINUSE')
  })

  test('UDP and TCP do not share ports; of two UDP sockets both must set the option', () => {
    const made = host('linux')
    const process = made.spawn('p')
    expect(bound(process, {}).result).toBe(0)
    expect(bound(process, { reuse: true }, SOCK_DGRAM).result).toBe(0)
    expect(bound(process, {}, SOCK_DGRAM).result).toBe('EADDRINUSE')
    expect(bound(process, { reuse: true }, SOCK_DGRAM).result).toBe(0)
  })

  test('UDP shares by SO_REUSEPORT with the same user alone', () => {
    const made = host('linux')
    const first = { port: true, uid: 1 }
    expect(bound(made.spawn('a', { uid: 1 }), first, SOCK_DGRAM).result).toBe(0)
    const others = [1, 2].map((uid) => bound(made.spawn('b', { uid }), { port: true, uid }, SOCK_DGRAM).result)
    expect(others).toEqual([0, 'EADDRINUSE'])
  })

  test('closing gives the port back', () => {
    const made = host('linux')
    const process = made.spawn('p')
    const a = bound(process, {})
    process.close(a.fd)
    expect(made.ports.tcp.holds(8080)).toBeNull()
    expect(bound(process, {}).result).toBe(0)
  })
})

describe('privilege and addresses', () => {
  test('ports below 1024 are root’s, where the system says so', () => {
    const bindTo80 = (personality: PersonalityName, uid: number): number | string => {
      const process = host(personality).spawn('p', { uid })
      return canonical(process, process.bind(process.socket(AF_INET, SOCK_STREAM), { address: '0.0.0.0', port: 80 }))
    }
    expect(bindTo80('linux', 0)).toBe(0)
    expect(bindTo80('linux', 1000)).toBe('EACCES')
    expect(bindTo80('windows', 1000)).toBe(0)
  })

  test('an address that is not the host’s is refused, unless nonlocal bind is on', () => {
    const made = host('linux')
    const process = made.spawn('p')
    const bind = (): number | string =>
      told(process.bind(process.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.99', port: 8080 }))
    expect(bind()).toBe('EADDRNOTAVAIL')
    made.sysctl.set('net.ipv4.ip_nonlocal_bind', 1)
    expect(bind()).toBe(0)
  })

  test('bind(0) chooses a port and getsockname tells it', () => {
    const process = host('linux').spawn('p')
    const fd = process.socket(AF_INET, SOCK_STREAM)
    process.bind(fd, { address: '127.0.0.1', port: 0 })
    const port = Number(nameOf(process, 'getsockname', fd).split(':')[1])
    expect(port).toBeGreaterThanOrEqual(32_768)
    expect(port).toBeLessThanOrEqual(60_999)
    expect(port % 2).toBe(1)
  })
})
