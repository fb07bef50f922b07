import fc from 'fast-check'
import { expect, test } from 'vitest'
import { SECOND, scratch } from '../../base/index.ts'
import {
  buildTcpPacket,
  buildUdpPacket,
  Ctl,
  get16,
  IPV4_HEADER_LENGTH,
  put16,
  type TcpPacketFields,
  writeIpv4Fragment,
} from '../../wire/index.ts'
import { Level, TcpOption, type TcpStatus } from '../index.ts'
import { get, TwoHosts } from '../two-hosts.testing.ts'
import { Alone, at, tcpOf } from './alone.testing.ts'
import { Joining } from './joining.ts'
import { ALONE } from './link.ts'

const TEXT = 1000

/** Segment number n of a burst: a thousand octets of the letter n. */
function segment(n: number, fields: Partial<TcpPacketFields> = {}): Uint8Array {
  return buildTcpPacket({ ...burstFields(n), ...fields })
}

function burstFields(n: number): TcpPacketFields {
  return {
    source: at('10.0.0.1'),
    destination: at('10.0.0.2'),
    sourcePort: 1000,
    destinationPort: 80,
    seq: n * TEXT - 2000,
    ack: 77,
    ctl: Ctl.ACK,
    wnd: 500,
    id: 100 + n,
    timestamps: { tsVal: 5, tsEcr: 6 },
    data: new Uint8Array(TEXT).fill(n),
  }
}

function v6(n: number, fields: Partial<TcpPacketFields> = {}): Uint8Array {
  return segment(n, { source: at('2001:db8::1'), destination: at('2001:db8::2'), ...fields })
}

function withoutTimestamps(n: number): Uint8Array {
  const { timestamps: _, ...fields } = burstFields(n)
  return buildTcpPacket(fields)
}

/** A packet with one octet changed. */
function garbled(packet: Uint8Array, at: number): Uint8Array {
  return packet.map((octet, i) => (i === at ? octet ^ 1 : octet))
}

/** What a batch of packets becomes: of each burst the numbers of its segments, `+` behind what PSH ends; `-` for what is not joined. */
function joined(packets: readonly Uint8Array[]): string {
  const told: string[] = []
  const joining = new Joining((_, buf, start, length, cut) => {
    const { seq, ctl, dataStart, dataLength } = tcpOf(buf.slice(start, start + length))
    expect(dataStart + dataLength).toBe(length)
    const text = buf.subarray(start + dataStart, start + length)
    const numbers = text.filter((_octet, i) => i === 0 || text[i - 1] !== text[i])
    expect(cut).toBe(numbers.length > 1 ? TEXT : ALONE)
    const first = packets.find((packet) => packet.at(-1) === numbers[0])
    expect(seq).toBe(tcpOf(first as Uint8Array).seq)
    told.push(numbers.join('') + ((ctl & Ctl.PSH) !== 0 ? '+' : ''))
  })
  for (const packet of packets) {
    scratch.bytes.set(packet, scratch.IN)
    if (!joining.take(0, packet.length)) told.push('-')
  }
  joining.flush()
  return told.join(' ')
}

