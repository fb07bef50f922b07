import { describe, expect, test } from 'vitest'
import { Errno, SECOND } from '../../base/index.ts'
import {
  Address,
  buildTcpPacket,
  buildUdpPacket,
  Ctl,
  ETHERNET_HEADER_LENGTH,
  EthernetHeader,
  EtherType,
  formatMac,
  parseCidr,
  parseEthernet,
} from '../../wire/index.ts'
import { AF_INET, AF_INET6, Host, type Link, SOCK_STREAM } from '../index.ts'
import { EthernetLayer } from './ethernet-layer.ts'

const ROOM = ETHERNET_HEADER_LENGTH

const address = (text: string): Address => Address.parse(text) as Address

/** A port, and what it has sent. */
class Port {
  readonly frames: Uint8Array[] = []
  readonly layer: EthernetLayer

  constructor(
    mac: number,
    own: readonly string[],
    gateways: readonly string[] = [],
    unreachable: (packet: Uint8Array) => void = () => undefined,
  ) {
    this.layer = new EthernetLayer({
      mac: { high: 0x0200, low: mac },
      own: own.map((text) => parseCidr(text)).filter((cidr) => cidr !== undefined),
      gateways: gateways.map(address),
      send: (frame, header, length) => this.frames.push(frame.slice(header, header + length)),
      unreachable,
    })
  }

  /** Sends a packet; answers whether it left at once, and puts it among the frames then. */
  send(from: string, to: string): boolean {
    const fields = { source: address(from), destination: address(to), sourcePort: 1, destinationPort: 2 }
    const group = to.startsWith('ff') || to.startsWith('224')
    const packet = group ? buildUdpPacket(fields) : buildTcpPacket({ ...fields, seq: 0, ctl: Ctl.SYN })
    const frame = new Uint8Array(ROOM + packet.length)
    frame.set(packet, ROOM)
    const covered = this.layer.cover(frame, 0, ROOM, frame.length)
    if (covered) this.frames.push(frame)
    return covered
  }

  /** Takes what another port has sent; answers how many packets there were for the stack. */
  take(other: Port): number {
    return other.frames.splice(0).filter((frame) => this.layer.receive(frame, 0, frame.length) > 0).length
  }

  /** Destination and type of each frame that waits. */
  get headers(): string[] {
    return this.frames.map((frame) => {
      const header = new EthernetHeader()
      parseEthernet(frame, 0, frame.length, header)
      const type = Object.entries(EtherType).find(([, value]) => value === header.etherType)?.[0]
      return `${formatMac(header.destinationHigh, header.destinationLow)} ${type}`
    })
  }
}

const FAMILIES = [
  { family: 'IPv4', a: '10.0.0.1', b: '10.0.0.2', bits: 24, far: '192.0.2.1', question: 'ff:ff:ff:ff:ff:ff ARP' },
  { family: 'IPv6', a: 'fd00::1', b: 'fd00::2', bits: 64, far: '2001:db8::1', question: '33:33:ff:00:00:02 IPV6' },
] as const

