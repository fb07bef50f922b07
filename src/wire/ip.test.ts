import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldChecksum, sumOctets } from '../base/index.ts'
import { Address } from './address.ts'
import { DropReason, dropReasonName } from './drop.ts'
import { parseIp, writeIpv4, writeIpv6 } from './ip.ts'
import { IPV4_HEADER_LENGTH, IPV6_HEADER_LENGTH, IpHeader, Protocol } from './ip-header.ts'
import { put16 } from './octets.ts'
import { pseudoSum } from './pseudo-header.ts'

const AT = 5
const u8 = fc.nat(255)
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const four = (text: string): number => Address.parse(text)?.w3 as number

/** An IPv4 packet of 28 octets with `change` made to its header and the checksum put right again. */
function ipv4(change: (packet: Uint8Array) => void = () => undefined): Uint8Array {
  const packet = new Uint8Array(64)
  writeIpv4(packet, 0, 0, 28, 1, true, 64, Protocol.TCP, four('10.0.0.1'), four('10.0.0.2'))
  change(packet)
  put16(packet, 10, 0)
  put16(packet, 10, foldChecksum(sumOctets(packet, 0, ((packet[0] as number) & 15) * 4)))
  return packet
}

/** An IPv6 packet with these extension headers and octets behind the fixed header. */
function ipv6(nextHeader: number, ...rest: number[]): Uint8Array {
  const packet = new Uint8Array(IPV6_HEADER_LENGTH + rest.length)
  writeIpv6(packet, 0, 0, 0, rest.length, nextHeader, 64, 1, 2, 3, 4, 5, 6, 7, 8)
  packet.set(rest, IPV6_HEADER_LENGTH)
  return packet
}

function parse(packet: Uint8Array, length = packet.length): { reason: string; ip: IpHeader } {
  const ip = new IpHeader()
  return { reason: dropReasonName(parseIp(packet, 0, length, ip)), ip }
}

describe('IPv4', () => {
  test('parse undoes write, link padding left out', () => {
    const payload = fc.nat(1480)
    fc.assert(
      fc.property(
        u8,
        fc.nat(65535),
        fc.boolean(),
        u8,
        u8,
        int32,
        int32,
        payload,
        (tos, id, df, ttl, protocol, s, d, n) => {
          const buf = new Uint8Array(AT + IPV4_HEADER_LENGTH + n + 7).fill(0xee)
          expect(writeIpv4(buf, AT, tos, IPV4_HEADER_LENGTH + n, id, df, ttl, protocol, s, d)).toBe(IPV4_HEADER_LENGTH)
          const ip = new IpHeader()
          expect(parseIp(buf, AT, buf.length - AT, ip)).toBe(DropReason.NONE)
          expect(ip).toMatchObject({
            version: 4,
            headerLength: 20,
            tos,
            id,
            dontFragment: df,
            ttl,
            protocol,
            flowLabel: 0,
          })
          expect(ip).toMatchObject({ s0: 0, s1: 0, s2: 0xffff, s3: s, d0: 0, d1: 0, d2: 0xffff, d3: d })
          expect(ip).toMatchObject({ payloadStart: AT + IPV4_HEADER_LENGTH, payloadLength: n })
          expect([ip.source().v4, ip.source().w3, ip.destination().w3]).toEqual([true, s, d])
        },
      ),
    )
  })

  test('the checksum is the one of a header seen on a wire', () => {
    const buf = new Uint8Array(20)
    writeIpv4(buf, 0, 0, 0x73, 0, true, 0x40, 0x11, four('192.168.0.1'), four('192.168.0.199'))
    expect([buf[10], buf[11]]).toEqual([0xb8, 0x61])
  })

  test('options are passed over', () => {
    const packet = ipv4((p) => {
      p[0] = 0x47
      put16(p, 2, 36)
      p.set([1, 1, 1, 1, 7, 3, 4, 0], 20)
    })
    const { reason, ip } = parse(packet)
    expect([reason, ip.headerLength, ip.payloadStart, ip.payloadLength]).toEqual(['none', 28, 28, 8])
  })

  test.each([
    ['a header of four words', 'bad-header-length', (p: Uint8Array) => p.set([0x44])],
    ['a header beyond the packet', 'bad-total-length', (p: Uint8Array) => p.set([0x4f])],
    ['a packet shorter than its header', 'bad-total-length', (p: Uint8Array) => put16(p, 2, 19)],
    ['a packet longer than what came', 'truncated', (p: Uint8Array) => put16(p, 2, 65)],
    ['more fragments', 'fragment', (p: Uint8Array) => put16(p, 6, 0x2000)],
    ['a fragment offset', 'fragment', (p: Uint8Array) => put16(p, 6, 0x0001)],
    ['version 5', 'bad-version', (p: Uint8Array) => p.set([0x55])],
    ['nothing wrong', 'none', () => undefined],
  ])('%s: %s', (_, expected, change) => {
    expect(parse(ipv4(change)).reason).toBe(expected)
  })

  test('any single bit flipped in the header is noticed', () => {
    for (let bit = 0; bit < 160; bit++) {
      // This one makes it version 6, whose header has no checksum.
      if (bit === 5) continue
      const packet = ipv4()
      packet[bit >> 3] = (packet[bit >> 3] as number) ^ (1 << (bit & 7))
      expect(parse(packet).reason).not.toBe('none')
    }
  })

  test('a packet cut off anywhere is truncated', () => {
    for (let length = 0; length < 28; length++) expect(parse(ipv4(), length).reason).toBe('truncated')
    expect(parse(ipv4(), 28).reason).toBe('none')
  })
})

