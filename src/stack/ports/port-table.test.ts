import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Address } from '../../wire/index.ts'
import { LocalAddresses } from '../ip/local-addresses.ts'
import type { HoldKind, PortClaim } from './bind-rules.ts'
import { ANY_V4, ANY_V6, ANY_V6ONLY, type Hold, PortTable } from './port-table.ts'

function table(): PortTable {
  const addresses = new LocalAddresses(1)
  for (const text of ['10.0.0.1', '10.0.0.2', '2001:db8::1']) addresses.number(Address.parse(text) as Address)
  return new PortTable(addresses)
}

const PLAIN: PortClaim = { reuseAddress: false, reusePort: false, exclusive: false, v6only: false, uid: 0 }

test('holders that no rule tells apart are one hold, and the port is free when the last one leaves', () => {
  const ports = table()
  for (let i = 0; i < 1000; i++) ports.acquire(80, 0, 'connected', false, PLAIN)
  expect([ports.holds(80)?.count, ports.holds(80)?.next]).toEqual([1000, null])
  for (let i = 0; i < 1000; i++) ports.release(80, 0, 'connected', false, PLAIN)
  expect(ports.holds(80)).toBeNull()
})

test.each([
  ['exclusive', { exclusive: true }, false],
  ['v6only', { v6only: true }, false],
  ['reusePort', { reusePort: true }, false],
  ['reuseAddress', { reuseAddress: true }, false],
  ['uid', { uid: 1 }, false],
  ['autobound', {}, true],
])('what a rule may ask keeps holders apart: %s', (_what, more, autobound) => {
  const ports = table()
  ports.acquire(80, 0, 'bound', false, PLAIN)
  ports.acquire(80, 0, 'bound', autobound, { ...PLAIN, ...more })
  ports.release(80, 0, 'bound', false, PLAIN)
  expect(ports.holds(80)).toMatchObject({ ...PLAIN, ...more, autobound, count: 1, next: null })
})

test('any order of holders leaves the counts of a plain list', () => {
  const one = fc.record({
    port: fc.constantFrom(80, 81),
    local: fc.constantFrom(0, 1, ANY_V4),
    kind: fc.constantFrom<HoldKind>('bound', 'connected', 'time-wait'),
    autobound: fc.boolean(),
    reuseAddress: fc.boolean(),
    uid: fc.constantFrom(0, 1000),
  })
  type One = typeof one extends fc.Arbitrary<infer T> ? T : never
  const claimOf = ({ reuseAddress, uid }: One): PortClaim => ({ ...PLAIN, reuseAddress, uid })
  fc.assert(
    fc.property(fc.array(fc.tuple(one, fc.boolean()), { maxLength: 80 }), (steps) => {
      const ports = table()
      const model = new Map<string, number>()
      for (const [step, take] of steps) {
        const key = JSON.stringify(step)
        const count = model.get(key) ?? 0
        if (take) ports.acquire(step.port, step.local, step.kind, step.autobound, claimOf(step))
        else if (count > 0) ports.release(step.port, step.local, step.kind, step.autobound, claimOf(step))
        else continue
        model.set(key, count + (take ? 1 : -1))
      }
      const counted = [80, 81].map((port) => {
        let sum = 0
        for (let hold = ports.holds(port); hold !== null; hold = hold.next) sum += hold.count
        return sum
      })
      const expected = [80, 81].map((port) =>
        [...model].reduce((sum, [key, count]) => sum + ((JSON.parse(key) as One).port === port ? count : 0), 0),
      )
      expect(counted).toEqual(expected)
    }),
  )
})

test.each([
  [0, 0, 'same'],
  [0, 1, null],
  [ANY_V4, 0, 'claim-wider'],
  [0, ANY_V4, 'holder-wider'],
  [2, ANY_V4, null],
  [2, ANY_V6ONLY, 'holder-wider'],
  [0, ANY_V6ONLY, null],
  [0, ANY_V6, 'holder-wider'],
  [ANY_V6, ANY_V4, 'same'],
  [ANY_V6ONLY, ANY_V4, null],
  [ANY_V4, ANY_V6ONLY, null],
  [ANY_V6, ANY_V6ONLY, 'same'],
  // An IPv6 connection of a socket that is not confined to IPv6 stands in the way of 0.0.0.0, but not the other way round.
  [ANY_V4, 2, 'claim-wider'],
])('claim %d against holder %d: %s', (claim, holder, expected) => {
  const ports = table()
  ports.acquire(80, holder, 'bound', false, PLAIN)
  expect(ports.overlap(claim, ports.holds(80) as Hold)).toBe(expected)
})

test('a hold that is confined to IPv6 leaves 0.0.0.0 alone', () => {
  const ports = table()
  ports.acquire(80, 2, 'bound', false, { ...PLAIN, v6only: true })
  expect(ports.overlap(ANY_V4, ports.holds(80) as Hold)).toBeNull()
})
