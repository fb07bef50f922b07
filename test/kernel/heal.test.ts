import { type ChildProcessWithoutNullStreams, spawnSync } from 'node:child_process'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED, until } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const SERVER = new URL('support/leaky-server.py', import.meta.url).pathname
const CLIENT = new URL('support/half-closing-client.py', import.meta.url).pathname

/** Orphans in FIN-WAIT-2 are forgotten after so many seconds: then their end of the connection answers RST. */
const FIN_TIMEOUT_S = 1
/** Where it is they that a story is about: as long as Linux lets them. */
const ORPHANS_STAY_S = 60

/** So many sockets in CLOSE-WAIT that the doctor calls it a leak, and that `heal` wants to be told of their number. */
const LEAK_COUNT = 120
/** What makes a leak of sockets that are seconds old. */
const IMPATIENT = ['--close-wait-age', '1']

describeNeeding(['linux', 'root', 'ip', 'ss', 'python3', 'koffi'], 'lastack heal', () => {
  let namespace: NetworkNamespace
  let elsewhere: NetworkNamespace
  let server: ChildProcessWithoutNullStreams
  let port = 8000

  beforeAll(async () => {
    namespace = new NetworkNamespace('heal')
    elsewhere = new NetworkNamespace('heal-elsewhere')
  })

  afterAll(async () => {
    await namespace?.remove()
    await elsewhere?.remove()
  })

  // A port of its own for each story: what one leaves is not the next one's.
  beforeEach(async () => {
    finTimeout(FIN_TIMEOUT_S)
    port++
    server = namespace.start('python3', [SERVER, String(port)])
    await firstLine(server)
  })

  afterEach(() => {
    server.kill('SIGKILL')
  })

  function finTimeout(seconds: number): void {
    namespace.run('sysctl', ['-q', '-w', `net.ipv4.tcp_fin_timeout=${seconds}`])
  }

  /** What a client prints, line by line. */
  function client(text: string, then: 'wait' | 'leave'): { readonly line: (n: number) => Promise<string> } {
    const child = namespace.start('python3', [CLIENT, String(port), text, then])
    let printed = ''
    child.stdout.setEncoding('utf8').on('data', (more: string) => {
      printed += more
    })
    return {
      line: (n) => until(`line ${n} of the client`, () => printed.split('\n').slice(0, -1)[n]),
    }
  }

  function heal(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
    const { status, stdout, stderr } = spawnSync(
      'ip',
      ['netns', 'exec', namespace.name, process.execPath, LASTACK, 'heal', ...args],
      { ...BOUNDED, encoding: 'utf8' },
    )
    return { code: status, out: stdout, err: stderr }
  }

  const rows = (filter: string): string[] =>
    namespace
      .run('ss', ['-tanH', ...filter.split(' ')])
      .split('\n')
      .filter((line) => line !== '')

  const closeWaits = (): string[] => rows(`state close-wait sport = :${port}`)

  const inCloseWait = (count: number): Promise<boolean> =>
    until(`${count} in CLOSE-WAIT`, () => closeWaits().length === count)

  const ours = (): string[] => ['state', 'close-wait', 'sport', '=', `:${port}`]

  test('--how shutdown ends CLOSE-WAIT with a FIN, which a waiting peer reads as end of file', async () => {
    const peer = client('hello', 'wait')
    await inCloseWait(1)
    const { code, out } = heal(...ours(), '--how', 'shutdown', '--yes')
    expect(await peer.line(1)).toBe('end of file')
    expect(out).toMatch(/^CLOSE-WAIT {2}127\.0\.0\.1:\d+ - 127\.0\.0\.1:\d+ {2}Recv-Q 6 {2}Send-Q 0\n/)
    expect(out.replace(/\s+/g, ' ')).toMatch(
      / python3 \(pid \d+, fd \d+\): sends FIN: .*; 5 octets unread: the close\(\) that follows later would send RST\. /,
    )
    expect(out).toMatch(/FIN acknowledged: closed\./)
    expect(out.replace(/\s+/g, ' ')).toMatch(/1 descriptor of python3 \(pid \d+\) stays open/)
    expect(code).toBe(0)
    expect(closeWaits()).toEqual([])
  })

  test('it sends no RST', async () => {
    const peer = client('', 'wait')
    await inCloseWait(1)
    const resets = (): string =>
      /Tcp: .*\nTcp: (.*)/.exec(namespace.run('cat', ['/proc/net/snmp']))?.[1]?.split(' ')[13] ?? ''
    const before = resets()
    expect(heal(...ours(), '--how', 'shutdown', '--yes').code).toBe(0)
    expect(await peer.line(1)).toBe('end of file')
    expect(resets()).toBe(before)
  })

  test('a peer that has gone answers RST, and that is reported', async () => {
    await client('', 'leave').line(0)
    await inCloseWait(1)
    await until('the peer is forgotten', () => rows(`dport = :${port}`).length === 0)
    const { code, out } = heal(...ours(), '--how', 'shutdown', '--yes')
    expect(out).toMatch(/RST: the peer had gone\./)
    expect(code).toBe(0)
    expect(closeWaits()).toEqual([])
  })

  test('--dry-run changes nothing', async () => {
    client('', 'wait')
    await inCloseWait(1)
    const before = closeWaits()
    for (const how of ['shutdown', 'destroy', 'kill']) {
      const { code, out } = heal(...ours(), '--how', how, '--dry-run')
      expect({ code, last: out.split('\n').at(-2) }).toEqual({ code: 0, last: 'Nothing was changed: --dry-run.' })
    }
    expect(closeWaits()).toEqual(before)
  })

  test('without a terminal and without --yes nothing is done', async () => {
    client('', 'wait')
    await inCloseWait(1)
    const { code, err } = heal(...ours(), '--how', 'destroy')
    expect(err).toMatch(
      /\nlastack heal: nothing is changed without being agreed to: this is no terminal, expected --yes\n$/,
    )
    expect(code).toBe(2)
    expect(closeWaits()).toHaveLength(1)
  })

  test('at a terminal it asks, and takes only a yes for one', async () => {
    client('', 'wait')
    await inCloseWait(1)
    expect(atTerminal('n')).toMatch(/Shut down 1 socket\? \[y\/N\] .*\s+Nothing was changed\./)
    expect(closeWaits()).toHaveLength(1)
    expect(atTerminal('y')).toMatch(/FIN acknowledged:\s+closed\./)
    expect(closeWaits()).toEqual([])
  })

  /** What a person sees who types that answer. */
  function atTerminal(answer: string): string {
    const typing = `
import os, pty, sys
pid, fd = pty.fork()
if pid == 0: os.execvp(sys.argv[2], sys.argv[2:])
seen, answered = b"", False
while True:
    try: more = os.read(fd, 4096)
    except OSError: break
    if not more: break
    seen += more
    if not answered and b"[y/N]" in seen:
        answered = True
        os.write(fd, sys.argv[1].encode() + b"\\n")
os.waitpid(pid, 0)
sys.stdout.buffer.write(seen)
`
    return namespace.run('python3', [
      ...['-c', typing, answer, process.execPath, LASTACK, 'heal'],
      ...[...ours(), '--how', 'shutdown'],
    ])
  }

  test('a listener is refused unless the filter says so', async () => {
    const refused = heal('state', 'all', 'sport', '=', `:${port}`, '--how', 'destroy', '--yes')
    expect(refused.err).toMatch(
      new RegExp(
        `\nlastack heal: 127\\.0\\.0\\.1:${port} listens, .* or state listening with its port \\(sport = :${port}\\) if that is meant\n$`,
      ),
    )
    expect(refused.code).toBe(2)
    expect(rows(`state listening sport = :${port}`)).toHaveLength(1)

    // Its state alone names nobody, and a range of ports two services.
    const script =
      "import socket,time; s=socket.create_server(('127.0.0.1',9)); print('listens', flush=True); time.sleep(600)"
    const other = namespace.start('python3', ['-c', script])
    await firstLine(other)
    for (const [filter, words] of [
      [[], 'listens, and to end it ends a service'],
      [['sport', '>', ':1'], 'two services: expected the port of one'],
    ] as const) {
      const vague = heal('state', 'listening', ...filter, '--how', 'destroy', '--yes')
      expect(vague.err).toContain(words)
      expect([vague.code, rows('state listening').length]).toEqual([2, 2])
    }
    other.kill()

    const meant = heal('state', 'listening', 'sport', '=', `:${port}`, '--how', 'destroy', '--yes')
    expect(meant.out.replace(/\s+/g, ' ')).toMatch(
      /destroyed; its descriptor keeps the port, bound and no longer listening\./,
    )
    expect(meant.code).toBe(0)
    expect(rows(`state listening sport = :${port}`)).toEqual([])
  })

  test('more than --max is refused, with the number', async () => {
    client('', 'wait')
    client('', 'wait')
    await inCloseWait(2)
    const { code, err } = heal(...ours(), '--how', 'shutdown', '--yes', '--max', '1')
    expect(err).toMatch(/\nlastack heal: 2 sockets match, more than 1: expected a narrower filter or --max 2\n$/)
    expect(code).toBe(2)
    expect(closeWaits()).toHaveLength(2)
  })

  test('--how destroy resets the peer; the descriptor stays', async () => {
    const peer = client('', 'wait')
    await inCloseWait(1)
    const { code, out } = heal(...ours(), '--how', 'destroy', '--yes')
    expect(await peer.line(1)).toBe('Connection reset by peer')
    expect(out).toMatch(/destroyed: in no table any more\.\n1 descriptor of python3/)
    expect(code).toBe(0)
  })

  test('--how kill ends the owner, and says what else it holds', async () => {
    const peer = client('hello', 'wait')
    client('', 'wait')
    await inCloseWait(2)
    const one = closeWaits()[0]?.split(/\s+/)[3]?.split(':').at(-1) ?? ''
    const { code, out } = heal(
      'state',
      'close-wait',
      'sport',
      '=',
      `:${port}`,
      'dport',
      '=',
      `:${one}`,
      '--how',
      'kill',
      '--yes',
    )
    expect(out).toMatch(/SIGTERM to python3 \(pid \d+\) ends all of its \d+ sockets,/)
    expect(out).toMatch(/closed with its process/)
    expect(code).toBe(0)
    expect(await peer.line(1)).toBe('Connection reset by peer')
    expect(rows(`sport = :${port}`).filter((row) => !row.startsWith('TIME-WAIT'))).toEqual([])
  })

  test('where no socket matches nothing is done, and an orphan can only be destroyed', async () => {
    const { code, out } = heal('state', 'fin-wait-2', 'sport', '=', `:${port}`, '--how', 'shutdown', '--yes')
    expect({ code, out }).toEqual({ code: 0, out: 'No socket matches: nothing to do.\n' })
    finTimeout(ORPHANS_STAY_S)
    await client('', 'leave').line(0)
    await inCloseWait(1)
    const orphan = heal('state', 'fin-wait-2', 'dport', '=', `:${port}`, '--how', 'shutdown', '--yes')
    expect(orphan.out.replace(/\s+/g, ' ')).toMatch(
      /no owner: left alone: its descriptor is closed already: only --how destroy ends it\./,
    )
    expect(orphan.code).toBe(1)
  })

  test('without the right to, it says so and changes nothing', async () => {
    client('', 'wait')
    await inCloseWait(1)
    const { status, stderr } = spawnSync(
      'ip',
      [
        ...['netns', 'exec', namespace.name, 'setpriv', '--reuid=65534', '--regid=65534', '--clear-groups'],
        ...[process.execPath, LASTACK, 'heal', ...ours(), '--how', 'destroy', '--yes'],
      ],
      { ...BOUNDED, encoding: 'utf8' },
    )
    expect(stderr).toMatch(/\nlastack heal: SOCK_DESTROY needs root \(CAP_NET_ADMIN\)\n$/)
    expect(status).toBe(2)
    expect(closeWaits()).toHaveLength(1)
  })

  test('the command that the doctor prints is all that is to be typed, however many there are', async () => {
    const peers = namespace.start('python3', [CLIENT, String(port), '', 'wait', String(LEAK_COUNT)])
    await firstLine(peers)
    await inCloseWait(LEAK_COUNT)
    await new Promise((resolve) => setTimeout(resolve, 1500))
    const printed = inside('doctor', '--port', String(port), ...IMPATIENT).stdout
    const id = `close-wait-server/python3/${port}`
    const command = /lastack (heal .* --how shutdown .*)/.exec(printed.replace(/ \\\n +/g, ' '))?.[1] ?? ''
    const args = command.split(' ')
    expect(args).toEqual(['heal', id, '--how', 'shutdown', '--max', '200', ...IMPATIENT])

    const { status, stdout } = inside(...args, '--yes')
    expect(status).toBe(0)
    expect(stdout.replace(/\s+/g, ' ')).toMatch(
      /^CLOSE-WAIT \S+ - \S+ Recv-Q 1 Send-Q 0 and 119 more python3 \(pid \d+\): sends FIN: .*\. \S+ - \S+ and 119 more FIN acknowledged: closed\. 120 descriptors of python3 \(pid \d+\) stay open until it closes them or ends: .*\. $/,
    )
    expect(closeWaits()).toEqual([])
    const gone = heal(id, '--how', 'shutdown', '--yes', ...IMPATIENT)
    expect(gone.err).toBe(`lastack heal: "${id}": no such finding at this moment: lastack doctor lists them\n`)
    expect(gone.code).toBe(2)
  })

  test.each(['shutdown', 'destroy'])('in another network namespace only where it is named: %s', async (how) => {
    const peer = client('', 'wait')
    await inCloseWait(1)
    // From a namespace of the test's, not the machine's own: whoever uses that may have such sockets too.
    const outside = (...args: string[]): ReturnType<typeof spawnSync> => {
      const command = [process.execPath, LASTACK, 'heal', ...ours(), '--how', how, '--yes', ...args]
      return spawnSync('ip', ['netns', 'exec', elsewhere.name, ...command], { ...BOUNDED, encoding: 'utf8' })
    }
    expect(outside()).toMatchObject({ status: 0, stdout: 'No socket matches: nothing to do.\n' })
    expect(closeWaits()).toHaveLength(1)
    expect(outside('--netns', 'all').stderr).toMatch(
      /^lastack heal: "all" is no network namespace: expected a name or a pid; there are .*\n$/,
    )
    expect(heal('fin-wait', '--how', how).err).toMatch(/"fin-wait" \(filter word 1\): .*, or the id of a finding\n$/)
    expect(outside('--netns', namespace.name).status).toBe(0)
    expect(await peer.line(1)).toBe(how === 'shutdown' ? 'end of file' : 'Connection reset by peer')
    expect(closeWaits()).toEqual([])
  })

  function inside(...args: string[]): { readonly status: number | null; readonly stdout: string } {
    const command = ['netns', 'exec', namespace.name, process.execPath, LASTACK, ...args]
    return spawnSync('ip', command, { ...BOUNDED, encoding: 'utf8' })
  }
})
