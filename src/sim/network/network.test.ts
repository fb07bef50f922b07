import { describe, expect, it } from 'vitest'
import { MS, SECOND } from '../../base/index.ts'
import { Address, buildTcpPacket, buildUdpPacket, Ctl, describePacket, type PacketSummary } from '../../wire/index.ts'
import { World } from '../world.ts'
import { Agenda } from './agenda.ts'
import { type LinkSettings, linkSettings } from './link.ts'
import type { NatOptions } from './nat.ts'
import type { Packet, Station } from './packet.ts'

/** A station that only listens, and sends what a test tells it to. */
class Ear implements Station {
  readonly name: string
  readonly index: number
  readonly kind = 'host'
  readonly addresses: readonly string[]
  readonly heard: { readonly at: number; readonly packet: Packet; readonly summary: PacketSummary }[] = []
  private readonly world: World

  constructor(world: World, name: string, address: string) {
    this.world = world
    this.name = name
    this.index = world.stations.length
    this.addresses = [address]
    world.attach(this)
  }

  receive(_port: number, packet: Packet): void {
    const { bytes } = packet
    this.heard.push({ at: this.world.now, packet, summary: describePacket(bytes, 0, bytes.length) })
  }
}

const A = '10.0.0.1'
const B = '192.0.2.2'

function segment(over: Partial<Parameters<typeof buildTcpPacket>[0]> = {}): Uint8Array {
  return buildTcpPacket({
    source: Address.parse(A) as Address,
    destination: Address.parse(B) as Address,
    sourcePort: 4000,
    destinationPort: 80,
    seq: 100,
    ctl: Ctl.ACK,
    ack: 1,
    ...over,
  })
}

function pair(settings: Partial<LinkSettings> = {}): {
  world: World
  a: Ear
  b: Ear
  send: (packet: Uint8Array) => void
} {
  const world = new World({ seed: 3 })
  const a = new Ear(world, 'a', A)
  const b = new Ear(world, 'b', B)
  const link = world.link(a, b, settings)
  return { world, a, b, send: (packet) => void link.from('a').transmit(packet, 0, packet.length) }
}

