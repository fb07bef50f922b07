import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { seqAdd, seqDiff, seqGeq, seqGt, seqInWindow, seqLeq, seqLt, seqMax, seqMin } from './seq.ts'

const WRAP = 1n << 32n
const HALF = 1n << 31n

/** The number as RFC 9293 has it: 0 … 2^32−1. */
const unsigned = (seq: number): bigint => BigInt(seq) & (WRAP - 1n)
/** How far a lies after b, −2^31 … 2^31−1. */
const distance = (a: number, b: number): bigint => BigInt.asIntN(32, unsigned(a) - unsigned(b))

const EDGES = [0, 1, -1, 2 ** 31 - 1, -(2 ** 31), -(2 ** 31) + 1]
const seq = fc.oneof(fc.constantFrom(...EDGES), fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 }))
const near = fc.tuple(seq, fc.integer({ min: -3, max: 3 })).map(([base, step]) => (base + step) | 0)
const octets = fc.oneof(fc.integer({ min: 0, max: 70_000 }), fc.integer({ min: 0, max: 2 ** 31 - 1 }))

describe('sequence arithmetic is that of integers modulo 2^32', () => {
  test('seqAdd', () => {
    fc.assert(
      fc.property(seq, octets, fc.boolean(), (a, n, back) => {
        const step = back ? -n : n
        const sum = seqAdd(a, step)
        expect(unsigned(sum)).toBe((unsigned(a) + BigInt(step) + WRAP) % WRAP)
        expect(sum).toBe(sum | 0)
      }),
    )
  })

  test('seqDiff and the comparisons', () => {
    fc.assert(
      fc.property(seq, fc.oneof(seq, near), (a, b) => {
        const d = distance(a, b)
        expect(BigInt(seqDiff(a, b))).toBe(d)
        expect(seqLt(a, b)).toBe(d < 0n)
        expect(seqLeq(a, b)).toBe(d <= 0n)
        expect(seqGt(a, b)).toBe(d > 0n)
        expect(seqGeq(a, b)).toBe(d >= 0n)
      }),
    )
  })

  test('seqMax and seqMin pick one of the two, in order unless they are 2^31 apart', () => {
    fc.assert(
      fc.property(seq, fc.oneof(seq, near), (a, b) => {
        fc.pre(distance(a, b) !== -HALF)
        expect(seqMax(a, b)).toBe(distance(a, b) >= 0n ? a : b)
        expect(seqMin(a, b)).toBe(distance(a, b) >= 0n ? b : a)
      }),
    )
  })

  test('seqInWindow is start <= seq < start + size', () => {
    const offset = fc.integer({ min: -2, max: 2 })
    fc.assert(
      fc.property(seq, octets, fc.oneof(seq, fc.tuple(fc.boolean(), offset)), (start, size, where) => {
        const at = typeof where === 'number' ? where : seqAdd(start, (where[0] ? size : 0) + where[1])
        const inside = (unsigned(at) - unsigned(start) + WRAP) % WRAP < BigInt(size)
        expect(seqInWindow(at, start, size)).toBe(inside)
      }),
    )
  })

  test.each(EDGES)('an octet after %i comes after it, and the one before it before', (edge) => {
    expect(seqGt(seqAdd(edge, 1), edge)).toBe(true)
    expect(seqLt(seqAdd(edge, -1), edge)).toBe(true)
    expect(seqInWindow(edge, edge, 1)).toBe(true)
    expect(seqInWindow(edge, edge, 0)).toBe(false)
    expect(seqInWindow(seqAdd(edge, 1), edge, 1)).toBe(false)
  })
})
