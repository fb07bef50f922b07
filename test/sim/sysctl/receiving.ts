import type { PersonalityName } from '../../../src/stack/index.ts'
import { So } from '../../../src/stack/index.ts'
import { Ctl } from '../../../src/wire/index.ts'
import {
  HOST,
  hostAndRaw,
  listening,
  type Measures,
  MS,
  optionOf,
  PEER,
  SECOND,
  SERVICE,
  type Subject,
  twoHosts,
} from './bench.ts'

const ECN = Ctl.ECE | Ctl.CWR

/** By which sysctl a system is made to ask for ECN. */
const ASKS_FOR_ECN: Partial<Readonly<Record<PersonalityName, readonly [name: string, value: string]>>> = {
  linux: ['net.ipv4.tcp_ecn', '1'],
  rfc9293: ['tcp.ecn', '1'],
  freebsd: ['net.inet.tcp.ecn.enable', '1'],
  solaris: ['tcp_ecn_permitted', '2'],
}

/** Whether a SYN that asks for ECN is answered so, and whether the host's own SYN asks still when nobody answered the first. */
export function ecn(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p))
  })
  peer.send({ sourcePort: 3000, destinationPort: SERVICE, seq: 1, ctl: Ctl.SYN | ECN, mss: 1460 })
  world.run({ forUs: 50 * MS })
  const answer = peer.segments[0]
  peer.send({ sourcePort: 3001, destinationPort: SERVICE, seq: 1, ctl: Ctl.SYN | ECN | Ctl.AE, mss: 1460 })
  world.run({ forUs: 50 * MS })
  const accurate = peer.segments.find(({ destinationPort }) => destinationPort === 3001)
  return {
    'ECN accepted': ((answer?.ctl ?? 0) & Ctl.ECE) === 0 ? 'no' : 'yes',
    'accurate ECN accepted': ((accurate?.ctl ?? 0) & Ctl.CWR) === 0 ? 'no' : 'yes',
    'SYNs of two that ask for ECN, when it is wanted': wanted(subject),
  }
}

function wanted(subject: Subject): number {
  const asks = ASKS_FOR_ECN[subject.personality]
  if (asks === undefined) return 0
  const { world, host, peer } = hostAndRaw({ ...subject, set: { ...subject.set, [asks[0]]: asks[1] } })
  host.run('client', function* (p) {
    yield* p.connect(p.socket(), PEER, SERVICE)
  })
  world.run({ forUs: 10 * SECOND, until: () => peer.heard.length > 1 })
  return peer.segments.filter(({ ctl }) => (ctl & ECN) === ECN).length
}

/** Whether the host tells of a segment that arrives twice. */
export function duplicate(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    yield* p.accept(listening(p))
    yield* p.forever()
  })
  const connection = peer.connect(3000, { sackPermitted: true })
  for (let i = 0; i < 2; i++) {
    peer.send({ ...connection, ctl: Ctl.ACK, data: new Uint8Array(100) })
    world.run({ forUs: SECOND })
  }
  return { 'what arrives twice is reported': (peer.segments.at(-1)?.sack.length ?? 0) > 0 ? 'yes' : 'no' }
}

/** How often the host acknowledges fifty segments behind a gap, a fifth of a millisecond apart. */
export function behindGap(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    for (;;) yield* p.recv(conn, 10_000)
  })
  const connection = peer.connect(3000, { sackPermitted: true, timestamps: { tsVal: 1, tsEcr: 0 } })
  const data = new Uint8Array(1000)
  const segment = (i: number): void => {
    // What the host was echoed tells it the round trip.
    const echo = peer.segments.at(-1)?.timestamps?.tsVal
    const timestamps = echo === undefined ? {} : { timestamps: { tsVal: 1, tsEcr: echo } }
    peer.send({ ...connection, seq: connection.seq + i * data.length, ctl: Ctl.ACK, data, ...timestamps })
  }
  // Past whatever a system acknowledges at once at the beginning.
  for (let i = 0; i < 20; i++) {
    segment(i)
    world.run({ forUs: 50 * MS })
  }
  world.run({ forUs: SECOND })
  const from = peer.heard.length
  for (let i = 21; i < 71; i++) {
    segment(i)
    world.run({ forUs: MS / 5 })
  }
  world.run({ forUs: SECOND })
  return { 'ACKs for fifty segments behind a gap': peer.heard.length - from }
}

/** What the receive buffer of a program that reads everything at once has become, behind 300 kB. */
export function receiveSpace(subject: Subject): Measures {
  const { world, host, peer } = twoHosts(subject)
  let buffer = 0
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    for (;;) {
      const { result } = yield* p.recv(conn, 100_000)
      if (result <= 0) break
    }
    buffer = optionOf(p, conn, So.RCVBUF)
    yield* p.forever()
  })
  peer.run('client', function* (p) {
    const fd = p.socket()
    yield* p.connect(fd, HOST, SERVICE)
    yield* p.send(fd, new Uint8Array(300_000))
    p.close(fd)
  })
  world.run({ forUs: 10 * SECOND, until: () => buffer > 0 })
  return { 'receive buffer behind 300 kB': buffer }
}
