import { describe, expect, test } from 'vitest'
import { Address, buildTcpPacket, buildUdpPacket, Ctl, LinkType, writeIpv4, writeIpv6 } from '../wire/index.ts'
import { fileOf, HANDSHAKE, lines, pcapOf, played } from './captures.testing.ts'
import { Decoder, type Verdict } from './decode.ts'
import { notPlayed } from './index.ts'

const FIELDS = { sourcePort: 40_000, destinationPort: 80, seq: 7, ack: 9, ctl: Ctl.ACK, wnd: 500 }
const V4 = { source: Address.v4(0x0a000001), destination: Address.v4(0x0a000002) }
const V6 = { source: new Address(0x20010db8, 0, 0, 1, false), destination: new Address(0x20010db8, 0, 0, 2, false) }
const PACKET = buildTcpPacket({ ...V4, ...FIELDS, data: new Uint8Array(100) })
const PACKET6 = buildTcpPacket({ ...V6, ...FIELDS, data: new Uint8Array(100) })
const ETHERNET = [...new Array<number>(12).fill(2), 0x08, 0x00]
const ETHERNET6 = [...new Array<number>(12).fill(2), 0x86, 0xdd]
const [IPIP, IPV6_IN_IP, GRE, ESP] = [4, 41, 47, 50] as const

/** What two machines send each other that carry packets of others. */
function carried(protocol: number, ...payload: readonly number[]): Uint8Array {
  const packet = new Uint8Array(20 + payload.length)
  writeIpv4(packet, 0, 0, packet.length, 1, true, 64, protocol, 0x0a090901, 0x0a090902)
  packet.set(payload, 20)
  return packet
}

function carried6(protocol: number, ...payload: readonly number[]): Uint8Array {
  const packet = new Uint8Array(40 + payload.length)
  writeIpv6(packet, 0, 0, 0, payload.length, protocol, 64, 0x20010db8, 0, 9, 1, 0x20010db8, 0, 9, 2)
  packet.set(payload, 40)
  return packet
}

function datagram(port: number, ...data: readonly number[]): Uint8Array {
  return buildUdpPacket({ ...V4, sourcePort: 50_000, destinationPort: port, data: Uint8Array.from(data) })
}

interface Read {
  readonly verdict: Verdict
  readonly isCarried: boolean
  readonly dataLength: number
}

function read(data: Uint8Array, originalLength = data.length): Read {
  const decoder = new Decoder()
  const verdict = decoder.read({ interface: 0, timeUs: 0, data, originalLength, linkType: LinkType.RAW })
  return { verdict, isCarried: decoder.isCarried, dataLength: decoder.segment.dataLength }
}

describe('a segment is found in', () => {
  test.each<readonly [string, Uint8Array]>([
    ['IP in IP', carried(IPIP, ...PACKET)],
    ['IPv6 in IPv4', carried(IPV6_IN_IP, ...PACKET6)],
    ['IPv4 in IPv6', carried6(IPIP, ...PACKET)],
    ['GRE', carried(GRE, 0, 0, 8, 0, ...PACKET)],
    ['GRE with a checksum, a key and a number', carried(GRE, 0xb0, 0, 0x86, 0xdd, ...new Uint8Array(12), ...PACKET6)],
    ['Ethernet in GRE', carried(GRE, 0x20, 0, 0x65, 0x58, 0, 0, 0, 1, ...ETHERNET, ...PACKET)],
    [
      'a mirrored port, with a header',
      carried(GRE, 0x10, 0, 0x88, 0xbe, ...new Uint8Array(12), ...ETHERNET, ...PACKET),
    ],
    ['a mirrored port, without one', carried(GRE, 0, 0, 0x88, 0xbe, ...ETHERNET6, ...PACKET6)],
    ['VXLAN', datagram(4789, 8, 0, 0, 0, 0, 0, 42, 0, ...ETHERNET, ...PACKET)],
    ['VXLAN at the port of Linux', datagram(8472, 8, 0, 0, 0, 0, 0, 42, 0, ...ETHERNET6, ...PACKET6)],
    ['GENEVE', datagram(6081, 0, 0, 0x65, 0x58, 0, 0, 42, 0, ...ETHERNET, ...PACKET)],
    ['GENEVE with options, and IP in it', datagram(6081, 2, 0, 8, 0, 0, 0, 42, 0, ...new Uint8Array(8), ...PACKET)],
    ['GRE in IP in IP', carried(IPIP, ...carried(GRE, 0, 0, 8, 0, ...PACKET))],
  ])('%s', (_what, packet) => {
    expect(read(packet)).toEqual({ verdict: 'tcp', isCarried: true, dataLength: 100 })
    // The capture kept what is before the data, or less.
    expect(read(packet.subarray(0, packet.length - 100), packet.length).verdict).toBe('tcp')
    for (let kept = 0; kept < packet.length - 120; kept++) {
      expect(['other', 'malformed']).toContain(read(packet.subarray(0, kept), packet.length).verdict)
    }
  })
})

