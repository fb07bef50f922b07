import { Msg } from '../../../src/stack/index.ts'
import {
  Address,
  Ctl,
  finishIcmpChecksum,
  Protocol,
  writeIcmpEcho,
  writeIcmpError,
  writeIpv4,
} from '../../../src/wire/index.ts'
import {
  HOST,
  hostAndRaw,
  listening,
  type Measures,
  MS,
  PEER,
  rounded,
  SECOND,
  SERVICE,
  type Subject,
  twoHosts,
} from './bench.ts'

const LONG = 5000 * SECOND
const DAY = 86_400 * SECOND

/** How the host repeats data that nobody acknowledges, and when it gives up. */
export function data(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  let ended = 0
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.send(conn, 'x')
    yield* p.recv(conn, 1)
    ended = world.now
    yield* p.forever()
  })
  peer.connect(3000)
  world.run({ untilUs: LONG })
  const times = peer.heard.filter(({ packet }) => (packet.tcp?.dataLength ?? 0) > 0).map(({ at }) => at)
  const gaps = times.slice(1).map((at, i) => at - (times[i] as number))
  return {
    'first retransmission of data, after': rounded(gaps[0] ?? 0, 10 * MS) / MS,
    'longest wait between retransmissions': rounded(Math.max(0, ...gaps), 100 * MS) / SECOND,
    'retransmissions of data': gaps.length,
    'data is given up after': rounded(ended, SECOND) / SECOND,
  }
}

/** After how many retransmissions the host forgets what a router told it about the path; Linux makes segments smaller, see mtu.ts. */
export function doubtedPath(subject: Subject): Measures {
  if (subject.personality === 'linux') return {}
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.send(conn, 'x'.repeat(1400))
    yield* p.forever()
  })
  peer.connect(3000)
  const large = peer.heard.find(({ packet }) => (packet.tcp?.dataLength ?? 0) > 1000)
  if (large === undefined) return { 'path doubted after retransmissions': 'no data seen' }
  peer.sendRaw(fragmentationNeeded(large.bytes, 600))
  world.run({ forUs: 30 * MS })
  const pathMtu = (): number => host.rows().find((row) => row.state === 'ESTABLISHED')?.tcpInfo?.pmtu ?? 0
  if (pathMtu() !== 600) return { 'path doubted after retransmissions': 'it was never believed' }
  world.run({ forUs: 600 * SECOND, until: () => pathMtu() > 600 })
  return { 'path doubted after retransmissions': host.rows()[1]?.tcpInfo?.retransmits ?? -1 }
}

/** Whether a connect() ends when a host says that nobody is at that port. */
export function refusedByIcmp(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  let ended = 0
  host.run('client', function* (p) {
    yield* p.connect(p.socket(), PEER, SERVICE)
    ended = world.now
    yield* p.forever()
  })
  world.run({ forUs: 50 * MS })
  const syn = peer.heard[0]
  if (syn !== undefined) peer.sendRaw(icmpError(syn.bytes, 3, 0))
  world.run({ forUs: 500 * MS })
  return { 'port unreachable ends connect()': ended > 0 ? 'at once' : 'not yet' }
}

function fragmentationNeeded(packet: Uint8Array, mtu: number): Uint8Array {
  return icmpError(packet, 4, mtu)
}

/** "Destination unreachable" of that code, quoting a packet. */
function icmpError(packet: Uint8Array, code: number, mtu: number): Uint8Array {
  const bytes = new Uint8Array(20 + 8 + 28)
  writeIpv4(bytes, 0, 0, bytes.length, 0, false, 64, Protocol.ICMP, word(PEER), word(HOST))
  writeIcmpError(bytes, 20, 3, code, mtu, packet, 0, packet.length, 28)
  finishIcmpChecksum(bytes, 20, bytes.length - 20, 0)
  return bytes
}

function word(address: string): number {
  return Address.parse(address)?.w3 ?? 0
}

/** How much the host sends at once after it has been idle. */
export function afterIdle(subject: Subject): Measures {
  const { world, host, peer } = twoHosts(subject)
  peer.run('server', function* (p) {
    const fd = p.socket()
    p.bind(fd, PEER, SERVICE)
    p.listen(fd, 8)
    const conn = yield* p.accept(fd)
    for (;;) yield* p.recv(conn, 10_000)
  })
  let resumed = 0
  host.run('client', function* (p) {
    const fd = p.socket()
    p.setsockopt(fd, 'SO_SNDBUF', 100_000)
    yield* p.connect(fd, PEER, SERVICE)
    yield* p.send(fd, new Uint8Array(50_000))
    yield* p.sleep(60 * SECOND)
    resumed = world.now
    yield* p.send(fd, new Uint8Array(50_000))
    yield* p.forever()
  })
  world.run({ untilUs: 120 * SECOND })
  const flight = world.recorder
    .toArray()
    .filter(
      (e) =>
        e.kind === 'segment' &&
        e.host === 0 &&
        e.direction === 'out' &&
        e.time >= resumed &&
        e.time < resumed + 10 * MS,
    )
  return { 'segments at once after idling': flight.length }
}

