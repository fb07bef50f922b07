import { MS, SECOND } from '../../base/index.ts'
import type { PacketInfo } from '../faults/packet-info.ts'
import { dial, listen } from './programs.ts'
import type { Story } from './story.ts'

const SERVICE = 4444
const PORT = 40_000
/** Octets of the first connection; it sends them much faster than the clock of initial sequence numbers runs. */
const OLD_OCTETS = 200_000
const NEW_OCTETS = 200_000
/**
 * Octets that the server sends first on each connection. An old segment's ACK must look plausible to a new connection too
 * (RFC 5961 §5), and it does if the numbers of this direction have run ahead of the clock as well.
 */
const GREETING_OCTETS = 60_000
/** When the client wants its port back, after the first connection began. */
const AGAIN: number = 150 * MS
/** What the clock of RFC 9293 §3.4.1 adds to initial sequence numbers until then: one for every 4 µs. */
const CLOCK_LEAD: number = AGAIN / 4
/** The duplicates arrive so long after the originals: when the second connection, if there is one, is there to hear them. */
const LATE: number = 5 * SECOND

const OLD = 'o'
const NEW = 'N'
const GREETING = 'g'

/**
 * A client sends much and fast, closes first, and a moment later wants to connect again from the same port. Meanwhile a few
 * segments of the first connection have been duplicated somewhere and arrive five seconds late. With TIME-WAIT the port is taken
 * for a minute, and they find nobody. Without it they find a second connection whose numbers have just come by, and which
 * takes them for its own: what the server reads is a mixture.
 *
 * Timestamps are off: with them PAWS (RFC 7323 §5) would know the old segments, as a second line of defence.
 */
export const oldDuplicate: Story = function* (lab) {
  const { client, server } = lab.pair({ delayUs: 500, rateBitsPerSecond: 1_000_000_000 })
  // Whatever the system calls the sysctl: on Linux, net.ipv4.tcp_timestamps = 0.
  for (const host of [client, server]) host.stack.config.timestamps = false
  const readings: number[] = []
  let foreign = 0
  server.run('server', function* (p) {
    const fd = listen(p, SERVICE)
    for (;;) {
      const conn = yield* p.accept(fd)
      if (conn < 0) return
      yield* p.send(conn, GREETING.repeat(GREETING_OCTETS))
      const read = yield* p.readAll(conn)
      p.close(conn)
      if (readings.length > 0) foreign += read.filter((octet) => octet === OLD.charCodeAt(0)).length
      readings.push(read.length)
    }
  })
  let first: number | null = null
  const inTheWay = (packet: PacketInfo): boolean => {
    if (packet.from !== 'client' || packet.protocol !== 'tcp') return false
    first ??= packet.seq
    const lead = (packet.seq - first) | 0
    // Duplicated: what lies a little ahead of where the second connection's numbers will begin, within its first flight.
    return (
      packet.length > 0 && lead > CLOCK_LEAD && lead < CLOCK_LEAD + 10_000 && !packet.retransmission && lab.now < AGAIN
    )
  }
  lab.world.duplicate(inTheWay, LATE, 'a path that duplicates')

  lab.say('The first connection sends 200 kB, and its client closes first.')
  client.run('client', function* (p) {
    const fd = yield* dial(p, 'server', SERVICE, PORT)
    yield* p.recv(fd, GREETING_OCTETS, { waitAll: true })
    yield* p.send(fd, OLD.repeat(OLD_OCTETS))
    p.close(fd)
  })
  yield* lab.sleep(AGAIN - 50 * MS)
  lab.table('the first connection is closed', client)
  lab.fact('octets of the first connection read', readings[0] ?? 0)

  lab.say('The client connects again from the same port, as soon as it can.')
  client.run('client again', function* (p) {
    yield* p.sleepUntil(AGAIN)
    let fd = yield* dial(p, 'server', SERVICE, PORT)
    while (fd < 0) {
      yield* p.sleep(SECOND)
      fd = yield* dial(p, 'server', SERVICE, PORT)
    }
    yield* p.recv(fd, GREETING_OCTETS, { waitAll: true })
    // Late enough for the duplicates to have come, if they come at all.
    yield* p.sleep(2 * LATE)
    yield* p.send(fd, NEW.repeat(NEW_OCTETS))
    p.close(fd)
  })
  yield* lab.until(() => readings.length === 2, 300 * SECOND)
  lab.table('the second connection is closed', client)
  lab.fact('octets sent on the second connection', NEW_OCTETS)
  lab.fact('octets of the first connection read from the second', foreign)
}
