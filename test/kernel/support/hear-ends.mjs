// Makes connections, ends them, and prints as JSON what the kernel's notices told of it. Arguments: connections, octets of buffer.
import { once } from 'node:events'
import { connect, createServer } from 'node:net'
import { setTimeout as sleep } from 'node:timers/promises'
import { ALL_STATES, listenForEnds, readSockets } from '../../../dist/host/index.js'

const [count, buffer] = process.argv.slice(2).map(Number)
const listener = await listenForEnds({}, buffer)
const server = createServer({ allowHalfOpen: true }, (socket) => socket.on('end', () => socket.end()).resume())
server.listen(0, '127.0.0.1')
await once(server, 'listening')
const clients = Array.from({ length: count }, () => connect(server.address().port, '127.0.0.1').resume())
await Promise.all(clients.map((client) => once(client, 'connect')))
await sleep(100)

const query = { netids: ['tcp'], families: [4, 6], owners: false, tcpInfo: false, memory: false }
const before = await readSockets({ ...query, states: ALL_STATES })
const quiet = listener.take()
for (const client of clients) client.end()
await sleep(500)
const { ended, overrun } = listener.take()
server.close()
listener.close()
const cookies = (rows) => rows.map(({ cookie }) => String(cookie)).sort()
const established = before.rows.filter(({ state }) => state === 'ESTABLISHED')
console.log(
  JSON.stringify({ quiet: quiet.ended.length, established: cookies(established), ended: cookies(ended), overrun }),
)
