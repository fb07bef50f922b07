import { type ChildProcessWithoutNullStreams, execFileSync, spawn } from 'node:child_process'
import { once } from 'node:events'
import { text } from 'node:stream/consumers'
import { afterAll, beforeAll, expect, test } from 'vitest'
import { describeNeeding } from '../support/requirements.ts'
import { firstLine, NetworkNamespace } from './support/namespace.ts'
import { BOUNDED } from './support/until.ts'

const TRACE = new URL('support/trace-tcp.mjs', import.meta.url).pathname
const LIST = new URL('support/trace-instances.mjs', import.meta.url).pathname
const CLOSE = `
import socket
listener = socket.create_server(("127.0.0.1", 4433))
client = socket.create_connection(listener.getsockname(), source_address=("127.0.0.1", 5544))
server, _ = listener.accept()
client.close()
assert server.recv(1) == b""
server.close()
refused = socket.socket()
assert refused.connect_ex(("127.0.0.1", 4434)) != 0
`

interface Seen {
  readonly events: readonly {
    readonly kind: string
    readonly time: number
    readonly socket: string
    readonly cookie?: string
    readonly from?: string
    readonly to?: string
    readonly reason?: string
    readonly local: { readonly port: number }
    readonly peer: { readonly port: number }
  }[]
  readonly lost: boolean
}

/** The instances of the machine's tracefs. */
function instances(): string[] {
  return JSON.parse(execFileSync(process.execPath, [LIST], { ...BOUNDED, encoding: 'utf8' }))
}

async function start(): Promise<ChildProcessWithoutNullStreams> {
  const child = spawn(process.execPath, [TRACE])
  await firstLine(child)
  return child
}

async function finish(child: ChildProcessWithoutNullStreams): Promise<Seen> {
  const output = text(child.stdout)
  child.stdin.end()
  return JSON.parse(await output)
}

describeNeeding(['linux', 'root', 'ip', 'python3', 'koffi', 'tracefs'], 'tracing by tracefs', () => {
  let namespace: NetworkNamespace

  beforeAll(() => {
    namespace = new NetworkNamespace('tracefs')
  })

  afterAll(async () => {
    await namespace?.remove()
  })

  test('sees a whole life in another network namespace, in order and by socket', async () => {
    const tracer = await start()
    namespace.run('python3', ['-c', CLOSE])
    const { events, lost } = await finish(tracer)
    expect(lost).toBe(false)
    expect(events.map(({ time }) => time)).toEqual(events.map(({ time }) => time).sort((a, b) => a - b))
    const moves = (local: number, peer: number): string[] => {
      const states = events.filter(
        ({ kind, local: here, peer: there }) => kind === 'state' && here.port === local && there.port === peer,
      )
      return states.map(({ from, to }) => `${from} ${to}`)
    }
    expect(moves(5544, 4433)).toEqual([
      'CLOSED SYN-SENT',
      'SYN-SENT ESTABLISHED',
      'ESTABLISHED FIN-WAIT-1',
      'FIN-WAIT-1 FIN-WAIT-2',
      'FIN-WAIT-2 CLOSED',
    ])
    expect(moves(4433, 5544)).toEqual([
      'LISTEN SYN-RECEIVED',
      'SYN-RECEIVED ESTABLISHED',
      'ESTABLISHED CLOSE-WAIT',
      'CLOSE-WAIT LAST-ACK',
      'LAST-ACK CLOSED',
    ])
    const server = events.find(({ to, local }) => to === 'CLOSE-WAIT' && local.port === 4433)
    const end = events.find(({ kind, socket }) => kind === 'end' && socket === server?.socket)
    expect(Number(end?.cookie)).toBeGreaterThan(0)
    expect(events.find(({ kind, local }) => kind === 'reset-sent' && local.port === 4434)).toBeDefined()
    expect(events.find(({ kind, peer }) => kind === 'reset-received' && peer.port === 4434)).toBeDefined()
  })

  test('leaves nothing behind, and removes what a killed one has left', async () => {
    const killed = await start()
    const name = `lastack-${killed.pid}`
    expect(instances()).toContain(name)
    killed.kill('SIGKILL')
    await once(killed, 'close')
    expect(instances()).toContain(name)
    const next = await start()
    expect(instances()).not.toContain(name)
    await finish(next)
    expect(instances()).not.toContain(`lastack-${next.pid}`)
  })
})
