import { expect, test } from 'vitest'
import { AF_INET, Level, SOCK_STREAM, So } from '../index.ts'
import { TwoHosts, told } from '../two-hosts.testing.ts'

test('listeners that share a port share its arrivals, one sender to one listener', () => {
  const world = new TwoHosts()
  const listeners = [0, 1, 2, 3].map(() => {
    const fd = world.httpd.socket(AF_INET, SOCK_STREAM)
    world.httpd.setsockopt(fd, Level.SOL_SOCKET, So.REUSEPORT, 1)
    expect(world.httpd.bind(fd, { address: '0.0.0.0', port: 80 })).toBe(0)
    expect(world.httpd.listen(fd, 100)).toBe(0)
    return fd
  })
  for (let i = 0; i < 80; i++) {
    world.nc.connect(world.nc.socket(AF_INET, SOCK_STREAM), { address: '10.0.0.2', port: 80 })
  }
  world.settle()
  const taken = listeners.map((fd) => {
    let count = 0
    while (world.httpd.accept(fd) > 0) count++
    return count
  })
  expect(taken.reduce((a, b) => a + b)).toBe(80)
  for (const count of taken) expect(count).toBeGreaterThan(5)
})

test('one without the option keeps the port to itself', () => {
  const world = new TwoHosts()
  world.listen()
  const fd = world.httpd.socket(AF_INET, SOCK_STREAM)
  world.httpd.setsockopt(fd, Level.SOL_SOCKET, So.REUSEPORT, 1)
  expect(told(world.httpd.bind(fd, { address: '0.0.0.0', port: 80 }))).toBe('EADDRINUSE')
})
