import { describe, expect, test } from 'vitest'
import { stateName } from '../../stack/index.ts'
import { LabError } from './lab-error.ts'
import { startScenario } from './play.ts'
import type { LabRun } from './types.ts'

/** Plays until a host's connection is in that state. */
function playTo(run: LabRun, host: string, state: string): void {
  while (!run.connections(host).some((connection) => connection.state === state)) expect(run.next()).toBe(true)
}

/** Plays until a host's connection in that state has been accepted: its process and descriptor, as an act names them. */
function descriptor(run: LabRun, host: string, state: string): string {
  for (;;) {
    const owner = run.rows(host).find((row) => row.state === state && row.recvQueue === 0)?.owners?.[0]
    if (owner !== undefined) return `${host} ${owner.pid} ${owner.fd}`
    expect(run.next()).toBe(true)
  }
}

/** The last packet that a host sent. */
function lastPacketOf(run: LabRun, host: string): number {
  const index = run.hosts.find(({ name }) => name === host)?.index
  const sent = run.events().filter((event) => event.kind === 'segment' && event.direction === 'out')
  const last = sent.findLast((event) => event.host === index)
  return last?.kind === 'segment' ? last.packet : 0
}

const statesOf = (run: LabRun, index: number): string[] =>
  run.events().flatMap((event) => (event.kind === 'state' && event.host === index ? [stateName(event.to)] : []))

describe('acts on packets', () => {
  test('the final ACK, dropped by its number, brings the FIN again and TIME-WAIT anew', () => {
    const first = startScenario('plain-close')
    playTo(first, 'client', 'TIME-WAIT')
    const run = startScenario('plain-close')
    run.act(`drop ${lastPacketOf(first, 'client')}`)
    run.finish()
    const events = run.events()
    expect(events.some((event) => event.kind === 'fault' && event.verdict === 'drop')).toBe(true)
    expect(events.filter((event) => event.kind === 'segment' && event.retransmission)).not.toHaveLength(0)
    expect(events.some((event) => event.kind === 'note' && event.note === 'time-wait-restarted')).toBe(true)
  })

  test.each([
    ['delay 1 500', 'delay'],
    ['duplicate 1 5', 'duplicate'],
    ['corrupt 1', 'corrupt'],
  ])('%s', (act, verdict) => {
    const run = startScenario('plain-close')
    run.act(act)
    run.finish()
    expect(run.events().filter((event) => event.kind === 'fault')).toMatchObject([{ verdict, packet: 1 }])
  })

  test('every packet can be looked into, as it left', () => {
    const run = startScenario('plain-close')
    run.finish()
    const octets = run.packet(1)
    expect(octets?.[0]).toBe(0x45)
    expect(run.packet(1_000_000)).toBeUndefined()
  })
})

describe('acts on hosts and processes', () => {
  test('a cut wire carries nothing until it is mended', () => {
    const run = startScenario('plain-close')
    run.act('cut')
    run.playUntil(500_000)
    expect(statesOf(run, 1)).not.toContain('SYN-RECEIVED')
    run.act('mend')
    run.finish()
    expect(statesOf(run, 1)).toContain('ESTABLISHED')
  })

  test('a machine that has crashed can be booted, and not twice', () => {
    const run = startScenario('close-wait-30-days')
    playTo(run, 'server', 'ESTABLISHED')
    run.act('crash server')
    expect(run.rows('server')).toEqual([])
    expect(() => run.act('crash server')).toThrow(new LabError('server is down already'))
    run.act('boot server')
    expect(() => run.act('boot server')).toThrow(new LabError('server is up already'))
  })

  test('a leaking server closes when somebody makes the call for it', () => {
    const run = startScenario('close-wait-30-days')
    playTo(run, 'server', 'CLOSE-WAIT')
    run.playUntil(run.now + 1_000_000)
    run.act(`close ${descriptor(run, 'server', 'CLOSE-WAIT')}`)
    expect(run.connections('server').map(({ state }) => state)).toContain('LAST-ACK')
  })

  test('shutdown, send, setsockopt and sysctl do what the program or its administrator would', () => {
    const run = startScenario('plain-close')
    playTo(run, 'server', 'ESTABLISHED')
    const target = descriptor(run, 'server', 'ESTABLISHED')
    run.act(`setsockopt ${target} TCP_NODELAY 1`)
    run.act(`setsockopt ${target} SO_LINGER 0`)
    run.act(`send ${target} 10`)
    run.act(`shutdown ${target} write`)
    run.act('sysctl server net.ipv4.ip_local_port_range 40000 40100')
    const calls = run.events().flatMap((event) => (event.kind === 'call' ? [event.text] : []))
    expect(calls.slice(-4)).toEqual([
      expect.stringMatching(/^setsockopt\(.*TCP_NODELAY/),
      expect.stringMatching(/^setsockopt\(.*SO_LINGER/),
      expect.stringMatching(/^send\(/),
      expect.stringMatching(/^shutdown\(.*SHUT_WR/),
    ])
  })

  test('a process is frozen, goes on, and is killed', () => {
    const run = startScenario('descriptor-leak')
    playTo(run, 'server', 'ESTABLISHED')
    const pid = run.rows('server').flatMap(({ owners = [] }) => owners)[0]?.pid
    for (const verb of ['freeze', 'thaw', 'kill']) run.act(`${verb} server ${pid}`)
    expect(() => run.act(`kill server ${pid}`)).toThrow(new LabError(`no process ${pid} lives on server now`))
  })
})

test.each([
  ['', "'': expected one of drop, corrupt"],
  ['push 1', "'push 1' is no act: expected one of drop, corrupt"],
  ['drop', "'drop': expected the number of a packet"],
  ['drop x', "'drop x': 'x' is not the number of a packet"],
  ['drop 1 2', "'drop 1 2': '2' is a word too many"],
  ['crash nobody', "no host 'nobody' in this run; expected client, server"],
  ['drop-next nobody', "no host 'nobody' in this run; expected client, server"],
  ['shutdown server 1 4 sideways', "'sideways' is no way to shut down: expected read, write or both"],
  ['setsockopt server 1 4 SO_NONSENSE 1', "unknown socket option 'SO_NONSENSE'"],
  ['sysctl server net.nonsense 1', 'net.nonsense'],
])('%j is refused, and says why', (act, message) => {
  const run = startScenario('half-close')
  expect(() => run.act(act)).toThrow(LabError)
  expect(() => run.act(act)).toThrow(message)
})