describe.each(FAMILIES)('$family', ({ a, b, bits, far, question }) => {
  const pair = (): [Port, Port] => [new Port(0xa, [`${a}/${bits}`], [b]), new Port(0xb, [`${b}/${bits}`])]

  test('the first packet asks who has the address, waits for the answer and goes; the next goes at once', () => {
    const [here, there] = pair()
    expect(here.send(a, b)).toBe(false)
    expect(here.headers).toEqual([question])
    expect(there.take(here)).toBe(0)
    expect(here.take(there)).toBe(0)
    expect(here.headers.map((one) => one.slice(0, 17))).toEqual(['02:00:00:00:00:0b'])
    expect(there.take(here)).toBe(1)
    expect(here.send(a, b)).toBe(true)
    // Who was asked has learned who asks.
    expect(there.send(b, a)).toBe(true)
  })

  test('what is for another net goes by the gateway', () => {
    const [here, there] = pair()
    here.send(a, far)
    expect(here.headers).toEqual([question])
    there.take(here)
    here.take(there)
    expect(here.headers.map((one) => one.slice(0, 17))).toEqual(['02:00:00:00:00:0b'])
  })

  test('nobody answers: three questions a second apart, then what waited is lost', () => {
    const [here] = pair()
    here.send(a, b)
    for (const second of [1, 2]) {
      expect(here.layer.nextDeadline()).toBe(second * SECOND)
      here.layer.advance(second * SECOND)
    }
    expect(here.headers).toEqual([question, question, question])
    here.layer.advance(3 * SECOND)
    expect(here.layer.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
    expect(here.frames.length).toBe(3)
  })

  test('what waited for nobody is told to its host: connect() fails after three seconds, as on Linux', () => {
    let told = 0
    const layer = new EthernetLayer({
      mac: { high: 0x0200, low: 1 },
      own: [parseCidr(`${a}/${bits}`)].filter((cidr) => cidr !== undefined),
      gateways: [],
      send: () => undefined,
      unreachable: (packet) => {
        told++
        host.icmp.sendHostUnreachable(packet)
      },
    })
    const link: Link = {
      mtu: 1500,
      transmit: (buf, start, length) => {
        const frame = new Uint8Array(ROOM + length)
        frame.set(buf.subarray(start, start + length), ROOM)
        return !layer.cover(frame, 0, ROOM, frame.length)
      },
    }
    const host = new Host({ name: 'alone', seed: 1 })
    host.addInterface({ name: 'eth0', link, addresses: [`${a}/${bits}`] })
    const program = host.spawn('nc')
    const family = a.includes(':') ? AF_INET6 : AF_INET
    const fd = program.socket(family, SOCK_STREAM)
    program.connect(fd, { address: b, port: 80 })
    const pass = (now: number): void => {
      layer.advance(now)
      host.advance(now)
    }
    for (let now = 0; now < 3 * SECOND; now += SECOND / 10) pass(now)
    expect([told, host.describeSockets().map(({ state }) => state)]).toEqual([0, ['SYN-SENT']])
    pass(3 * SECOND)
    // The SYN and what had been sent again of it.
    expect(told).toBe(3)
    expect(program.connect(fd, { address: b, port: 80 })).toBe(-Errno.EHOSTUNREACH)
    expect(host.counts.icmp.InDestUnreachs).toBe(3)
  })

  test('an address that was told half a minute ago is used, and asked for again', () => {
    const [here, there] = pair()
    here.send(a, b)
    there.take(here)
    here.take(there)
    here.frames.length = 0
    here.layer.advance(31 * SECOND)
    expect(here.send(a, b)).toBe(true)
    expect(here.headers[0]).toBe(question)
    there.take(here)
    here.take(there)
    here.frames.length = 0
    here.layer.advance(32 * SECOND)
    expect(here.send(a, b)).toBe(true)
    expect(here.frames.length).toBe(1)
  })
})

describe('a table that is full', () => {
  /** Each that asks becomes a neighbour. */
  function crowd(here: Port, count: number): void {
    for (let i = 0; i < count; i++) {
      const asks = new Port(0xc, [`10.1.${i >> 8}.${i & 255}/8`])
      here.layer.advance(i)
      asks.send(`10.1.${i >> 8}.${i & 255}`, '10.0.0.1')
      here.take(asks)
    }
    here.frames.length = 0
  }

  test('forgets who was heard of longest ago, and no other', () => {
    const here = new Port(0xa, ['10.0.0.1/8'])
    crowd(here, 1024 + 1)
    expect(['10.1.0.0', '10.1.0.1', '10.1.4.0'].map((to) => here.send('10.0.0.1', to))).toEqual([false, false, true])
  })

  test('tells of what waited for whom it forgets', () => {
    const lost: Uint8Array[] = []
    const here = new Port(0xa, ['10.0.0.1/8'], [], (packet) => lost.push(packet.slice()))
    here.send('10.0.0.1', '10.0.0.2')
    crowd(here, 1024)
    expect(lost.map((packet) => [...packet.subarray(16, 20)])).toEqual([[10, 0, 0, 2]])
  })
})

test('groups have addresses of their own', () => {
  const port = new Port(0xa, ['10.0.0.1/24', 'fd00::1/64'])
  port.send('10.0.0.1', '224.0.0.251')
  port.send('fd00::1', 'ff02::fb')
  expect(port.headers).toEqual(['01:00:5e:00:00:fb IPV4', '33:33:00:00:00:fb IPV6'])
})

test('what is for everybody in a net goes to everybody, and nobody is asked for', () => {
  const port = new Port(0xa, ['10.0.0.1/24', '192.0.2.0/31', '198.51.100.1/0'])
  for (const to of ['10.0.0.255', '255.255.255.255', '192.0.2.1']) port.send('10.0.0.1', to)
  expect(port.headers).toEqual(['ff:ff:ff:ff:ff:ff IPV4', 'ff:ff:ff:ff:ff:ff IPV4', 'ff:ff:ff:ff:ff:ff ARP'])
})

test('frames for others, of VLANs, and shorter than a header are not for the stack', () => {
  const [here, there] = [new Port(0xa, ['10.0.0.1/24']), new Port(0xb, ['10.0.0.2/24'])]
  here.send('10.0.0.1', '10.0.0.2')
  there.take(here)
  here.take(there)
  const [frame = new Uint8Array()] = here.frames
  const changed = (change: (copy: Uint8Array) => Uint8Array): number => {
    const copy = change(frame.slice())
    return there.layer.receive(copy, 0, copy.length)
  }
  expect(changed((copy) => copy)).toBe(frame.length - ROOM)
  expect(changed((copy) => copy.fill(0x04, 5, 6))).toBe(0)
  expect(changed((copy) => Uint8Array.of(...copy.subarray(0, 12), 0x81, 0, 0, 1, ...copy.subarray(12)))).toBe(0)
  expect(changed((copy) => copy.subarray(0, 13))).toBe(0)
})

test('a neighbour advertisement with a wrong checksum teaches nothing', () => {
  const [here, there] = [new Port(0xa, ['fd00::1/64']), new Port(0xb, ['fd00::2/64'])]
  here.send('fd00::1', 'fd00::2')
  there.take(here)
  const [answer = new Uint8Array()] = there.frames
  answer.fill(1, answer.length - 1)
  here.take(there)
  expect(here.frames).toEqual([])
})

test('an address that could not be parsed is refused', () => {
  const own = [parseCidr('10.0.0.300/24') as never]
  expect(() => new EthernetLayer({ mac: { high: 1, low: 1 }, own, gateways: [], send: () => undefined })).toThrow(
    'EthernetLayer: mac, own and gateways take what was parsed, and one is undefined',
  )
})
