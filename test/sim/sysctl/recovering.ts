import type { TcpInfo } from '../../../src/inspect/index.ts'
import type { SimHost, World } from '../../../src/sim/index.ts'
import { Ctl } from '../../../src/wire/index.ts'
import {
  hostAndRaw,
  listening,
  type Measures,
  MS,
  type RawConnection,
  type RawPeer,
  rounded,
  SECOND,
  type Subject,
} from './bench.ts'

const MSS = 1000
/** There and back on the wire. */
const RTT = 20 * MS

interface Flight {
  readonly world: World
  readonly host: SimHost
  readonly peer: RawPeer
  readonly connection: RawConnection
}

/** The host's service has sent so many segments, each a send() of `octets`; the peer speaks SACK and has said nothing yet. */
function inFlight(subject: Subject, segments: number, octets = MSS): Flight {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    p.setsockopt(conn, 'TCP_NODELAY', 1)
    for (let i = 0; i < segments; i++) yield* p.send(conn, 'x'.repeat(octets))
    yield* p.forever()
  })
  // The host takes the pause before the peer's ACK for the round trip: 50 ms.
  const connection = peer.connect(3000, { mss: MSS, sackPermitted: true })
  return { world, host, peer, connection }
}

/** Acknowledges everything before segment `n`, counted from 0, and reports those of the range. */
function acknowledge({ peer, connection }: Flight, n: number, from = 0, to = 0): void {
  const at = (segment: number): number => (connection.ack + segment * MSS) | 0
  const sack = to > from ? { sack: [{ left: at(from), right: at(to) }] } : {}
  peer.send({ ...connection, ack: at(n), ctl: Ctl.ACK, ...sack })
}

/** The number of the segment of each packet with data that came since, and when. */
function heardSince({ peer, connection }: Flight, from: number): { at: number; segment: number; octets: number }[] {
  return peer.heard.slice(from).flatMap(({ at, packet: { tcp } }) => {
    if (tcp === undefined || tcp.dataLength === 0) return []
    return [{ at, segment: Math.floor(((tcp.seq - connection.ack) | 0) / MSS), octets: tcp.dataLength }]
  })
}

function infoOf(host: SimHost): TcpInfo | undefined {
  return host.rows().find((row) => row.state === 'ESTABLISHED')?.tcpInfo
}

/** What three segments that arrive before another do: when it is sent again, and what remains of the window. */
export function overtaken(subject: Subject): Measures {
  const flight = inFlight(subject, 10)
  const { world, host, peer } = flight
  const from = peer.heard.length
  for (let to = 2; to <= 4; to++) acknowledge(flight, 0, 1, to)
  const asked = world.now
  world.run({ forUs: 100 * MS })
  const [again] = heardSince(flight, from)
  return {
    'a hole that three overtook is sent again after': rounded((again?.at ?? 0) - asked - RTT, MS) / MS,
    'window after a loss': infoOf(host)?.snd_ssthresh ?? 0,
  }
}

/** By how many segments the host believes that the path reorders, when one was eight late. */
export function reordered(subject: Subject): Measures {
  const flight = inFlight(subject, 10)
  acknowledge(flight, 0, 9, 10)
  acknowledge(flight, 0, 1, 2)
  flight.world.run({ forUs: 15 * MS })
  return { 'reordering that is believed': infoOf(flight.host)?.reordering ?? 0 }
}

/** When the last segments of a flight are asked for that nobody acknowledges. */
export function lostTail(subject: Subject): Measures {
  const flight = inFlight(subject, 3)
  const sent = heardSince(flight, 0)
  flight.world.run({ forUs: 5 * SECOND })
  const next = heardSince(flight, 0)[sent.length]
  return { 'a lost tail is asked for after': rounded((next?.at ?? 0) - (sent.at(-1)?.at ?? 0), 10 * MS) / MS }
}

/** What the host sends when a timeout turns out to have been needless: the ACK of two segments comes late. */
export function needlessTimeout(subject: Subject): Measures {
  const flight = inFlight(subject, 14)
  const { world, peer } = flight
  const timedOut = (): boolean => heardSince(flight, 0).filter(({ segment }) => segment === 0).length > 1
  world.run({ forUs: 10 * SECOND, until: timedOut })
  const highest = Math.max(...heardSince(flight, 0).map(({ segment }) => segment))
  const from = peer.heard.length
  acknowledge(flight, 2)
  world.run({ forUs: RTT + MS })
  const [next] = heardSince(flight, from)
  const what = next === undefined ? 'nothing' : next.segment > highest ? 'new data' : 'old data'
  return { 'a late ACK behind a timeout brings': what }
}

