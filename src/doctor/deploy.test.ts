/** What `deploy/` gives to operators speaks of what `lastack watch` exports, and of nothing else. */
import { readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { diagnose } from './diagnose.ts'
import { NO_HISTORY } from './history.ts'
import { drops, listener, look, opened, served, silentFor, times } from './looks.testing.ts'
import { lookingFamilies, metricsOf } from './metrics.ts'
import { observe } from './observe.ts'
import { readOpenMetrics } from './open-metrics.testing.ts'
import { metricsText } from './open-metrics.ts'

const read = (name: string): string => readFileSync(new URL(`../../deploy/${name}`, import.meta.url), 'utf8')

/** The names and labels of all series of a host that has everything. */
function exported(): Map<string, Set<string>> {
  const observation = look(
    [
      listener(8080, { memory: drops(3) }),
      ...times(30, () => served('CLOSE-WAIT', { tcpInfo: silentFor(900) })),
      ...times(80, (i) => opened('ESTABLISHED', { local: { address: '10.0.0.1', port: 40_000 + i } })),
    ],
    {
      counters: {
        Tcp: { AttemptFails: 1, RetransSegs: 1, OutRsts: 1 },
        TcpExt: { ListenOverflows: 1, ListenDrops: 1, TCPTimeWaitOverflow: 1, TCPAbortOnTimeout: 1 },
      },
    },
  )
  const history = observe(NO_HISTORY, observation)
  const families = [
    ...metricsOf(observation, history, diagnose(observation, history)),
    ...lookingFamilies({ looks: 1, failures: 0, tookSeconds: 0.1, overAt: 1 }),
  ]
  const labels = new Map<string, Set<string>>()
  for (const key of readOpenMetrics(metricsText(families, 'application/openmetrics-text').text).keys()) {
    const [, name = '', rest = ''] = /^([^{]+)(?:\{(.*)\})?$/.exec(key) ?? []
    const known = labels.get(name) ?? new Set()
    for (const [, label] of rest.matchAll(/([a-z_]+)="(?:[^"\\]|\\.)*"/g)) known.add(label as string)
    labels.set(name, known)
  }
  return labels
}

/** What an expression names that is not exported: `name`, or `name{label}`. */
function unknownIn(expression: string): string[] {
  const known = exported()
  return [...expression.matchAll(/\b(lastack_[a-z_]+)(?:\{([^}]*)\})?/g)].flatMap(([, name = '', matchers = '']) => {
    const labels = known.get(name)
    if (labels === undefined) return [name]
    const used = [...matchers.matchAll(/([a-z_]+)(?:=~|!~|!=|=)/g)].map(([, label]) => label as string)
    return used.filter((label) => label !== 'instance' && !labels.has(label)).map((label) => `${name}{${label}}`)
  })
}

test('a name or a label that is not exported is seen', () => {
  expect(unknownIn('rate(lastack_listen_drops[5m]) / lastack_sockets{stat="LISTEN",instance=~"a"}')).toEqual([
    'lastack_listen_drops',
    'lastack_sockets{stat}',
  ])
})

test('the alert rules', () => {
  const expressions = [...read('alerts.yml').matchAll(/^ +expr: (.+)$/gm)].map(([, expression]) => expression as string)
  expect(expressions.length).toBeGreaterThan(4)
  expect(expressions.flatMap(unknownIn)).toEqual([])
})

interface Panel {
  readonly id: number
  readonly title: string
  readonly type: string
  readonly datasource: { readonly uid: string }
  readonly gridPos: { readonly x: number; readonly y: number; readonly w: number; readonly h: number }
  readonly targets: readonly { readonly refId: string; readonly expr: string }[]
}

describe('the dashboard', () => {
  const dashboard = JSON.parse(read('grafana-dashboard.json')) as {
    readonly schemaVersion: number
    readonly panels: readonly Panel[]
    readonly templating: { readonly list: readonly { readonly name: string; readonly definition?: string }[] }
  }
  const { panels } = dashboard

  test('asks for what is exported', () => {
    const expressions = panels.flatMap(({ targets }) => targets.map(({ expr }) => expr))
    expect(expressions.flatMap(unknownIn)).toEqual([])
    expect(dashboard.templating.list.flatMap(({ definition = '' }) => unknownIn(definition))).toEqual([])
    // No family is exported for nobody to look at.
    const asked = expressions.join(' ')
    const unseen = [...exported().keys()].filter((name) => !asked.includes(name))
    expect(unseen).toEqual(['lastack_socket_age_seconds_gsum', 'lastack_port_range_size'])
  })

  test('has panels with names of their own, none upon another, all of the chosen source', () => {
    expect(dashboard.schemaVersion).toBeGreaterThanOrEqual(39)
    expect(new Set(panels.map(({ id }) => id)).size).toBe(panels.length)
    expect(new Set(panels.map(({ title }) => title)).size).toBe(panels.length)
    expect(new Set(panels.map(({ datasource }) => datasource.uid))).toEqual(new Set([`\${datasource}`]))
    const cells = panels.flatMap(({ gridPos: { x, y, w, h } }) =>
      Array.from({ length: w * h }, (_, i) => `${x + (i % w)},${y + Math.floor(i / w)}`),
    )
    expect(new Set(cells).size).toBe(cells.length)
    expect(panels.filter(({ gridPos: { x, w } }) => x + w > 24)).toEqual([])
  })
})
