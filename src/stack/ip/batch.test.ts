import { expect, test } from 'vitest'
import { AF_INET, type Attachment, Host, linkPair, pump, SOCK_STREAM } from '../index.ts'

const SEGMENTS = 8

/** A connection over which `SEGMENTS` full segments are under way, past the quick ACKs of its beginning. */
function bulk(): { a: Attachment<Host>; b: Attachment<Host>; acks: () => number; read: () => void } {
  const [here, there] = linkPair()
  const end = (name: string, link: typeof here, address: string): Attachment<Host> => {
    const host = new Host({ name, seed: 1 })
    return { host, link, iface: host.addInterface({ name: 'eth0', link, addresses: [address] }).index }
  }
  const [a, b] = [end('a', here, '10.0.0.1/24'), end('b', there, '10.0.0.2/24')]
  const [source, sink] = [a.host.spawn('source'), b.host.spawn('sink')]
  const listener = sink.socket(AF_INET, SOCK_STREAM)
  sink.bind(listener, { address: '0.0.0.0', port: 80 })
  sink.listen(listener, 8)
  const out = source.socket(AF_INET, SOCK_STREAM)
  source.connect(out, { address: '10.0.0.2', port: 80 })
  const settle = (): void => {
    while (pump(0, a, b) > 0);
  }
  settle()
  const into = sink.accept(listener)
  const room = new Uint8Array(65_536)
  const read = (): void => {
    while (sink.recv(into, room) > 0);
  }
  for (let i = 0; i < 20; i++) {
    source.send(out, new Uint8Array(1448))
    settle()
    read()
    settle()
  }
  source.send(out, new Uint8Array(SEGMENTS * 1448))
  expect(a.link.waiting).toBe(SEGMENTS)
  const before = b.host.counters.OutSegs
  return { a, b, acks: () => b.host.counters.OutSegs - before, read }
}

test('segments handed over together are acknowledged together, behind the last of them', () => {
  const { a, b, acks } = bulk()
  pump(0, a, b)
  expect(acks()).toBe(1)
})

test('segments handed over one by one are acknowledged at least every second time (RFC 5681 §4.2)', () => {
  const { a, b, acks, read } = bulk()
  for (let i = 0; i < SEGMENTS; i++) {
    b.host.input(0, b.iface, a.link.queue.bytes, a.link.queue.start, a.link.queue.length)
    a.link.queue.shift()
    // While nobody reads the window would not move, and its news can wait.
    read()
  }
  expect(acks()).toBeGreaterThanOrEqual(SEGMENTS / 2)
})