/** The least round trip that the host knows of when its handshake was 100 s ago, and one of 100 ms just now. */
export function leastRoundTrip(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.sleep(100 * SECOND)
    yield* p.send(conn, 'x')
    yield* p.forever()
  })
  const connection = peer.connect(3000)
  const from = peer.heard.length
  world.run({ forUs: 200 * SECOND, until: () => peer.heard.length > from })
  world.run({ forUs: 80 * MS })
  peer.send({ ...connection, ack: connection.ack + 1, ctl: Ctl.ACK })
  world.run({ forUs: 15 * MS })
  return { 'least round trip that is remembered': rounded(infoOf(host)?.min_rtt ?? 0, MS) / MS }
}

/** Where a connection begins whose predecessor, to the same peer, lost a segment and was answered late. */
export function secondConnection(subject: Subject): Measures {
  // No other system keeps what a sysctl bears upon.
  if (subject.personality !== 'linux') return {}
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const listener = listening(p)
    for (let i = 0; i < 2; i++) {
      const conn = yield* p.accept(listener)
      yield* p.send(conn, 'x'.repeat(10 * MSS))
      if (i === 0) p.close(conn)
    }
    yield* p.forever()
  })
  const connection = peer.connect(3000, { mss: MSS, sackPermitted: true })
  const flight = { world, host, peer, connection }
  for (let to = 2; to <= 4; to++) acknowledge(flight, 0, 1, to)
  world.run({ forUs: 30 * MS })
  acknowledge(flight, 4)
  world.run({ forUs: 100 * MS })
  const after = { ...connection, ack: (connection.ack + 10 * MSS + 1) | 0 }
  peer.send({ ...after, ctl: Ctl.ACK | Ctl.FIN })
  world.run({ forUs: 100 * MS })
  const began = world.now
  const from = peer.heard.length
  peer.connect(3001, { mss: MSS, sackPermitted: true })
  const threshold = infoOf(host)?.snd_ssthresh ?? 0
  world.run({ forUs: 5 * SECOND })
  const sent = peer.heard.slice(from).filter(({ packet }) => packet.tcp?.dataLength === MSS)
  const first = sent.findIndex(({ packet }) => packet.tcp?.seq === sent[0]?.packet.tcp?.seq)
  const again = sent.slice(first + 1).find(({ packet }) => packet.tcp?.seq === sent[0]?.packet.tcp?.seq)
  return {
    'a second connection begins with the threshold': threshold,
    'first retransmission of a second connection, after': rounded((again?.at ?? 0) - began, 10 * MS) / MS,
  }
}

/** How many of three small segments travel as one when they are sent again. */
export function smallAgain(subject: Subject): Measures {
  const flight = inFlight(subject, 3, 100)
  const from = flight.peer.heard.length
  flight.world.run({ forUs: 5 * SECOND })
  const longest = Math.max(...heardSince(flight, from).map(({ octets }) => octets))
  return { 'small segments that are sent again as one': longest / 100 }
}

/** The host's service sends much at once, over a path of 50 ms, to a peer that speaks SACK. */
function oneBigSend(subject: Subject): Flight {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.send(conn, 'x'.repeat(60 * MSS))
    yield* p.forever()
  })
  const connection = peer.connect(3000, { mss: MSS, sackPermitted: true })
  return { world, host, peer, connection }
}

/** How long the bursts are in which the first segments leave, at which pace that is, and whether a short one waits for the next ACK. */
export function bursts(subject: Subject): Measures {
  // No other system's can be set.
  if (subject.personality !== 'linux') return {}
  const flight = oneBigSend(subject)
  const { world, host, peer, connection } = flight
  const sent = peer.segments.filter(({ dataLength }) => dataLength > 0)
  const first = sent.findIndex(({ ctl }) => (ctl & Ctl.PSH) !== 0) + 1
  const inSlowStart = pace(host)
  const from = peer.heard.length
  acknowledge(flight, 0, 1, 2)
  acknowledge(flight, 0, 1, 3)
  world.run({ forUs: RTT + MS })
  const released = heardSince(flight, from).length
  acknowledge(flight, 0, 1, 5)
  world.run({ forUs: 100 * MS })
  peer.send({ ...connection, ack: connection.ack + 10 * MSS, ctl: Ctl.ACK })
  world.run({ forUs: 15 * MS })
  return {
    'segments of the first burst': first,
    'pace in slow start, percent of window by round trip': inSlowStart,
    'pace behind a loss, percent of window by round trip': pace(host),
    'segments that two early SACKs let out': released,
  }
}

/** The pace that TCP_INFO tells, in percent of what would spread the window over a round trip. */
function pace(host: SimHost): number {
  const { pacing_rate: rate = 0, rtt = 0, snd_cwnd: segments = 0, snd_mss: octets = 0 } = infoOf(host) ?? {}
  return Math.round((Number(rate) * rtt) / (segments * octets * 10_000))
}
