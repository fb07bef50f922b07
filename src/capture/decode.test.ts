import { describe, expect, test } from 'vitest'
import { Address, buildTcpPacket, buildUdpPacket, Ctl, LinkType } from '../wire/index.ts'
import { Decoder, type Verdict } from './decode.ts'

const V4 = { source: Address.v4(0x0a000001), destination: Address.v4(0x0a000002) }
const V6 = { source: new Address(0x20010db8, 0, 0, 1, false), destination: new Address(0x20010db8, 0, 0, 2, false) }
const FIELDS = { sourcePort: 40_000, destinationPort: 80, seq: 7, ack: 9, ctl: Ctl.ACK, wnd: 500, mss: 1460 }
const PACKET = buildTcpPacket({ ...V4, ...FIELDS, data: new Uint8Array(100) })
const PACKET6 = buildTcpPacket({ ...V6, ...FIELDS, data: new Uint8Array(100) })

interface Read {
  readonly verdict: Verdict
  readonly dataLength: number
  readonly seq: number
}

function read(data: Uint8Array, linkType: number = LinkType.RAW, originalLength: number = data.length): Read {
  const decoder = new Decoder()
  const verdict = decoder.read({ interface: 0, timeUs: 0, data, originalLength, linkType })
  return { verdict, dataLength: decoder.segment.dataLength, seq: decoder.segment.seq }
}

const TAKEN: Read = { verdict: 'tcp', dataLength: 100, seq: 7 }

function behind(header: readonly number[], packet: Uint8Array = PACKET): Uint8Array {
  return Uint8Array.from([...header, ...packet])
}

function changed(at: number, ...octets: readonly number[]): Uint8Array {
  const packet = PACKET.slice()
  packet.set(octets, at)
  return packet
}

const MACS = Array.from({ length: 12 }, () => 2)
const zeros = (count: number): number[] => new Array<number>(count).fill(0)

describe('a segment is found behind', () => {
  test.each([
    ['nothing', LinkType.RAW, []],
    ['nothing, by the version', LinkType.IPV4, []],
    ['Ethernet', LinkType.ETHERNET, [...MACS, 0x08, 0x00]],
    ['a VLAN tag', LinkType.ETHERNET, [...MACS, 0x81, 0x00, 0, 5, 0x08, 0x00]],
    ['two VLAN tags', LinkType.ETHERNET, [...MACS, 0x88, 0xa8, 0, 5, 0x81, 0x00, 0, 6, 0x08, 0x00]],
    ['BSD loopback, either order', LinkType.NULL, [2, 0, 0, 0]],
    ['OpenBSD loopback', LinkType.LOOP, [0, 0, 0, 2]],
    ['Linux cooked', LinkType.LINUX_SLL, [...zeros(14), 0x08, 0x00]],
    ['Linux cooked, version 2', LinkType.LINUX_SLL2, [0x08, 0x00, ...zeros(18)]],
    ['a VLAN tag behind Linux cooked', LinkType.LINUX_SLL, [...zeros(14), 0x81, 0x00, 0, 5, 0x08, 0x00]],
    ['the same, version 2, two tags', LinkType.LINUX_SLL2, [0x88, 0xa8, ...zeros(18), 0, 5, 0x81, 0, 0, 6, 0x08, 0x00]],
    ['an old outer VLAN tag', LinkType.ETHERNET, [...MACS, 0x91, 0x00, 0, 5, 0x81, 0x00, 0, 6, 0x08, 0x00]],
    ['nothing, by the number that BSD has in memory', 12, []],
  ])('%s', (_what, linkType, header) => {
    expect(read(behind(header), linkType)).toEqual(TAKEN)
  })

  test('IPv6, and the padding of a short frame is no data', () => {
    expect(read(behind([...MACS, 0x86, 0xdd], PACKET6), LinkType.ETHERNET)).toEqual(TAKEN)
    const short = buildTcpPacket({ ...V4, ...FIELDS })
    expect(read(behind([...MACS, 0x08, 0x00], Uint8Array.from([...short, 0, 0])), LinkType.ETHERNET)).toMatchObject({
      verdict: 'tcp',
      dataLength: 0,
    })
  })
})

describe('what captures do to packets:', () => {
  test.each([
    ['the data are cut off', 70],
    ['the options are cut off', 41],
    ['the header is just there', 40],
  ])('%s', (_what, kept) => {
    expect(read(PACKET.subarray(0, kept), LinkType.RAW, PACKET.length)).toEqual(TAKEN)
  })

  test('of an IPv6 packet too', () => {
    expect(read(PACKET6.subarray(0, 62), LinkType.RAW, PACKET6.length)).toEqual(TAKEN)
  })

  test('the card was to cut a larger one: its length is 0', () => {
    expect(read(changed(2, 0, 0))).toEqual(TAKEN)
  })

  test('the card was to sum it: the field is the pseudo-header’s sum, or 0', () => {
    const pseudo = 0x0a00 + 0x0001 + 0x0a00 + 0x0002 + 6 + (PACKET.length - 20)
    expect(read(changed(36, pseudo >> 8, pseudo & 255)).verdict).toBe('tcp')
    // As some systems leave it of what is to be cut: without the length.
    const cut = pseudo - (PACKET.length - 20)
    expect(read(changed(36, cut >> 8, cut & 255)).verdict).toBe('tcp')
    expect(read(changed(36, 0, 0)).verdict).toBe('tcp')
    expect(read(changed(10, 0, 0)).verdict).toBe('tcp')
  })
})

