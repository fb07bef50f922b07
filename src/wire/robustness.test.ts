import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldChecksum, sumOctets } from '../base/index.ts'
import { Address } from './address.ts'
import { ArpMessage, parseArp } from './arp.ts'
import { DROP_REASONS, DropReason } from './drop.ts'
import { EthernetHeader, parseEthernet } from './ethernet.ts'
import { finishIcmpChecksum, IcmpMessage, parseIcmp, writeIcmpError } from './icmp.ts'
import { parseIcmpv6 } from './icmpv6.ts'
import { parseIp, writeIpv4, writeIpv6 } from './ip.ts'
import { IpHeader } from './ip-header.ts'
import { NdpMessage, parseNdp } from './ndp.ts'
import { put16 } from './octets.ts'
import { buildTcpPacket, buildUdpPacket } from './packet-build.ts'
import { describePacket } from './packet-summary.ts'
import { pseudoSum } from './pseudo-header.ts'
import { Ctl, finishTcpChecksum, parseTcp } from './tcp.ts'
import { TcpSegment } from './tcp-segment.ts'
import { parseUdp, UdpDatagram } from './udp.ts'

// Whatever comes off a wire: nothing throws, every refusal is counted, and nothing is taken from outside the packet.

const V4 = { source: Address.v4(0x0a000001), destination: Address.v4(0x0a000002) }
const V6 = { source: new Address(0xfd000000, 0, 0, 1, false), destination: new Address(0xfd000000, 0, 0, 2, false) }
const SEGMENT = {
  sourcePort: 40_000,
  destinationPort: 80,
  seq: 1,
  ack: 2,
  ctl: Ctl.SYN | Ctl.ACK,
  mss: 1460,
  wscale: 7,
  sackPermitted: true,
  timestamps: { tsVal: 1, tsEcr: 2 },
  data: Uint8Array.of(1, 2, 3),
}
const SACK = {
  ...SEGMENT,
  mss: 0,
  wscale: -1,
  sackPermitted: false,
  sack: [
    { left: 1, right: 5 },
    { left: 9, right: 10 },
  ],
}

/** A TCP packet behind destination options of one unknown option, which may be passed over. */
function withOptions(): Uint8Array {
  const plain = buildTcpPacket({ ...V6, ...SEGMENT })
  const packet = Uint8Array.of(...plain.subarray(0, 40), 6, 0, 0x3e, 4, 0, 0, 0, 0, ...plain.subarray(40))
  put16(packet, 4, packet.length - 40)
  packet[6] = 60
  return packet
}

/** An IP packet around an ICMP error about `about`. */
function icmpAbout(about: Uint8Array, v6: boolean): Uint8Array {
  const header = v6 ? 40 : 20
  const packet = new Uint8Array(header + 8 + about.length)
  if (v6) writeIpv6(packet, 0, 0, 0, 8 + about.length, 58, 64, 1, 2, 3, 4, 5, 6, 7, 8)
  else writeIpv4(packet, 0, 0, packet.length, 1, true, 64, 1, 1, 2)
  writeIcmpError(packet, header, v6 ? 2 : 3, v6 ? 0 : 4, 1400, about, 0, about.length, 1200)
  finishIcmpChecksum(packet, header, packet.length - header, 0)
  return packet
}

const WELL_FORMED: readonly Uint8Array[] = [
  buildTcpPacket({ ...V4, ...SEGMENT }),
  buildTcpPacket({ ...V6, ...SEGMENT }),
  buildTcpPacket({ ...V4, ...SACK }),
  buildUdpPacket({ ...V4, sourcePort: 5, destinationPort: 6, data: Uint8Array.of(9) }),
  buildUdpPacket({ ...V6, sourcePort: 5, destinationPort: 6, data: Uint8Array.of(9) }),
  icmpAbout(buildTcpPacket({ ...V4, ...SEGMENT }), false),
  icmpAbout(buildTcpPacket({ ...V6, ...SEGMENT }), true),
  icmpAbout(Uint8Array.of(0x45, 0, 0, 40), false),
  withOptions(),
]

interface Mutation {
  readonly packet: number
  readonly changes: readonly (readonly [number, number])[]
  readonly cut: number
  readonly checksum: boolean
}

const mutation: fc.Arbitrary<Mutation> = fc.record({
  packet: fc.nat(WELL_FORMED.length - 1),
  changes: fc.array(fc.tuple(fc.nat(120), fc.oneof(fc.nat(255), fc.constantFrom(0, 1, 2, 254, 255))), { maxLength: 4 }),
  cut: fc.oneof({ weight: 2, arbitrary: fc.constant(0) }, fc.nat(120)),
  checksum: fc.boolean(),
})

/** A well-formed packet with some octets changed, cut short, its checksums perhaps right again. */
function mutate({ packet, changes, cut, checksum }: Mutation): Uint8Array {
  const original = WELL_FORMED[packet] as Uint8Array
  const mutant = original.slice(0, Math.max(0, original.length - cut))
  for (const [at, octet] of changes) if (at < mutant.length) mutant[at] = octet
  if (checksum) repair(mutant)
  return mutant
}

