import { describe, expect, test } from 'vitest'
import { isFault } from './diagnose.ts'
import { diagnosed, listener, look, looks, served, silentFor, times } from './looks.testing.ts'
import { printFindings } from './print.ts'
import { reportOf } from './report.ts'
import { schemaFaults } from './schema.testing.ts'
import { DEFAULT_THRESHOLDS, THRESHOLDS } from './thresholds.ts'

const rows = [
  listener(8080),
  ...times(12, (i) => served('CLOSE-WAIT', { cookie: BigInt(i + 1), tcpInfo: silentFor(60 + i), recvQueue: 1 })),
]
const observation = look(rows, {
  processes: [
    {
      pid: 4242,
      command: 'python3',
      user: 'www',
      unit: 'app.service',
      cwd: '/srv',
      startTime: 99,
      fdCount: 30,
      fdLimit: 1024,
    },
  ],
  lacks: ['The kernel tells no ends of sockets.'],
})

test('a finding for people', () => {
  expect(printFindings(diagnosed([observation]), { now: observation.at })).toBe(`\
WARNING python3 (pid 4242) leaks 12 connections in CLOSE-WAIT on port 8080
  close-wait-server/python3/8080
  owner                           python3 (pid 4242), user www, unit
                                  app.service, in /srv
  since                           at least 71 s ago
  stale in CLOSE-WAIT             12 sockets
  oldest (at least)               71 s
  median age (at least)           65 s
  top peers                       10.0.0.9 (12)
  Recv-Q                          12 at 1
  descriptors of pid 4242         30
  their limit                     1,024

  The clients have closed and python3 (pid 4242) has not: only its own close()
  ends these connections. Recv-Q is 1: only the end of file is unread, so the
  program no longer looks at these sockets: it hangs, or has dropped them from
  its event loop. No timer and no sysctl ends an idle CLOSE-WAIT; each keeps a
  descriptor until accept() fails with EMFILE.

  1. Find where the program hangs, or watch the sockets until they are closed
       lastack code 4242
     Cost: A release of the program; nothing that runs is touched.
  2. End them gently from outside (root)
       lastack heal close-wait-server/python3/8080 --how shutdown
     Cost: Sends FIN; a peer that has gone answers RST. The descriptors stay
     open in the process.
  3. Destroy them (root)
       lastack heal close-wait-server/python3/8080 --how destroy
       ss -tK state close-wait sport = :8080
     Cost: Sends RST: data under way is lost. The descriptors stay open in the
     process, in no table any more.
  4. Restart it
       systemctl restart app.service
     Cost: Ends every connection of python3, the good ones too; the fault comes
     back until the code is fixed.
  What is said of it, judged: lastack claims close-wait-client-crash

1 finding: 1 warning.
`)
})

test('none', () => {
  expect(printFindings([], { now: 0 })).toBe('No findings.\n')
})

test('a note is no finding, and is told all the same', () => {
  const abort = { 'net.ipv4.tcp_abort_on_overflow': '1' }
  const noted = diagnosed([look([], { sysctls: abort })])
  expect(noted.map(isFault)).toEqual([false])
  expect(printFindings(noted, { now: 0 })).toMatch(/^NOTE tcp_abort_on_overflow .*\n\nNo findings; 1 note\.\n$/s)
  const both = diagnosed([look(rows, { sysctls: abort })])
  expect(both.map(isFault)).toEqual([true, false])
  expect(printFindings(both, { now: 0 })).toMatch(/\n1 finding: 1 warning; 1 note\.\n$/)
})

test('since when and how fast, with a history', () => {
  const all = times(40, () => served('CLOSE-WAIT', { tcpInfo: undefined }))
  const seen = looks(10, 10, (i) => [listener(8080), ...(i === 0 ? [] : all.slice(0, 11 + i))])
  const text = printFindings(diagnosed(seen), { now: seen.at(-1)?.at as number })
  expect(text).toMatch(/^ {2}since {27}80 s ago; \+13 a minute$/m)
})

describe('the report', () => {
  const parsed = (): { findings: { since: unknown; cookies: unknown }[]; lacks: unknown } =>
    JSON.parse(JSON.stringify(reportOf(diagnosed([observation]), observation)))

  test('is JSON, with ages and cookies', () => {
    expect(parsed().lacks).toEqual(['The kernel tells no ends of sockets.'])
    expect(parsed().findings[0]).toMatchObject({ since: { secondsAgo: 71, precision: 'bound' }, growthPerMinute: null })
    expect(parsed().findings[0]?.cookies).toEqual(
      times(12, (i) => served('CLOSE-WAIT', { cookie: BigInt(i + 1) })).map(({ cookie }) => String(cookie)),
    )
  })

  test('keeps its schema', () => {
    expect(schemaFaults(parsed())).toEqual([])
  })
})

test('every threshold has a flag of its own, a default and a reason', () => {
  expect(new Set(THRESHOLDS.map(({ flag }) => flag)).size).toBe(THRESHOLDS.length)
  expect(THRESHOLDS.map(({ name }) => DEFAULT_THRESHOLDS[name])).toEqual(THRESHOLDS.map((one) => one.default))
  for (const { flag, reason, unit, default: value } of THRESHOLDS) {
    expect(flag).toMatch(/^[a-z0-9-]+$/)
    expect(reason).toMatch(/\.$/)
    if (unit === 'share') expect(value).toBeLessThanOrEqual(1)
  }
})