describe('a link', () => {
  it('takes its time, and keeps the order whatever the jitter', () => {
    const { world, b, send } = pair({ delayUs: 10 * MS, jitterUs: 5 * MS })
    for (let i = 0; i < 50; i++) world.at(i * 1000, () => send(segment({ seq: i })))
    world.run()
    expect(b.heard.map(({ summary }) => summary.tcp?.seq)).toEqual(Array.from({ length: 50 }, (_, i) => i))
    const delays = b.heard.map(({ at }, i) => at - i * 1000)
    expect(Math.min(...delays)).toBeGreaterThanOrEqual(10 * MS)
    expect(Math.max(...delays)).toBeLessThanOrEqual(16 * MS)
  })

  it('has a rate and a queue, and drops what does not fit', () => {
    // 40 octets at 320 kbit/s: a millisecond each.
    const { world, b, send } = pair({ delayUs: 0, rateBitsPerSecond: 320_000, queuePackets: 3 })
    for (let i = 0; i < 5; i++) send(segment())
    world.run()
    expect(b.heard.map(({ at }) => at)).toEqual([1000, 2000, 3000])
    const faults = world.recorder.toArray().filter((event) => event.kind === 'fault')
    expect(faults.map((fault) => fault.reason)).toEqual(['queue full', 'queue full'])
  })

  it('loses, duplicates, reorders and corrupts about as often as it is told', () => {
    const counts = (settings: Partial<LinkSettings>): Ear => {
      const { world, b, send } = pair({ delayUs: 1000, ...settings })
      for (let i = 0; i < 2000; i++) world.at(i * 100, () => send(segment({ seq: i })))
      world.run()
      return b
    }
    expect(Math.abs(counts({ loss: 0.1 }).heard.length - 1800)).toBeLessThan(60)
    expect(Math.abs(counts({ duplicate: 0.1 }).heard.length - 2200)).toBeLessThan(60)
    const late = counts({ reorder: 0.1, reorderUs: 5000 }).heard.filter(
      ({ at, summary }) => at - (summary.tcp?.seq ?? 0) * 100 > 1000,
    )
    expect(Math.abs(late.length - 200)).toBeLessThan(60)
    // Every bit that is turned over is seen by a checksum, or made the headers unreadable.
    const corrupt = counts({ corrupt: 0.1 }).heard.filter(({ summary }) => summary.reason !== 0)
    expect(Math.abs(corrupt.length - 200)).toBeLessThan(60)
  })

  it('turns one fault on without moving what another decides', () => {
    const lost = (settings: Partial<LinkSettings>): string[] => {
      const { world, send } = pair(settings)
      for (let i = 0; i < 300; i++) world.at(i, () => send(segment()))
      world.run()
      const faults = world.recorder.toArray().filter((event) => event.kind === 'fault')
      return faults.filter((fault) => fault.reason === 'loss').map((fault) => String(fault.time))
    }
    expect(lost({ loss: 0.1, duplicate: 0.2, jitterUs: 50 })).toEqual(lost({ loss: 0.1 }))
  })

  it('can be cut and mended, and have settings per direction', () => {
    const world = new World()
    const a = new Ear(world, 'a', A)
    const b = new Ear(world, 'b', B)
    const link = world.link(a, b, { delayUs: 5, back: { delayUs: 50 } })
    const octets = segment()
    link.cut()
    link.from('a').transmit(octets, 0, octets.length)
    link.heal()
    link.from('a').transmit(octets, 0, octets.length)
    link.from('b').transmit(octets, 0, octets.length)
    world.run()
    expect([b.heard.map(({ at }) => at), a.heard.map(({ at }) => at)]).toEqual([[5], [50]])
  })

  it.each([
    [{ loss: 1.5 }, 'link loss 1.5: expected a probability, 0 to 1'],
    [{ corrupt: Number.NaN }, 'link corrupt NaN: expected a probability'],
    [{ delayUs: -1 }, 'link delayUs -1: expected 0 or more'],
    [{ queuePackets: 0 }, 'link queuePackets 0: expected 1 or more'],
    [{ mtu: 60 }, 'link mtu 60: expected 68 to 65535'],
  ])('refuses %j', (settings, message) => {
    expect(() => linkSettings(settings)).toThrow(message)
  })
})

