import { expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import { Level, personalities, SHUT_WR, So, TcpOption } from '../index.ts'
import { TwoHosts, text } from '../two-hosts.testing.ts'

/** A connection whose peer has vanished. */
function vanished(option: boolean): { world: TwoHosts; c: number } {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  if (option) world.nc.setsockopt(c, Level.SOL_SOCKET, So.KEEPALIVE, 1)
  world.server.crash()
  return { world, c }
}

test('off: an idle connection lasts, whatever the sysctls say', () => {
  const { world } = vanished(false)
  world.client.sysctl.set('net.ipv4.tcp_keepalive_time', 1)
  world.pass(30 * 86_400 * SECOND)
  expect(world.states(world.client)).toEqual(['ESTABLISHED'])
})

test('on: given up after two hours and nine probes, 75 s apart', () => {
  const { world, c } = vanished(true)
  world.pass((7200 + 9 * 75 - 1) * SECOND)
  expect(world.states(world.client)).toEqual(['ESTABLISHED'])
  world.pass(2 * SECOND)
  expect([world.states(world.client), text(world.nc, c)]).toEqual([[], 'ETIMEDOUT'])
  // The descriptor is still there: that leak keep-alive does not cure.
  expect(world.nc.descriptors).toEqual([c])
})

test('a peer that answers keeps it alive', () => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  world.nc.setsockopt(c, Level.SOL_SOCKET, So.KEEPALIVE, 1)
  world.nc.setsockopt(c, Level.IPPROTO_TCP, TcpOption.KEEPIDLE, 10)
  world.pass(3600 * SECOND)
  expect(world.states(world.client)).toEqual(['ESTABLISHED'])
  // Linux asks again an interval after the last probe, answered or not.
  expect(world.client.counters.TCPKeepAlive).toBe(3600 / 75)
})

/** The client has closed its direction first and the server too; the client's descriptor is still open. */
function timeWaitHeld(personality = personalities.linux): { world: TwoHosts; c: number } {
  const world = new TwoHosts({ client: { personality } })
  const [c, s] = world.connect(world.listen())
  world.nc.shutdown(c, SHUT_WR)
  world.settle()
  world.httpd.close(s)
  world.settle()
  return { world, c }
}

test.each(Object.entries(personalities))(
  '%s: set on a descriptor whose connection is in TIME-WAIT, it keeps nothing alive',
  (_name, personality) => {
    const { world, c } = timeWaitHeld(personality)
    expect(world.states(world.client)).toEqual(['TIME-WAIT'])
    world.nc.setsockopt(c, Level.SOL_SOCKET, So.KEEPALIVE, 1)
    world.nc.setsockopt(c, Level.IPPROTO_TCP, TcpOption.KEEPIDLE, 1)
    world.pass(3 * 86_400 * SECOND)
    expect(world.states(world.client)).toEqual([])
  },
)

test('a probe with an octet of garbage has one in FIN-WAIT-2, too, where nothing is left to be sent', () => {
  const world = new TwoHosts({ client: { personality: personalities.windows } })
  const [c] = world.connect(world.listen())
  world.nc.setsockopt(c, Level.SOL_SOCKET, So.KEEPALIVE, 1)
  world.nc.shutdown(c, SHUT_WR)
  world.pass(SECOND)
  expect([world.states(world.client), world.client.counters.TCPKeepAlive]).toEqual([['FIN-WAIT-2'], 0])
  world.pass(7200 * SECOND)
  expect([world.states(world.client), world.client.counters.TCPKeepAlive]).toEqual([['FIN-WAIT-2'], 1])
})
