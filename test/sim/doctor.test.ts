import { readdirSync, readFileSync } from 'node:fs'
import { describe, expect, test } from 'vitest'
import { SECOND } from '../../src/base/index.ts'
import { diagnose, type Finding, NO_HISTORY, type Observation, observe } from '../../src/doctor/index.ts'
import { listClaims, type Program, type Running, type SimHost, World } from '../../src/sim/index.ts'

const ALL_STATES = (1 << 14) - 1

/** A look at a simulated host: the same value that a look at a real one gives. */
function look(world: World, host: SimHost): Observation {
  return {
    at: world.now,
    rows: host.rows(),
    states: ALL_STATES,
    counters: {},
    sysctls: Object.fromEntries(host.sysctlNames().map((name) => [name, host.sysctl(name)])),
    processes: [],
    deadDescriptors: [],
    lacks: [],
  }
}

/** What the doctor says of a host after looks at these seconds. */
function examined(world: World, host: SimHost, seconds: readonly number[]): Finding[] {
  let history = NO_HISTORY
  let findings: Finding[] = []
  for (const second of seconds) {
    world.run({ untilUs: second * SECOND })
    const observation = look(world, host)
    history = observe(history, observation)
    findings = diagnose(observation, history)
  }
  return findings
}

interface Behaviour {
  /** Takes connections from its queue. */
  readonly accepts?: boolean
  /** Closes when its client has. */
  readonly closes?: boolean
}

function* serve(p: Program, { accepts = true, closes = true }: Behaviour): Running<void> {
  const fd = p.socket()
  p.bind(fd, '0.0.0.0', 80)
  p.listen(fd, 128)
  while (accepts) {
    const taken = yield* p.accept(fd)
    if (taken < 0) return
    p.start(function* () {
      yield* p.readAll(taken)
      if (closes) p.close(taken)
    })
  }
  yield* p.sleep(3600 * SECOND)
}

/** A client that comes each second and leaves after another. */
function* visit(p: Program, times: number): Running<void> {
  for (let i = 0; i < times; i++) {
    const fd = p.socket()
    const connected = yield* p.connect(fd, 'server', 80)
    if (connected < 0) return
    yield* p.sleep(SECOND)
    p.close(fd)
  }
}

function town(behaviour: Behaviour, visits: number): { readonly world: World; readonly server: SimHost } {
  const world = new World({ seed: 1 })
  const [server, client] = [world.host('server'), world.host('client')]
  world.link(server, client, { delayUs: 1000 })
  server.run('shop', (p) => serve(p, behaviour))
  client.run('guest', (p) => visit(p, visits))
  return { world, server }
}

describe('the doctor among simulated hosts', () => {
  test('a server that never closes: who, where, how many, how fast', () => {
    const { world, server } = town({ closes: false }, 200)
    const [finding, ...others] = examined(world, server, [100, 130, 160])
    expect(others).toEqual([])
    expect(finding).toMatchObject({
      id: 'close-wait-server/shop/80',
      severity: 'warning',
      owner: { kind: 'processes', processes: [{ command: 'shop' }] },
    })
    expect(finding?.growthPerMinute).toBeCloseTo(60, 0)
  })

  test('a server that does not accept', () => {
    const { world, server } = town({ accepts: false }, 5)
    expect(examined(world, server, [30]).map(({ id }) => id)).toEqual(['not-accepted/0.0.0.0:80'])
  })

  test('a server that closes has no finding, at any time', () => {
    const { world, server } = town({}, 200)
    for (const second of [1.5, 30, 100, 199.5, 300]) expect(examined(world, server, [second])).toEqual([])
  })
})

test('every myth that a finding names is a claim that can be run', () => {
  const rules = new URL('../../src/doctor/rules/', import.meta.url)
  const sources = readdirSync(rules).map((name) => readFileSync(new URL(name, rules), 'utf8'))
  const lines = sources.flatMap((text) => text.match(/^.*\bmyth:.*$/gm) ?? [])
  const named = lines.flatMap((line) => [...line.matchAll(/'([a-z0-9-]+)'/g)].map(([, id]) => id as string))
  expect(named.length).toBeGreaterThan(10)
  const claims = new Set(listClaims())
  expect(named.filter((id) => !claims.has(id))).toEqual([])
})
