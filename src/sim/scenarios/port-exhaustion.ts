import { MS, SECOND } from '../../base/index.ts'
import { dial, politeServer } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

const PORTS = 20
const FIRST = 50_000

/** A client runs out of ports. */
export const portExhaustion: Scenario = {
  id: 'port-exhaustion',
  title: 'A client runs out of ports',
  summary:
    'A client makes one short connection after the other to the same server and closes first each time. Every one leaves a TIME-WAIT on a port; when the range is used up connect() fails with EADDRNOTAVAIL, until the first TIME-WAIT is over. Towards another port of the server there is room all the time.',
  cases: [
    {
      id: 'run',
      title: 'twenty ports, and one connection more',
      *story(lab) {
        const { client, server } = lab.pair()
        // Whatever the system calls the sysctl: on Linux, net.ipv4.ip_local_port_range = 50000 50019.
        client.stack.config.portFirst = FIRST
        client.stack.config.portLast = FIRST + PORTS - 1
        server.run('server', politeServer(80))
        server.run('server', politeServer(81))
        const results: number[] = []
        const connect = (port: number): void => {
          client.run('client', function* (p) {
            const fd = yield* dial(p, 'server', port)
            results.push(fd)
            if (fd >= 0) p.close(fd)
          })
        }
        for (let i = 0; i < PORTS; i++) {
          connect(80)
          yield* lab.sleep(100 * MS)
        }
        lab.check(
          `${PORTS} connections succeed`,
          results.every((result) => result >= 0),
          () => results.join(' '),
        )
        lab.table('the range is full of TIME-WAIT', client)
        connect(80)
        yield* lab.sleep(100 * MS)
        const full = results.at(-1) ?? 0
        const errno = client.personality.name === 'windows' ? 'ENOBUFS' : 'EADDRNOTAVAIL'
        lab.checkEqual(`the next fails with ${errno}`, full < 0 ? client.errnoName(full) : 'success', errno)
        connect(81)
        yield* lab.sleep(100 * MS)
        lab.check('to another port of the server the same ports are free', (results.at(-1) ?? -1) >= 0)
        yield* lab.sleep(client.stack.config.timeWaitUs)
        connect(80)
        yield* lab.sleep(SECOND)
        lab.check('after 2·MSL there is room again', (results.at(-1) ?? -1) >= 0, () =>
          client.errnoName(results.at(-1) ?? 0),
        )
      },
    },
  ],
}
