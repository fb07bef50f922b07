import fc from 'fast-check'
import { describe, expect, test } from 'vitest'
import { MS, SECOND } from '../base/index.ts'
import { Address, DROP_REASONS, DropReason } from '../wire/index.ts'
import { AF_INET, type Attachment, describeSockets, Host, linkPair, pump, SOCK_STREAM } from './index.ts'
import { octets, TwoHosts, text, told } from './two-hosts.testing.ts'

describe('a connection', () => {
  test('lives from SYN to the end of TIME-WAIT, and nothing is left of it', () => {
    const world = new TwoHosts()
    const listener = world.listen()
    const [c, s] = world.connect(listener)
    expect(world.nc.send(c, octets('hello'))).toBe(5)
    world.settle()
    expect(text(world.httpd, s)).toBe('hello')
    world.nc.close(c)
    // Linux delays the ACK of a FIN, in case the program closes at once.
    world.pass(50 * MS)
    expect([world.states(world.client), world.states(world.server)]).toEqual([['FIN-WAIT-2'], ['CLOSE-WAIT', 'LISTEN']])
    world.httpd.close(s)
    world.settle()
    expect([world.states(world.client), world.states(world.server)]).toEqual([['TIME-WAIT'], ['LISTEN']])
    world.pass(59 * SECOND)
    expect(world.states(world.client)).toEqual(['TIME-WAIT'])
    world.pass(2 * SECOND)
    expect(world.states(world.client)).toEqual([])
    expect([world.client.connections.size, world.client.timeWait.table.size, world.client.wheel.size]).toEqual([
      0, 0, 0,
    ])
    expect(world.client.nextDeadline()).toBe(Number.POSITIVE_INFINITY)
  })

  test('speaks IPv6 as well, and over loopback without any link', () => {
    const world = new TwoHosts()
    const six = world.listen(80, 8, 10)
    const [c, s] = world.connect(six, 80, '2001:db8::2', 10)
    world.httpd.send(s, octets('6'))
    world.settle()
    expect(text(world.nc, c)).toBe('6')
    const local = world.server.spawn('local')
    const fd = local.socket(10, 1)
    expect(told(local.connect(fd, { address: '::1', port: 80 }))).toBe('EINPROGRESS')
    expect(world.server.nextDeadline()).toBe(world.now)
    world.settle()
    expect(world.states(world.server)).toEqual(['ESTABLISHED', 'ESTABLISHED', 'ESTABLISHED', 'LISTEN'])
  })

  test('equal seeds send equal octets, another seed others', () => {
    const packets = (seed: number): string => {
      const sent: number[][] = []
      const host = new Host({ name: 'h', seed })
      const link = {
        mtu: 1500,
        transmit: (b: Uint8Array, s: number, n: number): boolean => sent.push([...b.subarray(s, s + n)]) > 0,
      }
      host.addInterface({ name: 'eth0', link, addresses: ['10.0.0.1/24'] })
      const process = host.spawn('p')
      process.connect(process.socket(2, 1), { address: '10.0.0.2', port: 80 })
      host.advance(5 * SECOND)
      return JSON.stringify(sent)
    }
    expect(packets(1)).toBe(packets(1))
    expect(packets(1)).not.toBe(packets(2))
  })

  test('a link that is full loses the packet, and retransmission repairs it', () => {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    world.nc.send(c, octets('lost'))
    world.lose()
    world.settle()
    expect(text(world.httpd, s)).toBe('EAGAIN')
    world.pass(SECOND)
    expect(text(world.httpd, s)).toBe('lost')
    expect(world.client.counters.RetransSegs).toBe(1)
  })

  test('a discard at the link is counted', () => {
    const host = new Host({ name: 'h', seed: 1 })
    host.addInterface({ name: 'eth0', link: { mtu: 1500, transmit: () => false }, addresses: ['10.0.0.1/24'] })
    const process = host.spawn('p')
    expect(told(process.connect(process.socket(2, 1), { address: '10.0.0.2', port: 80 }))).toBe('EINPROGRESS')
    expect(host.counts.ip.OutDiscards).toBe(1)
  })
})

