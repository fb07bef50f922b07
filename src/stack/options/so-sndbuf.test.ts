import { expect, test } from 'vitest'
import { Host, Level, type PersonalityName, type Process, So } from '../index.ts'
import { get, TwoHosts } from '../two-hosts.testing.ts'

function granted(personality: PersonalityName, asked: number): unknown {
  const process: Process = new Host({ name: 'h', seed: 1, personality }).spawn('p')
  const fd = process.socket(2, 1)
  process.setsockopt(fd, Level.SOL_SOCKET, So.SNDBUF, asked)
  return get(process, fd, Level.SOL_SOCKET, So.SNDBUF)
}

test.each([
  [20_000, 40_000],
  [0, 4608],
  [-1, 8_388_608],
  [1_000_000_000, 8_388_608],
])('Linux: %d asked, %d given', (asked, given) => {
  expect(granted('linux', asked)).toBe(given)
})

test('others give what is asked', () => {
  expect([granted('freebsd', 20_000), granted('windows', 20_000)]).toEqual([20_000, 20_000])
})

test('it bounds what send() takes: to the octet, or looking before each buffer that is begun (Linux)', () => {
  for (const [personality, taken] of [
    ['freebsd', 5000],
    // One buffer of 22 segments, half the peer's window, and the room of the ten that left at once.
    ['linux', 46_336],
  ] as const) {
    const world = new TwoHosts({ client: { personality } })
    const [c] = world.connect(world.listen())
    world.nc.setsockopt(c, Level.SOL_SOCKET, So.SNDBUF, 5000)
    expect([personality, world.nc.send(c, new Uint8Array(100_000))]).toEqual([personality, taken])
    expect(world.nc.send(c, new Uint8Array(1))).toBeLessThan(0)
  }
})
