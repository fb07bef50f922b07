import { expect, test } from 'vitest'
import { Level, So } from '../index.ts'
import { get, octets, TwoHosts, told } from '../two-hosts.testing.ts'

test('sending to a broadcast address has to be meant', () => {
  const { nc } = new TwoHosts()
  const fd = nc.socket(2, 2)
  const send = (): number | string => told(nc.sendto(fd, octets('x'), 0, { address: '10.0.0.255', port: 9 }))
  expect(send()).toBe('EACCES')
  nc.setsockopt(fd, Level.SOL_SOCKET, So.BROADCAST, 1)
  expect([get(nc, fd, Level.SOL_SOCKET, So.BROADCAST), send()]).toEqual([1, 1])
})
