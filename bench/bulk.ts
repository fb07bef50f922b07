import { once } from 'node:events'
import { createConnection, createServer, type Socket } from 'node:net'
import { AF_INET, type Attachment, pump, SOCK_STREAM } from 'lastack/stack'
import { joinedPair } from './pair.ts'

const PORT = 80
const CHUNK = 65_536

/**
 * One way, between two stacks in this process at MTU 1500: every segment a packet with its checksum made and verified, or with
 * offload, bursts crossing whole. Returns octets a second.
 */
export function bulkStack(octets: number, mtu: number, write: number, offload: boolean): number {
  const { a, b } = joinedPair(mtu, {}, offload)
  const receiver = b.host.spawn('sink')
  const listener = receiver.socket(AF_INET, SOCK_STREAM)
  receiver.bind(listener, { address: '0.0.0.0', port: PORT })
  receiver.listen(listener, 8)
  const sender = a.host.spawn('source')
  const out = sender.socket(AF_INET, SOCK_STREAM)
  sender.connect(out, { address: b.address, port: PORT })
  let now = 0
  const settle = (): void => {
    while (pump(now, a.joined, b.joined) > 0);
  }
  settle()
  const into = receiver.accept(listener)
  const data = new Uint8Array(write).fill(120)
  const buffer = new Uint8Array(CHUNK)
  const started = process.hrtime.bigint()
  let sent = 0
  let received = 0
  while (received < octets) {
    while (sent < octets) {
      const took = sender.send(out, data)
      if (took <= 0) break
      sent += took
    }
    pump(now, a.joined, b.joined)
    for (let n = receiver.recv(into, buffer); n > 0; n = receiver.recv(into, buffer)) received += n
    now += 10
    advance(now, a.joined, b.joined)
  }
  return octets / seconds(started)
}

function advance(now: number, ...hosts: Attachment[]): void {
  for (const { host } of hosts) if (host.nextDeadline() <= now) host.advance(now)
}

/** The same through Node's own net, over loopback. */
export async function bulkNode(octets: number, write: number): Promise<number> {
  const server = createServer()
  server.listen(0, '127.0.0.1')
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const started = process.hrtime.bigint()
  const done = new Promise<void>((resolve) => {
    server.on('connection', (socket) => {
      let received = 0
      socket.on('data', (chunk) => {
        received += chunk.length
        if (received >= octets) resolve()
      })
    })
  })
  const socket = createConnection(port, '127.0.0.1')
  await once(socket, 'connect')
  writeAll(socket, new Uint8Array(write).fill(120), octets)
  await done
  const rate = octets / seconds(started)
  socket.destroy()
  server.close()
  return rate
}

function writeAll(socket: Socket, data: Uint8Array, octets: number): void {
  let sent = 0
  const more = (): void => {
    while (sent < octets) {
      sent += data.length
      if (!socket.write(data)) return
    }
  }
  socket.on('drain', more)
  more()
}

function seconds(started: bigint): number {
  return Number(process.hrtime.bigint() - started) / 1e9
}
