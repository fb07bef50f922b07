import { World } from '../../../src/sim/index.ts'
import { HOST, hostAndRaw, listening, type Measures, MS, PEER, SECOND, SERVICE, type Subject } from './bench.ts'

const MINUTE = 60 * SECOND
/** Octets of a packet that the path takes at first. */
const NARROW = 1400

/** How large segments are where large ones vanish, and what a search for the path's size finds. */
export function mtuProbing(subject: Subject): Measures {
  const linux = subject.personality === 'linux'
  const probing = (mode: string): Subject => ({ ...subject, set: { ...subject.set, 'net.ipv4.tcp_mtu_probing': mode } })
  const lost = linux ? blackHole(probing('1')) : []
  const [soon, later] = linux ? search(probing('2')) : [0, 0]
  return {
    'smallest segment sent into a black hole': linux ? Math.min(...blackHole(subject)) : 0,
    'smallest segment sent into a black hole, when it is looked for': linux ? Math.min(...lost) : 0,
    'first smaller segment sent into a black hole': lost.find((octets) => octets < 1400) ?? 0,
    'smallest segment that a peer can ask for': linux ? smallest(subject) : 0,
    ...(linux && { 'path doubted after retransmissions': lost.findIndex((octets) => octets < 1400) - 1 }),
    'probes of a path': soon,
    'probes of a path, a quarter of an hour later': later,
  }
}

/** Octets of each segment that is sent to a peer that is gone. */
function blackHole(subject: Subject): number[] {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.send(conn, 'x'.repeat(1400))
    yield* p.forever()
  })
  peer.connect(3000)
  world.run({ forUs: 3 * MINUTE })
  return peer.segments.map(({ dataLength }) => dataLength).filter((octets) => octets > 0)
}

function smallest(subject: Subject): number {
  const { world, host, peer } = hostAndRaw(subject)
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    yield* p.send(conn, 'x'.repeat(1400))
    yield* p.forever()
  })
  peer.connect(3000, { mss: 20 })
  world.run({ forUs: 30 * MS })
  return Math.max(...peer.segments.map(({ dataLength }) => dataLength))
}

/** Probes that got through: of a long transfer over a narrow path, and of it with a second one after the path has become wider. */
function search({ personality, set }: Subject): [soon: number, later: number] {
  const world = new World({ seed: 5, capture: false })
  const host = world.host('host', { addresses: [HOST], personality, sysctl: set })
  const peer = world.host('peer', { addresses: [PEER] })
  world.link(host, peer, { delayUs: 10 * MS })
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    for (let i = 0; i < 2; i++) {
      yield* p.send(conn, 'x'.repeat(1_000_000))
      yield* p.sleep(15 * MINUTE)
    }
    yield* p.forever()
  })
  peer.run('client', function* (p) {
    const conn = p.socket()
    yield* p.connect(conn, HOST, SERVICE)
    for (;;) yield* p.recv(conn, 65_536)
  })
  const probes = (): number => host.stack.counters.TCPMTUPSuccess
  const narrow = world.drop(({ octets }) => octets > NARROW)
  world.run({ forUs: 10 * MINUTE })
  narrow.remove()
  const soon = probes()
  world.run({ forUs: 15 * MINUTE })
  return [soon, probes()]
}
