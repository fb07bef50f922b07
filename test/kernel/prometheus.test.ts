import { type ChildProcess, execFileSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED, until } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const FAULTS = new URL('support/doctor-faults.py', import.meta.url).pathname
const DEPLOY = new URL('../../deploy/', import.meta.url).pathname
const METRICS = 'http://127.0.0.1:9788/metrics'
const API = 'http://127.0.0.1:9090/api/v1'
/** A busy machine takes seconds for each look and each scrape, and may miss one. */
const STORY_MS = 400_000
/** Each question starts a curl. */
const ASKED_EVERY_MS = 250

interface Alert {
  readonly labels: Record<string, string>
  readonly annotations: Record<string, string>
  readonly state: string
}

/** The files of deploy/ as an operator takes them, but with seconds where they have minutes. */
function impatient(directory: string): string {
  const alerts = readFileSync(join(DEPLOY, 'alerts.yml'), 'utf8')
  writeFileSync(join(directory, 'alerts.yml'), alerts.replaceAll(/^( +for:) .+$/gm, '$1 2s'))
  const config = readFileSync(join(DEPLOY, 'prometheus.yml'), 'utf8')
  const file = join(directory, 'prometheus.yml')
  // A scrape may take as long as the time between two: a busy machine needs its seconds.
  writeFileSync(
    file,
    config
      .replace('scrape_interval: 15s', 'scrape_interval: 3s')
      .replace('evaluation_interval: 15s', 'evaluation_interval: 1s'),
  )
  return file
}

describeNeeding(
  ['linux', 'root', 'netns', 'ip', 'python3', 'curl', 'koffi', 'prometheus', 'promtool'],
  'a Prometheus that scrapes lastack watch',
  () => {
    const directory = mkdtempSync(join(tmpdir(), 'lastack-prometheus-'))
    const started: ChildProcess[] = []
    let namespace: NetworkNamespace

    beforeAll(async () => {
      namespace = new NetworkNamespace('prometheus')
      const watching = namespace.start(process.execPath, [LASTACK, 'watch', '--json', '--close-wait-age', '1'])
      started.push(watching)
      // It says the source behind its first look.
      let said = ''
      watching.stderr.setEncoding('utf8').on('data', (text: string) => {
        said += text
      })
      await until('the first look', () => said.includes('source'))
      const data = join(directory, 'data')
      started.push(
        namespace.start('prometheus', [
          `--config.file=${impatient(directory)}`,
          `--storage.tsdb.path=${data}`,
          '--web.listen-address=127.0.0.1:9090',
          '--log.level=error',
        ]),
      )
      for (const { stdout, stderr } of started) for (const stream of [stdout, stderr]) stream?.resume()
      await until('a scrape', () => ask('up{job="lastack"}').some(({ value }) => value[1] === '1'), ASKED_EVERY_MS)
    }, STORY_MS)

    afterAll(async () => {
      await Promise.all(
        started.map(async (child) => {
          const closed = once(child, 'close')
          if (child.kill('SIGTERM')) await closed
        }),
      )
      await namespace?.remove()
      rmSync(directory, { recursive: true })
    })

    /** What the API answers, or nothing while it does not answer yet. */
    function api<T>(path: string, ...options: readonly string[]): T | undefined {
      try {
        const text = namespace.run('curl', ['--silent', ...options, `${API}/${path}`])
        // It listens before it has opened its own data.
        if (text.startsWith('Service Unavailable')) return undefined
        const { status, data, error } = JSON.parse(text)
        if (status !== 'success') throw new Error(`${path} ${options.join(' ')}: ${error}`)
        return data
      } catch (error) {
        if ((error as { status?: number }).status === 7) return undefined
        throw error
      }
    }

    function ask(query: string, at?: number): { metric: Record<string, string>; value: [number, string] }[] {
      const time = at === undefined ? [] : ['--data', `time=${at}`]
      return api<{ result: [] }>('query', '--get', '--data-urlencode', `query=${query}`, ...time)?.result ?? []
    }

    /** Alerts about sockets. */
    function alerts(): readonly Alert[] {
      const all = api<{ alerts: Alert[] }>('alerts')?.alerts ?? []
      return all.filter(({ labels }) => labels.alertname?.startsWith('Tcp'))
    }

    /** When the leak was in the numbers, s since 1970. */
    let leakedAt = 0

    test('its own tools find nothing to complain of in the rules, the configuration and the numbers', () => {
      const check = (what: readonly string[], input?: string): string =>
        execFileSync('promtool', ['check', ...what], {
          ...BOUNDED,
          encoding: 'utf8',
          stdio: 'pipe',
          ...(input && { input }),
        })
      expect(check(['rules', join(DEPLOY, 'alerts.yml')])).toMatch(/SUCCESS: 6 rules found/)
      expect(check(['config', join(DEPLOY, 'prometheus.yml')])).toContain('is valid prometheus config file')
      // It reads the older text, says what is not as it should be, and then fails.
      expect(check(['metrics'], namespace.run('curl', ['--silent', '--fail', METRICS]))).toBe('')
    })

    test(
      'an alert fires on a leak, names it, and clears when it ends',
      async () => {
        await until('no alert', () => alerts().length === 0, ASKED_EVERY_MS)
        const leaking = namespace.start('python3', [FAULTS, 'never-closes'])
        const pid = await firstLine(leaking)
        const firing = await until(
          'a firing alert',
          () => alerts().find(({ state }) => state === 'firing'),
          ASKED_EVERY_MS,
        )
        expect(firing.labels).toEqual({
          alertname: 'TcpFinding',
          severity: 'warning',
          rule: 'close-wait-server',
          id: 'close-wait-server/python3/8080',
          instance: '127.0.0.1:9788',
          owner: `python3 (pid ${pid})`,
        })
        expect(firing.annotations.summary).toBe(`127.0.0.1:9788: close-wait-server, python3 (pid ${pid})`)
        expect(alerts().filter((one) => one.labels.id !== firing.labels.id)).toEqual([])
        // After a scrape that came too late a query has no answer until the next.
        const leaked = await until(
          'the count',
          () => ask('lastack_service_sockets{state="CLOSE-WAIT"}')[0],
          ASKED_EVERY_MS,
        )
        expect(leaked).toMatchObject({ metric: { owner: 'python3', service: '8080', side: 'server' } })
        expect(leaked.value[1]).toBe('15')
        leakedAt = leaked.value[0]

        leaking.stdin.end()
        await until('its end in the numbers', () => ask('sum(lastack_findings)')[0]?.value[1] === '0', ASKED_EVERY_MS)
        await until('no alert', () => alerts().length === 0, ASKED_EVERY_MS)
      },
      STORY_MS,
    )

    test('had an answer to every question of the dashboard then', () => {
      const text = readFileSync(join(DEPLOY, 'grafana-dashboard.json'), 'utf8')
      const { panels } = JSON.parse(text) as { panels: { title: string; targets: { expr: string }[] }[] }
      const empty = panels.filter(({ targets }) =>
        targets.every(({ expr }) => {
          // What Grafana puts in their place.
          const query = expr.replaceAll('$instance', '.*').replaceAll('$__rate_interval', '5m')
          return ask(query, leakedAt).length === 0
        }),
      )
      // A destination counts from 32 connections on, which these very questions may come to.
      expect(empty.map(({ title }) => title).filter((title) => !title.toLowerCase().includes('port range'))).toEqual([])
    })
  },
)
