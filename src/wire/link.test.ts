import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { Address } from './address.ts'
import { ARP_LENGTH, ArpMessage, ArpOperation, parseArp, writeArp } from './arp.ts'
import { LinkType } from './capture-format.ts'
import { DropReason } from './drop.ts'
import { EthernetHeader, EtherType, formatMac, parseEthernet, parseMac, writeEthernet } from './ethernet.ts'
import { Icmpv6Type } from './icmpv6.ts'
import { ipOffset } from './link-header.ts'
import { NDP_LENGTH, NdpFlag, NdpMessage, parseNdp, writeNdp } from './ndp.ts'
import { put16 } from './octets.ts'
import { buildUdpPacket } from './packet-build.ts'

const AT = 2
const u16 = fc.nat(65535)
const int32 = fc.integer({ min: -(2 ** 31), max: 2 ** 31 - 1 })

describe('Ethernet', () => {
  test('parse undoes write', () => {
    fc.assert(
      fc.property(u16, int32, u16, int32, fc.nat(50), (dh, dl, sh, sl, n) => {
        const buf = new Uint8Array(AT + 14 + n)
        expect(writeEthernet(buf, AT, dh, dl, sh, sl, EtherType.IPV6)).toBe(14)
        const into = new EthernetHeader()
        expect(parseEthernet(buf, AT, 14 + n, into)).toBe(DropReason.NONE)
        expect(into).toMatchObject({ destinationHigh: dh, destinationLow: dl, sourceHigh: sh, sourceLow: sl })
        expect(into).toMatchObject({ etherType: EtherType.IPV6, payloadStart: AT + 14, payloadLength: n })
        expect(parseMac(formatMac(dh, dl))).toEqual({ high: dh, low: dl })
      }),
    )
  })

  test('VLAN tags are passed over, as long as they are whole', () => {
    const buf = new Uint8Array(30)
    writeEthernet(buf, 0, 1, 2, 3, 4, EtherType.QINQ)
    put16(buf, 16, EtherType.VLAN)
    put16(buf, 20, EtherType.IPV4)
    const into = new EthernetHeader()
    expect(parseEthernet(buf, 0, 30, into)).toBe(DropReason.NONE)
    expect([into.etherType, into.payloadStart, into.payloadLength]).toEqual([EtherType.IPV4, 22, 8])
    for (let length = 0; length < 22; length++) expect(parseEthernet(buf, 0, length, into)).toBe(DropReason.TRUNCATED)
  })

  test('hardware addresses in words', () => {
    expect(formatMac(0x0200, 1)).toBe('02:00:00:00:00:01')
    expect(parseMac('FE:dc:BA:98:76:54')).toEqual({ high: 0xfedc, low: 0xba987654 | 0 })
    for (const text of ['', '02:00:00:00:00', '02:00:00:00:00:1', '02-00-00-00-00-01', 'gg:00:00:00:00:00']) {
      expect(parseMac(text)).toBe(undefined)
    }
  })
})

describe('ARP', () => {
  test('parse undoes write', () => {
    const fields = fc.record({
      operation: fc.constantFrom(ArpOperation.REQUEST, ArpOperation.REPLY),
      senderHigh: u16,
      senderLow: int32,
      senderIp: int32,
      targetHigh: u16,
      targetLow: int32,
      targetIp: int32,
    })
    fc.assert(
      fc.property(fields, (f) => {
        const buf = new Uint8Array(AT + ARP_LENGTH + 18)
        const { operation, senderHigh, senderLow, senderIp, targetHigh, targetLow, targetIp } = f
        writeArp(buf, AT, operation, senderHigh, senderLow, senderIp, targetHigh, targetLow, targetIp)
        const into = new ArpMessage()
        expect(parseArp(buf, AT, buf.length - AT, into)).toBe(DropReason.NONE)
        expect(into).toMatchObject(f)
        expect(parseArp(buf, AT, ARP_LENGTH - 1, into)).toBe(DropReason.TRUNCATED)
        for (const at of [0, 1, 2, 3, 4, 5]) {
          const other = buf.slice()
          other[AT + at] = (other[AT + at] as number) ^ 0x40
          expect(parseArp(other, AT, ARP_LENGTH, into)).toBe(DropReason.BAD_LINK_MESSAGE)
        }
      }),
    )
  })
})

