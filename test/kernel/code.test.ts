import { type ChildProcessWithoutNullStreams, spawnSync } from 'node:child_process'
import { once } from 'node:events'
import { mkdtempSync, readFileSync, rmSync, writeFileSync } from 'node:fs'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterAll, afterEach, beforeAll, beforeEach, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED, until } from './support/until.ts'

const LASTACK = new URL('../../bin/lastack.js', import.meta.url).pathname
const NODE_SERVER = new URL('support/faulty-server.mjs', import.meta.url).pathname
const PYTHON_SERVER = new URL('support/leaky-server.py', import.meta.url).pathname
const CLIENT = new URL('support/half-closing-client.py', import.meta.url).pathname

/** A row of /proc/net/tcp: the port in hexadecimal, and the state LISTEN. */
const LISTENS_AT_9229 = /:240D [0-9A-F]{8}:0000 0A /

describeNeeding(['linux', 'root', 'ip', 'ss', 'python3', 'koffi'], 'lastack code', () => {
  let namespace: NetworkNamespace
  let server: ChildProcessWithoutNullStreams
  let port = 8200

  beforeAll(() => {
    namespace = new NetworkNamespace('code')
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  beforeEach(() => {
    port++
  })

  afterEach(() => {
    server.kill('SIGKILL')
  })

  /** Start a server, and have a client half-close: the server's end is in CLOSE-WAIT. Answers the server's pid. */
  async function leaking(command: string, ...args: string[]): Promise<number> {
    server = namespace.start(command, args)
    await firstLine(server)
    await firstLine(namespace.start('python3', [CLIENT, String(port), 'hello', 'wait']))
    const owner = /users:\(\("[^"]*",pid=(\d+),/.exec(await closeWait())?.[1]
    expect(owner).toBe(String(server.pid))
    return Number(owner)
  }

  function closeWait(): Promise<string> {
    return until('a row in CLOSE-WAIT', () => {
      const row = ss('state', 'close-wait', 'sport', '=', `:${port}`)
      return row.includes('users:') && row
    })
  }

  const ss = (...filter: string[]): string => namespace.run('ss', ['-tanpH', ...filter])

  const fdOf = (row: string): string => /,fd=(\d+)\)/.exec(row)?.[1] ?? ''

  function code(...args: string[]): { readonly code: number | null; readonly out: string; readonly err: string } {
    const { status, stdout, stderr } = spawnSync(
      'ip',
      ['netns', 'exec', namespace.name, process.execPath, LASTACK, 'code', ...args],
      { ...BOUNDED, encoding: 'utf8' },
    )
    return { code: status, out: stdout, err: stderr }
  }

  const listening = (): string[] => ss('state', 'listening').trim().split('\n')

  test('names file, line and column of the faulty listeners in a Node server, and closes the inspector', async () => {
    const pid = await leaking(process.execPath, NODE_SERVER, String(port))
    const fd = fdOf(await closeWait())
    const { code: status, out, err } = code(String(pid), '--yes')
    expect({ status, err }).toEqual({ status: 0, err: '' })
    const text = out.replace(/\s+/g, ' ')
    const after = (snippet: string): string => placeAfter(NODE_SERVER, snippet)
    expect(text).toContain(`node (pid ${pid}) holds 1 socket in CLOSE-WAIT: fd ${fd}.`)
    expect(text).toContain(`${after('function remember')} remember(), which listens to 'data' of the socket: fd ${fd}`)
    expect(text).toContain(`${after("'end', ")} a function, which listens to 'end' of the socket: fd ${fd}`)
    expect(text).toContain(
      `${after('function onConnection')} onConnection(), which listens to 'connection' of the server that accepted it: fd ${fd}`,
    )
    expect(text).toContain(
      `fd ${fd}: it is made with allowHalfOpen and has seen end of file: the code has to call end() and does not.`,
    )
    expect(text).toContain('Its inspector is closed again: nothing listens on 127.0.0.1:9229 any more.')
    expect(listening()).toHaveLength(1)
    expect(server.exitCode).toBeNull()
  })

  test('can be asked again', async () => {
    const pid = await leaking(process.execPath, NODE_SERVER, String(port))
    for (const _ of [1, 2]) {
      const { code: status, out } = code(String(pid), '--yes')
      expect(status).toBe(0)
      expect(out).toContain("'connection' of the server")
    }
    expect(listening()).toHaveLength(1)
  })

  test('names the lines that were compiled, by the source map, and those of a worker thread', async () => {
    const folder = mkdtempSync(join(tmpdir(), 'lastack-code-'))
    try {
      const script = join(folder, 'server.mjs')
      // Every line comes from the line of the same number, column 5.
      const mappings = `IAAI${';AACA'.repeat(40)}`
      const map = JSON.stringify({ version: 3, sources: ['src/server.ts'], names: [], mappings })
      const address = `data:application/json;base64,${Buffer.from(map).toString('base64')}`
      writeFileSync(script, `${readFileSync(NODE_SERVER, 'utf8')}//# sourceMappingURL=${address}\n`)
      const pid = await leaking(process.execPath, script, String(port), 'worker')
      const { code: status, out, err } = code(String(pid), '--yes')
      expect({ status, err }).toEqual({ status: 0, err: '' })
      const text = out.replace(/\s+/g, ' ')
      const [line, column] = placeAfter(NODE_SERVER, 'function onConnection').slice(1).split(':')
      expect(text).toContain(
        `${folder}/src/server.ts:${line}:5 onConnection() (compiled to ${script}:${line}:${column}), which listens to 'connection'`,
      )
      expect(listening()).toHaveLength(1)
    } finally {
      rmSync(folder, { recursive: true })
    }
  })

  test('a program that is stopped is left alone', async () => {
    const pid = await leaking(process.execPath, NODE_SERVER, String(port))
    process.kill(pid, 'SIGSTOP')
    expect(code(String(pid), '--yes')).toMatchObject({
      code: 2,
      err: `lastack code: process ${pid} is stopped (SIGSTOP, or a debugger) and could not answer: nothing was sent\n`,
    })
    process.kill(pid, 'SIGCONT')
    expect(listening()).toHaveLength(1)
  })

  test('an inspector that is open already is used, and left open', async () => {
    const pid = await leaking(process.execPath, '--inspect=127.0.0.1:9400', NODE_SERVER, String(port))
    const { code: status, out } = code(String(pid), '--yes')
    expect(status).toBe(0)
    expect(out).toContain('Its inspector was open before, on 127.0.0.1:9400, and is left so.')
    expect(listening()).toHaveLength(2)
  })

  test('without a terminal and without --yes nothing is sent', async () => {
    const pid = await leaking(process.execPath, NODE_SERVER, String(port))
    const { code: status, err } = code(String(pid))
    expect(err).toBe('lastack code: nothing is changed without being agreed to: this is no terminal, expected --yes\n')
    expect(status).toBe(2)
    expect(listening()).toHaveLength(1)
  })

  /** The program is so busy that it is asked for a while; to start another program at each look would take longer than that. */
  function inspectorOpens(): Promise<boolean> {
    const table = `/proc/${server.pid}/net/tcp`
    return until('an inspector', () => LISTENS_AT_9229.test(readFileSync(table, 'utf8')), 2)
  }

  test('killed while it asks: the next one closes what it has left open', async () => {
    const pid = await leaking(process.execPath, NODE_SERVER, String(port), 'busy')
    const killed = namespace.start(process.execPath, [LASTACK, 'code', String(pid), '--yes'])
    await inspectorOpens()
    killed.kill('SIGKILL')
    await once(killed, 'close')
    const { code: status, out } = code(String(pid), '--yes')
    expect(status).toBe(0)
    expect(out).toContain('Its inspector is closed again: nothing listens on 127.0.0.1:9229 any more.')
    expect(listening()).toHaveLength(1)
  })

  test('interrupted while it asks: it closes the inspector before it obeys', async () => {
    const pid = await leaking(process.execPath, NODE_SERVER, String(port), 'busy')
    const interrupted = namespace.start(process.execPath, [LASTACK, 'code', String(pid), '--yes'])
    await inspectorOpens()
    interrupted.kill('SIGINT')
    expect(await once(interrupted, 'close')).toEqual([null, 'SIGINT'])
    expect(listening()).toHaveLength(1)
  })

  test('a program that takes SIGUSR1 for itself: said after a while, and nothing is left', async () => {
    const pid = await leaking(process.execPath, NODE_SERVER, String(port), 'own-signal')
    const { code: status, err } = code(String(pid), '--yes')
    expect(err).toBe(
      `lastack code: process ${pid} did not open its inspector: its port 9229 may be taken, the program may handle SIGUSR1 itself, or it is blocked; should it open later, the next lastack code closes it\n`,
    )
    expect(status).toBe(2)
    expect(listening()).toHaveLength(1)
    expect(server.exitCode).toBeNull()
  })

  test('a Python process is refused and left alive, with what Python’s own tools would say', async () => {
    const pid = await leaking('python3', PYTHON_SERVER, String(port))
    const fd = fdOf(await closeWait())
    const { code: status, out, err } = code(String(pid), '--yes')
    expect(err).toBe(`lastack code: python3 (pid ${pid}) is not Node: nothing was sent to it\n`)
    expect(status).toBe(2)
    expect(out).toContain(`python3 (pid ${pid}) holds 1 socket in CLOSE-WAIT: fd ${fd}.`)
    expect(out).toContain(`\n  py-spy dump --pid ${pid} --locals\n`)
    expect(server.exitCode).toBeNull()
    expect(await closeWait()).toContain(`pid=${pid}`)
  })

  test('what leaks nothing is not asked; what is not there is named', async () => {
    server = namespace.start(process.execPath, [NODE_SERVER, String(port)])
    await firstLine(server)
    const pid = String(server.pid)
    expect(code(pid, '--yes')).toEqual({
      code: 0,
      out: `node (pid ${pid}) holds no socket in CLOSE-WAIT: nothing to ask.\n`,
      err: '',
    })
    expect(code('4194304')).toEqual({ code: 2, out: '', err: 'lastack code: no process has the pid 4194304\n' })
    expect(code('node')).toEqual({ code: 2, out: '', err: 'lastack code: "node": expected a pid\n' })
  })
})

/** `:line:column` of what follows a piece of text in a file. To V8 a function is where its parameters are. */
function placeAfter(path: string, snippet: string): string {
  const text = readFileSync(path, 'utf8')
  const lines = text.slice(0, text.indexOf(snippet) + snippet.length).split('\n')
  return `:${lines.length}:${(lines.at(-1)?.length ?? 0) + 1}`
}
