import { describe, expect, test } from 'vitest'
import { Prng } from '../../base/index.ts'
import { Address } from '../../wire/index.ts'
import { Secrets } from '../secrets.ts'
import { EphemeralPorts, type PortSearch } from './ephemeral-ports.ts'

const HERE = Address.parse('10.0.0.1') as Address
const THERE = Address.parse('10.0.0.2') as Address

function chooser(seed = 1): EphemeralPorts {
  return new EphemeralPorts(new Prng(seed), new Secrets(new Prng(seed + 1)))
}

function search(used: Set<number>, over: Partial<PortSearch> = {}): PortSearch {
  return { first: 40_000, last: 40_009, reserved: [], parity: true, usable: (port) => !used.has(port), ...over }
}

/** Takes ports until there is none left. */
function takeAll(take: (used: Set<number>) => number): number[] {
  const used = new Set<number>()
  for (;;) {
    const port = take(used)
    if (port === 0) return [...used]
    used.add(port)
  }
}

function ascending(ports: readonly number[]): number[] {
  return [...ports].sort((a, b) => a - b)
}

describe.each([
  ['bind', (ports: EphemeralPorts, s: PortSearch) => ports.forBind(s)],
  ['connect', (ports: EphemeralPorts, s: PortSearch) => ports.forConnect(HERE, THERE, 80, s)],
])('%s', (_name, choose) => {
  test('finds every port of the range once, then none', () => {
    const ports = chooser()
    const taken = takeAll((used) => choose(ports, search(used)))
    expect(ascending(taken)).toEqual(Array.from({ length: 10 }, (_, i) => 40_000 + i))
  })

  test('keeps to its own half of the range while it can', () => {
    const ports = chooser()
    const taken = takeAll((used) => choose(ports, search(used)))
    const own = _name === 'bind' ? 1 : 0
    expect(taken.slice(0, 5).every((port) => port % 2 === own)).toBe(true)
    expect(taken.slice(5).every((port) => port % 2 !== own)).toBe(true)
  })

  test('leaves the last port of an odd range out, as Linux does, and takes it without parity', () => {
    const ports = chooser()
    expect(ascending(takeAll((used) => choose(ports, search(used, { last: 40_002 }))))).toEqual([40_000, 40_001])
    expect(ascending(takeAll((used) => choose(ports, search(used, { last: 40_002, parity: false }))))).toEqual([
      40_000, 40_001, 40_002,
    ])
  })

  test('takes the only port of a range of one', () => {
    expect(takeAll((used) => choose(chooser(), search(used, { last: 40_000 })))).toEqual([40_000])
  })

  test('never takes a reserved port', () => {
    const taken = takeAll((used) => choose(chooser(), search(used, { reserved: [[40_002, 40_005]] })))
    expect(ascending(taken)).toEqual([40_000, 40_001, 40_006, 40_007, 40_008, 40_009])
  })
})

test('successive connections to one destination take successive ports; another destination starts elsewhere', () => {
  const ports = chooser(7)
  const wide = search(new Set(), { first: 32_768, last: 60_999 })
  const a = ports.forConnect(HERE, THERE, 80, wide)
  const b = ports.forConnect(HERE, THERE, 80, wide)
  const c = ports.forConnect(HERE, THERE, 81, wide)
  expect(b - a).toBe(2)
  expect(Math.abs(c - b)).toBeGreaterThan(2)
})

test('equal seeds choose equal ports', () => {
  const wide = search(new Set(), { first: 32_768, last: 60_999 })
  expect(chooser(3).forConnect(HERE, THERE, 80, wide)).toBe(chooser(3).forConnect(HERE, THERE, 80, wide))
})

test('once its own half is full, connect goes on in the other without searching the first again', () => {
  const ports = chooser()
  const used = new Set(Array.from({ length: 5 }, (_, i) => 40_000 + 2 * i))
  const asked: number[] = []
  const watched = search(used, {
    usable: (port) => {
      asked.push(port)
      return !used.has(port)
    },
  })
  used.add(ports.forConnect(HERE, THERE, 80, watched))
  expect(asked.length).toBe(6)
  asked.length = 0
  expect(ports.forConnect(HERE, THERE, 80, watched) % 2).toBe(1)
  expect(asked.length).toBe(1)
})

test('what was in use is not looked at again by the next connection', () => {
  const ports = chooser(7)
  const asked: number[] = []
  const used = new Set<number>()
  const wide = search(used, {
    ...{ first: 32_768, last: 60_999 },
    usable: (port) => {
      asked.push(port)
      return !used.has(port)
    },
  })
  const first = ports.forConnect(HERE, THERE, 80, wide)
  for (let i = 1; i <= 10; i++) used.add(first + 2 * i)
  asked.length = 0
  const next = [1, 2].map(() => ports.forConnect(HERE, THERE, 80, wide) - first)
  expect([next, asked.length]).toEqual([[22, 24], 12])
})