describe('fault rules', () => {
  it('decide about the packets they name, count them, and are traced with the packet', () => {
    const { world, b, send } = pair({ delayUs: 0 })
    const rule = world.drop("a's second data segment")
    world.delay('the first FIN', 7000)
    world.duplicate('the third data segment', 3000)
    const data = Uint8Array.of(1)
    for (const [i, ctl] of [Ctl.ACK, Ctl.ACK, Ctl.ACK, Ctl.ACK | Ctl.FIN].entries()) {
      send(segment({ seq: i, ctl, ...(ctl === Ctl.ACK ? { data } : {}) }))
    }
    world.run()
    expect(b.heard.map(({ at, summary }) => [at, summary.tcp?.seq])).toEqual([
      [0, 0],
      [0, 2],
      [3000, 2],
      [7000, 3],
    ])
    expect(rule.hits).toBe(1)
    const faults = world.recorder.toArray().filter((event) => event.kind === 'fault')
    expect(faults.map(({ packet, verdict, reason }) => [packet, verdict, reason])).toEqual([
      [2, 'drop', `rule "a's second data segment"`],
      [3, 'duplicate', 'rule "the third data segment"'],
      [4, 'delay', 'rule "the first FIN"'],
    ])
  })

  it('may be predicates, protect packets, and be taken back', () => {
    const { world, b, send } = pair({ delayUs: 0 })
    world.rule((packet) => packet.seq === 5, { kind: 'pass' })
    const rule = world.drop('every packet')
    send(segment({ seq: 4 }))
    send(segment({ seq: 5 }))
    rule.remove()
    send(segment({ seq: 6 }))
    world.run()
    expect(b.heard.map(({ summary }) => summary.tcp?.seq)).toEqual([5, 6])
  })

  it('know a retransmission and the final ACK', () => {
    const world = new World()
    const a = new Ear(world, 'a', A)
    const b = new Ear(world, 'b', B)
    const link = world.link(a, b)
    const seen: string[] = []
    world.rule(
      (packet) => {
        seen.push(`${packet.from} ${packet.retransmission ? 'again' : 'new'}${packet.finalAck ? ' final' : ''}`)
        return false
      },
      { kind: 'pass' },
    )
    const back = {
      source: Address.parse(B) as Address,
      destination: Address.parse(A) as Address,
      sourcePort: 80,
      destinationPort: 4000,
    }
    const send = (from: string, packet: Uint8Array): void => void link.from(from).transmit(packet, 0, packet.length)
    send('a', segment({ seq: 10, ctl: Ctl.FIN | Ctl.ACK }))
    send('a', segment({ seq: 10, ctl: Ctl.FIN | Ctl.ACK }))
    send('b', segment({ ...back, seq: 50, ack: 11, ctl: Ctl.ACK }))
    send('b', segment({ ...back, seq: 50, ack: 11, ctl: Ctl.FIN | Ctl.ACK }))
    send('a', segment({ seq: 11, ack: 51 }))
    expect(seen).toEqual(['a new', 'a again', 'b new', 'b new', 'a new final'])
    // The same ports again: what was sent before says nothing of this connection.
    seen.length = 0
    send('a', segment({ seq: 1000, ctl: Ctl.SYN }))
    send('b', segment({ ...back, seq: 2000, ack: 1001, ctl: Ctl.SYN | Ctl.ACK }))
    send('b', segment({ ...back, seq: 2000, ack: 1001, ctl: Ctl.SYN | Ctl.ACK }))
    send('a', segment({ seq: 1001, ack: 2001, ctl: Ctl.FIN | Ctl.ACK }))
    send('b', segment({ ...back, seq: 2001, ack: 1002, ctl: Ctl.ACK }))
    expect(seen).toEqual(['a new', 'b new', 'b again', 'a new', 'b new'])
  })
})

