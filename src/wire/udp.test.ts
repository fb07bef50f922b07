import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { foldChecksum } from '../base/index.ts'
import { DropReason } from './drop.ts'
import { get16, put16 } from './octets.ts'
import { finishUdpChecksum, parseUdp, UDP_HEADER_LENGTH, UdpDatagram, writeUdpHeader } from './udp.ts'

const AT = 1
const PAD = 5

/** A datagram at AT, padding behind it, its checksum for a pseudo-header sum without length. */
function datagram(source: number, destination: number, data: Uint8Array, pseudo: number): Uint8Array {
  const length = UDP_HEADER_LENGTH + data.length
  const buf = new Uint8Array(AT + length + PAD).fill(0xee)
  writeUdpHeader(buf, AT, source, destination, length)
  buf.set(data, AT + UDP_HEADER_LENGTH)
  finishUdpChecksum(buf, AT, length, pseudo + length)
  return buf
}

const parse = (buf: Uint8Array, length: number, pseudo: number, required = true): [number, UdpDatagram] => {
  const into = new UdpDatagram()
  return [parseUdp(buf, AT, length, pseudo + length, required, into), into]
}

describe('UDP', () => {
  test('parse undoes write, even when IP has octets behind the datagram', () => {
    const u16 = fc.nat(65535)
    fc.assert(
      fc.property(
        u16,
        u16,
        fc.uint8Array({ maxLength: 60 }),
        fc.nat(0xfffff),
        fc.nat(PAD),
        (s, d, data, pseudo, extra) => {
          const buf = datagram(s, d, data, pseudo)
          const [reason, into] = parse(buf, UDP_HEADER_LENGTH + data.length + extra, pseudo)
          expect(reason).toBe(DropReason.NONE)
          expect(into).toMatchObject({ sourcePort: s, destinationPort: d, dataLength: data.length })
          expect(into.buf.subarray(into.dataStart, into.dataStart + into.dataLength)).toEqual(data)
        },
      ),
    )
  })

  test('a checksum that comes out as 0 is sent as 0xffff', () => {
    const buf = datagram(0, 0, new Uint8Array(2), 0)
    const withoutData = UDP_HEADER_LENGTH + 2 + UDP_HEADER_LENGTH + 2
    put16(buf, AT + 6, 0)
    put16(buf, AT + 8, foldChecksum(withoutData))
    finishUdpChecksum(buf, AT, UDP_HEADER_LENGTH + 2, UDP_HEADER_LENGTH + 2)
    expect(get16(buf, AT + 6)).toBe(0xffff)
    expect(parse(buf, UDP_HEADER_LENGTH + 2, 0)[0]).toBe(DropReason.NONE)
  })

  test('no checksum is fine over IPv4 and a fault over IPv6', () => {
    const buf = datagram(1, 2, Uint8Array.of(3), 77)
    put16(buf, AT + 6, 0)
    expect(parse(buf, 9, 77, false)[0]).toBe(DropReason.NONE)
    expect(parse(buf, 9, 77, true)[0]).toBe(DropReason.BAD_TRANSPORT_CHECKSUM)
  })

  test('a wrong checksum is noticed, unless nobody looks', () => {
    const buf = datagram(1, 2, Uint8Array.of(3, 4), 77)
    buf[AT + 8] = 9
    expect(parse(buf, 10, 77)[0]).toBe(DropReason.BAD_TRANSPORT_CHECKSUM)
    expect(parseUdp(buf, AT, 10, 77, true, new UdpDatagram(), false)).toBe(DropReason.NONE)
  })

  test('lengths that lie', () => {
    const buf = datagram(1, 2, Uint8Array.of(3, 4), 0)
    for (let length = 0; length < 8; length++) expect(parse(buf, length, 0)[0]).toBe(DropReason.TRUNCATED)
    for (const length of [8, 9]) expect(parse(buf, length, 0)[0]).toBe(DropReason.BAD_UDP_LENGTH)
    put16(buf, AT + 4, 7)
    expect(parse(buf, 10, 0)[0]).toBe(DropReason.BAD_UDP_LENGTH)
  })
})
