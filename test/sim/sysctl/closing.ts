import { Ctl } from '../../../src/wire/index.ts'
import {
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

const LONG = 3000 * SECOND

/** How long the host, which closes first, stays in TIME-WAIT. */
export function timeWait(subject: Subject): Measures {
  const { world, host, peer } = twoHosts(subject)
  peer.run('server', function* (p) {
    const fd = p.socket()
    p.bind(fd, PEER, SERVICE)
    p.listen(fd, 8)
    const conn = yield* p.accept(fd)
    yield* p.readAll(conn)
    p.close(conn)
  })
  host.run('client', function* (p) {
    const fd = p.socket()
    yield* p.connect(fd, PEER, SERVICE)
    yield* p.sleep(SECOND)
    p.close(fd)
  })
  world.run({ untilUs: LONG })
  const times = world.recorder
    .toArray()
    .filter((event) => event.kind === 'state' && event.host === 0 && (event.to === 6 || event.from === 6))
  return { 'TIME-WAIT lasts': rounded((times[1]?.time ?? LONG) - (times[0]?.time ?? 0), 100 * MS) }
}

/** How long an orphan of the host stays in FIN-WAIT-2. */
export function orphan(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    p.close(yield* p.accept(listening(p)))
    yield* p.forever()
  })
  const connection = peer.connect(3000)
  world.run({ forUs: 50 * MS })
  peer.send({ ...connection, ack: connection.ack + 1, ctl: Ctl.ACK })
  const began = world.now
  const there = (): boolean => host.rows().some((row) => row.state === 'FIN-WAIT-2')
  world.run({ forUs: 50 * MS })
  const entered = there()
  world.run({ untilUs: LONG, until: () => !there() })
  return { 'an orphan in FIN-WAIT-2 lasts': entered ? rounded(world.now - began, 500 * MS) : 'not at all' }
}

/** How many connections the host leaves in TIME-WAIT when it closes four, and how many of four closes are resets. */
export function manyCloses(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const fd = listening(p)
    for (let i = 0; i < 4; i++) p.close(yield* p.accept(fd))
    yield* p.forever()
  })
  const connections = [3000, 3001, 3002, 3003].map((port) => peer.connect(port))
  world.run({ forUs: SECOND })
  const resets = peer.segments.filter((segment) => (segment.ctl & Ctl.RST) !== 0).length
  for (const connection of connections) {
    peer.send({ ...connection, ack: connection.ack + 1, ctl: Ctl.ACK })
    peer.send({ ...connection, ack: connection.ack + 1, ctl: Ctl.FIN | Ctl.ACK })
  }
  world.run({ forUs: SECOND })
  const waiting = host.rows().filter((row) => row.state === 'TIME-WAIT').length
  return { 'entries in TIME-WAIT after four closes': waiting, 'resets among four closes': resets }
}

/** Whether a RST with exactly the expected number ends TIME-WAIT. */
export function assassination(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    p.close(yield* p.accept(listening(p)))
    yield* p.forever()
  })
  const connection = peer.connect(3000)
  peer.send({ ...connection, ack: connection.ack + 1, ctl: Ctl.FIN | Ctl.ACK })
  world.run({ forUs: SECOND })
  peer.send({ ...connection, seq: connection.seq + 1, ack: connection.ack + 1, ctl: Ctl.RST })
  world.run({ forUs: SECOND })
  return { 'a RST in TIME-WAIT': host.rows().some((row) => row.state === 'TIME-WAIT') ? 'is ignored' : 'ends it' }
}

/** How soon the host may connect from a port again whose connection is in TIME-WAIT: to itself, and to another. */
export function sameAgain(subject: Subject): Measures {
  const after = (address: string): number => {
    const { world, host, peer } = twoHosts(subject)
    const server = address === PEER ? peer : host
    server.run('server', function* (p) {
      const fd = p.socket()
      p.bind(fd, address, SERVICE)
      p.listen(fd, 8)
      for (;;) {
        const conn = yield* p.accept(fd)
        yield* p.readAll(conn)
        p.close(conn)
      }
    })
    let ended = 0
    let again = 0
    host.run('client', function* (p) {
      for (;;) {
        const fd = p.socket()
        p.setsockopt(fd, 'SO_REUSEADDR', 1)
        p.bind(fd, address === PEER ? '0.0.0.0' : address, 40_000)
        const result = yield* p.connect(fd, address, SERVICE)
        if (result === 0 && ended !== 0) break
        p.close(fd)
        if (result === 0) ended = world.now
        yield* p.sleep(SECOND)
      }
      again = world.now
      yield* p.forever()
    })
    world.run({ untilUs: LONG, until: () => again > 0 })
    return rounded(again - ended, SECOND)
  }
  return { 'the same port again over loopback, after': after('127.0.0.1'), 'the same port again, after': after(PEER) }
}

/** How often an orphan whose peer is gone sends its FIN. */
export function orphanRetries(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    p.close(yield* p.accept(listening(p)))
    yield* p.forever()
  })
  peer.connect(3000)
  world.run({ untilUs: LONG })
  return { 'FINs that an orphan sends': peer.segments.filter((segment) => (segment.ctl & Ctl.FIN) !== 0).length }
}