describe('a NAT', () => {
  const OUTSIDE = '203.0.113.9'

  function behind(options: Partial<NatOptions> = {}): {
    world: World
    a: Ear
    b: Ear
    nat: ReturnType<World['nat']>
    say: (from: string, packet: Uint8Array) => void
  } {
    const world = new World()
    const a = new Ear(world, 'a', A)
    const nat = world.nat('nat', { address: OUTSIDE, ...options })
    const b = new Ear(world, 'b', B)
    const links = { a: world.link(a, nat), b: world.link(nat, b) }
    const say = (from: string, packet: Uint8Array): void => {
      links[from as 'a' | 'b'].from(from).transmit(packet, 0, packet.length)
    }
    return { world, a, b, nat, say }
  }

  const answer = (port: number): Uint8Array =>
    segment({
      source: Address.parse(B) as Address,
      destination: Address.parse(OUTSIDE) as Address,
      sourcePort: 80,
      destinationPort: port,
    })

  it('rewrites addresses and ports there and back, checksums included', () => {
    const { world, a, b, nat, say } = behind()
    say('a', segment())
    world.run()
    const [there] = b.heard
    expect(there?.summary.reason).toBe(0)
    expect(String(there?.summary.source)).toBe(OUTSIDE)
    const port = there?.summary.tcp?.sourcePort ?? 0
    expect(nat.mappings()).toEqual([`tcp ${A}:4000 as ${OUTSIDE}:${port}`])
    say('b', answer(port))
    world.run()
    expect(a.heard[0]?.summary.reason).toBe(0)
    expect(String(a.heard[0]?.summary.destination)).toBe(A)
    expect(a.heard[0]?.summary.tcp?.destinationPort).toBe(4000)
  })

  it('does the same for UDP, and leaves a wrong checksum wrong', () => {
    const { world, b, say } = behind()
    const ends = { source: Address.parse(A) as Address, destination: Address.parse(B) as Address }
    say('a', buildUdpPacket({ ...ends, sourcePort: 5353, destinationPort: 53, data: Uint8Array.of(1, 2, 3) }))
    const broken = segment()
    broken[broken.length - 1] = (broken[broken.length - 1] as number) ^ 1
    say('a', broken)
    world.run()
    expect(b.heard.map(({ summary }) => summary.reason === 0)).toEqual([true, false])
  })

  it('forgets what is silent, and then knows it under another port', () => {
    const { world, a, b, nat, say } = behind({ idleTimeoutUs: 10 * SECOND })
    say('a', segment())
    world.run({ untilUs: 11 * SECOND })
    const port = b.heard[0]?.summary.tcp?.sourcePort ?? 0
    say('b', answer(port))
    world.run({ untilUs: 12 * SECOND })
    expect(a.heard).toEqual([])
    expect(nat.mappings()).toEqual([])
    const faults = world.recorder.toArray().filter((event) => event.kind === 'fault')
    expect(faults[0]?.reason).toBe(`nat: no mapping for port ${port}`)
    say('a', segment())
    world.run()
    expect(b.heard[1]?.summary.tcp?.sourcePort).not.toBe(port)
  })

  it('gives a port on when nobody uses it, and takes it back from nobody', () => {
    const { world, nat, say } = behind({ idleTimeoutUs: 10 * SECOND, firstPort: 65_534 })
    for (const [time, sourcePort] of [
      [0, 4000],
      [11, 4001],
      [12, 4002],
      // Its port is another's by now.
      [13, 4000],
    ] as const) {
      world.run({ untilUs: time * SECOND })
      say('a', segment({ sourcePort }))
    }
    world.run({ untilUs: 14 * SECOND })
    const port = (inside: number, outside: number): string => `tcp ${A}:${inside} as ${OUTSIDE}:${outside}`
    expect(nat.mappings()).toEqual([port(4002, 65_534), port(4000, 65_535)])
  })

  it('takes the port of whom it has not heard of for longest when there is none, of that protocol alone', () => {
    const { world, nat, say } = behind({ firstPort: 65_535 })
    const ends = { source: Address.parse(A) as Address, destination: Address.parse(B) as Address }
    say('a', buildUdpPacket({ ...ends, sourcePort: 5353, destinationPort: 53 }))
    for (const sourcePort of [4000, 4001]) {
      world.run({ forUs: SECOND })
      say('a', segment({ sourcePort }))
    }
    world.run()
    expect(nat.mappings()).toEqual([`udp ${A}:5353 as ${OUTSIDE}:65535`, `tcp ${A}:4001 as ${OUTSIDE}:65535`])
    say('a', buildUdpPacket({ ...ends, sourcePort: 5353, destinationPort: 53 }))
    world.run()
    expect(nat.mappings()).toHaveLength(2)
  })
})

