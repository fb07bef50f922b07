import { expect, test } from 'vitest'
import { IpOption, Level, SOCKET_OPTIONS, So, TcpOption } from '../index.ts'
import { get, TwoHosts, told } from '../two-hosts.testing.ts'
import { keptOptions } from './kept.ts'

test('options that decide nothing here are taken, kept and told as Linux does', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  const set = (level: number, name: number, value: number): number | string =>
    told(nc.setsockopt(fd, level, name, value))
  expect(get(nc, fd, Level.SOL_SOCKET, So.INCOMING_CPU)).toBe(-1)
  expect(set(Level.SOL_SOCKET, So.DONTROUTE, 256)).toBe(0)
  expect(get(nc, fd, Level.SOL_SOCKET, So.DONTROUTE)).toBe(1)
  expect(set(Level.SOL_SOCKET, So.BUSY_POLL, -1)).toBe('EINVAL')
  expect(set(Level.IPPROTO_TCP, TcpOption.THIN_DUPACK, 2)).toBe('EINVAL')
  expect(set(Level.IPPROTO_TCP, TcpOption.THIN_DUPACK, 1)).toBe(0)
  expect(get(nc, fd, Level.IPPROTO_TCP, TcpOption.THIN_DUPACK)).toBe(0)
  expect(set(Level.SOL_SOCKET, So.SNDLOWAT, 1)).toBe('ENOPROTOOPT')
  expect(keptOptions.every((option) => SOCKET_OPTIONS.includes(option))).toBe(true)
})

test('IP_MTU tells of a connection alone', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 1)
  expect(told(nc.getsockopt(fd, Level.IPPROTO_IP, IpOption.MTU, { value: 0 }))).toBe('ENOTCONN')
})
