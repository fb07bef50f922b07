import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { AssertionError } from '../base/index.ts'
import { Address } from './address.ts'
import { DropReason, dropReasonName } from './drop.ts'
import { finishIcmpChecksum, ICMP_QUOTE_MAX, IcmpKind, writeIcmpError } from './icmp.ts'
import { writeIpv4 } from './ip.ts'
import { Protocol } from './ip-header.ts'
import { buildTcpPacket, buildUdpPacket } from './packet-build.ts'
import { describePacket } from './packet-summary.ts'
import { Ctl } from './tcp.ts'

const u16 = fc.nat(65535)
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })
const pair = fc.tuple(fc.boolean(), int32, int32).map(([v4, a, b]) => {
  const of = (word: number): Address => (v4 ? Address.v4(word) : new Address(0x20010db8, 0, 0, word, false))
  return { source: of(a), destination: of(b) }
})
const data = fc.uint8Array({ maxLength: 100 })
const stamps = fc.record({ tsVal: int32, tsEcr: int32 })
const block = fc.record({ left: int32, right: int32 })
const segment = fc.record({
  sourcePort: u16,
  destinationPort: u16,
  seq: int32,
  ack: int32,
  ctl: fc.nat(255),
  wnd: u16,
  up: u16,
})
// What fits into forty octets together.
const synOptions = fc.record({
  mss: fc.integer({ min: 1, max: 65535 }),
  wscale: fc.integer({ min: -1, max: 14 }),
  sackPermitted: fc.boolean(),
})
const ackOptions = fc.record({ sack: fc.array(block, { maxLength: 3 }) })

describe('describePacket undoes the builders', () => {
  test('TCP, with the options of a SYN or of an ACK', () => {
    const options = fc.oneof(synOptions, ackOptions)
    fc.assert(
      fc.property(
        pair,
        segment,
        options,
        fc.option(stamps),
        data,
        fc.nat(255),
        (addresses, fields, some, timestamps, octets, ttl) => {
          const plain = { mss: 0, wscale: -1, sackPermitted: false, sack: [] }
          const tcp = { ...fields, ...some, ...(timestamps === null ? {} : { timestamps }) }
          const packet = buildTcpPacket({ ...addresses, ...tcp, ttl, tos: 3, data: octets })
          const summary = describePacket(packet)
          expect(summary).toMatchObject({
            ...addresses,
            reason: DropReason.NONE,
            protocol: Protocol.TCP,
            ttl,
            length: packet.length,
          })
          expect(summary.tcp).toMatchObject({ ...plain, ...tcp, dataLength: octets.length })
          expect('timestamps' in (summary.tcp ?? {})).toBe(timestamps !== null)
          const start = summary.tcp?.dataStart ?? 0
          expect(packet.subarray(start, start + octets.length)).toEqual(octets)
        },
      ),
    )
  })

  test('UDP', () => {
    fc.assert(
      fc.property(pair, u16, u16, data, (addresses, sourcePort, destinationPort, octets) => {
        const packet = buildUdpPacket({ ...addresses, sourcePort, destinationPort, data: octets })
        const summary = describePacket(packet)
        expect(summary).toMatchObject({ ...addresses, reason: DropReason.NONE, protocol: Protocol.UDP })
        expect(summary.udp).toMatchObject({ sourcePort, destinationPort, dataLength: octets.length })
      }),
    )
  })
})

describe('describePacket', () => {
  const addresses = { source: Address.v4(0x0a000001), destination: Address.v4(0x0a000002) }
  const syn = buildTcpPacket({ ...addresses, sourcePort: 1, destinationPort: 2, seq: 7, ctl: Ctl.SYN })

  test('tells what an ICMP error is about', () => {
    const packet = new Uint8Array(20 + 8 + syn.length)
    writeIpv4(packet, 0, 0, packet.length, 0, true, 64, Protocol.ICMP, 0x0a000002, 0x0a000001)
    const length = writeIcmpError(packet, 20, 3, 3, 0, syn, 0, syn.length, ICMP_QUOTE_MAX)
    finishIcmpChecksum(packet, 20, length, 0)
    const quote = { ...addresses, protocol: Protocol.TCP, sourcePort: 1, destinationPort: 2, seq: 7 }
    expect(describePacket(packet).icmp).toEqual({ kind: IcmpKind.UNREACHABLE, type: 3, code: 3, mtu: 0, quote })
  })

  test('tells what it can of a packet with a fault', () => {
    const spoilt = syn.with(33, Ctl.RST)
    expect(describePacket(spoilt)).toMatchObject({
      reason: DropReason.BAD_TRANSPORT_CHECKSUM,
      tcp: { seq: 7, ctl: Ctl.RST },
    })
    const cut = describePacket(syn, 0, 30)
    expect([dropReasonName(cut.reason), String(cut.source), 'tcp' in cut]).toEqual(['truncated', '10.0.0.1', false])
    expect(describePacket(new Uint8Array(0))).toMatchObject({ reason: DropReason.TRUNCATED, version: 0 })
    expect(describePacket(Uint8Array.of(0x90))).toMatchObject({ reason: DropReason.BAD_VERSION, version: 0 })
  })

  test('finds the packet inside a larger array', () => {
    const frame = Uint8Array.of(...new Array<number>(14).fill(0), ...syn, 0, 0)
    expect(describePacket(frame, 14).tcp).toMatchObject({ sourcePort: 1, dataStart: 54 })
  })
})

describe('the builders refuse, as bugs,', () => {
  const four = Address.v4(1)
  const six = new Address(1, 2, 3, 4, false)
  const base = { source: four, destination: four, sourcePort: 1, destinationPort: 2, seq: 0, ctl: 0 }
  const sack = new Array(4).fill({ left: 0, right: 0 }) as { left: number; right: number }[]

  test.each([
    ['addresses of two families', { ...base, destination: six }],
    ['more than 65535 octets', { ...base, data: new Uint8Array(65_496) }],
    ['more options than a header holds', { ...base, sack, timestamps: { tsVal: 0, tsEcr: 0 } }],
    ['five SACK blocks', { ...base, sack: [...sack, { left: 0, right: 0 }] }],
  ])('%s', (_, fields) => {
    expect(() => buildTcpPacket(fields)).toThrow(AssertionError)
  })
})
