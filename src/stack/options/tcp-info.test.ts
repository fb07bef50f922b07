import { expect, test } from 'vitest'
import { Level, State, TcpOption, type TcpStatus } from '../index.ts'
import { get, octets, TwoHosts, told } from '../two-hosts.testing.ts'

function info(world: TwoHosts, fd: number): TcpStatus {
  return get(world.nc, fd, Level.IPPROTO_TCP, TcpOption.INFO) as TcpStatus
}

test('before any connection: CLOSED, and what one would begin with', () => {
  const world = new TwoHosts()
  const { state, rto, rttvar, snd_mss, snd_cwnd, reordering, delivery_rate_app_limited, ...rest } = info(
    world,
    world.nc.socket(2, 1),
  )
  expect(state).toBe(State.CLOSED)
  expect({ rto, rttvar, snd_mss, snd_cwnd, reordering, delivery_rate_app_limited }).toEqual({
    rto: 1_000_000,
    rttvar: 250_000,
    snd_mss: 536,
    snd_cwnd: 10,
    reordering: 3,
    delivery_rate_app_limited: 1,
  })
  const endless = ['snd_ssthresh', 'pacing_rate', 'max_pacing_rate', 'min_rtt']
  expect(Object.keys(rest).filter((name) => Number(rest[name as keyof typeof rest]) !== 0)).toEqual(
    expect.arrayContaining(endless),
  )
  expect(Object.values(rest).filter((value) => Number(value) !== 0)).toHaveLength(endless.length)
})

test('an open connection tells what it has done', () => {
  const world = new TwoHosts()
  const [c] = world.connect(world.listen())
  world.nc.send(c, octets('hello'))
  world.settle()
  const status = info(world, c)
  expect([status.state, status.bytes_sent, status.data_segs_out, status.options]).toEqual([State.ESTABLISHED, 5n, 1, 7])
})

test('a listener tells its queue: how many wait, how many may', () => {
  const world = new TwoHosts()
  const listener = world.listen(80, 5)
  world.nc.connect(world.nc.socket(2, 1), { address: '10.0.0.2', port: 80 })
  world.settle()
  const status = get(world.httpd, listener, Level.IPPROTO_TCP, TcpOption.INFO) as TcpStatus
  expect([status.state, status.unacked, status.sacked]).toEqual([State.LISTEN, 1, 5])
})

test('it cannot be set, and UDP has none', () => {
  const { nc } = new TwoHosts()
  expect(told(nc.setsockopt(nc.socket(2, 1), Level.IPPROTO_TCP, TcpOption.INFO, 1))).toBe('ENOPROTOOPT')
  expect(told(nc.getsockopt(nc.socket(2, 2), Level.IPPROTO_TCP, TcpOption.INFO, { value: 0 }))).toBe('EOPNOTSUPP')
  expect(told(nc.getsockopt(nc.socket(10, 2), Level.IPPROTO_TCP, TcpOption.INFO, { value: 0 }))).toBe('ENOPROTOOPT')
})
