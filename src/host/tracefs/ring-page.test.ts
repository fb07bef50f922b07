import { describe, expect, test } from 'vitest'
import { LITTLE_ENDIAN } from '../byte-order.ts'
import { HostError } from '../errors.ts'
import { type PageLayout, parsePage, parsePageLayout } from './ring-page.ts'

const HEADER_PAGE = `	field: u64 timestamp;	offset:0;	size:8;	signed:0;
	field: local_t commit;	offset:8;	size:8;	signed:1;
	field: int overwrite;	offset:8;	size:1;	signed:1;
	field: char data;	offset:16;	size:4080;	signed:0;
`
const LAYOUT: PageLayout = parsePageLayout(HEADER_PAGE)
const T0 = 6_424_714_715_000n

/** The word at the head of an entry: kind, and ns since the entry before. */
function header(kind: number, delta: number): number {
  return LITTLE_ENDIAN ? ((delta << 5) | kind) >>> 0 : ((kind << 27) | delta) >>> 0
}

/** A page with those words of data, of which `used` octets count. */
function page(words: readonly number[], used: number = words.length * 4, flags: number = 0): Uint8Array {
  const bytes = new Uint8Array(4096)
  const view = new DataView(bytes.buffer)
  view.setBigUint64(0, T0, LITTLE_ENDIAN)
  view.setBigUint64(8, BigInt((used | flags) >>> 0), LITTLE_ENDIAN)
  words.forEach((word, i) => {
    view.setUint32(16 + 4 * i, word, LITTLE_ENDIAN)
  })
  return bytes
}

describe('a page of the ring buffer', () => {
  test('is laid out as the kernel says', () => {
    expect(LAYOUT).toEqual({ timestampAt: 0, commitAt: 8, commitSize: 8, dataAt: 16, pageSize: 4096 })
    expect(() => parsePageLayout('field: int other; offset:0; size:4;')).toThrow(HostError)
  })

  test('has entries whose times add up', () => {
    const { entries, lost } = parsePage(page([header(1, 0), 0xaaaa, header(2, 500), 0xbbbb, 0xcccc]), LAYOUT)
    expect(entries).toEqual([
      { time: T0, start: 20, length: 4 },
      { time: T0 + 500n, start: 28, length: 8 },
    ])
    expect(lost).toBe(false)
  })

  test('has entries of any length, which a word before them tells', () => {
    const long = new Array<number>(30).fill(7)
    const { entries } = parsePage(page([header(0, 3), 4 + 4 * 30, ...long, header(1, 4), 9]), LAYOUT)
    expect(entries).toEqual([
      { time: T0 + 3n, start: 24, length: 120 },
      { time: T0 + 7n, start: 148, length: 4 },
    ])
  })

  test('has times too far apart for an entry, and absolute ones', () => {
    const extend = [header(30, 1), 2]
    const absolute = 0x123_4567_89ab_cdefn & ((1n << 59n) - 1n)
    const stamp = [header(31, Number(absolute & 0x7ff_ffffn)), Number(absolute >> 27n)]
    const { entries } = parsePage(page([...extend, header(1, 10), 1, ...stamp, header(1, 20), 1]), LAYOUT)
    expect(entries.map(({ time }) => time)).toEqual([T0 + (2n << 27n) + 1n + 10n, absolute + 20n])
  })

  test('may end in padding, and have entries that were taken back', () => {
    const discarded = [header(29, 5), 8, 0]
    const { entries } = parsePage(page([...discarded, header(1, 6), 1, header(29, 0), 99, 99]), LAYOUT)
    expect(entries).toEqual([{ time: T0 + 11n, start: 32, length: 4 }])
  })

  test('says that entries before it were lost', () => {
    expect(parsePage(page([header(1, 0), 1], 8, 0x8000_0000), LAYOUT)).toMatchObject({ lost: true })
    expect(parsePage(page([header(1, 0), 1], 8, 0xc000_0000), LAYOUT).entries).toHaveLength(1)
  })

  test('that contradicts itself is refused', () => {
    expect(() => parsePage(page([header(9, 0), 1]), LAYOUT)).toThrow('an entry runs over the end')
    expect(() => parsePage(page([header(0, 0), 0]), LAYOUT)).toThrow('an entry runs over the end')
    expect(() => parsePage(page([], 5000), LAYOUT)).toThrow('more than it holds')
    expect(() => parsePage(new Uint8Array(8), LAYOUT)).toThrow('a page of 8 octets')
  })

  test('without entries is empty', () => {
    expect(parsePage(page([]), LAYOUT)).toEqual({ entries: [], lost: false })
  })
})
