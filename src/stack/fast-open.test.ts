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
