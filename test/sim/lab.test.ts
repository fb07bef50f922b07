import { describe, expect, it } from 'vitest'
import { parseNetstat, printNetstat } from '../../src/inspect/index.ts'
import { LabError, listScenarios, runScenario, startScenario } from '../../src/sim/index.ts'

describe('a run that is stepped', () => {
  it('comes to the same as one that is played at once', () => {
    const stepped = startScenario('lost-final-ack')
    let steps = 0
    while (stepped.next()) steps++
    expect(steps).toBeGreaterThan(10)
    expect(stepped.done).toBe(true)
    expect(stepped.verdict).toBe('pass')
    expect(stepped.events()).toEqual(runScenario('lost-final-ack').events)
    expect(stepped.next()).toBe(false)
  })

  it('comes to its end where a keep-alive that nobody wants runs every millisecond', () => {
    const run = startScenario('close-wait-not-tunable', { personality: 'freebsd' })
    expect(run.finish().verdict).toBe('true')
    expect(run.eventCount).toBeLessThan(200_000)
  })

  it('tells states and rows at any time', () => {
    const run = startScenario('plain-close')
    run.playUntil(1_500_000)
    expect(run.done).toBe(false)
    expect(run.now).toBeLessThanOrEqual(1_500_000)
    expect(run.connections('client').map((connection) => connection.state)).toEqual(['FIN-WAIT-2'])
    expect(run.connections('server').map((connection) => connection.state)).toEqual(['CLOSE-WAIT'])
    expect(run.rows('server').map((row) => row.state)).toEqual(['LISTEN', 'CLOSE-WAIT'])
    expect(run.steps().some((step) => step.kind === 'check')).toBe(true)
    const seen = run.eventCount
    run.next()
    expect(run.events(seen).every((event) => event.time >= 1_000_000)).toBe(true)
  })

  it('loses the next packet when told to, and repairs it', () => {
    const run = startScenario('half-close')
    run.act('drop-next client')
    const result = run.finish()
    const [lost] = result.events.filter((event) => event.kind === 'fault' && event.verdict === 'drop')
    expect(lost?.kind === 'fault' && lost.packet).toBe(1)
    const syns = result.events.filter((e) => e.kind === 'segment' && e.direction === 'out' && e.flags === 2)
    expect(syns).toHaveLength(2)
    expect(result.verdict).toBe('pass')
    expect(() => startScenario('half-close').act('drop-next nobody')).toThrow(
      "no host 'nobody' in this run; expected client, server",
    )
  })

  it('takes sysctls: TIME-WAIT is 30 s where the system lets it be', () => {
    const run = startScenario('plain-close', { personality: 'freebsd', set: { 'net.inet.tcp.msl': '15000' } })
    const result = run.finish()
    expect(result.verdict).toBe('pass')
    expect(result.steps.some((step) => step.kind === 'say' && step.text === 'TIME-WAIT lasted 30 s.')).toBe(true)
  })

  it('shows its mutation: without TIME-WAIT the plain close fails its check', () => {
    const result = runScenario('plain-close', { mutation: 'no-time-wait' })
    expect(result.verdict).toBe('fail')
    expect(result.because).toContain('the client is in TIME-WAIT')
  })
})

describe('what cannot be played is said in one line', () => {
  it.each([
    [() => runScenario('lost-final'), "unknown scenario or claim 'lost-final'; did you mean lost-final-ack"],
    [() => runScenario('plain-close', { case: 'x' }), "'plain-close' has no case 'x'; expected run"],
    [() => runScenario('plain-close', { personality: 'beos' }), "unknown personality 'beos'; expected linux, rfc9293"],
    [
      () => runScenario('plain-close', { set: { tcp_fin_timout: '5' } }),
      "unknown sysctl 'tcp_fin_timout' for linux; did you",
    ],
    [
      () => runScenario('plain-close', { set: { tcp_fin_timeout: 'x' } }),
      "sysctl net.ipv4.tcp_fin_timeout: 'x' is not",
    ],
    [() => runScenario('plain-close', { mutation: 'x' }), "unknown mutation 'x'; expected closer-in-close-wait"],
    [() => runScenario('plain-close', { seed: 0.5 }), 'seed 0.5 is not a whole number'],
  ])('%#', (play, message) => {
    expect(play).toThrow(LabError)
    expect(play).toThrow(message)
  })
})

describe('the list', () => {
  it('names everything once, with a title and a summary', () => {
    const infos = listScenarios()
    expect(new Set(infos.map((info) => info.id)).size).toBe(infos.length)
    for (const info of infos) {
      expect(info.title.length).toBeGreaterThan(5)
      expect(info.summary.length).toBeGreaterThan(80)
      expect(info.cases.length).toBeGreaterThan(0)
    }
  })
})

it('tables of a run print as netstat does', () => {
  const result = runScenario('descriptor-leak')
  const text = printNetstat(parseNetstat(['-tnp']), result.tables['server'] ?? [])
  const hanging = text.split('\n').filter((line) => line.includes('CLOSE_WAIT'))
  expect(hanging).toHaveLength(5)
  for (const line of hanging)
    expect(line).toMatch(/^tcp +[01] +0 10\.0\.0\.2:81 +10\.0\.0\.1:\d+ +CLOSE_WAIT +\d+\/leaky/)
})
