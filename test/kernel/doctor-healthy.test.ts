import type { ChildProcess } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { setTimeout as sleep } from 'node:timers/promises'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { runDoctor } from './support/run-doctor.ts'
import { until } from './support/until.ts'

const HEALTHY = new URL('support/healthy.py', import.meta.url).pathname
const EVENT_STREAM = new URL('support/event-stream.mjs', import.meta.url).pathname

/** What a doctor would see after minutes, it sees after seconds. */
const IMPATIENT = [
  ...['--close-wait-age', '1', '--fin-wait-2-age', '1', '--unaccepted-age', '1'],
  ...['--bound-age', '1', '--dead-descriptor-age', '1'],
]

/** How long wrk asks, unless it is ended before. */
const LOAD = '600s'
/** For so long everything has been as it is: longer than what an impatient doctor calls old. */
const SETTLED_MS = 2000

const NEEDED = [
  'linux',
  'root',
  'netns',
  'ip',
  'python3',
  'koffi',
  'nginx',
  'wrk',
  'redis-server',
  'nc.openbsd',
] as const

describeNeeding(NEEDED, 'lastack doctor has no finding on a healthy host:', () => {
  const namespaces = new Map<string, NetworkNamespace>()
  const loads: ChildProcess[] = []
  let folder: string

  beforeAll(async () => {
    folder = mkdtempSync(join(tmpdir(), 'lastack-healthy-'))
    for (const name of ['keep-alive', 'short', 'redis', 'relay', 'events', 'nc', 'idle']) {
      namespaces.set(name, new NetworkNamespace(`healthy-${name}`))
    }
    start('redis', 'redis-server', '--port', '6379', '--save', '', '--dir', folder)
    await Promise.all([
      serve('keep-alive'),
      serve('short'),
      firstLine(at('redis').start('python3', [HEALTHY, 'pool'])),
      firstLine(at('relay').start('python3', [HEALTHY, 'relay'])),
      firstLine(at('events').start(process.execPath, [EVENT_STREAM])),
      firstLine(at('nc').start('python3', [HEALTHY, 'thinks'])),
      firstLine(at('idle').start('python3', [HEALTHY, 'waits'])),
    ])
    for (let i = 0; i < 3; i++) start('nc', 'sh', '-c', 'echo question | nc.openbsd -N 127.0.0.1 8080')
    await until('three questions asked and heard', () => count('nc', 'close-wait') + count('nc', 'fin-wait-2') === 6)
    await sleep(SETTLED_MS)
    load('keep-alive')
    load('short', '--header', 'Connection: close')
  })

  afterAll(async () => {
    await Promise.all([...namespaces.values()].map((namespace) => namespace.remove()))
    rmSync(folder, { recursive: true, force: true })
  })

  function at(name: string): NetworkNamespace {
    const namespace = namespaces.get(name)
    if (namespace === undefined) throw new Error(`${name}: not made`)
    return namespace
  }

  /** Starts a program that ends by SIGTERM: when the namespace is removed it is sent that. */
  function start(name: string, ...command: readonly string[]): void {
    const child = at(name).start('sh', ['-c', '"$@" & program=$!; read -r _; kill $program; wait', 'sh', ...command])
    child.stdout.resume()
    child.stderr.resume()
  }

  /** An nginx that listens. */
  async function serve(name: string): Promise<void> {
    const configuration = join(folder, `${name}.conf`)
    writeFileSync(
      configuration,
      `daemon off; worker_processes 2; pid ${folder}/${name}.pid; error_log stderr;
       events { worker_connections 512; }
       http { access_log off; server { listen 8080; location / { return 200 "ok"; } } }`,
    )
    start(name, 'nginx', '-c', configuration, '-p', folder, '-e', 'stderr')
    await until(`nginx of ${name}`, () => at(name).run('ss', ['-tlnH']).includes(':8080'))
  }

  /** A wrk that asks it. */
  function load(name: string, ...options: readonly string[]): void {
    const wrk = at(name).start('wrk', ['-t1', '-c20', '-d', LOAD, ...options, 'http://127.0.0.1:8080/'])
    wrk.stdout.resume()
    loads.push(wrk)
  }

  async function expectHealthy(name: string, ...options: readonly string[]): Promise<void> {
    const { report, code } = await runDoctor(at(name), ...IMPATIENT, ...options)
    expect({ findings: report.findings, unjudged: report.unjudged, code }).toEqual({
      findings: [],
      unjudged: [],
      code: 0,
    })
  }

  const count = (name: string, state: string): number =>
    at(name).run('ss', ['-tanH', 'state', state]).split('\n').length - 1

  test.concurrent.each(['keep-alive', 'short'])(
    'nginx under load: %s, looked at once and again and again',
    async (name) => {
      await until('load', () => count(name, name === 'short' ? 'time-wait' : 'established') > 0)
      await expectHealthy(name)
      await expectHealthy(name, '--for', '2s')
    },
  )

  test('thousands of TIME-WAIT that the load has left', async () => {
    await until('thousands', () => count('short', 'time-wait') > 2000)
    const ends = loads.map((wrk) => once(wrk, 'close'))
    for (const wrk of loads) wrk.kill('SIGINT')
    await Promise.all(ends)
    await expectHealthy('short')
    await expectHealthy('keep-alive')
  })

  test.concurrent('a Redis with a pool of clients', async () => {
    expect(count('redis', 'established')).toBe(80)
    await expectHealthy('redis')
  })

  test.concurrent('a relay that holds half-closes for an answer that takes its time', async () => {
    expect([count('relay', 'close-wait'), count('relay', 'fin-wait-2')]).toEqual([30, 60])
    await expectHealthy('relay')
    await expectHealthy('relay', '--for', '3s')
  })

  test.concurrent('server-sent events to clients that have half-closed', async () => {
    expect(count('events', 'close-wait')).toBe(30)
    await expectHealthy('events')
  })

  test.concurrent('nc -N, and nc at the other end', async () => {
    expect([count('nc', 'close-wait'), count('nc', 'fin-wait-2')]).toEqual([3, 3])
    await expectHealthy('nc')
  })

  test.concurrent('an idle host', () => expectHealthy('idle'))
})
