import { expect, test } from 'vitest'
import { Level, optionName, SOCKET_OPTIONS, So } from '../index.ts'
import { get, TwoHosts, told } from '../two-hosts.testing.ts'

test('every option has a name and a number of its own', () => {
  const keys = SOCKET_OPTIONS.map(({ level, number }) => `${level}/${number}`)
  expect(new Set(keys).size).toBe(keys.length)
  for (const { level, number, name } of SOCKET_OPTIONS) expect(optionName(level, number)).toBe(name)
  expect(optionName(1, 4242)).toBe('option 4242')
})

test('values may be octets: too few are EINVAL, more are not looked at', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  const set = (level: number, name: number, ...octets: number[]): number | string =>
    told(nc.setsockopt(fd, level, name, Uint8Array.from(octets)))
  expect(set(Level.SOL_SOCKET, So.REUSEADDR, 1, 0, 0)).toBe('EINVAL')
  expect(set(Level.SOL_SOCKET, So.REUSEADDR, 1, 0, 0, 0, 9)).toBe(0)
  expect(set(Level.SOL_SOCKET, So.LINGER, 1, 0, 0, 0)).toBe('EINVAL')
  expect(set(Level.SOL_SOCKET, So.LINGER, 1, 0, 0, 0, 5, 0, 0, 0)).toBe(0)
  expect(get(nc, fd, Level.SOL_SOCKET, So.LINGER)).toEqual({ on: true, seconds: 5 })
  expect(set(Level.IPPROTO_IP, 2, 9)).toBe(0)
  expect(get(nc, fd, Level.IPPROTO_IP, 2)).toBe(9)
})

test('what is no option, or no value of it, is refused', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  expect(told(nc.setsockopt(fd, Level.SOL_SOCKET, 4242, 1))).toBe('ENOPROTOOPT')
  expect(told(nc.setsockopt(fd, 4242, 1, 1))).toBe('ENOPROTOOPT')
  expect(told(nc.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, { on: true, seconds: 1 }))).toBe('EINVAL')
  expect(told(nc.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, 1))).toBe('EINVAL')
  expect(told(nc.setsockopt(99, Level.SOL_SOCKET, So.REUSEADDR, 1))).toBe('EBADF')
})