describe('a firewall', () => {
  function guarded(options: Parameters<World['firewall']>[1] = {}): {
    world: World
    a: Ear
    b: Ear
    firewall: ReturnType<World['firewall']>
    say: (packet: Uint8Array) => void
  } {
    const world = new World()
    const a = new Ear(world, 'a', A)
    const firewall = world.firewall('wall', options)
    const b = new Ear(world, 'b', B)
    const link = world.link(a, firewall)
    world.link(firewall, b)
    return { world, a, b, firewall, say: (packet) => void link.from('a').transmit(packet, 0, packet.length) }
  }

  it('lets in what a SYN has opened, and nothing else of TCP', () => {
    const { world, b, firewall, say } = guarded()
    say(segment({ seq: 9 }))
    say(segment({ seq: 10, ctl: Ctl.SYN }))
    say(segment({ seq: 11 }))
    world.run()
    expect(b.heard.map(({ summary }) => summary.tcp?.seq)).toEqual([10, 11])
    expect(firewall.flowCount).toBe(1)
    firewall.forgetAll()
    say(segment({ seq: 12 }))
    world.run()
    expect(b.heard).toHaveLength(2)
  })

  it('resets what it does not know, if it is that kind, with numbers that are taken', () => {
    const { world, a, say } = guarded({ unknown: 'reset' })
    say(segment({ seq: 9, ack: 77 }))
    world.run()
    expect(a.heard.map(({ summary }) => [summary.tcp?.ctl, summary.tcp?.seq])).toEqual([[Ctl.RST, 77]])
    expect(
      world.recorder.toArray().filter((event) => event.kind === 'fault' && event.verdict === 'reject'),
    ).toHaveLength(1)
  })

  it('blocks by rule, and fails and recovers', () => {
    const { world, a, b, firewall, say } = guarded()
    firewall.block('every packet on port 80', 'reset')
    say(segment({ seq: 10, ctl: Ctl.SYN }))
    world.run()
    expect(a.heard.map(({ summary }) => [summary.tcp?.ctl, summary.tcp?.ack])).toEqual([[Ctl.RST | Ctl.ACK, 11]])
    firewall.fail()
    say(segment({ seq: 10, ctl: Ctl.SYN, destinationPort: 81 }))
    world.run()
    firewall.recover()
    say(segment({ seq: 20, ctl: Ctl.SYN, destinationPort: 81 }))
    world.run()
    expect(b.heard.map(({ summary }) => summary.tcp?.seq)).toEqual([20])
  })

  it('says farewell to the connection that is, not to one that had the same ports before', () => {
    const { world, a, firewall, say } = guarded({ farewell: 'reset' })
    const answer = (packet: Uint8Array): void =>
      firewall.receive(1, { number: world.recorder.newPacket(), bytes: packet })
    const [source, destination] = [Address.parse(B) as Address, Address.parse(A) as Address]
    const back = { source, sourcePort: 80, destination, destinationPort: 4000, ctl: Ctl.SYN | Ctl.ACK }
    say(segment({ seq: 1000, ctl: Ctl.SYN }))
    world.run()
    answer(segment({ ...back, seq: 5000 }))
    world.run()
    say(segment({ seq: 10, ctl: Ctl.SYN }))
    world.run()
    answer(segment({ ...back, seq: 20 }))
    world.run()
    firewall.forgetAll()
    world.run()
    expect(a.heard.map(({ summary }) => [summary.tcp?.ctl, summary.tcp?.seq]).at(-1)).toEqual([Ctl.RST | Ctl.ACK, 21])
  })

  it('forgets what is silent', () => {
    const { world, b, say } = guarded({ idleTimeoutUs: 5 * SECOND })
    say(segment({ seq: 10, ctl: Ctl.SYN }))
    world.run({ untilUs: 4 * SECOND })
    say(segment({ seq: 11 }))
    world.run({ untilUs: 10 * SECOND })
    say(segment({ seq: 12 }))
    world.run()
    expect(b.heard.map(({ summary }) => summary.tcp?.seq)).toEqual([10, 11])
  })
})

describe('the agenda', () => {
  it('gives things back by time, and by the order of planning within a time', () => {
    const agenda = new Agenda()
    const done: string[] = []
    const times = [5, 3, 9, 3, 0, 5, 5, 9, 1]
    for (const [i, time] of times.entries()) agenda.add(time, () => done.push(`${time}.${i}`))
    expect(agenda.nextTime).toBe(0)
    for (let next = agenda.take(); next !== undefined; next = agenda.take()) next.run()
    expect(done).toEqual(['0.4', '1.8', '3.1', '3.3', '5.0', '5.5', '5.6', '9.2', '9.7'])
    expect(agenda.nextTime).toBe(Number.POSITIVE_INFINITY)
  })
})
