import { mkdtempSync, rmSync, writeFileSync } from 'node:fs'
import { get } from 'node:http'
import { connect, createServer, type Server, type Socket } from 'node:net'
import { tmpdir } from 'node:os'
import { join } from 'node:path'
import { afterEach, beforeEach, expect, test } from 'vitest'
import { type RunningServer, type SnapshotMessage, type SocketMessage, startServer } from '../../src/host/index.ts'
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
    const serverSide = (snapshot: SnapshotMessage): SocketMessage | undefined =>
      snapshot.rows.find((row) => row.local.port === port && row.peer.port === client.localPort)
    const states: (string | undefined)[] = []
    for await (const snapshot of snapshots(console)) {
      const row = serverSide(snapshot)
      if (row?.state !== states.at(-1)) states.push(row?.state)
      if (row?.state === 'ESTABLISHED') {
        expect(row.owners).toMatchObject([{ pid: process.pid }])
        client.end()
      } else if (row?.state === 'CLOSE-WAIT') {
        expect(row).toMatchObject({ netid: 'tcp', family: 4, recvQueue: 0, owners: [{ pid: process.pid }] })
        expect(snapshot.states['CLOSE-WAIT']).toBeGreaterThanOrEqual(1)
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

/** The snapshots of the stream, as they come. */
async function* snapshots(server: RunningServer): AsyncGenerator<SnapshotMessage> {
  let text = ''
  for await (const chunk of await stream(server)) {
    text += chunk
    for (let end = text.indexOf('\n\n'); end >= 0; end = text.indexOf('\n\n')) {
      const [name, data = ''] = text.slice(0, end).split('\n', 2)
      text = text.slice(end + 2)
      expect(name).toBe('event: snapshot')
      yield JSON.parse(data.replace('data: ', '')) as SnapshotMessage
    }
  }
}

function stream(server: RunningServer): Promise<AsyncIterable<string>> {
  return new Promise((resolve, reject) => {
    get(`${server.url}/api/stream`, (response) => resolve(response.setEncoding('utf8'))).on('error', reject)
  })
}