describe('what is not for the host is dropped, with its reason', () => {
  /** A SYN of the client's, to be spoilt. */
  function syn(): Uint8Array {
    const world = new TwoHosts()
    world.listen()
    world.nc.connect(world.nc.socket(2, 1), { address: '10.0.0.2', port: 80 })
    const { queue } = world.a.link
    return queue.bytes.slice(queue.start, queue.start + queue.length)
  }

  function server(): Host {
    const world = new TwoHosts()
    world.listen()
    return world.server
  }

  /** Repairs the IPv4 header's checksum. */
  function summed(packet: Uint8Array): Uint8Array {
    packet[10] = 0
    packet[11] = 0
    let sum = 0
    for (let i = 0; i < 20; i += 2) sum += ((packet[i] as number) << 8) | (packet[i + 1] as number)
    while (sum > 0xffff) sum = (sum & 0xffff) + (sum >>> 16)
    packet[10] = (~sum >>> 8) & 255
    packet[11] = ~sum & 255
    return packet
  }

  function change(packet: Uint8Array, at: number, value: number): Uint8Array {
    packet[at] = value
    return packet
  }

  test.each<[string, (packet: Uint8Array) => Uint8Array, DropReason]>([
    ['a version that is none', (p) => change(p, 0, 0x95), DropReason.BAD_VERSION],
    ['a header length below five words', (p) => change(p, 0, 0x44), DropReason.BAD_HEADER_LENGTH],
    ['a total length beyond the packet', (p) => change(p, 2, 9), DropReason.TRUNCATED],
    ['a wrong header checksum', (p) => change(p, 10, (p[10] as number) ^ 1), DropReason.BAD_IP_CHECKSUM],
    ['another destination', (p) => summed(change(p, 19, 9)), DropReason.NOT_LOCAL],
    ['a loopback destination from outside', (p) => summed(change(p, 16, 127)), DropReason.NOT_LOCAL],
    ['a multicast source', (p) => summed(change(p, 12, 224)), DropReason.BAD_ADDRESS],
    ['a loopback source from outside', (p) => summed(change(p, 12, 127)), DropReason.BAD_ADDRESS],
    ['a protocol that nobody speaks', (p) => summed(change(p, 9, 99)), DropReason.UNKNOWN_PROTOCOL],
    ['a wrong TCP checksum', (p) => change(p, 36, (p[36] as number) ^ 1), DropReason.BAD_TRANSPORT_CHECKSUM],
    ['a TCP data offset below five words', (p) => change(p, 32, 0x40), DropReason.BAD_DATA_OFFSET],
  ])('%s', (_what, spoil, reason) => {
    const host = server()
    const packet = spoil(syn())
    host.input(0, 1, packet, 0, packet.length)
    const expected = new Uint32Array(DROP_REASONS)
    expected[reason] = 1
    expect([...host.drops]).toEqual([...expected])
    expect(host.connections.size).toBe(0)
  })

  test('the unspoilt SYN opens a connection', () => {
    const host = server()
    const packet = syn()
    host.input(0, 1, packet, 0, packet.length)
    expect([host.connections.size, host.drops.every((count) => count === 0)]).toEqual([1, true])
  })

  test('no octets make it throw: random ones, and mutated packets of a real connection', () => {
    const base = syn()
    const mutated = fc
      .tuple(fc.array(fc.tuple(fc.nat(base.length - 1), fc.nat(255)), { maxLength: 6 }), fc.nat(base.length))
      .map(([changes, length]) => {
        const packet = base.slice()
        for (const [at, value] of changes) packet[at] = value
        return packet.slice(0, length)
      })
    const host = server()
    let inputs = 0
    fc.assert(
      fc.property(fc.oneof(fc.uint8Array({ maxLength: 120 }), mutated), (packet) => {
        host.input(0, 1, packet, 0, packet.length)
        inputs++
        const { ip } = host.counts
        expect(ip.InReceives).toBe(inputs)
        expect(ip.InDelivers + ip.InHdrErrors + ip.InAddrErrors).toBe(inputs)
      }),
      { numRuns: 2000 },
    )
  })

  test('an interface that is down, or that does not exist, hears nothing', () => {
    const world = new TwoHosts()
    world.listen()
    const packet = syn()
    world.server.input(0, 7, packet, 0, packet.length)
    world.server.interfaces.down(world.server.interfaces.all[1] as never)
    world.server.input(0, 1, packet, 0, packet.length)
    expect(world.server.counts.ip.InReceives).toBe(0)
  })
})