describe('IPv6 behind what a host would stop at:', () => {
  const [HOPS, ROUTE, FRAGMENT, OPTIONS] = [0, 43, 44, 60] as const
  /** The packet with extension headers between: their kinds, and what each holds but the number of the next. */
  function extended(...headers: readonly (readonly [kind: number, ...octets: number[]])[]): Uint8Array {
    const kinds = [...headers.map(([kind]) => kind), 6]
    const between = headers.flatMap(([, ...octets], i) => [kinds[i + 1] as number, ...octets])
    const packet = Uint8Array.from([...PACKET6.subarray(0, 40), ...between, ...PACKET6.subarray(40)])
    packet[6] = kinds[0] as number
    const length = packet.length - 40
    packet.set([length >> 8, length & 255], 4)
    return packet
  }
  const PAD = [0, 1, 4, 0, 0, 0, 0]
  const JUMBO = [0, 0xc2, 4, 0, 0, 0, 0]

  test.each<readonly [string, Uint8Array]>([
    ['options that may be passed over', extended([HOPS, ...PAD], [OPTIONS, ...PAD])],
    ['an option that no host may pass over', extended([OPTIONS, 0, 0xc3, 4, 0, 0, 0, 0])],
    ['a route that goes on', extended([ROUTE, 0, 4, 1, 0, 0, 0, 0])],
    ['a fragment that is the whole', extended([FRAGMENT, 0, 0, 0, 0, 0, 0, 7])],
  ])('%s', (_what, packet) => {
    expect(read(packet)).toEqual(TAKEN)
    // Cut behind the TCP header, and within its options.
    for (const kept of [packet.length - 100, packet.length - 102]) {
      expect(read(packet.subarray(0, kept), LinkType.RAW, packet.length)).toEqual(TAKEN)
    }
    expect(read(packet.subarray(0, 50), LinkType.RAW, packet.length).verdict).not.toBe('tcp')
  })

  test('more than 64 KiB: the length is 0, with and without the option that has it; cut or whole', () => {
    for (const packet of [PACKET6.slice(), extended([HOPS, ...JUMBO])]) {
      packet.set([0, 0], 4)
      expect(read(packet)).toEqual(TAKEN)
      expect(read(packet.subarray(0, 96), LinkType.RAW, packet.length)).toEqual(TAKEN)
    }
  })

  test('a first fragment and a later one are fragments, cut or whole', () => {
    for (const [offset, flags] of [
      [0, 1],
      [1, 0],
    ] as const) {
      const packet = extended([HOPS, ...PAD], [FRAGMENT, 0, offset, flags, 0, 0, 0, 7])
      expect(read(packet).verdict).toBe('fragment')
      expect(read(packet.subarray(0, 90), LinkType.RAW, packet.length).verdict).toBe('fragment')
    }
  })
})

describe('what is not taken:', () => {
  test.each<readonly [string, Uint8Array, Verdict]>([
    ['a wrong checksum', changed(60, 0xff), 'bad-checksum'],
    ['a header shorter than itself', changed(32, 0x40), 'malformed'],
    ['a wrong IP checksum', changed(10, 1, 2), 'malformed'],
    ['a length that is shorter than the header', changed(3, 10, 2), 'malformed'],
    ['a packet that is shorter than it says, and was not cut', PACKET.subarray(0, 80), 'malformed'],
    ['a fragment', fragment(), 'fragment'],
    ['UDP', buildUdpPacket({ ...V4, sourcePort: 1, destinationPort: 2 }), 'other'],
    ['nothing', new Uint8Array(0), 'other'],
  ])('%s', (_what, packet, verdict) => {
    expect(read(packet).verdict).toBe(verdict)
  })

  test('ARP, and a link that is not known here', () => {
    expect(read(behind([...MACS, 0x08, 0x06]), LinkType.ETHERNET).verdict).toBe('other')
    expect(read(PACKET, 147).verdict).toBe('unknown-link')
  })
})

test('a fragment that was cut is one: what its octets are is not known', () => {
  expect(read(fragment().subarray(0, 60), LinkType.RAW, PACKET.length).verdict).toBe('fragment')
  const later = changed(6, 0, 3)
  expect(read(later.subarray(0, 60), LinkType.RAW, later.length).verdict).toBe('fragment')
})

test('what was read before lends nothing to a packet that is cut within its IP header', () => {
  const decoder = new Decoder()
  const base = { interface: 0, timeUs: 0, linkType: LinkType.RAW }
  expect(decoder.read({ ...base, data: PACKET, originalLength: PACKET.length })).toBe('tcp')
  expect(decoder.read({ ...base, data: PACKET6.subarray(0, 39), originalLength: PACKET6.length })).toBe('malformed')
})

test('a length of 0 that was cut is as long as the frame was', () => {
  const packet = changed(2, 0, 0)
  expect(read(packet.subarray(0, 60), LinkType.RAW, packet.length)).toEqual(TAKEN)
})

/** More fragments to come, the IP checksum right. */
function fragment(): Uint8Array {
  const packet = PACKET.slice()
  packet[6] = 0x20
  const sum = ((packet[10] as number) << 8) | (packet[11] as number)
  // Don't-fragment (0x4000) became more-fragments (0x2000): the words are 0x2000 less.
  const fixed = sum + 0x2000
  packet[10] = (fixed >> 8) & 255
  packet[11] = fixed & 255
  return packet
}
