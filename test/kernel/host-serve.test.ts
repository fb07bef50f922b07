import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunningServer, startServer, type TableFacts } from '../../src/host/index.ts'
import { FrameListener } from '../../src/host/serve/frames.testing.ts'
import type { StreamedRow } from '../../src/inspect/index.ts'
import { describeNeeding } from '../support/requirements.ts'

describeNeeding(['linux', 'koffi'], 'the stream of the real host', () => {
  let directory: string
  let console: RunningServer
  let leaky: Server
  let client: Socket
  let accepted: Socket

  /** A server that does not close when its client has, and one client. */
  beforeEach(async () => {
    directory = mkdtempSync(join(tmpdir(), 'lastack-console-'))
    writeFileSync(join(directory, 'index.html'), '')
    console = await startServer({ directory, port: 0 })
    leaky = createServer({ allowHalfOpen: true })
    await new Promise<void>((resolve) => leaky.listen(0, '127.0.0.1', resolve))
    const arrival = new Promise<Socket>((resolve) => leaky.once('connection', resolve))
    client = connect(portOf(leaky), '127.0.0.1')
    accepted = await arrival
  })

  afterEach(async () => {
    client.destroy()
    accepted.destroy()
    leaky.close()
    await console.close()
    rmSync(directory, { recursive: true })
  })

  test('shows a connection with its owner, its CLOSE-WAIT when the client leaves, and its end', async () => {
    const port = portOf(leaky)
    const serverSide = ({ rows }: Table): StreamedRow | undefined =>
      rows.find((row) => row.local.port === port && row.peer.port === client.localPort)
    const states: (string | undefined)[] = []
    for await (const snapshot of tables(console)) {
      const row = serverSide(snapshot)
      if (row?.state !== states.at(-1)) states.push(row?.state)
      if (row?.state === 'ESTABLISHED') {
        expect(row.owners).toMatchObject([{ pid: process.pid }])
        client.end()
      } else if (row?.state === 'CLOSE-WAIT') {
        expect(row).toMatchObject({ netid: 'tcp', family: 4, recvQueue: 0, owners: [{ pid: process.pid }] })
        expect(snapshot.facts.states['CLOSE-WAIT']).toBeGreaterThanOrEqual(1)
        // With the client's FIN already here, its own goes out as LAST-ACK, which ends at once on loopback.
        accepted.end()
      } else {
        break
      }
    }
    expect(states).toEqual(['ESTABLISHED', 'CLOSE-WAIT', undefined])
  })
})

function portOf(server: Server): number {
  const address = server.address()
  if (typeof address !== 'object' || address === null) throw new Error('the server does not listen on a port')
  return address.port
}

interface Table {
  readonly facts: TableFacts
  readonly rows: readonly StreamedRow[]
}

/** The tables of the stream, as they come. */
async function* tables(server: RunningServer): AsyncGenerator<Table> {
  const listener = new FrameListener()
  for await (const chunk of await stream(server)) {
    for (const frame of listener.hear(chunk)) {
      if ('failure' in frame) throw new Error(frame.failure)
      yield frame
    }
  }
}

function stream(server: RunningServer): Promise<AsyncIterable<Buffer>> {
  return new Promise((resolve, reject) => {
    get(`${server.url}/api/stream`, resolve).on('error', reject)
  })
}
