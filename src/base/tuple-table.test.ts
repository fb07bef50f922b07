import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AssertionError } from './assert.ts'
import { TupleTable, tupleHash } from './tuple-table.ts'

type Key = readonly [number, number, number, number, number, number]

// Few different words, so that keys collide in all but one word and are found again by chance.
const word = fc.constantFrom(0, 1, -1, 2 ** 31 - 1, -(2 ** 31), 0xffff)
const key = fc.tuple(word, word, word, word, word, fc.nat(40))
const operation = fc.record({
  op: fc.constantFrom('insert', 'insert', 'insert', 'delete', 'find'),
  key,
  value: fc.nat(2 ** 31 - 2),
})

const values = (table: TupleTable): number[] => {
  const found: number[] = []
  table.forEach((value) => void found.push(value))
  return found.sort((a, b) => a - b)
}

describe('TupleTable', () => {
  test('does what a Map does', () => {
    fc.assert(
      fc.property(fc.integer(), fc.array(operation, { maxLength: 200, size: 'max' }), (seed, operations) => {
        const table = new TupleTable(seed)
        const model = new Map<string, number>()
        for (const { op, key, value } of operations) {
          const name = key.join()
          if (op === 'insert' && !model.has(name)) {
            table.insert(...key, value)
            model.set(name, value)
          } else if (op === 'delete') {
            expect(table.take(...key)).toBe(model.get(name) ?? -1)
            model.delete(name)
          }
          expect(table.find(...key)).toBe(model.get(name) ?? -1)
          expect(table.size).toBe(model.size)
        }
        for (const [name, value] of model)
          expect(table.find(...(name.split(',').map(Number) as unknown as Key))).toBe(value)
        expect(values(table)).toEqual([...model.values()].sort((a, b) => a - b))
      }),
    )
  })

  test('finds everything at every moment of growing to 20,000 keys and shrinking to none', () => {
    const table = new TupleTable(1)
    const keyOf = (n: number): Key => [0, 0, 0xffff, 0x0a000001, 0x0a000002 + (n >> 14), (n << 16) | 80]
    const count = 20_000
    const wrong: number[] = []
    for (let n = 0; n < count; n++) {
      table.insert(...keyOf(n), n)
      const before = (n * 7919) % (n + 1)
      if (table.find(...keyOf(before)) !== before || table.find(...keyOf(n + 1)) !== -1) wrong.push(n)
    }
    expect(values(table)).toEqual(Array.from({ length: count }, (_, n) => n))
    for (let n = 0; n < count; n++) {
      if (table.take(...keyOf(n)) !== n || table.take(...keyOf(n)) !== -1) wrong.push(n)
      const left = n + 1 + ((n * 7919) % Math.max(1, count - n - 1))
      if (table.find(...keyOf(left)) !== (left < count ? left : -1)) wrong.push(n)
    }
    expect(wrong).toEqual([])
    expect(table.size).toBe(0)
    expect(values(table)).toEqual([])
  })

  test('takes words of either signedness for the same key', () => {
    const table = new TupleTable(0)
    table.insert(0xffffffff, 0, 0, 0, 0, 0xc0a80001, 5)
    expect(table.find(-1, 0, 0, 0, 0, 0xc0a80001 | 0)).toBe(5)
    expect(table.take(-1, 0, 0, 0, 0, 0xc0a80001 | 0)).toBe(5)
  })

  // 4096 keys in 4096 buckets leave 1/e of them empty if chance deals them out, with a standard deviation of 31.
  test.each([
    ['ports of one peer', (n: number): Key => [0, 0, 0xffff, 0x0a000002, 3, (80 << 16) | (n + 1024)]],
    ['every second port', (n: number): Key => [0, 0, 0xffff, 0x0a000002, 3, (((2 * n + 32_768) & 0xffff) << 16) | 80]],
    ['peers side by side', (n: number): Key => [0, 0, 0xffff, 0x0a000000 + n, 3, (80 << 16) | 40_000]],
    ['nets of IPv6', (n: number): Key => [0x20010db8, n << 16, 0, 1, 3, (80 << 16) | 40_000]],
    ['a host in each', (n: number): Key => [0x20010db8, n, n, n, n & 15, n << 16]],
  ])('deals out %s as chance would, whatever the seed', (_, keyOf) => {
    for (const seed of [0, 1, -1, 0x12345678, 0x80000000]) {
      const filled = new Set<number>()
      for (let n = 0; n < 4096; n++) filled.add(tupleHash(...keyOf(n), seed) & 4095)
      expect(Math.abs(filled.size - 4096 * (1 - Math.exp(-1))), `seed ${seed}`).toBeLessThan(160)
    }
  })

  test.each([-1, 2 ** 31 - 1])('a value of %d is a bug', (value) => {
    expect(() => new TupleTable(0).insert(0, 0, 0, 0, 0, 0, value)).toThrow(AssertionError)
  })
})
