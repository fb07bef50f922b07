import { once } from 'node:events'
import { createConnection, createServer } from 'node:net'
import { AF_INET, pump, SOCK_STREAM } from 'lastack/stack'
import { joinedPair } from './pair.ts'

const PORT = 80
const CLIENTS = 100

/** What Linux has a TIME-WAIT last, and a second, by which any timer of it has run out. */
const TIME_WAIT_US = 61_000_000

/**
 * Connections opened and closed a second between two stacks: SYN to TIME-WAIT, the client closing first, no data, 100 at a
 * time. TIME-WAITs pile up as they would; the client's port range is wide and its clock moves so that ports come free, and so many
 * connections are in TIME-WAIT at a time. With offload, packets cross as between a computer and its network card.
 */
export function cyclesStack(count: number, timeWaits: number, offload: boolean): number {
  const { a, b } = joinedPair(1500, { 'net.ipv4.ip_local_port_range': '1024 65535' }, offload)
  const server = b.host.spawn('server')
  const listener = server.socket(AF_INET, SOCK_STREAM)
  server.bind(listener, { address: '0.0.0.0', port: PORT })
  server.listen(listener, CLIENTS)
  const client = a.host.spawn('client')
  const started = process.hrtime.bigint()
  let now = 0
  for (let done = 0; done < count; done += CLIENTS) {
    const open: number[] = []
    for (let i = 0; i < CLIENTS; i++) {
      const fd = client.socket(AF_INET, SOCK_STREAM)
      const result = client.connect(fd, { address: b.address, port: PORT })
      if (result !== -115) throw new Error(`connect: ${result} after ${done + i} connections`)
      open.push(fd)
    }
    while (pump(now, a.joined, b.joined) > 0);
    const accepted: number[] = []
    for (let fd = server.accept(listener); fd >= 0; fd = server.accept(listener)) accepted.push(fd)
    for (const fd of open) client.close(fd)
    while (pump(now, a.joined, b.joined) > 0);
    for (const fd of accepted) server.close(fd)
    while (pump(now, a.joined, b.joined) > 0);
    now += Math.round((TIME_WAIT_US * CLIENTS) / timeWaits)
    a.host.advance(now)
    b.host.advance(now)
  }
  return count / (Number(process.hrtime.bigint() - started) / 1e9)
}

/** The same through Node's own net over loopback. */
export async function cyclesNode(count: number): Promise<number> {
  const server = createServer((socket) => {
    socket.on('end', () => socket.end())
    socket.resume()
  })
  server.listen(0, '127.0.0.1', 512)
  await once(server, 'listening')
  const { port } = server.address() as { port: number }
  const started = process.hrtime.bigint()
  let left = count
  const one = async (): Promise<void> => {
    while (left-- > 0) {
      const socket = createConnection(port, '127.0.0.1')
      await once(socket, 'connect')
      socket.end()
      socket.resume()
      await once(socket, 'close')
    }
  }
  await Promise.all(Array.from({ length: CLIENTS }, one))
  const rate = count / (Number(process.hrtime.bigint() - started) / 1e9)
  server.close()
  return rate
}