describe('neighbour discovery', () => {
  const target = fc.tuple(fc.integer({ min: 0, max: 0x7fffffff }), int32, int32, int32)

  test('parse undoes write', () => {
    const flags = fc.constantFrom(0, NdpFlag.SOLICITED, NdpFlag.SOLICITED | NdpFlag.OVERRIDE, NdpFlag.ROUTER)
    fc.assert(
      fc.property(fc.boolean(), flags, target, u16, int32, (solicitation, f, [t0, t1, t2, t3], high, low) => {
        const type = solicitation ? Icmpv6Type.NEIGHBOUR_SOLICITATION : Icmpv6Type.NEIGHBOUR_ADVERTISEMENT
        const buf = new Uint8Array(AT + NDP_LENGTH)
        expect(writeNdp(buf, AT, type, solicitation ? 0 : f, t0, t1, t2, t3, high, low)).toBe(NDP_LENGTH)
        const into = new NdpMessage()
        expect(parseNdp(buf, AT, NDP_LENGTH, 255, into)).toBe(DropReason.NONE)
        expect(into).toMatchObject({ type, flags: solicitation ? 0 : f, t0, t1, t2, t3, hasLink: true })
        expect([into.linkHigh, into.linkLow]).toEqual([high, low])
        expect(parseNdp(buf, AT, 24, 255, into)).toBe(DropReason.NONE)
        expect(into.hasLink).toBe(false)
      }),
    )
  })

  const message = (): Uint8Array => {
    const buf = new Uint8Array(NDP_LENGTH)
    writeNdp(buf, 0, Icmpv6Type.NEIGHBOUR_SOLICITATION, 0, 0x20010db8, 0, 0, 1, 0x0200, 1)
    return buf
  }
  const reasonOf = (buf: Uint8Array, length = buf.length, hopLimit = 255): number =>
    parseNdp(buf, 0, length, hopLimit, new NdpMessage())

  test('what crossed a router, has a code, a group as target or a lying option is dropped', () => {
    expect(reasonOf(message())).toBe(DropReason.NONE)
    expect(reasonOf(message(), NDP_LENGTH, 254)).toBe(DropReason.BAD_LINK_MESSAGE)
    expect(reasonOf(message().with(1, 1))).toBe(DropReason.BAD_LINK_MESSAGE)
    expect(reasonOf(message().with(8, 0xff))).toBe(DropReason.BAD_LINK_MESSAGE)
    expect(reasonOf(message().with(25, 0))).toBe(DropReason.BAD_LINK_MESSAGE)
    expect(reasonOf(message().with(25, 2))).toBe(DropReason.BAD_LINK_MESSAGE)
    expect(reasonOf(message(), 25)).toBe(DropReason.BAD_LINK_MESSAGE)
    expect(reasonOf(message(), 23)).toBe(DropReason.TRUNCATED)
    expect(reasonOf(message().with(0, Icmpv6Type.ROUTER_ADVERTISEMENT))).toBe(DropReason.UNKNOWN_PROTOCOL)
  })
})

describe('where the IP packet begins in a captured frame', () => {
  const address = Address.parse('10.0.0.1') as Address
  const packet = buildUdpPacket({ source: address, destination: address, sourcePort: 1, destinationPort: 2 })
  const behind = (...header: number[]): Uint8Array => Uint8Array.of(...header, ...packet)
  const zeros = (count: number): number[] => new Array<number>(count).fill(0)

  test.each([
    ['raw', LinkType.RAW, behind(), 0],
    ['IPv4', LinkType.IPV4, behind(), 0],
    ['BSD loopback', LinkType.NULL, behind(2, 0, 0, 0), 4],
    ['OpenBSD loopback', LinkType.LOOP, behind(0, 0, 0, 2), 4],
    ['Ethernet', LinkType.ETHERNET, behind(...zeros(12), 8, 0), 14],
    ['Ethernet with a tag', LinkType.ETHERNET, behind(...zeros(12), 0x81, 0, 0, 5, 8, 0), 18],
    ['Ethernet with ARP', LinkType.ETHERNET, behind(...zeros(12), 8, 6), -1],
    ['Ethernet cut short', LinkType.ETHERNET, new Uint8Array(14).with(12, 8), -1],
    ['Linux any', LinkType.LINUX_SLL, behind(...zeros(14), 8, 0), 16],
    ['Linux any, version 2', LinkType.LINUX_SLL2, behind(8, 0, ...zeros(18)), 20],
    ['Ethernet with PPPoE', LinkType.ETHERNET, behind(...zeros(12), 0x88, 0x64, 0x11, 0, 0, 7, 0, 30, 0, 0x21), 22],
    ['PPPoE behind a tag', LinkType.LINUX_SLL, behind(...zeros(14), 0x81, 0, 0, 5, 0x88, 0x64, ...zeros(7), 0x21), 28],
    ['PPPoE itself', LinkType.PPP_ETHER, behind(...zeros(7), 0x21), 8],
    ['PPP', LinkType.PPP, behind(0, 0x21), 2],
    ['PPP with address and control', LinkType.PPP, behind(0xff, 3, 0, 0x57), 4],
    ['PPP with its protocol in an octet', LinkType.PPP, behind(0x21), 1],
    ['PPP like HDLC', LinkType.PPP_HDLC, behind(0xff, 3, 0, 0x21), 4],
    ['PPP with the direction', LinkType.PPP_WITH_DIRECTION, behind(1, 0xff, 3, 0, 0x21), 5],
    ['PPP that negotiates', LinkType.PPP, behind(0xff, 3, 0xc0, 0x21), -1],
    ['PPP cut short', LinkType.PPP, Uint8Array.of(0xff, 3), -1],
    ['HDLC of Cisco', LinkType.C_HDLC, behind(0x0f, 0, 8, 0), 4],
    ['Linux any with ARP', LinkType.LINUX_SLL, behind(...zeros(14), 8, 6), -1],
    ['nothing', LinkType.RAW, new Uint8Array(0), -1],
    ['no IP', LinkType.RAW, Uint8Array.of(0x10), -1],
    ['a type not known here', 105, behind(), -1],
  ])('%s', (_, linkType, frame, offset) => {
    expect(ipOffset(linkType, frame)).toBe(offset)
  })
})
