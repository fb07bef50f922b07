import { describe, expect, test } from 'vitest'
import { Address } from '../../wire/index.ts'
import { Flow } from './flow.ts'

const flow = (): Flow => {
  const [local, remote] = ['192.168.0.1', '192.0.2.1'].map((text) => Address.parse(text)) as [Address, Address]
  return new Flow({ local: 0, remote: 0 }, local, 8080, remote, 53055)
}

describe('an echo of a timestamp', () => {
  test('names what the script has seen; anything else goes out as it is written', () => {
    const one = flow()
    one.timestamps.set(100, 7_000)
    expect([one.echoOf(100), one.echoOf(101)]).toEqual([7_000, 101])
  })

  test('stands, with --tcp_ts_ecr_scaled, as far from the first value as in the script', () => {
    const one = flow()
    one.echoScaled = true
    expect(one.echoOf(101)).toBe(101)
    one.firstTimestamp = { script: 100, live: 7_000, at: 0 }
    expect([one.echoOf(101), one.echoOf(99)]).toEqual([7_001, 6_999])
  })
})

describe('a flow label may be any number, but', () => {
  test.each([
    ['stays where the script has the same', [1, 500], [1, 500], true],
    ['does not change then', [1, 500], [1, 600], false],
    ['changes where the script has another', [1, 500], [2, 600], true],
    ['does not stay then', [1, 500], [2, 500], false],
    ['is not left out', [1, 500], [1, 0], false],
    ['is not looked at where the script has none', [1, 500], [0, 600], true],
  ] as const)('%s', (_what, [first, live], [then, now], fits) => {
    const one = flow()
    expect(one.takeFlowLabel(first, live)).toBe(true)
    expect(one.takeFlowLabel(then, now)).toBe(fits)
  })
})
