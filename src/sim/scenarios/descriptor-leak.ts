import { SECOND } from '../../base/index.ts'
import { briefClient, leakyServer, politeServer } from '../lab/programs.ts'
import type { Scenario } from '../lab/story.ts'

const CLIENTS = 5

/** A server that leaks descriptors, and how to find it. */
export const descriptorLeak: Scenario = {
  id: 'descriptor-leak',
  title: 'A server that leaks descriptors, and how to find it',
  summary:
    'Two servers serve the same clients. One closes what its clients close, the other forgets to. Only the second collects rows in CLOSE-WAIT, and the owner beside each row names the process and the descriptor.',
  cases: [
    {
      id: 'run',
      title: 'five clients come and go',
      *story(lab) {
        const { client, server } = lab.pair()
        const good = server.run('good', politeServer(80))
        const leaky = server.run('leaky', leakyServer(81))
        for (let i = 1; i <= CLIENTS; i++) {
          client.run('client', briefClient('server', 80, { text: 'hello\n' }))
          client.run('client', briefClient('server', 81, { text: 'hello\n' }))
          yield* lab.sleep(SECOND)
          const leaks = server.rows().filter((row) => row.state === 'CLOSE-WAIT')
          lab.checkEqual(`after ${i} client${i === 1 ? '' : 's'} as many rows are in CLOSE-WAIT`, leaks.length, i)
        }
        yield* lab.sleep(300 * SECOND)
        lab.table('five minutes later', server)
        const rows = server.rows().filter((row) => row.state === 'CLOSE-WAIT')
        lab.checkEqual('five minutes later they are all there still', rows.length, CLIENTS)
        const owners = rows.flatMap((row) => row.owners ?? [])
        lab.check(
          'every one of them is owned by the leaky server',
          owners.length === CLIENTS && owners.every((owner) => owner.command === 'leaky' && owner.pid === leaky.pid),
          () => owners.map((owner) => `${owner.command} (${owner.pid})`).join(', '),
        )
        const fds = owners.map((owner) => owner.fd).sort((a, b) => a - b)
        lab.say(`The culprit: ${leaky.name}, pid ${leaky.pid}, descriptors ${fds.join(', ')}.`)
        lab.checkEqual('each has a descriptor of its own', new Set(fds).size, CLIENTS)
        lab.checkEqual('the other server holds its listener only', good.descriptors().length, 1)
      },
    },
  ],
}