test('a sysctl that is wrong is refused when the host is made, in one line', () => {
  const make = (sysctl: Record<string, string>): (() => Host) => {
    return () => new Host({ name: 'h', seed: 1, sysctl })
  }
  expect(make({ tcp_fin_timeot: '5' })).toThrow(
    /^unknown sysctl 'tcp_fin_timeot' for linux; did you mean net.ipv4.tcp_fin_timeout/,
  )
  expect(make({ 'net.ipv4.tcp_tw_reuse': '7' })).toThrow(
    "sysctl net.ipv4.tcp_tw_reuse: '7' is not a whole number from 0 to 2",
  )
})

test('an address that is none, and a route through an interface that is not there, are refused by name', () => {
  const host = new Host({ name: 'h', seed: 1 })
  const [link] = linkPair()
  expect(() => host.addInterface({ name: 'eth0', link, addresses: ['10.0.0.300/24'] })).toThrow(
    "address of eth0: '10.0.0.300/24' is no address with a prefix like 10.0.0.1/24",
  )
  expect(() => host.addRoute('0.0.0.0/0', 'eth9')).toThrow("route 0.0.0.0/0: there is no interface 'eth9'")
})

describe('who drives a host', () => {
  test('may tell the time in fractions of a microsecond, as performance.now() has it', () => {
    const [here, there] = linkPair()
    const ends = [here, there].map((link, i) => {
      const host = new Host({ name: `h${i}`, seed: i })
      const { index } = host.addInterface({ name: 'eth0', link, addresses: [`10.0.0.${i + 1}/24`] })
      return { host, iface: index, link }
    }) as [Attachment<Host>, Attachment<Host>]
    let now = 1000.25
    const settle = (): void => {
      for (const { host } of ends) host.advance(now)
      for (let moved = 1; moved > 0; now += 333.4) moved = pump(now, ...ends)
    }
    settle()
    const [nc, httpd] = [ends[0].host.spawn('nc'), ends[1].host.spawn('httpd')]
    const listener = httpd.socket(AF_INET, SOCK_STREAM)
    httpd.bind(listener, { address: '0.0.0.0', port: 80 })
    httpd.listen(listener, 1)
    const fd = nc.socket(AF_INET, SOCK_STREAM)
    nc.connect(fd, { address: '10.0.0.2', port: 80 })
    settle()
    nc.send(fd, octets('hello'))
    settle()
    expect(ends.map(({ host }) => Number.isInteger(host.now))).toEqual([true, true])
    const numbers = ends.flatMap(({ host }) =>
      describeSockets(host).flatMap((row) =>
        Object.values(row.tcpInfo() ?? {}).filter((one) => typeof one === 'number'),
      ),
    )
    expect(numbers.length).toBeGreaterThan(20)
    expect(numbers.filter((one) => !Number.isInteger(one))).toEqual([])
  })

  test.each([Number.NaN, Number.POSITIVE_INFINITY])('is told that %d is no time, and the host goes on', (time) => {
    const host = new Host({ name: 'a', seed: 1 })
    expect(() => host.advance(time)).toThrow(`the time is ${time}, expected µs`)
    host.advance(SECOND)
    expect(host.now).toBe(SECOND)
  })

  test('is told of a personality that there is not', () => {
    expect(() => new Host({ name: 'h', seed: 1, personality: 'beos' as 'linux' })).toThrow(
      new TypeError("unknown personality 'beos': expected linux, rfc9293, freebsd, macos, windows, solaris"),
    )
  })
})

