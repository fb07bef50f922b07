import { type ChildProcessWithoutNullStreams, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED, until } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
/** Serves one octet and closes first, for as long as it is asked. */
const SERVER = `
import socket, sys
listener = socket.create_server(("127.0.0.1", 8088))
print("ready", flush=True)
while True:
    connection, _ = listener.accept()
    connection.recv(4096)
    connection.sendall(b"HTTP/1.0 200 OK\\r\\n\\r\\nx")
    connection.close()
`

describeNeeding(['linux', 'root', 'ip', 'python3', 'curl', 'ss', 'koffi', 'tracefs'], 'lastack trace', () => {
  let namespace: NetworkNamespace

  beforeAll(async () => {
    namespace = new NetworkNamespace('trace')
    await firstLine(namespace.start('python3', ['-c', SERVER]))
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  /** What trace prints while curl fetches once, ended by a signal. */
  async function traceCurl(...args: string[]): Promise<{ out: string; err: string; code: number | null }> {
    const tracer: ChildProcessWithoutNullStreams = namespace.start(process.execPath, [LASTACK, 'trace', ...args])
    const [out, err] = [text(tracer.stdout), new Promise<string>((resolve) => collect(tracer, resolve))]
    const said = await err
    const before = connections()
    namespace.run('curl', ['--silent', 'http://127.0.0.1:8088/'])
    await until('the connection has closed', () => {
      const now = connections()
      return now.every((row) => row.startsWith('TIME-WAIT')) && now.some((row) => !before.includes(row))
    })
    tracer.kill('SIGINT')
    const [code] = (await once(tracer, 'close')) as [number | null]
    return { out: await out, err: said, code }
  }

  /** The rows of both ends of the server's connections. */
  function connections(): string[] {
    const rows = namespace.run('ss', ['-Htan', 'state', 'connected', '( sport = :8088 or dport = :8088 )'])
    return rows.split('\n').filter((row) => row !== '')
  }

  /** The first line on stderr: it says that the source is open. */
  function collect(child: ChildProcessWithoutNullStreams, resolve: (line: string) => void): void {
    let so = ''
    child.stderr.setEncoding('utf8').on('data', (more: string) => {
      so += more
      if (so.includes('\n')) resolve(so.slice(0, so.indexOf('\n')))
    })
  }

  test('shows the life of a local curl as one ladder, whichever end the filter names', async () => {
    const { out, err, code } = await traceCurl('--ladder', 'dport = :8088')
    expect({ err, code }).toEqual({ err: 'lastack: source tracefs', code: 0 })
    const text = out.replaceAll(/[0-9]+\.[0-9]{6}|:[3-6][0-9]{4}/g, (found) =>
      found.startsWith(':') ? ':PORT' : 'TIME',
    )
    const rows = text.split('\n').map((line) => line.replaceAll(/[ ╌]+/g, ' ').trim())
    const closing = rows.slice(
      0,
      rows.findIndex((row) => row.startsWith(':')),
    )
    expect(closing.slice(0, 5)).toEqual([
      '127.0.0.1:PORT │ │ 127.0.0.1:8088',
      'TIME SYN-SENT ├ SYN ►│',
      'TIME ESTABLISHED │◄ SYN,ACK ┤',
      '├ ACK ►│ SYN-RECEIVED TIME',
      '│ │ ESTABLISHED TIME',
    ])
    const end = closing.slice(5)
    expect([end[0], end.at(-1)?.replace(/ TIME-WAIT TIME$/, '')]).toEqual([
      'TIME CLOSE-WAIT │◄ FIN,ACK ┤ FIN-WAIT-1 TIME',
      'TIME CLOSED │◄ ACK ┤',
    ])
    // Whether curl is so quick that its FIN takes the ACK with it is up to chance.
    const apart = ['├ ACK ►│ FIN-WAIT-2 TIME', 'TIME LAST-ACK ├ FIN,ACK ►│ TIME-WAIT TIME']
    const together = ['TIME LAST-ACK ├ FIN,ACK ►│ FIN-WAIT-2 TIME']
    expect([apart, together]).toContainEqual(end.slice(1, -1))
    expect(text).toMatch(/\n {2}127\.0\.0\.1:8088 closed first, so TIME-WAIT is on its side; /)
    expect(text).toMatch(/\n {2}time in +127\.0\.0\.1:PORT +127\.0\.0\.1:8088\n {2}SYN-SENT +TIME s\n/)
    expect(text).toMatch(
      /\n {2}CLOSE-WAIT +TIME s\n {2}LAST-ACK +TIME s\n {2}TIME-WAIT +(?:under|about) \d\.\d s so far\n$/,
    )
  })

  test('prints each move with the time before it, and at the end the time in each state', async () => {
    const { out } = await traceCurl('sport = :8088')
    expect(out).toMatch(/#\d+ +127\.0\.0\.1:8088 +127\.0\.0\.1:\d+ +ESTABLISHED → FIN-WAIT-1 +after \d\.\d{6} s\n/)
    expect(out).toMatch(
      /\ntime in each state\n.*SYN-RECEIVED 0\.\d{6} s, ESTABLISHED 0\.\d{6} s, FIN-WAIT-1 .*TIME-WAIT (?:under|about) \d\.\d s so far\n$/s,
    )
    expect(out).not.toMatch(/SYN-SENT/)
  })

  test('prints JSON, a line for each event and then for each connection', async () => {
    const { out } = await traceCurl('--json', 'dport = :8088')
    const lines = out
      .trimEnd()
      .split('\n')
      .map((line) => JSON.parse(line))
    expect(lines.map(({ kind, to }) => to ?? kind)).toEqual([
      'SYN-SENT',
      'ESTABLISHED',
      'CLOSE-WAIT',
      'LAST-ACK',
      'CLOSED',
      'stays',
    ])
    expect(lines.at(-1).stays.map(({ state }: { state: string }) => state)).toEqual([
      'SYN-SENT',
      'ESTABLISHED',
      'CLOSE-WAIT',
      'LAST-ACK',
    ])
  })

  test('without tracefs it looks again and again, and says what that cannot see', async () => {
    const { out, err } = await traceCurl('--source', 'netlink', 'sport = :8088')
    expect(err).toMatch(
      /^lastack: source netlink; .*is not seen, nor are retransmissions, resets and other network namespaces$/,
    )
    expect(out).toMatch(/127\.0\.0\.1:8088 +127\.0\.0\.1:\d+ +\S+ → TIME-WAIT\b/)
  })

  test('bad input is one line', () => {
    const complaint = (...args: string[]): string =>
      spawnSync(process.execPath, [LASTACK, 'trace', ...args], { ...BOUNDED, encoding: 'utf8' }).stderr
    expect(complaint('--duration', 'soon')).toBe(
      'lastack trace: --duration "soon": expected a duration such as 30s, 5m or 1h\n',
    )
    expect(complaint('--ladder', '--json')).toBe('lastack trace: --ladder and --json: expected one of them\n')
    expect(complaint('--source', 'magic')).toBe('lastack trace: --source "magic": expected tracefs or netlink\n')
    expect(complaint('sport', '=')).toBe(
      'lastack trace: the filter ends too early (filter word 3): expected a port such as :80, :http or :*\n',
    )
  })
})