describe('IPv6', () => {
  test('parse undoes write', () => {
    const label = fc.nat(0xfffff)
    const upper = fc.constantFrom(Protocol.TCP, Protocol.UDP, Protocol.ICMPV6, 132)
    fc.assert(
      fc.property(
        u8,
        label,
        upper,
        u8,
        fc.tuple(int32, int32, int32, int32),
        fc.nat(100),
        (tos, flow, next, ttl, w, n) => {
          const [a, b, c, d] = w
          const buf = new Uint8Array(AT + IPV6_HEADER_LENGTH + n)
          // Not an IPv4-mapped address: see below.
          expect(writeIpv6(buf, AT, tos, flow, n, next, ttl, a | 1, b, c, d, d | 1, c, b, a)).toBe(IPV6_HEADER_LENGTH)
          const ip = new IpHeader()
          expect(parseIp(buf, AT, buf.length - AT, ip)).toBe(DropReason.NONE)
          expect(ip).toMatchObject({ version: 6, headerLength: 40, tos, flowLabel: flow, ttl, protocol: next, id: 0 })
          expect(ip).toMatchObject({ s0: a | 1, s1: b, s2: c, s3: d, d0: d | 1, d1: c, d2: b, d3: a })
          expect(ip).toMatchObject({ payloadStart: AT + 40, payloadLength: n, dontFragment: true })
          expect(ip.source()).toEqual(new Address(a | 1, b, c, d, false))
        },
      ),
    )
  })

  test('IPv4-mapped addresses do not pass: they would speak for IPv4 connections', () => {
    const packet = new Uint8Array(40)
    writeIpv6(packet, 0, 0, 0, 0, Protocol.TCP, 64, 0, 0, 0xffff, 0x0a000001, 5, 6, 7, 8)
    expect(parse(packet).reason).toBe('bad-address')
    writeIpv6(packet, 0, 0, 0, 0, Protocol.TCP, 64, 5, 6, 7, 8, 0, 0, 0xffff, 0x0a000001)
    expect(parse(packet).reason).toBe('bad-address')
  })

  const PADDED = [0, 1, 4, 0, 0, 0, 0]
  test.each([
    ['hop-by-hop padding, then TCP', ipv6(0, 6, ...PADDED, 0xaa), 'none', 6, 1],
    ['destination options twice', ipv6(60, 60, ...PADDED, 6, ...PADDED, 0xaa), 'none', 6, 1],
    [
      'all of them, an atomic fragment too',
      ipv6(0, 43, ...PADDED, 44, 0, 4, 0, 0, 0, 0, 0, 60, 0, 0, 0, 0, 0, 0, 1, 17, ...PADDED),
      'none',
      17,
      0,
    ],
    ['a longer one', ipv6(60, 6, 1, 0x1e, 12, ...new Array<number>(12).fill(7), 0xaa), 'none', 6, 1],
    ['an unknown option that may be passed over', ipv6(60, 6, 0, 0x3e, 0, 0, 0, 0, 0), 'none', 6, 0],
    ['no next header', ipv6(59), 'none', 59, 0],
    ['a fragment with an offset', ipv6(44, 6, 0, 0, 8, 0, 0, 0, 1), 'fragment', 44, 8],
    ['a fragment with more to come', ipv6(44, 6, 0, 0, 1, 0, 0, 0, 1), 'fragment', 44, 8],
    ['a route with segments left', ipv6(43, 6, 0, 0, 1, 0, 0, 0, 0), 'bad-extension-header', 43, 8],
    ['an option that must be known', ipv6(60, 6, 0, 0xc2, 4, 0, 0, 0, 0), 'bad-extension-header', 60, 8],
    ['an option longer than its header', ipv6(60, 6, 0, 1, 5, 0, 0, 0, 0), 'bad-extension-header', 60, 8],
    ['an option without its length', ipv6(60, 6, 0, 1, 3, 0, 0, 0, 5), 'bad-extension-header', 60, 8],
    ['hop-by-hop not in front', ipv6(60, 0, ...PADDED, 6, ...PADDED), 'bad-extension-header', 0, 8],
    ['an extension header cut short', ipv6(60, 6, 0, 1, 4), 'truncated', 60, 4],
    ['an extension header longer than the packet', ipv6(60, 6, 1, 1, 4, 0, 0, 0, 0), 'truncated', 60, 8],
  ])('%s', (_, packet, reason, protocol, payloadLength) => {
    const parsed = parse(packet)
    expect([parsed.reason, parsed.ip.protocol, parsed.ip.payloadLength]).toEqual([reason, protocol, payloadLength])
    expect(parsed.ip.headerLength).toBe(packet.length - payloadLength)
    expect(parsed.ip.payloadStart).toBe(parsed.ip.headerLength)
  })

  test('a packet cut off anywhere is truncated', () => {
    const packet = ipv6(6, 1, 2, 3)
    for (let length = 0; length < 43; length++) expect(parse(packet, length).reason).toBe('truncated')
    expect(parse(packet).reason).toBe('none')
  })
})

