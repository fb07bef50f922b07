/** Bursts that are cut right before a link, and joined right behind it. */
import fc from 'fast-check'
import { expect, test } from 'vitest'
import { assert, scratch } from '../../base/index.ts'
import {
  Address,
  buildTcpPacket,
  buildUdpPacket,
  Ctl,
  describePacket,
  type TcpPacketFields,
  type TcpSummary,
} from '../../wire/index.ts'
import { AF_INET, AF_INET6, Host, type Link } from '../index.ts'
import { TwoHosts } from '../two-hosts.testing.ts'
import { Joining } from './joining.ts'
import { ALONE } from './link.ts'

const TEXT = 1000

function at(address: string): Address {
  return Address.parse(address) as Address
}

/** A TCP packet's header. */
function tcpOf(packet: Uint8Array): TcpSummary {
  const { tcp } = describePacket(packet)
  assert(tcp !== undefined, 'a packet of another protocol')
  return tcp
}

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
    const { seq, ctl, dataStart } = tcpOf(buf.slice(start, start + length))
    const text = buf.subarray(start + dataStart, start + length)
    const numbers = text.filter((_octet, i) => i === 0 || text[i - 1] !== text[i])
    expect(cut).toBe(numbers.length > 1 ? TEXT : ALONE)
    expect(seq).toBe((numbers[0] as number) * TEXT - 2000)
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
  ['a smaller one ends it', [segment(1), segment(2, { data: new Uint8Array(9).fill(2) }), segment(3)], '12 3'],
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
  ['nor a fragment', [garbled(segment(1), 6 + 1)], '-'],
  ['padding of a link is not taken for text', [segment(1), Uint8Array.from([...segment(2), 0, 0])], '1 -'],
])('%s', (_, packets, becomes) => {
  expect(joined(packets)).toBe(becomes)
})

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

/** A host and every packet that it sends; whoever it talks to has said all of it before. */
function sender(genericOffload: boolean, family: number, sysctl: Record<string, number>): Uint8Array[] {
  const sent: Uint8Array[] = []
  const link: Link = {
    mtu: 1500,
    transmit: (buf, start, length) => sent.push(buf.slice(start, start + length)) > 0,
  }
  const host = new Host({ name: 'sender', seed: 3, sysctl })
  const v4 = family === AF_INET
  const [own, peer] = v4 ? ['10.0.0.1', '10.0.0.2'] : ['2001:db8::1', '2001:db8::2']
  const { index } = host.addInterface({
    name: 'eth0',
    link,
    addresses: [v4 ? `${own}/24` : `${own}/64`],
    genericOffload,
  })
  const program = host.spawn('program')
  const fd = program.socket(family, 1)
  program.connect(fd, { address: peer, port: 80 })
  const syn = tcpOf(sent[0] as Uint8Array)
  const answer = { source: at(peer), destination: at(own), sourcePort: 80, destinationPort: syn.sourcePort }
  const hears = (fields: Partial<TcpPacketFields>): void => {
    const packet = buildTcpPacket({ ...answer, seq: 1, ctl: Ctl.ACK, wnd: 65_535, ...fields })
    host.input(host.now + 1000, index, packet, 0, packet.length)
  }
  const timestamps = { tsVal: 9, tsEcr: syn.timestamps?.tsVal ?? 0 }
  const ecn = sysctl['net.ipv4.tcp_ecn'] === 1 ? Ctl.ECE : 0
  hears({
    seq: 0,
    ack: syn.seq + 1,
    ctl: Ctl.SYN | Ctl.ACK | ecn,
    mss: 1460,
    wscale: 7,
    sackPermitted: true,
    timestamps,
  })
  program.send(
    fd,
    Uint8Array.from({ length: 30_001 }, (_, i) => i * 7),
  )
  hears({ ack: syn.seq + 1 + 14_000, timestamps })
  hears({ ack: syn.seq + 1 + 30_001, ctl: Ctl.ACK | ecn, timestamps })
  program.send(fd, new Uint8Array(20_000).fill(5))
  program.close(fd)
  hears({ ack: syn.seq + 1 + 50_001, timestamps })
  return sent
}

test.each([
  ['IPv4', AF_INET, {}],
  ['IPv6', AF_INET6, {}],
  ['ECN, and a window that it has cut', AF_INET, { 'net.ipv4.tcp_ecn': 1 }],
  ['no timestamps', AF_INET6, { 'net.ipv4.tcp_timestamps': 0 }],
])('%s: what is cut right before the link is what TCP would have cut, octet by octet', (_, family, sysctl) => {
  const packets = sender(true, family, sysctl)
  expect(packets.length).toBeGreaterThan(35)
  expect(packets).toEqual(sender(false, family, sysctl))
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
