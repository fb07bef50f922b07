import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { DoctorReport } from '../../src/doctor/index.ts'
import { schemaFaults } from '../../src/doctor/schema.testing.ts'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const FAULTS = new URL('support/doctor-faults.py', import.meta.url).pathname

/** A fault in a test is seconds old, not minutes. */
const IMPATIENT = ['--close-wait-age', '1', '--unaccepted-age', '2']

/** What is made, each in a namespace of its own, all at once: the seconds that must pass pass for all of them. */
const MADE = [
  ...['never-closes', 'never-reads', 'pool', 'never-accepts', 'overflow', 'inherited', 'exhausts', 'restarted'],
  ...['quiet', 'half-closes'],
] as const
const SETTLED_MS = 3000

interface Place {
  readonly namespace: NetworkNamespace
  readonly pid: number
}

describeNeeding(['linux', 'root', 'netns', 'ip', 'python3', 'koffi'], 'lastack doctor', () => {
  const places = new Map<string, Place>()

  beforeAll(async () => {
    for (const name of MADE) places.set(name, { namespace: new NetworkNamespace(`doctor-${name}`), pid: 0 })
    const made = MADE.map(async (fault) => {
      const { namespace } = placeOf(fault)
      places.set(fault, { namespace, pid: Number(await firstLine(namespace.start('python3', [FAULTS, fault]))) })
    })
    await Promise.all(made)
    await new Promise((resolve) => setTimeout(resolve, SETTLED_MS))
  })

  afterAll(async () => {
    await Promise.all([...places.values()].map(({ namespace }) => namespace.remove()))
  })

  function placeOf(name: string): Place {
    const place = places.get(name)
    if (place === undefined) throw new Error(`${name}: not made`)
    return place
  }

  /** The report of a namespace, and how the command ended. */
  function doctor(
    name: string,
    ...options: readonly string[]
  ): { readonly report: DoctorReport; readonly code: number | null } {
    const args = [
      'netns',
      'exec',
      placeOf(name).namespace.name,
      process.execPath,
      LASTACK,
      'doctor',
      '--json',
      ...options,
    ]
    const { status, stdout, stderr } = spawnSync('ip', args, { encoding: 'utf8', maxBuffer: 1 << 28 })
    expect({ stderr, text: stdout.slice(0, 1) }).toEqual({ stderr: 'lastack: source netlink\n', text: '{' })
    const report: DoctorReport = JSON.parse(stdout)
    expect(schemaFaults(report)).toEqual([])
    return { report, code: status }
  }

  test.each([
    ['never-closes', 'close-wait-server/python3/8080', 'warning'],
    ['never-reads', 'close-wait-server/python3/8080', 'warning'],
    ['pool', 'close-wait-client/python3-PID/127.0.0.1:8080', 'warning'],
    ['never-accepts', 'not-accepted/127.0.0.1:8080', 'warning'],
    ['overflow', 'not-accepted/127.0.0.1:8080', 'critical'],
    ['inherited', 'inherited-listener/127.0.0.1:8080/CHILD', 'info'],
  ])('%s: the finding, its owner, and nothing else', (fault, id, severity) => {
    const { pid } = placeOf(fault)
    const { report, code } = doctor(fault, ...IMPATIENT)
    const [finding] = report.findings
    const owner = finding?.owner.kind === 'processes' ? finding.owner.processes[0] : undefined
    expect(report.findings.map((one) => [one.id, one.severity])).toEqual([
      [id.replace('PID', String(pid)).replace('CHILD', String(owner?.pid)), severity],
    ])
    expect(owner).toMatchObject(fault === 'inherited' ? { command: 'sleep' } : { pid, command: 'python3' })
    expect(code).toBe(severity === 'info' ? 0 : 1)
  })

  test.each([
    ['exhausts', 'ports-used-up/127.0.0.1/127.0.0.1:8080', 'warning'],
    ['restarted', 'bind-leftovers/8080', 'info'],
  ])('%s: a finding that no process owns', (fault, id, severity) => {
    const { report, code } = doctor(fault, ...IMPATIENT)
    expect(report.findings.map((one) => [one.id, one.severity, one.owner])).toEqual([
      [id, severity, { kind: 'nobody', reason: 'time-wait' }],
    ])
    expect(code).toBe(severity === 'info' ? 0 : 1)
  })

  test.each(['quiet', 'half-closes'])('%s: no finding', (name) => {
    expect(doctor(name, ...IMPATIENT, '--fin-wait-2-age', '1')).toMatchObject({
      report: { findings: [], unjudged: [] },
      code: 0,
    })
  })

  test('--port and --pid look at what they name alone', () => {
    const { pid } = placeOf('never-closes')
    const codes = [
      ['--port', '8081'],
      ['--port', '8080'],
      ['--pid', String(pid)],
      ['--pid', '1'],
    ].map((filter) => doctor('never-closes', ...IMPATIENT, ...filter).code)
    expect(codes).toEqual([0, 1, 1, 0])
  })

  test('--for tells how it grows: not at all', () => {
    const { report } = doctor('never-closes', ...IMPATIENT, '--for', '6s')
    expect(report.findings[0]).toMatchObject({ growthPerMinute: 0, since: { precision: 'bound' } })
  })
})
