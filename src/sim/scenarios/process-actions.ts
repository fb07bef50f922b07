import { SECOND } from '../../base/index.ts'
import type { SocketRow } from '../../inspect/index.ts'
import type { SimHost } from '../host.ts'
import type { Lab, Pair } from '../lab/lab.ts'
import { briefClient, closingServer, idleClient, leakyServer, readingClient } from '../lab/programs.ts'
import type { Scenario, Story } from '../lab/story.ts'
import type { Program } from '../program.ts'

/** How many rows are in each state, in words: `LISTEN 2, CLOSE-WAIT 3`. */
function census(rows: readonly SocketRow[]): string {
  const counts = new Map<string, number>()
  for (const row of rows) counts.set(row.state, (counts.get(row.state) ?? 0) + 1)
  return [...counts]
    .sort(([a], [b]) => (a < b ? -1 : 1))
    .map(([state, count]) => `${state} ${count}`)
    .join(', ')
}

interface Scene extends Pair {
  readonly leaky: Program
}

/** A leaky server with three in CLOSE-WAIT and one at work, and another service with two in TIME-WAIT. */
function act(action: (lab: Lab, scene: Scene) => void, expected: (host: SimHost) => string, sentence: string): Story {
  return function* (lab) {
    const { client, server, link } = lab.pair()
    const leaky = server.run('leaky', leakyServer(80))
    server.run('other', closingServer(81, { reuseAddress: true }))
    for (let i = 0; i < 3; i++) client.run('leaver', briefClient('server', 80))
    client.run('worker', idleClient('server', 80))
    for (let i = 0; i < 2; i++) client.run('reader', readingClient('server', 81))
    yield* lab.sleep(5 * SECOND)
    lab.table('before', server)
    lab.checkEqual(
      'before: three leaks, one at work, two in TIME-WAIT',
      census(server.rows()),
      'CLOSE-WAIT 3, ESTABLISHED 1, LISTEN 2, TIME-WAIT 2',
    )
    action(lab, { client, server, link, leaky })
    yield* lab.sleep(SECOND)
    lab.table('after', server)
    lab.checkEqual(sentence, census(server.rows()), expected(server))
  }
}

/** kill, fuser -k, restart, restart-network: which rows change. */
export const processActions: Scenario = {
  id: 'process-actions',
  title: 'kill, fuser -k, restart, restart-network: which rows change',
  summary:
    'One server leaks three connections in CLOSE-WAIT and has one at work; another has left two in TIME-WAIT. What each of the usual remedies takes away, and what it leaves.',
  cases: [
    {
      id: 'kill',
      title: 'kill PID',
      story: act(
        (_lab, { server, leaky }) => server.kill(leaky),
        () => 'FIN-WAIT-2 1, LISTEN 1, TIME-WAIT 2',
        'kill takes the process with its listener and all its connections; the one at work is closed from this side',
      ),
    },
    {
      id: 'fuser',
      title: 'fuser -k 80/tcp',
      story: act(
        (_lab, { server }) => server.fuserKill(80),
        () => 'FIN-WAIT-2 1, LISTEN 1, TIME-WAIT 2',
        'fuser -k does the same to whoever has the port open',
      ),
    },
    {
      id: 'restart',
      title: 'the service is restarted',
      story: act(
        (_lab, { server, leaky }) => {
          server.restart(leaky)
        },
        () => 'FIN-WAIT-2 1, LISTEN 2, TIME-WAIT 2',
        'a restart clears CLOSE-WAIT and brings the listener back',
      ),
    },
    {
      id: 'restart-network',
      title: 'the network is restarted',
      story: act(
        (_lab, { server }) => server.restartNetwork(),
        () => 'CLOSE-WAIT 3, ESTABLISHED 1, LISTEN 2, TIME-WAIT 2',
        'a restart of the network changes nothing at all',
      ),
    },
  ],
}
