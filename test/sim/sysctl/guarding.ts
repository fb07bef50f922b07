import { Ctl } from '../../../src/wire/index.ts'
import {
  hostAndRaw,
  listening,
  type Measures,
  MS,
  type RawConnection,
  rounded,
  SECOND,
  SERVICE,
  type Subject,
} from './bench.ts'

const DAY = 86_400 * SECOND

/** A connection that holds still, and what one segment makes of it. */
function told(
  subject: Subject,
  say: (connection: RawConnection) => Parameters<ReturnType<typeof hostAndRaw>['peer']['send']>[0],
  timestamps = false,
): { answers: number; lives: boolean } {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p))
    yield* p.forever()
  })
  const connection = peer.connect(3000, timestamps ? { timestamps: { tsVal: 1, tsEcr: 0 } } : {})
  const before = peer.segments.length
  peer.send(say(connection))
  world.run({ forUs: 300 * MS })
  const lives = host.rows().some(({ state }) => state === 'ESTABLISHED')
  return { answers: peer.segments.length - before, lives }
}

/** What strangers achieve who guess at numbers. */
export function guesses(subject: Subject): Measures {
  const { answers: oldAck } = told(subject, (c) => ({ ...c, ack: (c.ack - 1000) | 0, ctl: Ctl.ACK }))
  const bare = told(
    subject,
    ({ seq, ack, ...ends }) => ({
      sourcePort: ends.sourcePort,
      destinationPort: ends.destinationPort,
      seq,
      ack,
      ctl: Ctl.ACK,
      data: new Uint8Array(10),
    }),
    true,
  )
  return {
    'a RST in the window ends a connection': String(
      !told(subject, (c) => ({ ...c, seq: c.seq + 100, ctl: Ctl.RST })).lives,
    ),
    'a SYN in the window ends a connection': String(
      !told(subject, (c) => ({ ...c, seq: c.seq + 100, ctl: Ctl.SYN })).lives,
    ),
    'answers to an ACK that is too old': oldAck,
    'answers to text without the timestamps that were agreed to': bare.answers,
  }
}

/** What hosts say to those who ask for nothing in particular. */
export function scans(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    listening(p)
    yield* p.forever()
  })
  world.run({ forUs: 10 * MS })
  const answered = (destinationPort: number, ctl: number): number => {
    const before = peer.segments.length
    peer.send({ sourcePort: 4000 + ctl, destinationPort, seq: 1000, ack: 1, ctl })
    world.run({ forUs: 50 * MS })
    return peer.segments.length - before
  }
  return {
    'answers to a SYN for a closed port': answered(81, Ctl.SYN),
    'answers to an ACK for a closed port': answered(81, Ctl.ACK),
    'answers to an ACK for a listener': answered(SERVICE, Ctl.ACK),
    'answers to a SYN with FIN': answered(SERVICE, Ctl.SYN | Ctl.FIN),
  }
}

/** How often one connection says where it stands. */
export function challenges(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p))
    yield* p.forever()
  })
  const connection = peer.connect(3000)
  const before = peer.segments.length
  for (let i = 0; i < 10; i++) peer.send({ ...connection, ctl: Ctl.SYN })
  world.run({ forUs: 300 * MS })
  return { 'challenge ACKs for ten SYNs in one connection': peer.segments.length - before }
}

/** Probes that nobody asked for. */
export function unaskedProbes(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p))
    yield* p.forever()
  })
  peer.connect(3000)
  const before = peer.heard.length
  world.run({ untilUs: DAY })
  return { 'keep-alive without SO_KEEPALIVE': peer.heard.length > before ? 'yes' : 'no' }
}

/** How a closed window is probed. */
export function windowProbes(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.sleep(SECOND)
    yield* p.send(conn, 'text')
    yield* p.forever()
  })
  const connection = peer.connect(3000)
  // Not every system lets an ACK that repeats both numbers close the window: text comes first.
  peer.send({ ...connection, ctl: Ctl.ACK, wnd: 65_535, data: Uint8Array.of(0) })
  peer.send({ ...connection, ctl: Ctl.ACK, wnd: 0, seq: connection.seq + 1 })
  world.run({ untilUs: 600 * SECOND })
  const times = peer.heard.map(({ at }) => at).filter((at) => at > SECOND)
  const gaps = times.slice(1).map((at, i) => at - (times[i] as number))
  return {
    'first window probe, after': rounded((times[0] ?? 0) - SECOND, 10 * MS) / MS,
    'longest wait between window probes': rounded(Math.max(0, ...gaps.slice(0, 7)), SECOND) / SECOND,
  }
}

/** The first retransmission where timestamps have told the round trip. */
export function timedData(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.send(conn, 'x')
    yield* p.forever()
  })
  peer.connect(3000, { timestamps: { tsVal: 1, tsEcr: 0 } })
  world.run({ forUs: 5 * SECOND })
  const times = peer.heard.filter(({ packet }) => (packet.tcp?.dataLength ?? 0) > 0).map(({ at }) => at)
  return {
    'first retransmission of data, the round trip known, after':
      rounded((times[1] ?? 0) - (times[0] ?? 0), 10 * MS) / MS,
  }
}

/** What the SYNs offer that nobody answers. */
export function plainSyns(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('client', function* (p) {
    const fd = p.socket()
    p.process.connect(fd, { address: '10.0.0.2', port: SERVICE })
    yield* p.forever()
  })
  world.run({ untilUs: 60 * SECOND })
  const plain = peer.segments.filter(
    ({ ctl, wscale, sackPermitted }) => ctl === Ctl.SYN && wscale < 0 && !sackPermitted,
  )
  return { 'a SYN without window scale and SACK': plain.length > 0 ? 'comes' : 'does not come' }
}
