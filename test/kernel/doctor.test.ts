import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { runDoctor, runDoctorOutside } from './support/run-doctor.ts'
import { until } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const FAULTS = new URL('support/doctor-faults.py', import.meta.url).pathname
const GONE_PEERS = new URL('support/gone-peers.py', import.meta.url).pathname

/** A fault in a test is seconds old, not minutes. */
const IMPATIENT = ['--close-wait-age', '1', '--unaccepted-age', '2']

/** What is made, each in a namespace of its own, all at once: the seconds that must pass pass for all of them. */
const MADE = [
  ...[
    'never-closes',
    'first-thread-ends',
    'never-ends',
    'never-reads',
    'pool',
    'never-accepts',
    'overflow',
    'accepts-slowly',
    'inherited',
  ],
  ...['orphaned-listener', 'exhausts', 'restarted', 'destroyed', 'quiet', 'gone-peers'],
] as const
/** For so long everything has been as it is: longer than what an impatient doctor calls old. */
const SETTLED_MS = 2500
/** Connections whose peers are gone and that send, and what the fourth unanswered sending of each looks like. */
const UNANSWERED = 15
const FOURTH = /timer:\((?:on|keepalive),[^,]+,(?:[4-9]|\d\d+)\)/

interface Place {
  readonly namespace: NetworkNamespace
  readonly pid: number
}

describeNeeding(['linux', 'root', 'netns', 'ip', 'ss', 'python3', 'koffi'], 'lastack doctor', () => {
  const places = new Map<string, Place>()

  beforeAll(async () => {
    for (const name of MADE) places.set(name, { namespace: new NetworkNamespace(`doctor-${name}`), pid: 0 })
    const made = MADE.map(async (fault) => {
      const { namespace } = placeOf(fault)
      const script = fault === 'gone-peers' ? [GONE_PEERS] : [FAULTS, scriptOf(fault), process.execPath]
      places.set(fault, { namespace, pid: Number(await firstLine(namespace.start('python3', script))) })
    })
    await Promise.all(made)
    await sleep(SETTLED_MS)
    const gone = (): string[] => placeOf('gone-peers').namespace.run('ss', ['-tanoH']).split('\n')
    await until('four sendings', () => gone().filter((row) => FOURTH.test(row)).length === UNANSWERED)
  })

  afterAll(async () => {
    await Promise.all([...places.values()].map(({ namespace }) => namespace.remove()))
  })

  /** The listener is orphaned by the test that is about it. */
  function scriptOf(fault: string): string {
    return fault === 'orphaned-listener' ? 'inherited' : fault
  }

  function placeOf(name: string): Place {
    const place = places.get(name)
    if (place === undefined) throw new Error(`${name}: not made`)
    return place
  }

  describe.concurrent('names the fault and who has it in hand, and nothing else:', () => {
    test.each([
      ['exhausts', 'ports-used-up/127.0.0.1/127.0.0.1:8080', 'critical', 'time-wait'],
      ['restarted', 'bind-leftovers/8080', 'info', 'time-wait'],
      ['never-closes', 'close-wait-server/python3/8080', 'warning', 'python3 PID'],
      ['first-thread-ends', 'close-wait-server/python3/8080', 'warning', 'python3 PID'],
      ['never-ends', 'close-wait-server/node/8080', 'warning', 'node PID'],
      ['never-reads', 'close-wait-server/python3/8080', 'warning', 'python3 PID'],
      ['pool', 'close-wait-client/python3-PID/127.0.0.1:8080', 'warning', 'python3 PID'],
      ['never-accepts', 'not-accepted/127.0.0.1:8080', 'warning', 'python3 PID'],
      ['overflow', 'not-accepted/127.0.0.1:8080', 'critical', 'python3 PID'],
      ['destroyed', 'dead-descriptors/python3-PID', 'warning', 'python3 PID'],
    ])('%s', async (fault, id, severity, owner) => {
      const { namespace, pid } = placeOf(fault)
      const { found, report, code } = await runDoctor(namespace, ...IMPATIENT)
      expect(found).toEqual([[id, severity, owner].map((word) => word.replace('PID', String(pid)))])
      expect(report.lacks).toEqual([])
      expect(code).toBe(severity === 'info' ? 0 : 1)
    })

    test('a server that accepts more slowly than clients come, and loses some in this very second', async () => {
      const { namespace, pid } = placeOf('accepts-slowly')
      const { found, code } = await runDoctor(namespace, ...IMPATIENT, '--for', '2s')
      expect(found).toEqual([['accept-queue/127.0.0.1:8080', 'critical', `python3 ${pid}`]])
      expect(code).toBe(1)
    })

    test('a listener that another program has inherited', async () => {
      const { namespace } = placeOf('inherited')
      const { found, code } = await runDoctor(namespace, ...IMPATIENT)
      const heir = /\d+$/.exec(found[0]?.[2] ?? '')?.[0]
      expect(found).toEqual([[`inherited-listener/127.0.0.1:8080/${heir}`, 'info', `sleep ${heir}`]])
      expect(code).toBe(0)
    })

    test('and that keeps the port when its server has been killed, as one who watches sees', async () => {
      const { namespace, pid } = placeOf('orphaned-listener')
      const watch = [LASTACK, 'watch', '--json', '--listen', 'off', ...IMPATIENT]
      const changes = lines(namespace.start(process.execPath, watch))
      expect(await changes.next()).toMatchObject({ event: 'began', finding: { severity: 'info' } })
      process.kill(pid, 'SIGKILL')
      expect(await changes.next()).toMatchObject({
        event: 'shifted',
        finding: {
          severity: 'warning',
          title: expect.stringMatching(/^sleep \(pid \d+\) has inherited the listener 127\.0\.0\.1:8080 of python3$/),
          owner: { processes: [{ command: 'sleep' }] },
        },
      })
    })

    test('peers that have vanished, by what was under way', async () => {
      const { namespace, pid } = placeOf('gone-peers')
      const { found } = await runDoctor(namespace, ...IMPATIENT, '--idle-age', '2', '--idle-count', '3')
      expect(found).toEqual([
        ['close-wait-stuck/python3/8105', 'warning', `python3 ${pid}`],
        ['fin-wait-1-stuck/orphan/8104', 'warning', 'orphan'],
        ['half-open/python3/8101', 'warning', `python3 ${pid}`],
        ['half-open/python3/8102', 'warning', `python3 ${pid}`],
        ['last-ack-stuck/orphan/8106', 'warning', 'orphan'],
        // Nobody can know that these are gone: nothing was sent that could have been left without an answer.
        ['idle-no-keepalive/python3/8103', 'info', `python3 ${pid}`],
      ])
    })
  })

  test.concurrent('a server that was killed and came back with SO_REUSEADDR, and idle clients: no finding', async () => {
    const { report, code } = await runDoctor(placeOf('quiet').namespace, ...IMPATIENT, '--fin-wait-2-age', '1')
    expect({ ...report, code }).toMatchObject({ findings: [], unjudged: [], code: 0 })
  })

  test.concurrent('a unit that holds nothing is told of in the report too; a name without a type is a service', async () => {
    const { report, code } = await runDoctor(placeOf('quiet').namespace, ...IMPATIENT, '--unit', 'no-such')
    expect({ lacks: report.lacks, code }).toEqual({
      lacks: ['no process of the unit "no-such.service" holds a TCP socket.'],
      code: 0,
    })
  })

  test.concurrent('--port and --pid look at what they name alone', async () => {
    const { namespace, pid } = placeOf('never-closes')
    for (const filter of [
      ['--port', '8081'],
      ['--pid', '1'],
    ])
      expect((await runDoctor(namespace, ...IMPATIENT, ...filter)).code).toBe(0)
    const { found } = await runDoctor(namespace, ...IMPATIENT, '--port', '8080', '--pid', String(pid))
    expect(found).toHaveLength(1)
  })

  test.concurrent('--netns looks at another namespace, and its commands say where they belong', async () => {
    const { namespace, pid } = placeOf('never-closes')
    const id = `close-wait-server/${namespace.name}/python3/8080`
    for (const word of [namespace.name, String(pid)]) {
      const { found, report } = await runDoctorOutside('--netns', word, ...IMPATIENT)
      expect(found).toEqual([[id, 'warning', `python3 ${pid}`]])
      expect(report.findings[0]?.remedies.flatMap(({ commands }) => commands)).toEqual([
        `nsenter --net --target ${pid} lastack code ${pid}`,
        `lastack heal ${id} --how shutdown --netns ${namespace.name} ${IMPATIENT.join(' ')}`,
        `lastack heal ${id} --how destroy --netns ${namespace.name} ${IMPATIENT.join(' ')}`,
        `nsenter --net --target ${pid} ss -tK state close-wait sport = :8080`,
        `kill ${pid}`,
      ])
    }
    const { found } = await runDoctorOutside('--netns', 'all', '--pid', String(pid), ...IMPATIENT)
    expect(found).toEqual([[id, 'warning', `python3 ${pid}`]])
  })

  test.concurrent('--for tells how it grows: not at all', async () => {
    const { report } = await runDoctor(placeOf('never-closes').namespace, ...IMPATIENT, '--for', '6s')
    expect(report.findings[0]).toMatchObject({ growthPerMinute: 0, since: { precision: 'bound' } })
  })
})

