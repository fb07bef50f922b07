import { Level, Msg, newSocketName, type OptionValue, So, TcpOption } from '../../../src/stack/index.ts'
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

/** Buffers of new sockets, and what setsockopt grants at most. */
export function buffers(subject: Subject): Measures {
  const { world, host } = hostAndRaw(subject)
  const measures: Record<string, string | number> = {}
  const box = { value: '' as OptionValue }
  host.run('program', function* (p) {
    for (const kind of ['tcp', 'udp'] as const) {
      const fd = p.socket(kind)
      measures[`receive buffer of a ${kind} socket`] = optionOf(p, fd, So.RCVBUF)
      measures[`send buffer of a ${kind} socket`] = optionOf(p, fd, So.SNDBUF)
    }
    const fd = p.socket('tcp')
    p.process.getsockopt(fd, Level.IPPROTO_TCP, TcpOption.CONGESTION, box)
    if (typeof box.value === 'string') measures['algorithm of a new socket'] = box.value
    // Some cut what is too much, others refuse it.
    for (const name of ['SO_RCVBUF', 'SO_SNDBUF'] as const) {
      for (let size = 100_000_000; p.setsockopt(fd, name, size) !== 0; ) size = Math.floor(size * 0.9)
    }
    measures['receive buffer granted at most'] = optionOf(p, fd, So.RCVBUF)
    measures['send buffer granted at most'] = optionOf(p, fd, So.SNDBUF)
    yield* p.forever()
  })
  world.run({ forUs: SECOND })
  return measures
}

/** How many octets of a program may wait unsent, while the peer acknowledges nothing. */
export function unsent(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  let taken = 0
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    while (p.sendSome(conn, new Uint8Array(1000)) > 0) taken += 1000
    yield* p.forever()
  })
  // Half its window is the most that a buffer of octets holds.
  peer.connect(3000, { mss: 1000, wnd: 8000 })
  const sent = peer.segments.reduce((octets, segment) => octets + segment.dataLength, 0)
  world.run({ forUs: MS })
  return { 'octets that wait unsent at most': taken - sent }
}

/** How much the host takes from a program while 200 kB are on their way. */
export function sendSpace(subject: Subject): Measures {
  const { world, host, peer } = twoHosts(subject, { delayUs: 20_000 })
  peer.run('server', function* (p) {
    const fd = p.socket()
    p.bind(fd, PEER, SERVICE)
    p.listen(fd, 8)
    const conn = yield* p.accept(fd)
    for (;;) yield* p.recv(conn, 10_000)
  })
  host.run('client', function* (p) {
    const fd = p.socket()
    yield* p.connect(fd, PEER, SERVICE)
    yield* p.send(fd, new Uint8Array(200_000))
    yield* p.forever()
  })
  const queued: number[] = []
  for (let i = 0; i < 25; i++) {
    world.run({ forUs: 10_000 })
    queued.push(host.rows()[0]?.sendQueue ?? 0)
  }
  const first = queued.find((octets) => octets > 1) ?? 0
  return { 'octets that the first send() takes': first, 'octets in the send queue at most': Math.max(...queued) }
}

/** Ports that the host chooses itself. */
export function ports(subject: Subject): Measures {
  const { world, host } = hostAndRaw(subject)
  const measures: Record<string, number> = {}
  host.run('program', function* (p) {
    const name = newSocketName()
    const bound = p.socket()
    p.bind(bound, '0.0.0.0', 0)
    p.process.getsockname(bound, name)
    measures['port of bind(0)'] = name.port
    const connecting = p.socket()
    p.process.connect(connecting, { address: PEER, port: SERVICE })
    p.process.getsockname(connecting, name)
    measures['port of connect()'] = name.port
    yield* p.forever()
  })
  world.run({ forUs: SECOND })
  return measures
}

/** What sendto() with MSG_FASTOPEN says of a server that gave no cookie yet. */
export function fastOpen(subject: Subject): Measures {
  const { world, host } = hostAndRaw(subject)
  const measures: Record<string, string> = {}
  host.run('client', function* (p) {
    const result = p.process.sendto(p.socket(), Uint8Array.of(1), Msg.FASTOPEN, { address: PEER, port: SERVICE })
    measures['sendto(MSG_FASTOPEN)'] = result < 0 ? host.errnoName(result) : 'success'
    yield* p.forever()
  })
  world.run({ forUs: SECOND })
  return measures
}

/** How often a program may lend octets (MSG_ZEROCOPY) before it hears what became of them, of twenty times. */
export function lending(subject: Subject): Measures {
  const { world, host, peer } = hostAndRaw(subject)
  let lent = 0
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    p.process.setsockopt(conn, Level.SOL_SOCKET, So.ZEROCOPY, 1)
    p.process.setsockopt(conn, Level.IPPROTO_TCP, TcpOption.NODELAY, 1)
    while (lent < 20 && p.process.send(conn, Uint8Array.of(1), Msg.ZEROCOPY) > 0) lent++
    yield* p.forever()
  })
  peer.connect(3000, { mss: 1000 })
  world.run({ forUs: MS })
  return { 'octets lent at once': lent }
}

/** What bind() allows, and whether an IPv6 listener takes IPv4. */
export function binding(subject: Subject): Measures {
  const { world, host } = hostAndRaw(subject)
  const measures: Record<string, string> = {}
  const told = (result: number): string => (result < 0 ? host.errnoName(result) : 'success')
  host.run(
    'user',
    function* (p) {
      measures['bind() to port 80 by a user'] = told(p.bind(p.socket(), '0.0.0.0', 80))
      measures['bind() to port 1050 by a user'] = told(p.bind(p.socket(), '0.0.0.0', 1050))
      yield* p.forever()
    },
    { uid: 1000 },
  )
  host.run('root', function* (p) {
    measures['bind() to a foreign IPv4 address'] = told(p.bind(p.socket(), '192.0.2.9', 9000))
    measures['bind() to a foreign IPv6 address'] = told(p.bind(p.socket('tcp', 6), '2001:db8::9', 9000))
    const six = p.socket('tcp', 6)
    p.bind(six, '::', 9001)
    p.listen(six, 8)
    const result = yield* p.connect(p.socket(), '127.0.0.1', 9001)
    measures['IPv4 to an IPv6 listener'] = told(result)
    yield* p.forever()
  })
  world.run({ forUs: SECOND })
  return measures
}

/** Whether bind(0) takes the only port, which another socket has, if both allow it. */
export function lastPort(subject: Subject): Measures {
  const { world, host } = hostAndRaw(subject)
  let told = ''
  host.stack.config.portFirst = host.stack.config.portLast
  host.run('program', function* (p) {
    const bound = (): number => {
      const fd = p.socket()
      p.setsockopt(fd, 'SO_REUSEADDR', 1)
      return p.bind(fd, HOST, 0)
    }
    bound()
    const again = bound()
    told = again < 0 ? host.errnoName(again) : 'success'
    yield* p.forever()
  })
  world.run({ forUs: SECOND })
  return { 'bind(0) where another has the only port': told }
}
