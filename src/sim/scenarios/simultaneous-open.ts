import { SECOND } from '../../base/index.ts'
import type { Scenario } from '../lab/story.ts'
import type { Program, Running } from '../program.ts'

const PORT = 5000

/** Binds a port and connects to the same port of the other at a moment both have agreed on. */
function* meet(p: Program, other: string, greeting: string): Running<string> {
  const fd = p.socket()
  p.bind(fd, '0.0.0.0', PORT)
  yield* p.sleepUntil(SECOND)
  if ((yield* p.connect(fd, other, PORT)) < 0) return ''
  yield* p.send(fd, greeting)
  const { text } = yield* p.recv(fd, 100)
  yield* p.sleep(SECOND)
  p.close(fd)
  return text
}

/** Both sides open at once. */
export const simultaneousOpen: Scenario = {
  id: 'simultaneous-open',
  title: 'Both sides open at once',
  summary:
    'Neither listens. Both connect to each other, from the port the other connects to, at the same moment. The SYNs cross, each answers with SYN,ACK from SYN-RECEIVED, and there is one connection, not two.',
  cases: [
    {
      id: 'run',
      title: 'the SYNs cross',
      *story(lab) {
        const { client, server } = lab.pair()
        const heard: string[] = []
        client.run('left', function* (p) {
          heard.push(yield* meet(p, 'server', 'from the left'))
        })
        server.run('right', function* (p) {
          heard.push(yield* meet(p, 'client', 'from the right'))
        })
        yield* lab.both([client, 'SYN-SENT'], [server, 'SYN-SENT'], 'both have sent a SYN: SYN-SENT twice')
        yield* lab.both([client, 'SYN-RECEIVED'], [server, 'SYN-RECEIVED'], 'the SYNs have crossed: SYN-RECEIVED twice')
        yield* lab.both(
          [client, 'ESTABLISHED'],
          [server, 'ESTABLISHED'],
          'the SYN,ACKs have crossed too: ESTABLISHED twice',
        )
        lab.table('one connection', client)
        yield* lab.expect(
          'each has heard the other',
          () => heard.length === 2 && heard.every((text) => text.startsWith('from')),
        )
      },
    },
  ],
}