describe('nothing is looked for in', () => {
  test.each<readonly [string, Uint8Array]>([
    ['what is encrypted', carried(ESP, ...PACKET)],
    ['PPP in GRE', carried(GRE, 0x30, 1, 0x88, 0x0b, ...new Uint8Array(8), ...PACKET)],
    ['another port', datagram(4790, 8, 0, 0, 0, 0, 0, 42, 0, ...ETHERNET, ...PACKET)],
    ['VXLAN without a network', datagram(4789, 0, 0, 0, 0, 0, 0, 42, 0, ...ETHERNET, ...PACKET)],
    ['ARP', datagram(4789, 8, 0, 0, 0, 0, 0, 42, 0, ...ETHERNET.slice(0, 12), 8, 6, ...PACKET)],
    ['GENEVE of something else', datagram(6081, 0, 0, 0x88, 0x47, 0, 0, 42, 0, ...PACKET)],
  ])('%s', (_what, packet) => {
    expect(read(packet)).toMatchObject({ verdict: 'other', isCarried: false })
  })

  test('a fragment of what carries', () => {
    const packet = carried(IPIP, ...PACKET)
    packet[6] = 0x20
    expect(read(packet)).toMatchObject({ verdict: 'fragment', isCarried: false })
  })

  test('more than four layers', () => {
    let packet = PACKET
    for (let layers = 1; layers <= 5; layers++) {
      packet = carried(IPIP, ...packet)
      expect(read(packet).verdict).toBe(layers <= 4 ? 'tcp' : 'other')
    }
  })
})

test('a connection is played as without its tunnel, and the capture says so', () => {
  const all = lines(HANDSHAKE)
  const within = all.map(({ at, packet }) => ({
    at,
    packet: datagram(4789, 8, 0, 0, 0, 0, 0, 42, 0, ...ETHERNET, ...packet),
  }))
  const capture = played(pcapOf(within))
  expect(capture.connections).toEqual(played(fileOf(all)).connections)
  expect(capture.counts).toMatchObject({ segments: 3, carried: 3, others: 0 })
  expect(notPlayed(capture)).toEqual(['3 packets read out of tunnels (IP, GRE, VXLAN, GENEVE)'])
})

test('what Linux’s "any" shows before the tunnel and in it is played once', () => {
  const cooked = [...new Array<number>(14).fill(0), 8, 0]
  const numbered = lines(HANDSHAKE).map(({ at, packet }, i) => {
    const one = packet.slice()
    one.set([0, i + 1], 4)
    one.set([0, 0], 10)
    return { at, packet: one }
  })
  const both = numbered.flatMap(({ at, packet }) => [
    { at, packet },
    { at: at + 0.02, packet: carried(IPIP, ...packet) },
  ])
  const capture = played(pcapOf(both, { linkType: LinkType.LINUX_SLL, header: cooked }))
  expect(capture.counts).toMatchObject({ copies: 3, carried: 3 })
  expect(capture.connections).toEqual(played(pcapOf(numbered)).connections)
})
