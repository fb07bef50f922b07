import { describe, expect, test } from 'vitest'
import { foldChecksum, sumOctets } from '../../base/index.ts'
import { ALONE } from '../../stack/index.ts'
import { Address, buildTcpPacket, Ctl } from '../../wire/index.ts'
import { completeChecksum, takeHeader, VNET_HEADER, writeCuttingHeader, writePlainHeader } from './virtio-header.ts'

const TCP_CHECKSUM = 16

/** A packet behind room for its header. */
function framed(packet: Uint8Array): { frame: Uint8Array; view: DataView } {
  const frame = new Uint8Array(VNET_HEADER + packet.length)
  frame.set(packet, VNET_HEADER)
  return { frame, view: new DataView(frame.buffer) }
}

function segment(source: string, destination: string): Uint8Array {
  return buildTcpPacket({
    source: Address.parse(source) as Address,
    destination: Address.parse(destination) as Address,
    sourcePort: 80,
    destinationPort: 40_000,
    seq: 7,
    ack: 9,
    ctl: Ctl.ACK,
    wnd: 500,
    data: new TextEncoder().encode('abcdefghij'),
  })
}

describe('a burst that the kernel is to cut', () => {
  test.each([
    ['IPv4', '10.0.0.1', '10.0.0.2', 1, 20],
    ['IPv6', 'fd00::1', 'fd00::2', 4, 40],
  ])('%s: the header names kind, headers, size and checksum', (_, source, destination, kind, ip) => {
    const packet = segment(source, destination)
    const { frame, view } = framed(packet)
    writeCuttingHeader(frame, 0, VNET_HEADER, 0, 4)
    const words = [2, 4, 6, 8].map((at) => view.getUint16(at, true))
    expect([frame[0], frame[1], ...words]).toEqual([1, kind, packet.length - 10, 4, ip, TCP_CHECKSUM])
    expect(takeHeader(frame, 0, packet.length)).toBe(4)
  })

  test('of a segment that is alone only the checksum is to be made', () => {
    const packet = segment('10.0.0.1', '10.0.0.2')
    const { frame, view } = framed(packet)
    writeCuttingHeader(frame, 0, VNET_HEADER, 0, ALONE)
    const words = [2, 4, 6, 8].map((at) => view.getUint16(at, true))
    expect([frame[0], frame[1], ...words]).toEqual([1, 0, packet.length - 10, 0, 20, TCP_CHECKSUM])
    expect(takeHeader(frame, 0, packet.length)).toBe(ALONE)
  })

  test('behind a link header all places move', () => {
    const packet = segment('10.0.0.1', '10.0.0.2')
    const frame = new Uint8Array(VNET_HEADER + 14 + packet.length)
    frame.set(packet, VNET_HEADER + 14)
    writeCuttingHeader(frame, 0, VNET_HEADER + 14, 14, 4)
    const view = new DataView(frame.buffer)
    expect([view.getUint16(2, true), view.getUint16(6, true)]).toEqual([14 + packet.length - 10, 34])
  })
})

describe('a checksum that the sender left to the device', () => {
  const good = segment('10.0.0.1', '10.0.0.2')

  test('of a single TCP segment is vouched for, and can be made for whoever looks', () => {
    const { frame, view } = framed(good)
    view.setUint8(0, 1)
    view.setUint16(6, 20, true)
    view.setUint16(8, TCP_CHECKSUM, true)
    const pseudo = sumOctets(good, 12, 8) + 6 + good.length - 20
    view.setUint16(VNET_HEADER + 36, ~foldChecksum(pseudo) & 0xffff)
    expect(takeHeader(frame, 0, good.length)).toBeGreaterThan(65_000)
    expect(completeChecksum(frame, 0, good.length)).toBe(true)
    expect(frame.subarray(VNET_HEADER)).toEqual(good)
  })

  test('of a UDP packet is made at once', () => {
    const udp = Uint8Array.of(
      0x45,
      0,
      0,
      28,
      0,
      0,
      0,
      0,
      64,
      17,
      0,
      0,
      10,
      0,
      0,
      1,
      10,
      0,
      0,
      2,
      0,
      1,
      0,
      2,
      0,
      8,
      0,
      0,
    )
    const pseudo = sumOctets(udp, 12, 8) + 17 + 8
    const { frame, view } = framed(udp)
    view.setUint8(0, 1)
    view.setUint16(6, 20, true)
    view.setUint16(8, 6, true)
    view.setUint16(VNET_HEADER + 26, ~foldChecksum(pseudo) & 0xffff)
    expect(takeHeader(frame, 0, udp.length)).toBe(0)
    expect(foldChecksum(sumOctets(frame, VNET_HEADER + 20, 8, pseudo))).toBe(0)
    // Whoever looks at packets asks for it too, and finds it made.
    expect(completeChecksum(frame, 0, udp.length)).toBe(true)
    expect(foldChecksum(sumOctets(frame, VNET_HEADER + 20, 8, pseudo))).toBe(0)
  })

  test('of neither kind is verified as ever', () => {
    const { frame } = framed(good)
    // Memory that was used before.
    frame.fill(0xff, 0, VNET_HEADER)
    writePlainHeader(frame, 0)
    expect([...frame.subarray(0, VNET_HEADER)]).toEqual(new Array(VNET_HEADER).fill(0))
    expect(takeHeader(frame, 0, good.length)).toBe(0)
  })

  test('of a UDP packet is never 0, which would say that there is none', () => {
    for (const [offset, expected] of [
      [6, 0xffff],
      [TCP_CHECKSUM, 0],
    ] as const) {
      const { frame, view } = framed(new Uint8Array(40))
      view.setUint8(0, 1)
      view.setUint16(6, 20, true)
      view.setUint16(8, offset, true)
      // All that is summed: then the checksum is 0.
      view.setUint16(VNET_HEADER + 20, 0xffff)
      expect(completeChecksum(frame, 0, 40)).toBe(true)
      expect(view.getUint16(VNET_HEADER + 20 + offset)).toBe(expected)
    }
  })

  test.each([
    [TCP_CHECKSUM, 22],
    [6, 32],
  ])('is refused outside of the packet (offset %i)', (offset, last) => {
    for (const [from, fits] of [
      [last, true],
      [last + 1, false],
      [38, false],
    ] as const) {
      const { frame, view } = framed(new Uint8Array(40))
      view.setUint8(0, 1)
      view.setUint16(6, from, true)
      view.setUint16(8, offset, true)
      expect(takeHeader(frame, 0, 40) === -1).toBe(!fits)
      expect(completeChecksum(frame, 0, 40)).toBe(fits)
    }
  })
})
