import fc from 'fast-check'
import { expect, test } from 'vitest'
import { Prng } from '../base/index.ts'
import { Address } from '../wire/index.ts'
import { Secrets } from './secrets.ts'

// Few of each, so that neighbours differ in one thing only, or in none.
const v4 = fc.constantFrom(Address.v4(1), Address.v4(2))
const v6 = fc.constantFrom(new Address(0x20010db8, 0, 0, 1, false), new Address(0x20010db8, 0, 0, 2, false))
const port = fc.constantFrom(80, 40_000)
const ends = (address: fc.Arbitrary<Address>): fc.Arbitrary<[Address, number, Address, number]> =>
  fc.tuple(address, port, address, port)
const asked = fc.constantFrom('sequence', 'timestamps', 'offset', 'counter')

function answer(
  secrets: Secrets,
  what: string,
  [local, localPort, remote, remotePort]: [Address, number, Address, number],
): number {
  switch (what) {
    case 'sequence':
      return secrets.initialSequence(0, local, localPort, remote, remotePort)
    case 'timestamps':
      return secrets.timestampOffset(local, localPort, remote, remotePort)
    case 'offset':
      return secrets.portOffset(local, remote, remotePort)
    default:
      return secrets.portCounter(local, remote, remotePort)
  }
}

test('what is remembered of the last connection is never told of another one', () => {
  fc.assert(
    fc.property(fc.array(fc.tuple(asked, fc.oneof(ends(v4), ends(v6))), { maxLength: 30 }), (questions) => {
      const secrets = new Secrets(new Prng(7))
      for (const [what, connection] of questions)
        expect(answer(secrets, what, connection)).toBe(answer(new Secrets(new Prng(7)), what, connection))
    }),
  )
})

test('a sequence number says nothing of the timestamps, nor of the next port’s', () => {
  const secrets = new Secrets(new Prng(7))
  const [here, there] = [Address.v4(1), Address.v4(2)]
  const told = [80, 81].flatMap((localPort) => [
    secrets.initialSequence(0, here, localPort, there, 9),
    secrets.timestampOffset(here, localPort, there, 9),
  ])
  expect(new Set(told).size).toBe(4)
})
