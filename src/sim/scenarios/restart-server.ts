import { SECOND } from '../../base/index.ts'
import { listen, readingClient } from '../lab/programs.ts'
import type { Scenario, Story } from '../lab/story.ts'

const PORT = 8080

/** A small server: accepts one client, says goodbye, closes first and exits; then it is started again while `nc` watches. */
function restart(reuseAddress: boolean): Story {
  return function* (lab) {
    const { client, server } = lab.pair()
    const results: number[] = []
    const body = function* (
      p: Parameters<Parameters<typeof server.run>[1]>[0],
    ): ReturnType<Parameters<typeof server.run>[1]> {
      const fd = listen(p, PORT, { reuseAddress })
      results.push(fd)
      if (fd < 0) p.exit(1)
      const conn = yield* p.accept(fd)
      yield* p.send(conn, 'goodbye\n')
      p.close(conn)
      p.exit(0)
    }
    const first = server.run('server', body)
    client.run('nc', readingClient('server', PORT))
    lab.say(`The server is started ${reuseAddress ? 'with' : 'without'} SO_REUSEADDR. It closes first and exits.`)
    yield* lab.both([server, 'TIME-WAIT'], [client, 'CLOSED'], 'the server closed first: its side is in TIME-WAIT')
    lab.check('the process has ended', !first.alive)
    lab.table('TIME-WAIT without an owner', server)

    lab.say('It is started again at once.')
    server.run('server', body)
    yield* lab.sleep(SECOND)
    const errno = (results[1] ?? 0) < 0 ? client.errnoName(results[1] as number) : ''
    // On Windows what a dead connection leaves behind never stands in the way.
    if (reuseAddress || server.personality.name === 'windows') {
      lab.check('bind() succeeds beside the TIME-WAIT', errno === '', errno)
      client.run('nc', readingClient('server', PORT))
      yield* lab.sleep(SECOND)
      lab.table('the second server has served too', server)
      lab.checkEqual('nc was served twice', server.rows().filter((row) => row.state === 'TIME-WAIT').length, 2)
      return
    }
    lab.checkEqual('bind() fails', errno, 'EADDRINUSE')
    lab.say(`${errno} is ${Math.abs(results[1] ?? 0)} on ${server.personality.title}.`)
    yield* lab.until(() => lab.state(server) === 'CLOSED')
    server.run('server', body)
    yield* lab.sleep(SECOND)
    lab.check('once 2·MSL is over it succeeds', (results[2] ?? -1) >= 0, () => client.errnoName(results[2] ?? 0))
  }
}

/** A small server is restarted: Address already in use. */
export const restartServer: Scenario = {
  id: 'restart-server',
  title: 'A small server is restarted: Address already in use',
  summary:
    'It accepts one client, closes first and exits, which leaves a TIME-WAIT on its port. Started again at once, bind() fails with the errno of the system, unless both the old and the new socket set SO_REUSEADDR.',
  cases: [
    { id: 'without-reuseaddr', title: 'without SO_REUSEADDR', story: restart(false) },
    { id: 'with-reuseaddr', title: 'with SO_REUSEADDR', story: restart(true) },
  ],
}
