import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Address, ANY4, ANY6, LOOPBACK4, LOOPBACK6, parseCidr } from './address.ts'

const address = (text: string): Address => {
  const parsed = Address.parse(text)
  if (parsed === undefined) throw new Error(`no address: ${text}`)
  return parsed
}

const words = fc.tuple(fc.integer(), fc.integer(), fc.integer(), fc.integer())
// Groups of zeros and small numbers, where the shortening has its cases.
const groups = fc.array(fc.oneof({ weight: 3, arbitrary: fc.constant(0) }, fc.constantFrom(1, 0xdb8, 0xffff)), {
  minLength: 8,
  maxLength: 8,
})

describe('Address', () => {
  test.each([
    // RFC 5952 §4 and §5, RFC 4291 §2.2, and the plain ones.
    ['0.0.0.0', '0.0.0.0'],
    ['255.255.255.255', '255.255.255.255'],
    ['::', '::'],
    ['::1', '::1'],
    ['1::', '1::'],
    ['2001:db8::1', '2001:db8::1'],
    ['2001:0DB8:0:0:0:0:0:1', '2001:db8::1'],
    ['2001:db8:0:1:1:1:1:1', '2001:db8:0:1:1:1:1:1'],
    ['2001:db8:0:0:1:0:0:1', '2001:db8::1:0:0:1'],
    ['2001:0:0:1:0:0:0:1', '2001:0:0:1::1'],
    ['2001:db8::0:1', '2001:db8::1'],
    ['0:0:0:0:0:0:0:0', '::'],
    ['::ffff:192.0.2.1', '::ffff:192.0.2.1'],
    ['::ffff:c000:201', '::ffff:192.0.2.1'],
    ['64:ff9b::192.0.2.33', '64:ff9b::c000:221'],
    ['::13.1.68.3', '::d01:4403'],
    ['1:2:3:4:5:6:7::', '1:2:3:4:5:6:7:0'],
    ['::2:3:4:5:6:7:8', '0:2:3:4:5:6:7:8'],
  ])('%s is written %s', (text, canonical) => {
    expect(address(text).toString()).toBe(canonical)
  })

  test.each([
    '',
    ' ',
    '1',
    '1.2.3',
    '1.2.3.4.5',
    '256.0.0.1',
    '01.2.3.4',
    '1.2.3.-4',
    '1.2.3.4 ',
    '0x7f.0.0.1',
    ':',
    ':::',
    '1:::2',
    '::1::',
    '1:2:3:4:5:6:7',
    '1:2:3:4:5:6:7:8:9',
    '1:2:3:4:5:6:7:8::',
    '::1:2:3:4:5:6:7:8',
    '12345::',
    'g::',
    ':1',
    '1:',
    '::1%lo',
    '::1.2.3',
    '1.2.3.4::',
    '::ffff:1.2.3.4:5',
    '[::1]',
    'localhost',
  ])('%j is no address', (text) => {
    expect(Address.parse(text)).toBe(undefined)
  })

  test('parse undoes toString, for every address of both families', () => {
    fc.assert(
      fc.property(
        fc.oneof(
          words,
          groups.map((g) => [0, 2, 4, 6].map((i) => ((g[i] as number) << 16) | (g[i + 1] as number))),
        ),
        ([a, b, c, d]) => {
          const six = new Address(a as number, b as number, c as number, d as number, false)
          expect(address(six.toString())).toEqual(six)
          expect(Address.fromBytes(six.toBytes())).toEqual(six)
          const four = Address.v4(d as number)
          expect(address(four.toString())).toEqual(four)
          expect(Address.fromBytes(four.toBytes())).toEqual(four)
        },
      ),
    )
  })

  test('an IPv4 address and its mapped IPv6 spelling are equal in words and differ in family', () => {
    const four = address('10.0.0.1')
    const mapped = address('::ffff:10.0.0.1')
    expect([four.v4, four.mapped, mapped.v4, mapped.mapped]).toEqual([true, false, false, true])
    expect(four.equals(mapped)).toBe(true)
    expect(mapped.unmapped()).toEqual(four)
    expect(four.asV6()).toEqual(mapped)
    expect(Address.fromWords(0, 0, 0xffff, 0x0a000001)).toEqual(four)
    expect(address('::1').unmapped()).toEqual(LOOPBACK6)
    expect(address('10.0.0.1').equals(address('10.0.0.2'))).toBe(false)
    expect(address('::1').equals(address('1::1'))).toBe(false)
  })

  test('knows what is special', () => {
    const special = (text: string): string[] => {
      const a = address(text)
      const facts = {
        unspecified: a.isUnspecified,
        loopback: a.isLoopback,
        multicast: a.isMulticast,
        broadcast: a.isBroadcast,
        link: a.isLinkLocal,
      }
      return Object.entries(facts)
        .filter(([, is]) => is)
        .map(([name]) => name)
    }
    expect(special('0.0.0.0')).toEqual(['unspecified'])
    expect(special('::')).toEqual(['unspecified'])
    expect(special('127.255.0.1')).toEqual(['loopback'])
    expect(special('::ffff:127.0.0.1')).toEqual(['loopback'])
    expect(special('::1')).toEqual(['loopback'])
    expect(special('224.0.0.1')).toEqual(['multicast'])
    expect(special('239.255.255.255')).toEqual(['multicast'])
    expect(special('ff02::1')).toEqual(['multicast'])
    expect(special('255.255.255.255')).toEqual(['broadcast'])
    expect(special('169.254.7.7')).toEqual(['link'])
    expect(special('fe80::1')).toEqual(['link'])
    expect(special('febf::1')).toEqual(['link'])
    for (const text of ['10.0.0.1', '240.0.0.1', '2001:db8::1', 'fec0::1', '::2', '0.0.0.1'])
      expect(special(text)).toEqual([])
    expect([ANY4, ANY6, LOOPBACK4, LOOPBACK6].map(String)).toEqual(['0.0.0.0', '::', '127.0.0.1', '::1'])
  })

  test.each([
    ['10.1.2.3', '10.0.0.0/8', true],
    ['11.1.2.3', '10.0.0.0/8', false],
    ['10.1.2.3', '10.1.2.3', true],
    ['10.1.2.2', '10.1.2.3/31', true],
    ['10.1.2.2', '10.1.2.3', false],
    ['1.2.3.4', '0.0.0.0/0', true],
    ['::ffff:10.1.2.3', '10.0.0.0/8', true],
    ['10.1.2.3', '::ffff:10.0.0.0/104', true],
    ['10.1.2.3', '::/0', false],
    ['::1', '0.0.0.0/0', false],
    ['2001:db8:1::1', '2001:db8::/32', true],
    ['2001:db9::1', '2001:db8::/32', false],
    ['2001:db8::1', '2001:db8::/127', true],
    ['2001:db8::2', '2001:db8::/127', false],
    ['fe80::1', '::/0', true],
  ])('%s in %s: %s', (text, prefix, inside) => {
    const cidr = parseCidr(prefix)
    expect(cidr && address(text).inPrefix(cidr.address, cidr.bits)).toBe(inside)
  })

  test.each(['10.0.0.0/33', '::/129', '10.0.0.0/', '10.0.0.0/08', '10.0.0.0/-1', '/8', 'x/8', '10.0.0.0/8/8', '10/8'])(
    '%s is no prefix',
    (text) => {
      expect(parseCidr(text)).toBe(undefined)
    },
  )

  test('reads addresses out of octets, and only whole ones', () => {
    const octets = Uint8Array.of(9, 10, 0, 0, 1, 9)
    expect(String(Address.fromBytes(octets, 1, 4))).toBe('10.0.0.1')
    expect(Address.fromBytes(octets)).toBe(undefined)
    expect(Address.fromBytes(octets, 3, 4)).toBe(undefined)
    expect(Address.fromBytes(octets, -1, 4)).toBe(undefined)
  })
})
