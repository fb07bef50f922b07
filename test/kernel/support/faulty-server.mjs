// A server that never ends its half of a connection. Arguments: a port, and `own-signal` for a program that takes SIGUSR1 for itself,
// `busy` for one that has little time to answer, or `worker` for one that serves in a worker thread.
// Prints `ready`, and ends when its standard input does.
import { createServer } from 'node:net'
import { isMainThread, Worker } from 'node:worker_threads'

const [port, variant] = process.argv.slice(2)
if (variant === 'busy') setInterval(() => Atomics.wait(new Int32Array(new SharedArrayBuffer(4)), 0, 0, 100), 110)
if (variant === 'own-signal') process.on('SIGUSR1', () => undefined)

const remembered = []

function onConnection(socket) {
  socket.on('data', function remember(chunk) {
    remembered.push(chunk)
  })
  socket.on('end', () => undefined)
}

if (variant === 'worker' && isMainThread) new Worker(new URL(import.meta.url), { argv: [port] })
else createServer({ allowHalfOpen: true }, onConnection).listen(Number(port), '127.0.0.1', () => console.log('ready'))
if (isMainThread) process.stdin.resume().on('end', () => process.exit())
