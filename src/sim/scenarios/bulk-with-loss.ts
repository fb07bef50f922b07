import { formatDuration } from '../../base/index.ts'
import { dial, listen } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

const OCTETS = 300_000

/** Bulk over a bad network. */
export const bulkWithLoss: Scenario = {
  id: 'bulk-with-loss',
  title: 'Bulk over a bad network',
  summary:
    '300 kB go through a link of 20 Mbit/s that loses, reorders, duplicates and corrupts packets. What is read is what was written, octet by octet, and the close is as orderly as ever.',
  cases: [
    {
      id: 'run',
      title: '2 % lost, 2 % late, 1 % twice, 1 % corrupt',
      *story(lab) {
        const { client, server } = lab.pair({
          rateBitsPerSecond: 20_000_000,
          loss: 0.02,
          reorder: 0.02,
          duplicate: 0.01,
          corrupt: 0.01,
        })
        const data = new Uint8Array(OCTETS)
        for (let i = 0; i < OCTETS; i++) data[i] = i * 31 + (i >> 8)
        let read: Uint8Array = new Uint8Array(0)
        server.run('server', function* (p) {
          const conn = yield* p.accept(listen(p, 80))
          read = yield* p.readAll(conn)
          p.close(conn)
        })
        client.run('client', function* (p) {
          const fd = yield* dial(p, 'server', 80)
          yield* p.send(fd, data)
          p.close(fd)
        })
        yield* lab.expect(
          'everything was read',
          () => read.length === OCTETS,
          () => `${read.length} octets of ${OCTETS}`,
        )
        lab.say(`It took ${formatDuration(lab.now)}.`)
        lab.check(
          'octet by octet as it was written',
          read.every((octet, i) => octet === data[i]),
        )
        yield* lab.both([client, 'TIME-WAIT'], [server, 'CLOSED'], 'and the connection closed as usual')
      },
    },
  ],
}