describe('a link that throws', () => {
  /** A connection over a link that throws while `broken` says so. */
  function over(): { world: TwoHosts; broken: { now: boolean }; told: () => number; c: number; s: number } {
    const world = new TwoHosts()
    const [c, s] = world.connect(world.listen())
    const broken = { now: false }
    const { link } = world.a
    const transmit = link.transmit.bind(link)
    link.transmit = (...args) => {
      if (broken.now) throw new Error('the cable is cut')
      return transmit(...args)
    }
    let count = 0
    world.client.onReady = () => count++
    return { world, broken, told: () => count, c, s }
  }

  test('tells its driver once, has lost the packet, and nothing else is lost', () => {
    const { world, broken, told: heard, c, s } = over()
    broken.now = true
    expect(() => world.nc.send(c, octets('hello'))).toThrow('the cable is cut')
    expect(() => world.client.advance(world.now + SECOND)).toThrow('the cable is cut')
    broken.now = false
    world.pass(60 * SECOND)
    expect(text(world.httpd, s)).toBe('hello')
    const before = heard()
    world.httpd.send(s, octets('world'))
    world.settle()
    expect([heard() > before, text(world.nc, c)]).toEqual([true, 'world'])
    expect(world.client.counts.ip.OutDiscards).toBeGreaterThan(0)
  })

  test('in the midst of a batch is told of behind it', () => {
    const { world, broken, c } = over()
    broken.now = true
    world.client.enter()
    expect(world.nc.send(c, octets('one'))).toBe(3)
    expect(world.nc.send(c, octets('two'))).toBe(3)
    broken.now = false
    expect(() => world.client.leave()).toThrow('the cable is cut')
    expect(() => world.client.advance(world.now)).not.toThrow()
  })
})

test('what routers say of paths is kept of 4096 destinations, the last ones', () => {
  const { client } = new TwoHosts()
  const at = (i: number): Address => Address.v4(0x0b000000 + i)
  for (let i = 0; i < 5000; i++) client.output.learnPathMtu(at(i), 1000, 0, SECOND, false)
  const known = (i: number): boolean => client.pathMtu(at(i)) === 1000
  expect([0, 903, 904, 4999].map(known)).toEqual([false, false, true, true])
})

test('what ran out is forgotten first', () => {
  const { client } = new TwoHosts()
  const at = (i: number): Address => Address.v4(0x0b000000 + i)
  client.output.learnPathMtu(at(0), 1000, 0, 100 * SECOND, false)
  for (let i = 1; i <= 4095; i++) client.output.learnPathMtu(at(i), 1000, 0, 1, false)
  client.output.learnPathMtu(at(4096), 1000, SECOND, 100 * SECOND, false)
  client.advance(SECOND)
  expect([0, 1, 4096].map((i) => client.pathMtu(at(i)))).toEqual([1000, 1500, 1000])
})

test('a seed that is none, a name that is taken and an MTU that no link has are refused by name', () => {
  expect(() => new Host({ name: 'h', seed: 0.5 })).toThrow('seed 0.5: expected a safe integer')
  const host = new Host({ name: 'h', seed: 1 })
  const [link] = linkPair()
  const iface = host.addInterface({ name: 'eth0', link, addresses: [] })
  expect(() => host.addInterface({ name: 'eth0', link, addresses: [] })).toThrow('interface eth0: the name is taken')
  expect(() => host.changeMtu(iface, Number.NaN)).toThrow('mtu of eth0: NaN: expected 68 octets')
})
