import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { once } from 'node:events'
import { setTimeout as sleep } from 'node:timers/promises'
import { stripVTControlCharacters } from 'node:util'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { readOpenMetrics } from '../../src/doctor/open-metrics.testing.ts'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { until } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const FAULTS = new URL('support/doctor-faults.py', import.meta.url).pathname
const LEAK = 'close-wait-server/python3/8080'
/** In the midst of a pause of an hour, ms. */
const AT_ONCE_MS = 60_000
const CTRL_C = '\u0003'
const OPEN_METRICS = ['--header', 'Accept: application/openmetrics-text']

/** A program that runs, and what it has written so far. */
interface Running {
  readonly child: ChildProcessWithoutNullStreams
  out: string
  err: string
}

describeNeeding(['linux', 'root', 'netns', 'ip', 'python3', 'curl', 'script', 'koffi'], 'lastack watch', () => {
  let namespace: NetworkNamespace

  beforeAll(() => {
    namespace = new NetworkNamespace('watch')
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  function watch(...options: readonly string[]): Running {
    return running(namespace.start(process.execPath, [LASTACK, 'watch', ...options]))
  }

  function running(child: ChildProcessWithoutNullStreams): Running {
    const one: Running = { child, out: '', err: '' }
    child.stdout.setEncoding('utf8').on('data', (text: string) => {
      one.out += text
    })
    child.stderr.setEncoding('utf8').on('data', (text: string) => {
      one.err += text
    })
    return one
  }

  /** Ends it by Ctrl-C; how it ended and how long that took. */
  async function interrupted({ child }: Running): Promise<{ code: unknown; tookMs: number }> {
    const began = performance.now()
    child.kill('SIGINT')
    const [code] = await once(child, 'close')
    return { code, tookMs: performance.now() - began }
  }

  test('tells that a leak begins and that it ends, and counts it meanwhile', async () => {
    const watcher = watch('--json', '--every', '1s', '--listen', '127.0.0.1:0', '--close-wait-age', '1')
    await until('the source', () => watcher.err.includes('source'))
    const [, url = ''] = /metrics on (\S+)\n/.exec(watcher.err) ?? []
    const leaking = namespace.start('python3', [FAULTS, 'never-closes'])
    const pid = await firstLine(leaking)
    await until('a finding', () => watcher.out.includes('"began"'))

    const series = readOpenMetrics(namespace.run('curl', ['--silent', '--fail', ...OPEN_METRICS, url]))
    expect(Object.fromEntries(series)).toMatchObject({
      'lastack_sockets{state="CLOSE-WAIT"}': 15,
      'lastack_service_sockets{state="CLOSE-WAIT",side="server",owner="python3",service="8080"}': 15,
      'lastack_socket_age_seconds_gcount{state="CLOSE-WAIT"}': 15,
      'lastack_listener_drops_total{listener="127.0.0.1:8080",owner="python3"}': 0,
      'lastack_findings{severity="warning"}': 1,
      [`lastack_finding{id="${LEAK}",rule="close-wait-server",severity="warning",owner="python3 (pid ${pid})"}`]: 1,
      lastack_look_failures_total: 0,
    })

    leaking.stdin.end()
    await until('its end', () => watcher.out.includes('"ended"'))
    const changes = watcher.out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(changes).toMatchObject([
      { event: 'began', lastedSeconds: 0, finding: { id: LEAK, owner: { processes: [{ pid: Number(pid) }] } } },
      { event: 'ended', finding: { id: LEAK } },
    ])
    expect(changes[1].lastedSeconds).toBeGreaterThan(0)
    await until('a look after it', () => {
      const after = readOpenMetrics(namespace.run('curl', ['--silent', '--fail', ...OPEN_METRICS, url]))
      return after.get('lastack_findings{severity="warning"}') === 0
    })
    expect(watcher.err).toBe(`lastack: metrics on ${url}\nlastack: source netlink\n`)
    expect((await interrupted(watcher)).code).toBe(0)
  })

  test('says the same in lines for people, and ends at once in the midst of a pause', async () => {
    const leaking = namespace.start('python3', [FAULTS, 'never-closes'])
    await firstLine(leaking)
    await sleep(1500)
    const watcher = watch('--every', '1h', '--listen', 'off', '--close-wait-age', '1')
    await until('a finding', () => watcher.out.endsWith(`${LEAK}\n`))
    expect(watcher.out).toMatch(/^\d{4}-\d\d-\d\d \d\d:\d\d:\d\d {2}WARNING: .*15/)
    expect(watcher.err).toBe('lastack: source netlink\n')
    const { code, tookMs } = await interrupted(watcher)
    expect(code).toBe(0)
    // Not when the hour is over.
    expect(tookMs).toBeLessThan(AT_ONCE_MS)
    leaking.stdin.end()
  })

  test('the doctor at a terminal draws a screen of its own, and leaves the whole findings behind', async () => {
    const leaking = namespace.start('python3', [FAULTS, 'never-closes'])
    await firstLine(leaking)
    await sleep(1500)
    const command = `stty cols 80 rows 24; exec ${process.execPath} ${LASTACK} doctor --watch --every 1s --close-wait-age 1`
    const doctor = running(namespace.start('script', ['-qec', command, '/dev/null']))
    await until('a second look', () => doctor.out.includes('look 2'))
    doctor.child.stdin.write(CTRL_C)
    const [status] = await once(doctor.child, 'close')
    const [before, entered = ''] = doctor.out.replaceAll('\r', '').split('\u001b[?1049h')
    const [drawn = '', left = ''] = entered.split('\u001b[?1049l')
    expect(before).toBe('')
    const frames = drawn.split('\u001b[H').slice(1)
    expect(stripVTControlCharacters(frames[1] ?? '')).toMatch(
      /^\d\d:\d\d:\d\d {2}every second, look 2; Ctrl-C ends it\nlastack: source netlink\n\n1 finding: 1 warning\.\n\nWARNING python3 /,
    )
    expect(drawn).toContain(`${LEAK}\u001b`)
    expect(left).toContain('What is said of it, judged: lastack claims')
    expect(status).toBe(1)
    leaking.stdin.end()
  })
})
