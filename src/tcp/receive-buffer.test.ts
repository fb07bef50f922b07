import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { ReceiveBuffer } from './receive-buffer.ts'

const STREAM = 400
const CORNERS = [0, 0x7fffffff, -1, 0x7fffff38]

/** Octet `i` of the stream as transmission `n` tells it: liars differ, so that a test sees whose octet stayed. */
const octet = (i: number, n: number): number => (i * 7 + n * 31) & 255

const piece = fc.record({ at: fc.integer({ min: 0, max: STREAM - 1 }), length: fc.integer({ min: 1, max: 60 }) })

describe('reassembly', () => {
  test('any order and overlap gives the same stream as a naive map in which the first octet to arrive stays', () => {
    fc.assert(
      fc.property(fc.constantFrom(...CORNERS), fc.array(piece, { maxLength: 60 }), (isn, pieces) => {
        const buffer = new ReceiveBuffer()
        buffer.first = isn
        const naive = new Map<number, number>()
        for (const [n, { at, length }] of pieces.entries()) {
          const inOrder = (buffer.end - isn) | 0
          const from = Math.max(at, inOrder)
          const octets = Uint8Array.from({ length }, (_, i) => octet(at + i, n))
          for (let i = from; i < at + length; i++) if (!naive.has(i)) naive.set(i, octet(i, n))
          if (from < at + length) buffer.insert((isn + from) | 0, octets, from - at, at + length - from)
        }
        let whole = 0
        while (naive.has(whole)) whole++
        expect(buffer.length).toBe(whole)
        const read = new Uint8Array(whole)
        buffer.copy(0, read, 0, whole)
        expect([...read]).toEqual(Array.from({ length: whole }, (_, i) => naive.get(i)))
        expect(buffer.hasGap).toBe([...naive.keys()].some((i) => i > whole))
      }),
      { numRuns: 500 },
    )
  })

  test('what overlaps is found as a naive map finds it', () => {
    fc.assert(
      fc.property(
        fc.constantFrom(...CORNERS),
        fc.array(piece, { minLength: 1, maxLength: 12 }),
        piece,
        (isn, pieces, next) => {
          const buffer = new ReceiveBuffer()
          buffer.first = isn
          const naive = new Set<number>()
          for (const { at, length } of pieces) {
            buffer.insert((isn + 1000 + at) | 0, new Uint8Array(length), 0, length)
            for (let i = 0; i < length; i++) naive.add(at + i)
          }
          const overlap = buffer.overlap((isn + 1000 + next.at) | 0, (isn + 1000 + next.at + next.length) | 0)
          let from = next.at
          while (from < next.at + next.length && !naive.has(from)) from++
          let to = from
          while (to < next.at + next.length && naive.has(to)) to++
          const expected = to > from ? [(isn + 1000 + from) | 0, (isn + 1000 + to) | 0] : null
          expect(overlap).toEqual(expected)
        },
      ),
    )
  })

  test('reading makes room and keeps the rest in place', () => {
    const buffer = new ReceiveBuffer()
    buffer.first = -10
    const data = Uint8Array.from({ length: 100_000 }, (_, i) => i & 255)
    expect(buffer.insert(-10, data, 0, 60_000)).toBe(60_000)
    buffer.drop(59_000)
    expect(buffer.insert(59_990, data, 60_000, 40_000)).toBe(40_000)
    const out = new Uint8Array(41_000)
    buffer.copy(0, out, 0, 41_000)
    expect(out).toEqual(data.subarray(59_000))
  })
})
