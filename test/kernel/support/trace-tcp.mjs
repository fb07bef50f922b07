// Traces the TCP of this machine until its standard input ends. Prints a line when it has begun, and what it saw as JSON at the end.
import { TcpTracer } from '../../../dist/host/index.js'

const tracer = await TcpTracer.open()
console.log('tracing')
process.stdin.resume().on('end', () => {
  // What happens while it is taken is held back: the second time has it.
  const [first, second] = [tracer.take(), tracer.take()]
  const events = [...first.events, ...second.events]
  console.log(
    JSON.stringify({ events, lost: first.lost || second.lost }, (_, value) =>
      typeof value === 'bigint' ? String(value) : value,
    ),
  )
})
