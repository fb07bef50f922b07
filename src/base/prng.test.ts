import { describe, expect, test } from 'vitest'
import { AssertionError } from './assert.ts'
import { Prng } from './prng.ts'

const draw = (prng: Prng, count: number): number[] => Array.from({ length: count }, () => prng.next())

describe('Prng', () => {
  test('is the same for equal seeds and another for each other seed, above 32 bits too', () => {
    expect(draw(new Prng(1), 8)).toEqual(draw(new Prng(1), 8))
    const firsts = [0, 1, 2, -1, 2 ** 32, 2 ** 32 + 1, Number.MAX_SAFE_INTEGER].map((seed) => new Prng(seed).next())
    expect(new Set(firsts).size).toBe(firsts.length)
  })

  test('keeps its numbers from release to release: a seed in a bug report must stay good', () => {
    expect(draw(new Prng(42), 4)).toMatchInlineSnapshot(`
      [
        -1672522644,
        1084617358,
        -7202950,
        -1408597714,
      ]
    `)
    expect(draw(new Prng(42).fork('link'), 4)).toMatchInlineSnapshot(`
      [
        -1549820688,
        -1886097898,
        422393229,
        -1569573053,
      ]
    `)
  })

  test('draws int32s whose every bit is even-handed', () => {
    const prng = new Prng(7)
    const ones = new Array<number>(32).fill(0)
    const count = 20_000
    const wide: number[] = []
    for (let i = 0; i < count; i++) {
      const x = prng.next()
      if (x !== (x | 0)) wide.push(x)
      for (let bit = 0; bit < 32; bit++) ones[bit] = (ones[bit] as number) + ((x >>> bit) & 1)
    }
    expect(wide).toEqual([])
    // Five standard deviations of a fair coin.
    for (const n of ones) expect(Math.abs(n - count / 2)).toBeLessThan((5 * Math.sqrt(count)) / 2)
  })

  test('below() stays below and favours nobody', () => {
    const prng = new Prng(3)
    const seen = new Array<number>(6).fill(0)
    for (let i = 0; i < 60_000; i++) {
      const x = prng.below(6)
      seen[x] = (seen[x] as number) + 1
    }
    expect(seen).toHaveLength(6)
    for (const n of seen) expect(Math.abs(n - 10_000)).toBeLessThan(500)
    expect(prng.below(1)).toBe(0)
    expect(prng.below(2 ** 32)).toBeLessThan(2 ** 32)
    // Just above 2^31, a modulo without rejection would draw the lower half twice as often.
    const n = 3 * 2 ** 30
    const low = Array.from({ length: 9000 }, () => prng.below(n)).filter((x) => x < n / 2).length
    expect(Math.abs(low - 4500)).toBeLessThan(250)
  })

  test.each([0, -1, 1.5, 2 ** 32 + 1, Number.NaN])('below(%d) is a bug', (n) => {
    expect(() => new Prng(1).below(n)).toThrow(AssertionError)
  })

  test.each([0.5, Number.NaN, 2 ** 53])('a seed of %d is refused', (seed) => {
    expect(() => new Prng(seed)).toThrow(TypeError)
  })

  test('chance() knows never and always, and draws once whatever it is asked', () => {
    const a = new Prng(5)
    const b = new Prng(5)
    for (let i = 0; i < 1000; i++) {
      expect(a.chance(0)).toBe(false)
      expect(b.chance(1)).toBe(true)
    }
    expect(a.next()).toBe(b.next())
    const half = Array.from({ length: 10_000 }, () => a.chance(0.5)).filter(Boolean).length
    expect(Math.abs(half - 5000)).toBeLessThan(250)
  })

  test('a fork depends on seed and label, not on what was drawn', () => {
    const parent = new Prng(9)
    const before = draw(parent.fork('a'), 4)
    parent.next()
    expect(draw(parent.fork('a'), 4)).toEqual(before)
    const labels = ['', 'a', 'b', 'ab', 'ba', 'a\0', 'link 1', 'link 2']
    const streams = [...labels.map((label) => parent.fork(label)), new Prng(10).fork('a'), parent.fork('a').fork('')]
    expect(new Set(streams.map((prng) => prng.next())).size).toBe(streams.length)
  })
})
