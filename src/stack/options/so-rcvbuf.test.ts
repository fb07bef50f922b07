import { expect, test } from 'vitest'
import { Level, So, TcpOption, type TcpStatus } from '../index.ts'
import { get, TwoHosts } from '../two-hosts.testing.ts'

test.each([
  [20_000, 40_000],
  [0, 2304],
  [-1, 8_388_608],
])('Linux: %d asked, %d given', (asked, given) => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  nc.setsockopt(fd, Level.SOL_SOCKET, So.RCVBUF, asked)
  expect(get(nc, fd, Level.SOL_SOCKET, So.RCVBUF)).toBe(given)
})

test('half of it is the window that the peer sees at first; full segments fill it better, and nobody can send more unread', () => {
  const world = new TwoHosts({ genericOffload: false })
  const listener = world.listen()
  world.httpd.setsockopt(listener, Level.SOL_SOCKET, So.RCVBUF, 20_000)
  const [c, s] = world.connect(listener)
  const status = get(world.nc, c, Level.IPPROTO_TCP, TcpOption.INFO) as TcpStatus
  expect(status.snd_wnd).toBeLessThanOrEqual(20_000)
  expect(status.snd_wnd).toBeGreaterThan(17_000)
  world.nc.setsockopt(c, Level.SOL_SOCKET, So.SNDBUF, 100_000)
  world.nc.send(c, new Uint8Array(100_000))
  world.settle()
  // 1448 octets of text take 2304 of the 40 000 that were granted; a window that is scaled is rounded up.
  expect(world.httpd.ioctl(s, 0x541b)).toBeLessThan((40_000 * 1448) / 2304 + 512)
})
