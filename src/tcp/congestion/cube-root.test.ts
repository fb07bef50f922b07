import { describe, expect, test } from 'vitest'
import { cubeRoot } from './cube-root.ts'

/** K³ for a window that is `missing` segments below W_max, in 1/1024 s. */
const cubeOf = (missing: number): number => Math.floor(2 ** 40 / 410) * missing

describe("Linux's cube root", () => {
  test.each([
    [1, 1388],
    [2, 1750],
    [29, 4271],
    [39, 4714],
    [49, 5088],
    [61, 5472],
  ])('of %s missing segments is some thousandths off, to either side: %s/1024 s', (missing, k) => {
    expect(cubeRoot(cubeOf(missing))).toBe(k)
  })

  test('is within 0.3 % of the root for whatever window', () => {
    for (let missing = 1; missing < 300_000; missing += 1 + (missing >> 6))
      expect(Math.abs(cubeRoot(cubeOf(missing)) / Math.cbrt(cubeOf(missing)) - 1)).toBeLessThan(0.003)
  })
})
