import { expect, test } from 'vitest'
import type { Tcb } from '../tcp/index.ts'
import { Address, ANY4 } from '../wire/index.ts'
import { Host } from './index.ts'

test('remembers failures of so many servers as cookies, however many there are', () => {
  const { fastOpen } = new Host({ name: 'h', seed: 1 })
  const towards = (server: number): Tcb => ({ local: ANY4, remote: Address.v4(server), remotePort: 80 }) as Tcb
  for (let server = 1; server <= 2000; server++) fastOpen.failed(towards(server))
  expect(fastOpen.failedAt(towards(2000))).toBe(0)
  expect(fastOpen.failedAt(towards(1))).toBe(Number.NEGATIVE_INFINITY)
})

/** A connection of which only the ends count. */
const child = { local: Address.v4(0xc0a80001), remote: Address.v4(0xc0000201), options: {} } as unknown as Tcb
const hex = (octets: Uint8Array | undefined): string => Buffer.from(octets ?? []).toString('hex')

test("a BSD's cookies are of the client's address alone, and with psk_enable good under a key that both know", () => {
  const { fastOpen, sysctl } = new Host({ name: 'h', seed: 1, personality: 'freebsd' })
  expect(fastOpen.addKey('0123456789abcdef')).toBe(true)
  const [cookie = new Uint8Array(0)] = fastOpen.makeFor(child)
  expect(hex(cookie)).toBe('635839355a2e82d9')
  expect(fastOpen.isBrought(cookie, cookie)).toBe(true)
  sysctl.set('net.inet.tcp.fastopen.psk_enable', '1')
  expect(fastOpen.isBrought(cookie, cookie)).toBe(false)
  expect([fastOpen.addShared('short'), fastOpen.addShared('fedcba9876543210')]).toEqual([false, true])
  expect(fastOpen.isBrought(cookie, Uint8Array.from(Buffer.from('4e3752be4cfc8b97', 'hex')))).toBe(true)
})