describe('the pseudo-header', () => {
  test('is summed alike for IPv4 and, by one formula, for IPv6', () => {
    const v4 = Uint8Array.of(10, 0, 0, 1, 192, 168, 255, 254, 0, 6, 0x12, 0x34)
    expect(foldChecksum(pseudoSum(0, 0, 0xffff, 0x0a000001, 0, 0, 0xffff, 0xc0a8fffe, 6, 0x1234))).toBe(
      foldChecksum(sumOctets(v4, 0, 12)),
    )
    fc.assert(
      fc.property(fc.array(int32, { minLength: 8, maxLength: 8 }), u8, fc.nat(70_000), (w, protocol, length) => {
        const octets = new DataView(new ArrayBuffer(40))
        for (const [i, word] of w.entries()) octets.setInt32(i * 4, word)
        octets.setUint32(32, length)
        octets.setUint8(39, protocol)
        const [a, b, c, d, e, f, g, h] = w as [number, number, number, number, number, number, number, number]
        const expected = sumOctets(new Uint8Array(octets.buffer), 0, 40)
        expect(foldChecksum(pseudoSum(a, b, c, d, e, f, g, h, protocol, length))).toBe(foldChecksum(expected))
      }),
    )
  })
})

test('every drop reason has a name of its own', () => {
  const names = Object.values(DropReason).map(dropReasonName)
  expect(new Set(names).size).toBe(names.length)
  for (const [name, reason] of Object.entries(DropReason)) {
    expect(dropReasonName(reason)).toBe(name.toLowerCase().replaceAll('_', '-'))
  }
})
