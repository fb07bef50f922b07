import fc from 'fast-check'
import { expect, test } from 'vitest'
import {
  Address,
  IpHeader,
  parseIp,
  parseTcp,
  putTimestamps,
  TcpSegment,
  writeIpv4,
  writeIpv6,
  writeTcpHeader,
} from '../../wire/index.ts'
import { FIELDS_LENGTH, readPacket, readSegment, writePacket, writeSegment } from './handover.ts'

const word = fc.integer()
const half = fc.nat(0xffff)
const octet = fc.nat(0xff)
const v4Address = word.map((w) => Address.v4(w))
const v6Address = fc
  .tuple(word, word, word, word)
  .map(([a, b, c, d]) => new Address(0x20010000 | (a & 0xffff), b, c, d, false))
const constants = (address: fc.Arbitrary<Address>) =>
  fc.record({
    local: address,
    localPort: half,
    remote: address,
    remotePort: half,
    timestamps: fc.boolean(),
    tsRecent: word,
  })
const said = fc.record({
  seq: word,
  ack: word,
  ctl: fc.nat(0x1ff),
  wnd: half,
  up: half,
  timestamp: word,
  ttl: octet,
  tos: octet,
  id: half,
  dontFragment: fc.boolean(),
  text: fc.uint8Array({ maxLength: 40 }),
})

/** What a segment is when it is read: all of its fields, and its text. */
function told(ip: IpHeader, segment: TcpSegment): unknown {
  const { buf, dataStart, dataLength, ...fields } = segment
  const { payloadStart: _, ...header } = ip
  return [header, fields, ip.source(), ip.destination(), [...buf.subarray(dataStart, dataStart + dataLength)]]
}

test.each([
  ['IPv4', v4Address],
  ['IPv6', v6Address],
])('%s: a segment read from fields is the one read from octets', (name, address) => {
  fc.assert(
    fc.property(constants(address), said, (connection, s) => {
      const { local, remote } = connection
      const options = connection.timestamps ? 12 : 0
      const payload = 20 + options + s.text.length
      const octets = new Uint8Array(120)
      if (name === 'IPv4')
        writeIpv4(octets, 0, s.tos, 20 + payload, s.id, s.dontFragment, s.ttl, 6, local.w3, remote.w3)
      else {
        const { w0, w1, w2, w3 } = local
        writeIpv6(octets, 0, s.tos, 0, payload, 6, s.ttl, w0, w1, w2, w3, remote.w0, remote.w1, remote.w2, remote.w3)
      }
      const at = name === 'IPv4' ? 20 : 40
      const { localPort, remotePort } = connection
      writeTcpHeader(octets, at, localPort, remotePort, s.seq, s.ack, 5 + options / 4, s.ctl, s.wnd, s.up)
      if (options > 0) {
        octets.fill(1, at + 20, at + 22)
        putTimestamps(octets, at + 22, s.timestamp, connection.tsRecent)
      }
      octets.set(s.text, at + 20 + options)
      const [ip, segment] = [new IpHeader(), new TcpSegment()]
      expect(parseIp(octets, 0, at + payload, ip)).toBe(0)
      expect(parseTcp(octets, at, payload, 0, segment, false)).toBe(0)

      const words = new Int32Array(40)
      const bytes = new Uint8Array(words.buffer)
      const record = { bytes, words, reserve: () => 16 }
      const fields = record.reserve()
      writeSegment(words, fields, connection, s.seq, s.ack, s.ctl, s.wnd, s.timestamp)
      const id = name === 'IPv4' ? s.id : 0
      const dontFragment = name === 'IPv6' || s.dontFragment
      writePacket(words, fields, connection, s.up, s.ttl, s.tos, id, dontFragment)
      bytes.set(s.text, fields + FIELDS_LENGTH)
      const [ipOfFields, segmentOfFields] = [new IpHeader(), new TcpSegment()]
      readPacket(words, fields, s.text.length, ipOfFields)
      readSegment(record, fields, s.text.length, 0, segmentOfFields)
      if (!connection.timestamps) {
        segmentOfFields.tsVal = 0
        segmentOfFields.tsEcr = 0
      }
      expect(told(ipOfFields, segmentOfFields)).toEqual(told(ip, segment))
    }),
  )
})
