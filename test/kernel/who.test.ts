import { spawnSync } from 'node:child_process'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const MAKER = new URL('support/port-holders.py', import.meta.url).pathname
const SERVER = new URL('support/leaky-server.py', import.meta.url).pathname

describeNeeding(['linux', 'root', 'ip', 'ss', 'python3', 'koffi'], 'lastack who', () => {
  let namespace: NetworkNamespace
  let made: { readonly pid: number; readonly child: number }

  beforeAll(async () => {
    namespace = new NetworkNamespace('who')
    made = JSON.parse(await firstLine(namespace.start('python3', [MAKER])))
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  /** What it prints, each run of blanks and line ends as one blank. */
  function who(word: string): { readonly code: number | null; readonly text: string; readonly err: string } {
    const { status, stdout, stderr } = spawnSync(
      'ip',
      ['netns', 'exec', namespace.name, process.execPath, LASTACK, 'who', word],
      { ...BOUNDED, encoding: 'utf8' },
    )
    return { code: status, text: stdout.replace(/\s+/g, ' '), err: stderr }
  }

  test('a port that nobody has is free', () => {
    const { code, text } = who('8199')
    expect(text).toBe(
      'No socket of this network namespace has that port. ' +
        'bind() to 0.0.0.0:8199 SO_REUSEADDR off succeeds SO_REUSEADDR on succeeds ' +
        'bind() to [::]:8199 SO_REUSEADDR off succeeds SO_REUSEADDR on succeeds The port is free. ',
    )
    expect(code).toBe(0)
  })

  test('bound and not listening: in no table of ss, and in the way', () => {
    expect(namespace.run('ss', ['-tanH', 'sport', '=', ':8101'])).toBe('')
    const { code, text } = who('8101')
    expect(text).toMatch(
      new RegExp(
        `^BOUND, not listening 127\\.0\\.0\\.1:8101 python3 \\(pid ${made.pid}, fd \\d+\\), user root: .*port-holders\\.py SO_REUSEADDR off, SO_REUSEPORT off `,
      ),
    )
    expect(text).toContain('SO_REUSEADDR on EADDRINUSE: a bound socket without SO_REUSEADDR;')
    expect(text).toContain(`It does not free itself: held by python3 (pid ${made.pid}).`)
    expect(code).toBe(1)
  })

  test('an inherited listener: the child has it, whoever made it', () => {
    const { code, text } = who('127.0.0.1:8102')
    expect(text).toMatch(new RegExp(`^LISTEN 0\\.0\\.0\\.0:8102 python3 \\(pid ${made.child}, fd \\d+\\)`))
    expect(text).toContain(
      'bind() to 127.0.0.1:8102 SO_REUSEADDR off EADDRINUSE: 0.0.0.0:8102 listens SO_REUSEADDR on EADDRINUSE: 0.0.0.0:8102 listens, which SO_REUSEADDR does not pass',
    )
    expect(text).toContain(`It does not free itself: held by python3 (pid ${made.child}).`)
    expect(code).toBe(1)
  })

  test("a client's TIME-WAIT: no option passes it, and it frees itself", () => {
    const { code, text } = who('40103')
    expect(text).toMatch(
      /^TIME-WAIT 127\.0\.0\.1:40103 - 127\.0\.0\.1:8104 no process any more; frees itself in [1-6]?\d s bind/,
    )
    expect(text).toContain('SO_REUSEADDR on EADDRINUSE: TIME-WAIT without SO_REUSEADDR; Linux wants it on both')
    expect(text).toMatch(
      /It frees itself in [1-6]?\d s\. The port lies in ip_local_port_range \(32768 to 60999\), .*ip_local_reserved_ports=40103 keeps it/,
    )
    expect(code).toBe(1)
  })

  test('TIME-WAIT of a server that had the option: a new one that has it can bind', () => {
    const { code, text } = who('127.0.0.1:8104')
    expect(text).toContain(
      'bind() to 127.0.0.1:8104 SO_REUSEADDR off EADDRINUSE: TIME-WAIT SO_REUSEADDR on succeeds: those on the port have it too',
    )
    expect(text).toMatch(/It frees itself in [1-6]?\d s\. A server that sets SO_REUSEADDR can have it now\. $/)
    expect(code).toBe(1)
  })

  test('asking leaves nothing behind, and disturbs nobody', async () => {
    await firstLine(namespace.start('python3', [SERVER, '8105']))
    for (const _ of [1, 2, 3]) who('8105')
    expect(namespace.run('ss', ['-tanH', 'sport', '=', ':8105']).trim().split('\n')).toHaveLength(1)
    const { text } = who('8105')
    expect(text).toMatch(/^LISTEN 127\.0\.0\.1:8105 .* SO_REUSEADDR on, SO_REUSEPORT off /)
  })

  test('a listener of another network namespace is named, and is in nobody’s way', async () => {
    const other = new NetworkNamespace('who-else')
    try {
      await firstLine(other.start('python3', [SERVER, '8106']))
      const { code, text } = who('8106')
      expect(text).toMatch(
        new RegExp(
          `The port is free\\. In other network namespaces, in nobody’s way here: LISTEN 127\\.0\\.0\\.1:8106 in ${other.name}: python3 \\(pid \\d+\\) $`,
        ),
      )
      expect(code).toBe(0)
    } finally {
      await other.remove()
    }
  })

  test('an address that this host does not have', () => {
    const { code, text } = who('192.0.2.1:80')
    expect(text).toContain('SO_REUSEADDR off EADDRNOTAVAIL: this host does not have that address')
    expect(code).toBe(1)
  })

  test('bad input is one line', () => {
    for (const word of ['http', '0', '65536', '1.2.3:80', 'fe80::1:80', '[::1]']) {
      expect(who(word)).toEqual({
        code: 2,
        text: '',
        err: `lastack who: "${word}": expected a port from 1 to 65535, or ADDRESS:PORT such as 127.0.0.1:80 or [::1]:80\n`,
      })
    }
  })
})
