// Makes connections, ends them, and prints as JSON what the kernel's notices told of it. Arguments: connections, octets of buffer.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ALL_STATES, listenForEnds, readSockets } from '../../../dist/host/index.js'

const PATIENCE_MS = 60_000

const [count, buffer] = process.argv.slice(2).map(Number)
const listener = await listenForEnds({}, buffer)
let accepted = 0
const server = createServer({ allowHalfOpen: true }, (socket) => {
  accepted++
  socket.on('end', () => socket.end()).resume()
})
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const clients = Array.from({ length: count }, () => connect(server.address().port, '127.0.0.1').resume())
await Promise.all(clients.map((client) => once(client, 'connect')))
while (accepted < count) await sleep(10)

const query = { netids: ['tcp'], families: [4, 6], owners: false, tcpInfo: false, memory: false }
const before = await readSockets({ ...query, states: ALL_STATES })
const established = before.rows.filter(({ state }) => state === 'ESTABLISHED')
const quiet = listener.take()
for (const client of clients) client.end()
// Notices come by a queue of the kernel's: until all are there, or some are said to be lost.
const heard = { ended: [], overrun: false }
for (const end = performance.now() + PATIENCE_MS; performance.now() < end; await sleep(10)) {
  const { ended, overrun } = listener.take()
  heard.ended.push(...ended)
  heard.overrun ||= overrun
  if (heard.overrun || heard.ended.length >= established.length) break
}
server.close()
listener.close()
const cookies = (rows) => rows.map(({ cookie }) => String(cookie)).sort()
console.log(
  JSON.stringify({
    quiet: quiet.ended.length,
    established: cookies(established),
    ended: cookies(heard.ended),
    overrun: heard.overrun,
  }),
)
