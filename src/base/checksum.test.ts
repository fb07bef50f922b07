import fc from 'fast-check'
import { afterEach, describe, expect, test, vi } from 'vitest'
import { accelerated, foldChecksum, sumOctets } from './checksum.ts'
import { CHECKSUM_WASM } from './checksum-wasm.ts'
import { scratch } from './scratch.ts'

/** RFC 1071 as its first paragraph has it, in integers of any size. */
function model(octets: Uint8Array, seed: number): number {
  let sum = BigInt(seed)
  octets.forEach((octet, i) => {
    sum += BigInt(i % 2 === 0 ? octet << 8 : octet)
  })
  while (sum > 0xffffn) sum = (sum & 0xffffn) + (sum >> 16n)
  return Number(~sum & 0xffffn)
}

const octets = fc.uint8Array({ minLength: 0, maxLength: 300, size: 'max' })
const seeds = fc.integer({ min: 0, max: 2 ** 30 })

describe('the Internet checksum', () => {
  test('is that of RFC 1071 §3', () => {
    const example = Uint8Array.of(0x00, 0x01, 0xf2, 0x03, 0xf4, 0xf5, 0xf6, 0xf7)
    expect(foldChecksum(sumOctets(example, 0, 8))).toBe(~0xddf2 & 0xffff)
  })

  test('agrees with the definition in any buffer, at any start, of any length, from any seed', () => {
    fc.assert(
      fc.property(octets, fc.nat(7), fc.nat(5), seeds, (data, offset, start, seed) => {
        const whole = new Uint8Array(offset + start + data.length + 1).fill(0xa5)
        const buf = whole.subarray(offset)
        buf.set(data, start)
        expect(foldChecksum(sumOctets(buf, start, data.length, seed))).toBe(model(data, seed))
      }),
    )
  })

  test('agrees with the definition in the scratch memory, where WebAssembly adds', () => {
    expect(accelerated).toBe(true)
    fc.assert(
      fc.property(octets, fc.nat(70), seeds, (data, offset, seed) => {
        const start = scratch.IN + offset
        scratch.bytes.fill(0xa5, start - 16, start + data.length + 16)
        scratch.bytes.set(data, start)
        expect(foldChecksum(sumOctets(scratch.bytes, start, data.length, seed))).toBe(model(data, seed))
      }),
    )
  })

  test('overflows nothing when every octet is 255', () => {
    for (const length of [65_534, 65_535, scratch.AREA_LENGTH, 1_000_001]) {
      const ones = new Uint8Array(length).fill(255)
      expect(foldChecksum(sumOctets(ones, 0, length))).toBe(model(ones, 0))
    }
    scratch.bytes.fill(255, scratch.OUT, scratch.OUT + scratch.AREA_LENGTH)
    const sum = sumOctets(scratch.bytes, scratch.OUT, scratch.AREA_LENGTH)
    expect(foldChecksum(sum)).toBe(model(new Uint8Array(scratch.AREA_LENGTH).fill(255), 0))
  })

  test('adds up from pieces of even length', () => {
    fc.assert(
      fc.property(octets, fc.nat(150), (data, half) => {
        const cut = Math.min(half * 2, data.length)
        const sum = sumOctets(data, 0, cut) + sumOctets(data, cut, data.length - cut)
        expect(foldChecksum(sum)).toBe(model(data, 0))
      }),
    )
  })
})

describe('the module that adds', () => {
  test('is valid WebAssembly of under a kilobyte, exporting one function', () => {
    expect(CHECKSUM_WASM.length).toBeLessThan(1024)
    expect(WebAssembly.validate(CHECKSUM_WASM as Uint8Array<ArrayBuffer>)).toBe(true)
    const module = new WebAssembly.Module(CHECKSUM_WASM as Uint8Array<ArrayBuffer>)
    expect(WebAssembly.Module.exports(module)).toEqual([{ name: 'sum', kind: 'function' }])
    expect(WebAssembly.Module.imports(module)).toEqual([{ module: 'm', name: 'm', kind: 'memory' }])
  })
})

describe('where WebAssembly is forbidden', () => {
  afterEach(() => {
    vi.unstubAllGlobals()
    vi.resetModules()
  })

  const forbid = (): never => {
    throw new Error('call to WebAssembly.Module() blocked by CSP')
  }

  test.each([
    ['the engine has none', undefined],
    ['modules may not be compiled', { Memory: WebAssembly.Memory, Module: forbid, Instance: forbid }],
    ['not even memory is given', { Memory: forbid, Module: forbid, Instance: forbid }],
  ])('sums are the same: %s', async (_, api) => {
    vi.stubGlobal('WebAssembly', api)
    vi.resetModules()
    const fallback = await import('./checksum.ts')
    const { scratch: area } = await import('./scratch.ts')
    expect(fallback.accelerated).toBe(false)
    fc.assert(
      fc.property(octets, fc.nat(7), (data, offset) => {
        area.bytes.set(data, area.IN + offset)
        const sum = fallback.sumOctets(area.bytes, area.IN + offset, data.length)
        expect(foldChecksum(sum)).toBe(model(data, 0))
      }),
    )
  })
})
