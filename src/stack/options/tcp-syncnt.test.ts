import { expect, test } from 'vitest'
import { SECOND } from '../../base/index.ts'
import { AF_INET, Level, SOCK_STREAM, TcpOption } from '../index.ts'
import { get, TwoHosts, text, told } from '../two-hosts.testing.ts'

const { IPPROTO_TCP } = Level
const { SYNCNT } = TcpOption

test('the system’s at first, 1 to 127, nothing else', () => {
  const { nc, client } = new TwoHosts()
  const fd = nc.socket(AF_INET, SOCK_STREAM)
  const set = (value: number): number | string => told(nc.setsockopt(fd, IPPROTO_TCP, SYNCNT, value))
  expect(get(nc, fd, IPPROTO_TCP, SYNCNT)).toBe(6)
  client.sysctl.set('net.ipv4.tcp_syn_retries', 3)
  expect(get(nc, fd, IPPROTO_TCP, SYNCNT)).toBe(3)
  expect([set(0), set(-1), set(128)]).toEqual(['EINVAL', 'EINVAL', 'EINVAL'])
  expect([set(127), get(nc, fd, IPPROTO_TCP, SYNCNT)]).toEqual([0, 127])
})

test('connect() gives up after as many doublings of one second, whatever the sysctl says', () => {
  const world = new TwoHosts()
  const fd = world.nc.socket(AF_INET, SOCK_STREAM)
  world.nc.setsockopt(fd, IPPROTO_TCP, SYNCNT, 2)
  world.server.crash()
  expect(told(world.nc.connect(fd, { address: '10.0.0.2', port: 80 }))).toBe('EINPROGRESS')
  // 1 + 2 + 4 s; the SYN that is due then leaves no more.
  world.pass(6.9 * SECOND)
  expect(world.states(world.client)).toEqual(['SYN-SENT'])
  world.pass(0.2 * SECOND)
  expect(text(world.nc, fd)).toBe('ETIMEDOUT')
})
