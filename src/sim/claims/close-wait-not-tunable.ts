import { SECOND } from '../../base/index.ts'
import type { Claim } from '../lab/claim.ts'
import { briefClient, leakyServer } from '../lab/programs.ts'
import type { Story } from '../lab/story.ts'

const DAY = 86_400 * SECOND

/** Values that are tried on every sysctl; each takes those in its range. */
const SMALL = ['0', '1', '2', '5', '1000', '1024', '2304', '4608', '1024 65535', '4096 8192 16384']
const LARGE = ['3600', '7200', '600', '300', '255', '127', '60', '60000', '100000', '32768 60000', '4096 65536 131072']

/** Leaves a connection in CLOSE-WAIT, turns every knob there is, and waits thirty days. */
function turnEverything(values: readonly string[]): Story {
  return function* (lab) {
    const { client, server } = lab.pair()
    server.run('server', leakyServer(80))
    client.run('client', briefClient('server', 80))
    yield* lab.sleep(10 * SECOND)
    let turned = 0
    for (const name of server.sysctlNames()) {
      const before = server.sysctl(name)
      if (values.some((value) => value !== before && server.trySysctl(name, value))) turned++
    }
    lab.fact('sysctls written', turned)
    yield* lab.sleep(30 * DAY)
    lab.table('30 days later', server)
  }
}

const judge: Claim['cases'][number]['judge'] = (evidence) => {
  const stays = evidence.at('server').in('CLOSE-WAIT')
  const ended = stays.filter((stay) => stay.next !== null)
  return {
    holds: stays.length > 0 && ended.length === 0,
    because: `${evidence.fact('sysctls written')} sysctls were written; 30 days later ${stays.length - ended.length} of ${stays.length} was in CLOSE-WAIT still`,
  }
}

/** True: there is no timer to tune. */
export const closeWaitNotTunable: Claim = {
  id: 'close-wait-not-tunable',
  claim: 'no sysctl ends an idle CLOSE-WAIT',
  personality: 'linux',
  expected: 'true',
  explanation:
    'There is no timer to tune. tcp_fin_timeout is of FIN-WAIT-2, the keep-alive sysctls act only on sockets whose program asked for keep-alive, the retry limits only on unacknowledged data. Every sysctl is written here, small and large, and nothing happens to the row.',
  mutation: 'close-wait-timer',
  cases: [
    { id: 'small', title: 'every sysctl as small as it goes', story: turnEverything(SMALL), judge },
    { id: 'large', title: 'every sysctl large', story: turnEverything(LARGE), judge },
  ],
}