/** Makes the checksums of an IPv4 packet right, that of TCP too if it holds any: deeper faults lie behind them. */
function repair(packet: Uint8Array): void {
  const headerLength = ((packet[0] ?? 0) & 15) * 4
  if ((packet[0] ?? 0) >>> 4 !== 4 || packet.length < Math.max(headerLength, 20)) return
  put16(packet, 10, 0)
  put16(packet, 10, foldChecksum(sumOctets(packet, 0, headerLength)))
  const ip = new IpHeader()
  if (parseIp(packet, 0, packet.length, ip) !== DropReason.NONE || ip.protocol !== 6 || ip.payloadLength < 20) return
  put16(packet, ip.payloadStart + 16, 0)
  const pseudo = pseudoSum(ip.s0, ip.s1, ip.s2, ip.s3, ip.d0, ip.d1, ip.d2, ip.d3, 6, ip.payloadLength)
  finishTcpChecksum(packet, ip.payloadStart, ip.payloadLength, pseudo)
}

const random = fc.uint8Array({ maxLength: 120, size: 'max' })
const anything = fc.oneof({ weight: 3, arbitrary: mutation.map(mutate) }, { weight: 1, arbitrary: random })
const RUNS = { numRuns: 3000 }

/** The answer is one of the counted reasons. */
function expectCounted(reason: number): void {
  expect(Number.isInteger(reason) && reason >= 0 && reason < DROP_REASONS).toBe(true)
}

function expectInside(start: number, length: number, end: number): void {
  expect(start >= 0 && length >= 0 && start + length <= end).toBe(true)
}

describe('whatever comes off a wire', () => {
  test('as an IP packet, and what it holds', () => {
    fc.assert(
      fc.property(anything, (packet) => {
        const ip = new IpHeader()
        const reason = parseIp(packet, 0, packet.length, ip)
        expectCounted(reason)
        if (reason === DropReason.NONE) expectInside(ip.payloadStart, ip.payloadLength, packet.length)
        const summary = describePacket(packet)
        expectCounted(summary.reason)
        if (reason !== DropReason.NONE) expect(summary.reason).toBe(reason)
        if (summary.reason === DropReason.NONE && summary.tcp) {
          expectInside(summary.tcp.dataStart, summary.tcp.dataLength, packet.length)
        }
      }),
      RUNS,
    )
  })

  test('as a TCP segment, checksum not looked at', () => {
    const into = new TcpSegment()
    const offset = fc.integer({ min: 5, max: 15 })
    fc.assert(
      fc.property(random, offset, (octets, words) => {
        // Most random octets would fail at the data offset; these go on to the options.
        if (octets.length > 12) octets[12] = words << 4
        const reason = parseTcp(octets, 0, octets.length, 0, into, false)
        expectCounted(reason)
        if (reason !== DropReason.NONE) return
        expectInside(into.dataStart, into.dataLength, octets.length)
        expect(into.dataStart).toBe(into.headerLength)
        expect(into.sackCount).toBeLessThanOrEqual(4)
        expect(into.wscale).toBeLessThanOrEqual(14)
        if (into.fastOpenLength > 0) expectInside(into.fastOpenStart, into.fastOpenLength, into.headerLength)
      }),
      RUNS,
    )
  })

  test('as anything else', () => {
    const [udp, icmp, ndp, arp, ethernet] = [
      new UdpDatagram(),
      new IcmpMessage(),
      new NdpMessage(),
      new ArpMessage(),
      new EthernetHeader(),
    ]
    fc.assert(
      fc.property(random, fc.constantFrom(0, 3, 11, 128, 135, 136), (octets, type) => {
        if (octets.length > 0) octets[0] = type
        if (octets.length > 3) put16(octets, 2, 0)
        if (octets.length > 3) finishIcmpChecksum(octets, 0, octets.length, 0)
        expectCounted(parseUdp(octets, 0, octets.length, 0, false, udp, false))
        expectCounted(parseIcmp(octets, 0, octets.length, icmp))
        expectCounted(parseIcmpv6(octets, 0, octets.length, 0, icmp))
        expectCounted(parseNdp(octets, 0, octets.length, 255, ndp))
        expectCounted(parseArp(octets, 0, octets.length, arp))
        expectCounted(parseEthernet(octets, 0, octets.length, ethernet))
      }),
      RUNS,
    )
  })

  test('the mutants reach every reason that an IP packet can be dropped for', () => {
    const seen = new Set<number>()
    fc.assert(
      fc.property(anything, (packet) => void seen.add(describePacket(packet).reason)),
      { numRuns: 20_000, seed: 1 },
    )
    // The first three are the stack's to find; frames and addresses are not mutated here.
    const { TTL, NOT_LOCAL, UNKNOWN_PROTOCOL, BAD_LINK_MESSAGE, BAD_ADDRESS } = DropReason
    const elsewhere = new Set<number>([TTL, NOT_LOCAL, UNKNOWN_PROTOCOL, BAD_LINK_MESSAGE, BAD_ADDRESS])
    expect(Object.entries(DropReason).filter(([, reason]) => !seen.has(reason) && !elsewhere.has(reason))).toEqual([])
  })
})
