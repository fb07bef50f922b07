import { describe, expect, test } from 'vitest'
import { halfSipHash24, keyedHash, sipHash24 } from './siphash.ts'

// The authors' own vectors (vectors.h of their reference implementation): key octets 00 01 02 …, message octets
// 00 01 02 … of every whole number of words, results as octets.
const HALF_SIP: readonly string[] = [
  'a9359f5b',
  '2a6e4689',
  'd0b8848f',
  '57f0872f',
  'd9b5ac84',
  'e34d1045',
  '27400c63',
  'b0644000',
  'fee72112',
  'e75cc6ec',
  'b6bc1840',
  '7705d548',
  '69e12ce3',
  '3b85f3d4',
  'a5c5b940',
  'd4e76c73',
]
// Of SipHash-2-4's eight octets the first four, which are the low word.
const SIP_LOW: readonly string[] = [
  '310e0edd',
  'b7877127',
  '6224939a',
  'fbe50e86',
  'db9bc257',
  '98eea21a',
  '94af49f6',
  'a5c91da7',
]

const words = Int32Array.from({ length: 16 }, (_, i) => wordOf(4 * i))

function wordOf(first: number): number {
  return first | ((first + 1) << 8) | ((first + 2) << 16) | ((first + 3) << 24)
}

/** A result as the octets of the vectors: least significant first. */
function octets(hash: number): string {
  return [0, 8, 16, 24].map((shift) => ((hash >>> shift) & 255).toString(16).padStart(2, '0')).join('')
}

describe('keyed hashes', () => {
  test.each(HALF_SIP.map((expected, count) => ({ expected, count })))(
    'HalfSipHash-2-4 of $count words is $expected',
    ({ expected, count }) => {
      expect(octets(halfSipHash24(wordOf(0), wordOf(4), words, count))).toBe(expected)
    },
  )

  test.each(SIP_LOW.map((expected, count) => ({ expected, count })))(
    'SipHash-2-4 of $count words begins with $expected',
    ({ expected, count }) => {
      expect(octets(keyedHash(wordOf(0), wordOf(4), wordOf(8), wordOf(12), words, count))).toBe(expected)
    },
  )

  test('SipHash-2-4 of a message that ends in the middle of a word is that of its authors', () => {
    const into = new Int32Array(2)
    const message = Int32Array.of(wordOf(0), wordOf(4), wordOf(8), wordOf(12) & 0xffffff)
    sipHash24(wordOf(0), wordOf(4), wordOf(8), wordOf(12), message, 4, into, 15)
    expect(octets(into[0] as number) + octets(into[1] as number)).toBe('e545be4961ca29a1')
  })

  test('both depend on every bit of key and message', () => {
    const message = Int32Array.of(1, 2, 3, 4, 5)
    const half = (k0: number, k1: number): number => halfSipHash24(k0, k1, message, 5)
    const full = (k: readonly number[]): number =>
      keyedHash(k[0] as number, k[1] as number, k[2] as number, k[3] as number, message, 5)
    const seen = new Set([half(0, 0), full([0, 0, 0, 0])])
    for (let bit = 0; bit < 32; bit++) {
      seen.add(half(1 << bit, 0)).add(half(0, 1 << bit))
      for (const place of [0, 1, 2, 3]) seen.add(full([0, 0, 0, 0].with(place, 1 << bit)))
      for (let word = 0; word < 5; word++) {
        message[word] = (message[word] as number) ^ (1 << bit)
        seen.add(half(0, 0)).add(full([0, 0, 0, 0]))
        message[word] = (message[word] as number) ^ (1 << bit)
      }
    }
    expect(seen.size).toBe(2 + 32 * (2 + 4 + 10))
  })
})
