import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Address } from './address.ts'
import { DropReason, dropReasonName } from './drop.ts'
import {
  finishIcmpChecksum,
  ICMP_QUOTE_MAX,
  ICMPV6_QUOTE_MAX,
  IcmpKind,
  IcmpMessage,
  IcmpType,
  IcmpUnreachable,
  icmpName,
  parseIcmp,
  writeIcmpEcho,
  writeIcmpError,
} from './icmp.ts'
import { Icmpv6Type, Icmpv6Unreachable, icmpv6Name, parseIcmpv6 } from './icmpv6.ts'
import { put16 } from './octets.ts'
import { buildTcpPacket, buildUdpPacket } from './packet-build.ts'
import { Ctl } from './tcp.ts'

const AT = 3
const PSEUDO = 0x1234
const at = (text: string): Address => Address.parse(text) as Address
const V4 = { source: at('10.0.0.1'), destination: at('10.0.0.2') }
const V6 = { source: at('fd00::1'), destination: at('fd00::2') }
const TCP = { sourcePort: 40_000, destinationPort: 80, seq: -5, ctl: Ctl.SYN, data: new Uint8Array(3000) }

/** An error about a packet, quoting at most so much, and read again. */
function errorAbout(
  packet: Uint8Array,
  type: number,
  code: number,
  rest: number,
  quoteMax: number,
  v6: boolean,
): [string, IcmpMessage] {
  const buf = new Uint8Array(AT + 8 + packet.length)
  const length = writeIcmpError(buf, AT, type, code, rest, packet, 0, packet.length, quoteMax)
  finishIcmpChecksum(buf, AT, length, v6 ? PSEUDO : 0)
  const into = new IcmpMessage()
  const reason = v6 ? parseIcmpv6(buf, AT, length, PSEUDO, into) : parseIcmp(buf, AT, length, into)
  return [dropReasonName(reason), into]
}

describe('echo', () => {
  test('parse undoes write, in both families', () => {
    const u16 = fc.nat(65535)
    fc.assert(
      fc.property(
        fc.boolean(),
        fc.boolean(),
        u16,
        u16,
        fc.uint8Array({ maxLength: 99 }),
        (v6, reply, id, seq, data) => {
          const types = v6 ? Icmpv6Type : IcmpType
          const buf = new Uint8Array(AT + 8 + data.length)
          writeIcmpEcho(buf, AT, reply ? types.ECHO_REPLY : types.ECHO, id, seq)
          buf.set(data, AT + 8)
          finishIcmpChecksum(buf, AT, 8 + data.length, v6 ? PSEUDO : 0)
          const into = new IcmpMessage()
          const length = buf.length - AT
          expect(v6 ? parseIcmpv6(buf, AT, length, PSEUDO, into) : parseIcmp(buf, AT, length, into)).toBe(
            DropReason.NONE,
          )
          expect(into).toMatchObject({ kind: reply ? IcmpKind.ECHO_REPLY : IcmpKind.ECHO, id, seq, code: 0 })
          expect(buf.subarray(into.dataStart, into.dataStart + into.dataLength)).toEqual(data)
          buf[AT + 4] = (buf[AT + 4] as number) ^ 1
          const spoilt = v6 ? parseIcmpv6(buf, AT, length, PSEUDO, into) : parseIcmp(buf, AT, length, into)
          expect(spoilt).toBe(DropReason.BAD_TRANSPORT_CHECKSUM)
        },
      ),
    )
  })

  test('is truncated below eight octets', () => {
    const into = new IcmpMessage()
    for (let length = 0; length < 8; length++) {
      expect(parseIcmp(new Uint8Array(8), 0, length, into)).toBe(DropReason.TRUNCATED)
      expect(parseIcmpv6(new Uint8Array(8), 0, length, 0, into)).toBe(DropReason.TRUNCATED)
    }
  })
})