/** When the host asks whether a silent peer is there, how often, and when it gives up. */
export function keepalive(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  let ended = 0
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    p.setsockopt(conn, 'SO_KEEPALIVE', 1)
    yield* p.recv(conn, 1)
    ended = world.now
    yield* p.forever()
  })
  peer.connect(3000)
  const from = peer.heard.length
  world.run({ untilUs: 3 * DAY })
  const probes = peer.heard.slice(from).filter(({ packet }) => ((packet.tcp?.ctl ?? 0) & Ctl.RST) === 0)
  return {
    'first keep-alive probe, after': rounded(probes[0]?.at ?? 0, SECOND) / SECOND,
    'keep-alive probes': probes.length,
    'wait between keep-alive probes': rounded((probes[1]?.at ?? 0) - (probes[0]?.at ?? 0), SECOND / 10) / SECOND,
    'keep-alive gives up after': rounded(ended, SECOND) / SECOND,
  }
}

/** Which octet the host takes for urgent. */
export function urgent(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  const octet = new Uint8Array(1)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.sleep(SECOND)
    p.process.recv(conn, octet, Msg.OOB)
    yield* p.forever()
  })
  const connection = peer.connect(3000)
  const abc = Uint8Array.of(97, 98, 99)
  peer.send({ ...connection, ctl: Ctl.ACK | Ctl.URG, up: 2, data: abc })
  world.run({ forUs: 2 * SECOND })
  return { 'urgent octet': String.fromCharCode(octet[0] as number) }
}

/** How often the host answers what does not fit: SYNs inside connections, and segments outside of the window. */
export function answers(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const fd = listening(p)
    for (;;) yield* p.accept(fd)
  })
  const connections = Array.from({ length: 10 }, (_, i) => peer.connect(3000 + i))
  world.run({ untilUs: 5 * SECOND + 10 * MS })
  let before = peer.heard.length
  for (const connection of connections) peer.send({ ...connection, ctl: Ctl.SYN })
  world.run({ forUs: 200 * MS })
  const challenges = peer.heard.length - before
  world.run({ forUs: 10 * SECOND })
  before = peer.heard.length
  const [first] = connections
  for (let i = 0; i < 10 && first !== undefined; i++) {
    peer.send({ ...first, seq: first.seq - 5000, ctl: Ctl.ACK })
    world.run({ forUs: 100 * MS })
  }
  return {
    'challenge ACKs for ten SYNs in ten connections': challenges,
    'answers to ten old segments within a second': peer.heard.length - before,
  }
}

/** How long the host waits with the ACK of a single segment, in the middle of a conversation. */
export function delayedAck(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    for (;;) {
      const { result } = yield* p.recv(conn, 100)
      if (result <= 0) return
    }
  })
  // With window scaling, so that what a window field can say bounds nothing.
  const connection = peer.connect(3000, { wscale: 0 })
  // Long past whatever a system acknowledges at once at the beginning.
  let seq = connection.seq
  for (let i = 0; i < 60; i++) {
    peer.send({ ...connection, seq, ctl: Ctl.ACK, data: Uint8Array.of(1) })
    seq++
    world.run({ forUs: 230 * MS })
  }
  const sent = world.now
  peer.send({ ...connection, seq, ctl: Ctl.ACK, data: Uint8Array.of(1) })
  world.run({ forUs: SECOND })
  const last = peer.heard.at(-1)
  return { 'ACK of a single segment, after': rounded((last?.at ?? 0) - sent - 20 * MS, MS) / MS }
}

/** Whether the host answers a ping. */
export function echo(subject: Subject): Measures {
  const { world, peer } = hostAndRaw(subject)
  const bytes = new Uint8Array(28)
  writeIpv4(bytes, 0, 0, bytes.length, 0, false, 64, Protocol.ICMP, word(PEER), word(HOST))
  writeIcmpEcho(bytes, 20, 8, 1, 1)
  finishIcmpChecksum(bytes, 20, 8, 0)
  peer.sendRaw(bytes)
  world.run({ forUs: SECOND })
  return { 'a ping is answered': peer.heard.length > 0 ? 'yes' : 'no' }
}