test.each<[what: string, packets: Uint8Array[], becomes: string]>([
  ['segments that follow each other are one burst, past 2^32 as well', [segment(1), segment(2), segment(3)], '123'],
  ['so are those of IPv6', [v6(1), v6(2), v6(3)], '123'],
  ['PSH ends a burst', [segment(1), segment(2, { ctl: Ctl.ACK | Ctl.PSH }), segment(3), segment(4)], '12+ 34'],
  ['a segment with PSH begins none', [segment(1, { ctl: Ctl.ACK | Ctl.PSH }), segment(2)], '- 2'],
  ['a smaller one ends it', [segment(1), short(2), segment(3)], '12 3'],
  ['and what follows it at once is another', [segment(1), short(2), segment(3, { seq: 9 })], '12 3'],
  ['a larger one is not part of it', [segment(1), segment(2, { data: new Uint8Array(1001).fill(2) })], '1 2'],
  ['a gap ends it', [segment(1), segment(3), segment(4)], '1 34'],
  ['so does a duplicate', [segment(1), segment(2), segment(2)], '12 2'],
  ['FIN is never part of one', [segment(1), segment(2, { ctl: Ctl.ACK | Ctl.FIN })], '1 -'],
  ['nor is RST', [segment(1), segment(2, { ctl: Ctl.ACK | Ctl.RST })], '1 -'],
  ['nor SYN', [segment(1), segment(2, { ctl: Ctl.ACK | Ctl.SYN })], '1 -'],
  ['nor what is urgent', [segment(1), segment(2, { ctl: Ctl.ACK | Ctl.URG, up: 3 })], '1 -'],
  ['nor a segment without ACK', [segment(1), segment(2, { ctl: 0 })], '1 -'],
  ['nor one without text', [segment(1), segment(2, { data: new Uint8Array(0) })], '1 -'],
  ['nor a datagram', [segment(1), datagram()], '1 -'],
  ['another acknowledgment is news', [segment(1), segment(2, { ack: 78 })], '1 2'],
  ['so is another window', [segment(1), segment(2, { wnd: 501 })], '1 2'],
  ['so are later timestamps', [segment(1), segment(2, { timestamps: { tsVal: 6, tsEcr: 6 } })], '1 2'],
  ['so are no timestamps at all', [segment(1), withoutTimestamps(2)], '1 2'],
  ['so is a mark of congestion', [segment(1, { tos: 2 }), segment(2, { tos: 3 })], '1 2'],
  ['and in IPv6', [v6(1, { tos: 2 }), v6(2, { tos: 3 })], '1 2'],
  ['so is ECE', [segment(1), segment(2, { ctl: Ctl.ACK | Ctl.ECE })], '1 2'],
  ['what all segments say the burst says', [1, 2].map((n) => segment(n, { tos: 2, ctl: Ctl.ACK | Ctl.ECE })), '12'],
  ['another TTL may be another way', [segment(1), segment(2, { ttl: 9 })], '1 2'],
  ['another port is another connection', [segment(1), segment(2, { sourcePort: 1001 })], '1 2'],
  ['another address too', [v6(1), v6(2, { source: at('2001:db8::3') })], '1 2'],
  ['IPv4 does not go on in IPv6', [segment(1), v6(2)], '1 2'],
  ['garbled text is not taken', [segment(1), garbled(segment(2), 500), segment(3)], '1 - 3'],
  ['nor a garbled header of TCP', [segment(1), garbled(segment(2), 33)], '1 -'],
  ['nor one of IPv4', [segment(1), garbled(segment(2), 8)], '1 -'],
  ['nor what is garbled from the first', [garbled(v6(1), 90), v6(2)], '- 2'],
  ['nor the last fragment of something', [fragment(segment(1), 8, false)], '-'],
  ['nor the first', [fragment(segment(1), 0, true)], '-'],
  ['nor a header shorter than any', [shortHeader(segment(1))], '-'],
  ['padding of a link is not taken for text', [segment(1), padded(segment(2))], '1 -'],
  ['nor that of IPv6', [v6(1), padded(v6(2))], '1 -'],
])('%s', (_, packets, becomes) => {
  expect(joined(packets)).toBe(becomes)
})

function short(n: number): Uint8Array {
  return segment(n, { data: new Uint8Array(9).fill(n) })
}

function fragment(packet: Uint8Array, offset: number, more: boolean): Uint8Array {
  writeIpv4Fragment(packet, 0, offset, more, packet.length - IPV4_HEADER_LENGTH)
  return packet
}

/** Four words of header, and a checksum to match. */
function shortHeader(packet: Uint8Array): Uint8Array {
  const tcp = IPV4_HEADER_LENGTH
  const words = (packet[tcp + 12] as number) >>> 4
  packet[tcp + 12] = 4 << 4
  const checksum = get16(packet, tcp + 16) + ((words - 4) << 12)
  put16(packet, tcp + 16, (checksum & 0xffff) + (checksum >>> 16))
  return packet
}

/** Two octets longer than it says, with the one sum that would hide it. */
function padded(packet: Uint8Array): Uint8Array {
  return Uint8Array.from([...packet, 0xff, 0xfd])
}

function datagram(): Uint8Array {
  const [source, destination] = [at('10.0.0.1'), at('10.0.0.2')]
  return buildUdpPacket({ source, destination, sourcePort: 1, destinationPort: 2, data: new Uint8Array(TEXT) })
}

test('a burst is no longer than a header can say', () => {
  const packets = Array.from({ length: 70 }, (_, n) => segment(n))
  const [first, second] = joined(packets).split(' ')
  expect([first?.length, second?.length]).not.toContain(undefined)
  expect(joined(packets).split(' ')).toHaveLength(2)
})

