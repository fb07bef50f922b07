import { expect, test } from 'vitest'
import { assert } from '../../base/index.ts'
import { AF_INET, AF_INET6, IpOption, Ipv6Option, Level, SOCK_STREAM } from '../constants.ts'
import type { Process } from '../process.ts'
import { get, nameOf, TwoHosts, told } from '../two-hosts.testing.ts'

const { IPPROTO_IPV6 } = Level

function set(nc: Process, fd: number, option: number, value: number | Uint8Array): number | string {
  return told(nc.setsockopt(fd, IPPROTO_IPV6, option, value))
}

test('preferred addresses of a kind exclude each other, and what is not said stays as it was', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(AF_INET6, SOCK_STREAM)
  const preferences = () => get(nc, fd, IPPROTO_IPV6, Ipv6Option.ADDR_PREFERENCES)
  expect(preferences()).toBe(0x500)
  expect(set(nc, fd, Ipv6Option.ADDR_PREFERENCES, 3)).toBe('EINVAL')
  expect(set(nc, fd, Ipv6Option.ADDR_PREFERENCES, 1)).toBe(0)
  expect(preferences()).toBe(0x401)
  expect(set(nc, fd, Ipv6Option.ADDR_PREFERENCES, 4)).toBe(0)
  expect(preferences()).toBe(0x5)
})

test('headers beside the first can only be asked for none', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(AF_INET6, SOCK_STREAM)
  expect(get(nc, fd, IPPROTO_IPV6, Ipv6Option.HOPOPTS)).toBe('')
  expect(set(nc, fd, Ipv6Option.HOPOPTS, new Uint8Array(0))).toBe(0)
  expect(set(nc, fd, Ipv6Option.HOPOPTS, 1)).toBe('EINVAL')
  expect(set(nc, fd, Ipv6Option.PKTOPTIONS, 1)).toBe(0)
  expect(set(nc, fd, Ipv6Option.PKTOPTIONS, new Uint8Array(16))).toBe('EINVAL')
  expect(set(nc, fd, Ipv6Option.MULTICAST_IF, new Uint8Array(1))).toBe('ENOPROTOOPT')
})

test('IPV6_ADDRFORM makes an IPv4 socket of a connection whose addresses are mapped', () => {
  const world = new TwoHosts()
  const { nc } = world
  const closed = nc.socket(AF_INET6, SOCK_STREAM)
  expect(set(nc, closed, Ipv6Option.ADDRFORM, AF_INET)).toBe('ENOTCONN')
  expect(set(nc, closed, Ipv6Option.ADDRFORM, AF_INET6)).toBe('EINVAL')
  const [fd] = world.connect(world.listen(), 80, '::ffff:10.0.0.2', AF_INET6)
  expect(get(nc, fd, IPPROTO_IPV6, Ipv6Option.ADDRFORM)).toBe(AF_INET6)
  expect(set(nc, fd, Ipv6Option.ADDRFORM, AF_INET)).toBe(0)
  expect(set(nc, fd, Ipv6Option.ADDRFORM, AF_INET)).toBe('ENOPROTOOPT')
  expect(nameOf(nc, 'getpeername', fd)).toBe('10.0.0.2:80')
})

test('IPV6_PATHMTU tells what IPV6_MTU does, behind an address', () => {
  const world = new TwoHosts()
  const { nc } = world
  const closed = nc.socket(AF_INET6, SOCK_STREAM)
  expect(() => get(nc, closed, IPPROTO_IPV6, Ipv6Option.PATHMTU)).toThrow('ENOTCONN')
  const [fd] = world.connect(world.listen(), 80, '::ffff:10.0.0.2', AF_INET6)
  const answer = get(nc, fd, IPPROTO_IPV6, Ipv6Option.PATHMTU)
  assert(typeof answer === 'string' && answer.length === 32, 'a structure of 32 octets')
  const octets = Uint8Array.from(answer, (octet) => octet.charCodeAt(0))
  expect(new DataView(octets.buffer).getUint32(28, true)).toBe(get(nc, fd, IPPROTO_IPV6, Ipv6Option.MTU))
})

test('what is told of groups goes by the family of the socket', () => {
  const { nc } = new TwoHosts()
  const all = (family: number) => get(nc, nc.socket(family, SOCK_STREAM), Level.IPPROTO_IP, IpOption.MULTICAST_ALL)
  expect([all(AF_INET), all(AF_INET6)]).toEqual([1, 0])
})
