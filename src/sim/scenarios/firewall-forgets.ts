import { formatDuration, SECOND } from '../../base/index.ts'
import { dial, listen } from '../lab/programs.ts'
import type { Scenario, Story } from '../lab/story.ts'

const IDLE = 300 * SECOND

/** A client and a server say nothing for longer than the firewall remembers; then the server speaks. */
function forget(unknown: 'drop' | 'reset'): Story {
  return function* (lab) {
    const { client, server, firewall } = lab.pairBehindFirewall({ idleTimeoutUs: IDLE, unknown })
    let result: number | null = null
    server.run('server', function* (p) {
      const conn = yield* p.accept(listen(p, 80))
      yield* p.sleep(IDLE + 60 * SECOND)
      yield* p.send(conn, 'are you there?\n')
      result = (yield* p.recv(conn, 100)).result
      p.close(conn)
    })
    client.run('client', function* (p) {
      const fd = yield* dial(p, 'server', 80)
      yield* p.recv(fd, 100)
      p.close(fd)
    })
    yield* lab.both([client, 'ESTABLISHED'], [server, 'ESTABLISHED'], 'the connection stands, through the firewall')
    yield* lab.sleep(IDLE + 30 * SECOND)
    lab.check(
      'both think so still, though the firewall has forgotten it',
      lab.state(client) === 'ESTABLISHED' && lab.state(server) === 'ESTABLISHED',
    )
    lab.table('the server does not know', server)
    lab.say(`Now the server sends. The firewall knows no such flow and ${unknown === 'drop' ? 'drops' : 'resets'} it.`)
    yield* lab.expect('the firewall lets nothing through', () =>
      lab.world.recorder.toArray().some((event) => event.kind === 'fault' && event.host === firewall.index),
    )
    const began = lab.now
    yield* lab.reaches(server, 'CLOSED', 'the connection of the server ends', 7200 * SECOND)
    yield* lab.until(() => result !== null)
    const errno = server.errnoName(result ?? 0)
    lab.say(`It took ${formatDuration(lab.now - began)}; recv() gave ${errno}.`)
    lab.checkEqual('its program is told', errno, unknown === 'drop' ? 'ETIMEDOUT' : 'ECONNRESET')
    lab.checkEqual('the client is told nothing: ESTABLISHED for ever', lab.state(client), 'ESTABLISHED')
    lab.check('nobody ever was in CLOSE-WAIT', !lab.everIn(server, 'CLOSE-WAIT') && !lab.everIn(client, 'CLOSE-WAIT'))
  }
}

/** A firewall forgets an idle connection. */
export const firewallForgets: Scenario = {
  id: 'firewall-forgets',
  title: 'A firewall forgets an idle connection',
  summary:
    'A stateful firewall forgets what has been silent for five minutes. Neither end is told. The one who speaks next retransmits into nothing and gives up after a quarter of an hour, or is reset at once if the firewall is so kind; the other stays ESTABLISHED for ever. CLOSE-WAIT is nowhere.',
  cases: [
    { id: 'drops', title: 'it drops what it does not know', story: forget('drop') },
    { id: 'resets', title: 'it resets what it does not know', story: forget('reset') },
  ],
}