test('segments of two interfaces are not joined', () => {
  const delivered: [iface: number, length: number][] = []
  const joining = new Joining((iface, _buf, _start, length) => delivered.push([iface, length]))
  for (const [iface, n] of [
    [1, 1],
    [2, 2],
  ] as const) {
    scratch.bytes.set(segment(n), scratch.IN)
    joining.take(iface, 1052)
  }
  joining.flush()
  expect(delivered).toEqual([
    [1, 1052],
    [2, 1052],
  ])
})

test('what comes behind text in a batch, but is no text, comes behind it', () => {
  const alone = new Alone()
  const fd = alone.socket()
  alone.open(fd)
  alone.host.enter()
  alone.hears({ data: new Uint8Array(1000) }, 0)
  alone.hears({ seq: 1001, ctl: Ctl.ACK | Ctl.FIN }, 0)
  alone.host.leave()
  expect(alone.host.counters.TCPOFOQueue).toBe(0)
  expect(alone.host.describeSockets().map(({ state, recvQueue }) => [state, recvQueue])).toEqual([['CLOSE-WAIT', 1001]])
})

test.each<[what: string, happens: (alone: Alone) => void]>([
  ['another packet', (alone) => alone.hears({ seq: 5000 }, SECOND)],
  ['a timer', ({ host }) => host.advance(host.now + SECOND)],
])('text has come when it came, though %s comes later in its batch', (_, happens) => {
  const alone = new Alone()
  const fd = alone.socket()
  alone.open(fd)
  alone.host.enter()
  alone.hears({ data: new Uint8Array(1000) }, 0)
  happens(alone)
  alone.host.leave()
  const { last_data_recv } = get(alone.program, fd, Level.IPPROTO_TCP, TcpOption.INFO) as TcpStatus
  expect(last_data_recv).toBe(1000)
})

test('a host that crashes amid a batch hears nothing of it', () => {
  const alone = new Alone()
  alone.open(alone.socket())
  alone.host.enter()
  alone.hears({ data: new Uint8Array(1000) }, 0)
  const before = alone.host.counters.InSegs
  alone.host.crash()
  alone.host.leave()
  expect(alone.host.counters.InSegs).toBe(before)
})

test('whatever happens to packets between two batches, what is read is what was sent', () => {
  const fate = fc.constantFrom(
    'passes',
    'passes',
    'passes',
    'passes',
    'is lost',
    'comes twice',
    'is garbled',
    'is late',
  )
  fc.assert(
    fc.property(
      fc.array(fate, { minLength: 5, maxLength: 60 }),
      fc.integer({ min: 500, max: 20_000 }),
      (fates, write) => {
        const world = new TwoHosts()
        const [c, s] = world.connect(world.listen())
        const data = Uint8Array.from({ length: 200_000 }, (_, i) => (i * 31 + (i >> 8)) & 255)
        const got: Uint8Array[] = []
        const into = new Uint8Array(65_536)
        let [sent, received, packets] = [0, 0, 0]
        for (let round = 0; round < 2000 && received < data.length; round++) {
          if (sent < data.length) sent += Math.max(0, world.nc.send(c, data.subarray(sent, sent + write)))
          packets = suffer(world, fates, packets)
          world.pass(1000)
          for (let n = world.httpd.recv(s, into); n > 0; n = world.httpd.recv(s, into)) {
            got.push(into.slice(0, n))
            received += n
          }
        }
        expect(Buffer.concat(got).equals(data)).toBe(true)
      },
    ),
    { numRuns: 60, seed: 4 },
  )
})

/** What waits towards the server meets its fates, in turn. Returns how many packets there have been. */
function suffer({ a: { link } }: TwoHosts, fates: readonly string[], before: number): number {
  const { queue } = link
  const late: Uint8Array[] = []
  let packets = before
  for (let left = queue.size; left > 0; left--) {
    const packet = queue.bytes.slice(queue.start, queue.start + queue.length)
    queue.shift()
    const fate = fates[packets++ % fates.length]
    if (fate === 'is late') late.push(packet)
    else if (fate !== 'is lost') queue.push(fate === 'is garbled' ? garbled(packet, 40) : packet, 0, packet.length)
    if (fate === 'comes twice') queue.push(packet, 0, packet.length)
  }
  for (const packet of late) queue.push(packet, 0, packet.length)
  return packets
}
