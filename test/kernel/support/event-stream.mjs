// Server-sent events to thirty clients that have half-closed, as those do that send a request and nothing more. Prints `ready`, and ends
// when its standard input does.
import { connect, createServer } from 'node:net'

const CLIENTS = 30

const server = createServer({ allowHalfOpen: true }, (socket) => {
  const timer = setInterval(() => socket.write('data: tick\n\n'), 300)
  socket.on('close', () => clearInterval(timer)).resume()
})
server.listen(8080, '127.0.0.1', () => {
  let hearing = 0
  for (let i = 0; i < CLIENTS; i++) {
    const client = connect({ port: 8080, host: '127.0.0.1', allowHalfOpen: true })
    client.end('GET /events HTTP/1.1\r\n\r\n')
    client.once('data', () => {
      if (++hearing === CLIENTS) console.log('ready')
    })
    client.resume()
  }
})
process.stdin.resume().on('end', () => process.exit())