describeNeeding(['linux', 'root', 'netns', 'ip', 'ss', 'python3', 'koffi', 'mptcp'], 'lastack doctor', () => {
  let namespace: NetworkNamespace

  beforeAll(() => {
    namespace = new NetworkNamespace('doctor-multipath')
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  test('finds the leak of a multipath server, whose connections TCP’s own table has as established', async () => {
    const pid = Number(await firstLine(namespace.start('python3', [FAULTS, 'multipath'])))
    expect(namespace.run('ss', ['-tanH', 'state', 'close-wait'])).toBe('')
    await sleep(1500)
    const { found, report } = await runDoctor(namespace, ...IMPATIENT)
    expect(found).toEqual([['close-wait-server/python3/8080', 'warning', `python3 ${pid}`]])
    expect(report.findings[0]?.evidence).toContainEqual({
      name: 'of them MPTCP, ESTABLISHED to ss -t (ss -M)',
      value: 15,
      unit: 'sockets',
    })
    expect(report.findings[0]?.remedies.map(({ gentleness }) => gentleness)).toEqual(['code', 'kill'])
  })
})

/** The lines of a program, each a JSON value. */
function lines(child: ChildProcessWithoutNullStreams): { next(): Promise<unknown> } {
  child.stderr.resume()
  const iterator = createInterface({ input: child.stdout })[Symbol.asyncIterator]()
  return { next: async () => JSON.parse((await iterator.next()).value) }
}
