import { World } from '../../../src/sim/index.ts'
import { parseTcp, readCapture, TcpSegment } from '../../../src/wire/index.ts'
import { HOST, listening, type Measures, MS, PEER, SECOND, SERVICE, type Subject } from './bench.ts'

const IP_HEADER = 20
const SEGMENTS = 12

/** How many of a host's segments bring the AccECN option, where both ends want accurate ECN. */
export function accurateOptions(subject: Subject): Measures {
  return {
    'AccECN options among twelve segments': subject.personality === 'linux' ? options(subject.set) : 0,
    'AccECN options among twelve segments, sent sparingly':
      subject.personality === 'linux' ? options({ ...subject.set, 'net.ipv4.tcp_ecn_option': '1' }) : 0,
  }
}

function options(set: Subject['set']): number {
  const world = new World({ seed: 5 })
  const sysctl = { ...set, 'net.ipv4.tcp_ecn': '3' }
  const host = world.host('host', { addresses: [HOST], sysctl })
  const peer = world.host('peer', { addresses: [PEER], sysctl: { 'net.ipv4.tcp_ecn': '3' } })
  world.link(host, peer, { delayUs: 10 * MS })
  host.run('server', function* (p) {
    const conn = yield* p.accept(listening(p))
    p.setsockopt(conn, 'TCP_NODELAY', 1)
    for (let i = 0; i < SEGMENTS; i++) {
      yield* p.send(conn, 'x')
      yield* p.sleep(3 * MS)
    }
    yield* p.forever()
  })
  peer.run('client', function* (p) {
    yield* p.connect(p.socket(), HOST, SERVICE)
    yield* p.forever()
  })
  world.run({ forUs: SECOND })
  const segment = new TcpSegment()
  let found = 0
  for (const { data } of readCapture(world.pcapng())) {
    parseTcp(data, IP_HEADER, data.length - IP_HEADER, 0, segment, false)
    if (segment.sourcePort === SERVICE && segment.dataLength > 0 && segment.accurateKind > 0) found++
  }
  return found
}
