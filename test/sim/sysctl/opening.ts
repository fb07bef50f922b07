import { Ctl } from '../../../src/wire/index.ts'
import { hostAndRaw, listening, type Measures, MS, PEER, rounded, SECOND, SERVICE, type Subject } from './bench.ts'

const LONG = 3000 * SECOND

/** When the host's SYNs leave for a peer that does not answer, and when connect() fails. */
export function syn(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  let failedAt = 0
  host.run('client', function* (p) {
    const fd = p.socket()
    yield* p.connect(fd, PEER, SERVICE)
    failedAt = world.now
  })
  world.run({ untilUs: LONG })
  const times = peer.heard.map(({ at }) => rounded(at - 10 * MS, 100 * MS) / SECOND)
  return {
    'the second SYN, after': times[1] ?? 0,
    'SYNs leave at': times.join(' '),
    'connect() fails after': rounded(failedAt, SECOND) / SECOND,
  }
}

/** How often the host answers a SYN whose SYN,ACK nobody acknowledges. */
export function synAck(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p))
  })
  world.run({ forUs: MS })
  peer.send({ sourcePort: 3000, destinationPort: SERVICE, seq: 1, ctl: Ctl.SYN, mss: 1460 })
  world.run({ untilUs: LONG })
  return { 'SYN,ACKs sent': peer.segments.filter((segment) => (segment.ctl & Ctl.SYN) !== 0).length }
}

/** How many of twelve half-open connections the host keeps. */
export function synBacklog(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p))
  })
  world.run({ forUs: MS })
  for (let port = 3000; port < 3012; port++) {
    peer.send({ sourcePort: port, destinationPort: SERVICE, seq: 1, ctl: Ctl.SYN, mss: 1460 })
  }
  world.run({ forUs: 100 * MS })
  return { 'half-open of twelve SYNs': host.rows().filter((row) => row.state === 'SYN-RECEIVED').length }
}

/** How many of twelve SYNs the host answers when there is room for three half-open connections. */
export function synFlood(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p, 2))
  })
  world.run({ forUs: MS })
  for (let port = 3000; port < 3012; port++) {
    peer.send({ sourcePort: port, destinationPort: SERVICE, seq: 1, ctl: Ctl.SYN, mss: 1460 })
  }
  world.run({ forUs: 100 * MS })
  return { 'twelve SYNs answered, with room for three': peer.segments.length }
}

/** What becomes of a connection for which the accept queue has no room, and how long a queue listen() is given. */
export function acceptQueue(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    listening(p, 2)
    yield* p.forever()
  })
  world.run({ forUs: MS })
  // Two wait for accept(), two more are half open when the queue fills up: the last one has no room.
  peer.connect(3000)
  peer.connect(3001)
  const opening = [3002, 3003, 3004, 3005].map((port) => ({ sourcePort: port, destinationPort: SERVICE }))
  for (const ends of opening) peer.send({ ...ends, seq: 1, ctl: Ctl.SYN, mss: 1460 })
  world.run({ forUs: 50 * MS })
  for (const ends of opening) {
    const answer = peer.segments.find((segment) => segment.destinationPort === ends.sourcePort)
    if (answer !== undefined) peer.send({ ...ends, seq: 2, ack: answer.seq + 1, ctl: Ctl.ACK })
  }
  world.run({ forUs: 50 * MS })
  const other = hostAndRaw(subject)
  other.host.run('server', function* (p) {
    listening(p, 1_000_000)
    yield* p.forever()
  })
  other.world.run({ forUs: MS })
  return {
    'resets where the accept queue has no room': peer.segments.filter((s) => (s.ctl & Ctl.RST) !== 0).length,
    'the longest queue that listen() is given': other.host.rows()[0]?.sendQueue ?? 0,
  }
}

/** What the host's SYN offers. */
export function synOffers(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('client', function* (p) {
    yield* p.sleep(SECOND)
    yield* p.connect(p.socket(), PEER, SERVICE)
  })
  world.run({ untilUs: SECOND + 20 * MS })
  const packet = peer.heard[0]?.packet
  const offered = packet?.tcp
  const six = hostAndRaw(subject, 6)
  six.host.run('client', function* (p) {
    yield* p.connect(p.socket('tcp', 6), 'fd00::2', SERVICE)
  })
  six.world.run({ forUs: 20 * MS })
  return {
    'timestamps offered': offered?.timestamps === undefined ? 'no' : 'yes',
    // One clock for all starts at the host's own zero.
    'timestamp clock':
      offered?.timestamps === undefined ? 'none' : offered.timestamps.tsVal === SECOND / MS ? 'one for all' : 'random',
    'window scale offered': offered?.wscale ?? -1,
    'ECN asked for': ((offered?.ctl ?? 0) & (Ctl.ECE | Ctl.CWR)) === 0 ? 'no' : 'yes',
    'SACK offered': offered?.sackPermitted === true ? 'yes' : 'no',
    'window offered': offered?.wnd ?? 0,
    TTL: packet?.ttl ?? 0,
    'hop limit': six.peer.heard[0]?.packet.ttl ?? 0,
    'flow label': (six.peer.heard[0]?.packet.flowLabel ?? 0) === 0 ? 'none' : 'one',
    'flow labels of two SYNs': new Set(labels(subject)).size,
  }
}

/** The flow labels of a SYN that gets no answer and of the next one. */
function labels(subject: Subject): readonly number[] {
  const { world, host, peer } = hostAndRaw(subject, 6)
  host.run('client', function* (p) {
    yield* p.connect(p.socket('tcp', 6), 'fd00::2', SERVICE)
  })
  world.run({ forUs: 30 * SECOND, until: () => peer.heard.length >= 2 })
  return peer.heard.map(({ packet }) => packet.flowLabel)
}