describe('errors', () => {
  test.each([
    ['port unreachable', 3, 3, 0, IcmpKind.UNREACHABLE, 0, 0],
    ['fragmentation needed', 3, 4, 1400, IcmpKind.TOO_BIG, 1400, 0],
    ['time exceeded', 11, 0, 0, IcmpKind.TIME_EXCEEDED, 0, 0],
    ['parameter problem', 12, 0, 20 << 24, IcmpKind.PARAMETER_PROBLEM, 0, 20],
  ])('ICMP %s tells whom it concerns', (_, type, code, rest, kind, mtu, pointer) => {
    const [reason, message] = errorAbout(buildTcpPacket({ ...V4, ...TCP }), type, code, rest, ICMP_QUOTE_MAX, false)
    expect(reason).toBe('none')
    expect(message).toMatchObject({ kind, type, code, mtu, pointer, dataLength: 548 })
    expect(message.quote).toMatchObject({ sourcePort: 40_000, destinationPort: 80, seq: -5 })
    expect(String(message.quote.ip.source())).toBe('10.0.0.1')
    expect(String(message.quote.ip.destination())).toBe('10.0.0.2')
  })

  test.each([
    ['port unreachable', 1, 4, 0, IcmpKind.UNREACHABLE, 0, 0],
    ['packet too big', 2, 0, 70_000, IcmpKind.TOO_BIG, 70_000, 0],
    ['hop limit exceeded', 3, 0, 0, IcmpKind.TIME_EXCEEDED, 0, 0],
    ['parameter problem', 4, 1, 40, IcmpKind.PARAMETER_PROBLEM, 0, 40],
    ['an error that nobody knows (RFC 4443 §2.4 a)', 100, 0, 0, IcmpKind.UNKNOWN_ERROR, 0, 0],
  ])('ICMPv6 %s tells whom it concerns', (_, type, code, rest, kind, mtu, pointer) => {
    const [reason, message] = errorAbout(buildTcpPacket({ ...V6, ...TCP }), type, code, rest, ICMPV6_QUOTE_MAX, true)
    expect(reason).toBe('none')
    expect(message).toMatchObject({ kind, type, code, mtu, pointer, dataLength: 1232 })
    expect(message.quote).toMatchObject({ sourcePort: 40_000, destinationPort: 80, seq: -5 })
    expect(String(message.quote.ip.source())).toBe('fd00::1')
  })

  test('the smallest quotation is the IP header and eight octets', () => {
    const packet = buildUdpPacket({ ...V4, sourcePort: 7, destinationPort: 9, data: new Uint8Array(100) })
    expect(errorAbout(packet, 3, 3, 0, 28, false)[0]).toBe('none')
    expect(errorAbout(packet, 3, 3, 0, 27, false)[0]).toBe('bad-quote')
    expect(errorAbout(packet, 3, 3, 0, 0, false)[0]).toBe('bad-quote')
    const six = buildUdpPacket({ ...V6, sourcePort: 7, destinationPort: 9, data: new Uint8Array(100) })
    expect(errorAbout(six, 1, 4, 0, 48, true)[0]).toBe('none')
    for (const length of [47, 40, 39, 1, 0]) expect(errorAbout(six, 1, 4, 0, length, true)[0]).toBe('bad-quote')
  })

  test('a quoted checksum that a router spoilt does not matter', () => {
    const packet = buildUdpPacket({ ...V4, sourcePort: 7, destinationPort: 9 })
    put16(packet, 10, 0x1111)
    const [reason, message] = errorAbout(packet, 3, 3, 0, ICMP_QUOTE_MAX, false)
    expect([reason, message.quote.sourcePort]).toEqual(['none', 7])
  })

  test('a later fragment, quoted, names no ports', () => {
    const packet = buildUdpPacket({ ...V4, sourcePort: 7, destinationPort: 9, data: new Uint8Array(100) })
    put16(packet, 6, 100)
    expect(errorAbout(packet, 11, 1, 0, ICMP_QUOTE_MAX, false)[0]).toBe('bad-quote')
    expect(errorAbout(packet, 11, 1, 0, 28, false)[0]).toBe('bad-quote')
  })

  test('over IPv6 the first fragment names them behind its header, and a later one none', () => {
    const whole = buildUdpPacket({ ...V6, sourcePort: 7, destinationPort: 9, data: new Uint8Array(100) })
    const quote = (offset: number, length = 116): [string, IcmpMessage] => {
      const packet = Uint8Array.of(
        ...whole.subarray(0, 40),
        17,
        0,
        offset >> 8,
        offset | 1,
        0,
        0,
        0,
        5,
        ...whole.slice(40),
      )
      put16(packet, 4, packet.length - 40)
      packet[6] = 44
      return errorAbout(packet, 3, 1, 0, length, true)
    }
    const [reason, message] = quote(0)
    expect([reason, message.quote.sourcePort, message.quote.destinationPort]).toEqual(['none', 7, 9])
    expect([quote(0, 56)[0], quote(0, 55)[0], quote(0, 47)[0]]).toEqual(['none', 'bad-quote', 'bad-quote'])
    expect(quote(64)[0]).toBe('bad-quote')
  })

  test('a quoted header that says it is longer than the packet is believed in nothing', () => {
    const packet = buildUdpPacket({ ...V4, sourcePort: 7, destinationPort: 9 })
    put16(packet, 2, 19)
    expect(errorAbout(packet, 3, 3, 0, ICMP_QUOTE_MAX, false)[0]).toBe('bad-quote')
  })

  test('what is no error has no quotation and needs none', () => {
    const [reason, message] = errorAbout(new Uint8Array(4), IcmpType.REDIRECT, 0, 0, 4, false)
    expect([reason, message.kind]).toEqual(['none', IcmpKind.REDIRECT])
    expect(errorAbout(new Uint8Array(0), 40, 0, 0, 0, false)[1].kind).toBe(IcmpKind.OTHER)
    expect(errorAbout(new Uint8Array(16), 135, 0, 0, 16, true)[1].kind).toBe(IcmpKind.NEIGHBOUR)
  })
})

describe('names', () => {
  test('every code of "unreachable" has one of its own', () => {
    const v4 = Object.values(IcmpUnreachable).map((code) => icmpName(IcmpType.UNREACHABLE, code))
    const v6 = Object.values(Icmpv6Unreachable).map((code) => icmpv6Name(Icmpv6Type.UNREACHABLE, code))
    expect(new Set(v4).size).toBe(16)
    expect(new Set(v6).size).toBe(7)
    expect([...v4, ...v6].filter((name) => /type|undefined/.test(name))).toEqual([])
  })

  test.each([
    [icmpName(3, 3), 'port unreachable'],
    [icmpName(3, 4), 'fragmentation needed'],
    [icmpName(8, 0), 'echo request'],
    [icmpName(0, 0), 'echo reply'],
    [icmpName(11, 0), 'time to live exceeded'],
    [icmpName(11, 1), 'reassembly time exceeded'],
    [icmpName(12, 0), 'parameter problem'],
    [icmpName(5, 1), 'redirect'],
    [icmpName(3, 99), 'type 3 code 99'],
    [icmpName(40, 2), 'type 40 code 2'],
    [icmpv6Name(1, 4), 'port unreachable'],
    [icmpv6Name(2, 0), 'packet too big'],
    [icmpv6Name(3, 0), 'hop limit exceeded'],
    [icmpv6Name(128, 0), 'echo request'],
    [icmpv6Name(135, 0), 'neighbour solicitation'],
    [icmpv6Name(200, 1), 'type 200 code 1'],
  ])('%s', (name, expected) => {
    expect(name).toBe(expected)
  })
})
