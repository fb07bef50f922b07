import { execFileSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import type { HostObservation } from '../../src/host/index.ts'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED } from './support/until.ts'

const OBSERVER = new URL('support/observe-host.mjs', import.meta.url).pathname
const MAKER = new URL('support/dead-sockets.py', import.meta.url).pathname
const NOBODY = '65534'

interface Made {
  readonly pid: number
  readonly dead: readonly number[]
  readonly port: number
}

describeNeeding(['linux', 'root', 'ip', 'python3', 'unshare', 'koffi'], 'a look at a host', () => {
  let namespace: NetworkNamespace
  let made: Made

  beforeAll(async () => {
    namespace = new NetworkNamespace('observe')
    made = JSON.parse(await firstLine(namespace.start('python3', [MAKER])))
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  const inside = (...args: string[]): HostObservation =>
    JSON.parse(namespace.run(process.execPath, [OBSERVER, ...args]))
  const outside = (...args: string[]): HostObservation =>
    JSON.parse(
      execFileSync(process.execPath, [OBSERVER, ...args], { ...BOUNDED, encoding: 'utf8', maxBuffer: 1 << 28 }),
    )

  test('finds the dead descriptors, and no descriptor that looks alike', () => {
    const { deadDescriptors, lacks } = inside()
    expect(deadDescriptors.filter(({ pid }) => pid === made.pid).map(({ fd }) => fd)).toEqual(made.dead)
    expect(deadDescriptors).toHaveLength(made.dead.length)
    expect(lacks).toEqual([])
  })

  test('tells of the process that holds the sockets', () => {
    const { processes, rows } = inside()
    const process = processes.find(({ pid }) => pid === made.pid)
    expect(process).toMatchObject({ command: 'python3', user: 'root', uid: 0 })
    expect(process?.commandLine).toContain(MAKER)
    expect(process?.fdCount).toBeGreaterThan(made.dead.length)
    expect(process?.fdLimit).toBeGreaterThan(process?.fdCount ?? 0)
    expect(process?.executable).toMatch(/python/)
    expect(Date.now() - (process?.startedAt ?? 0)).toBeLessThan(120_000)
    const closeWait = rows.filter(({ state }) => state === 'CLOSE-WAIT')
    expect(closeWait.map(({ owners }) => owners?.map(({ pid }) => pid))).toEqual([[made.pid]])
  })

  test('reads counters and sysctls of the namespace, and the memory of listeners only', () => {
    const { counters, sysctls, rows } = inside()
    expect(counters.TCP?.inuse).toBeGreaterThan(0)
    expect(counters.Tcp?.PassiveOpens).toBeGreaterThanOrEqual(5)
    expect(counters.TcpExt?.ListenOverflows).toBe(0)
    expect(sysctls['net.ipv4.ip_local_port_range']).toMatch(/^\d+\t\d+$/)
    for (const row of rows) expect(row.memory !== undefined).toBe(row.state === 'LISTEN')
    expect(rows.find(({ state }) => state === 'CLOSE-WAIT')?.tcpInfo).toBeDefined()
  })

  test('sees the same from outside, by the name of the namespace or a pid in it', () => {
    const summary = ({ rows, deadDescriptors, counters, processes }: HostObservation) => ({
      rows: rows.map(({ state, cookie, owners }) => ({ state, cookie, owners })),
      deadDescriptors,
      opens: counters.Tcp?.PassiveOpens,
      processes: processes.map(({ pid }) => pid),
    })
    const expected = summary(inside())
    for (const word of [namespace.name, String(made.pid)]) {
      const seen = outside(word)
      expect(summary(seen)).toEqual(expected)
      expect(new Set(seen.rows.map(({ netns }) => netns))).toEqual(new Set([namespace.name]))
    }
  })

  test('sees it among all namespaces, and its own without a mark', () => {
    const { rows, deadDescriptors } = outside('all')
    const listener = rows.find(({ state, local }) => state === 'LISTEN' && local.port === made.port)
    expect(listener?.netns).toBe(namespace.name)
    expect(deadDescriptors.filter(({ pid }) => pid === made.pid).map(({ fd }) => fd)).toEqual(made.dead)
  })

  test('where /proc hides processes, nobody is said to have a socket of another user', () => {
    const look = `mount -t proc -o hidepid=2 proc /proc && exec ${process.execPath} ${OBSERVER} '' ${NOBODY}`
    const { rows, processes, lacks }: HostObservation = JSON.parse(
      namespace.run('unshare', ['--mount', 'sh', '-c', look]),
    )
    expect(rows.filter(({ inode, owners }) => inode !== 0 && owners !== undefined)).toEqual([])
    expect(processes).toEqual([])
    expect(lacks.join('\n')).toMatch(/mounted with hidepid/)
  })

  test('without privilege it says what it cannot see, and names nobody wrongly', () => {
    const { rows, deadDescriptors, processes, lacks } = inside('', NOBODY)
    expect(rows.filter(({ inode }) => inode !== 0).map(({ owners }) => owners)).toEqual(
      rows.filter(({ inode }) => inode !== 0).map(() => undefined),
    )
    expect([deadDescriptors, processes]).toEqual([[], []])
    expect(lacks.join('\n')).toMatch(/processes would not show descriptors to this user/)
  })
})
