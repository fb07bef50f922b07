import { rmSync } from 'node:fs'
import { afterAll, beforeAll, describe, expect, test } from 'vitest'
import { blocks, compile, EMBEDDING, machine, run } from './examples.ts'

const DOCUMENTS = ['README.md', EMBEDDING]

const EXAMPLES = DOCUMENTS.flatMap((document) =>
  blocks(document, 'ts').map((text, nth) => ({
    name: `${document.replaceAll(/\W/g, '-')}-${nth}`,
    document,
    nth,
    text,
    expected: blocks(document, 'text')[nth],
  })),
)

/** The class, on another system. */
function machineOn(system: string): string {
  const made = 'new Host({ name, '
  expect(machine()).toContain(made)
  return machine().replace(made, `${made}personality: '${system}', `)
}

/** Two machines, a listener and one connection between them. */
const TWO = `
const server: Machine = new Machine('server', '10.0.0.2/24', (packet) => client.receive(packet))
const client: Machine = new Machine('client', '10.0.0.1/24', (packet) => server.receive(packet))
const listener = server.program.socket(AF_INET, SOCK_STREAM)
server.program.bind(listener, { address: '0.0.0.0', port: 7 })
server.program.listen(listener, 128)
async function connect(): Promise<number> {
  const fd = client.program.socket(AF_INET, SOCK_STREAM)
  await client.call(fd, (p) => p.connect(fd, { address: '10.0.0.2', port: 7 }))
  return fd
}
const accept = (): Promise<number> => server.call(listener, (p) => p.accept(listener))
const pause = (): Promise<void> => new Promise((resolve) => setTimeout(resolve, 20))
function stop() {
  client.stop()
  server.stop()
}
`

/** More than both ends' buffers hold: each end's writer and reader have waited at once before the first octet is read. */
const FULL_DUPLEX = `
const OCTETS = 2_000_000
async function write(machine: Machine, fd: number) {
  const data = new Uint8Array(OCTETS)
  for (let sent = 0; sent < OCTETS; ) sent += await machine.call(fd, (p) => p.send(fd, data.subarray(sent)))
}
async function read(machine: Machine, fd: number): Promise<number> {
  const buffer = new Uint8Array(65_536)
  let octets = 0
  while (octets < OCTETS) octets += await machine.call(fd, (p) => p.recv(fd, buffer))
  return octets
}
const [there, here] = await Promise.all([accept(), connect()])
const both = Promise.all([read(client, here), write(client, here)])
await pause()
const [[came], [went]] = await Promise.all([both, Promise.all([read(server, there), write(server, there)])])
console.log(came, went)
stop()
`

const TWO_ACCEPT = `
const fds = await Promise.all([accept(), accept(), connect(), connect()])
console.log(fds.join(' '))
stop()
`

/** The number of what is closed is given to the next socket, which must not be read by those who waited for the old one. */
const CLOSED_WHILE_WAITING = `
const [, fd] = await Promise.all([accept(), connect()])
const wait = (machine: Machine, fd: number, make: (p: Process) => number) => machine.call(fd, make).catch(({ message }) => message)
const waiting = [
  wait(client, fd, (p) => p.recv(fd, new Uint8Array(10))),
  wait(client, fd, (p) => p.recv(fd, new Uint8Array(10))),
  wait(server, listener, (p) => p.accept(listener)),
]
await pause()
client.close(fd)
server.close(listener)
console.log(client.program.socket(AF_INET, SOCK_STREAM) === fd)
console.log((await Promise.all(waiting)).join(' '))
stop()
`

const PLAYS = ['linux', 'freebsd', 'windows'].flatMap((system) => [
  { name: `${system}-full-duplex`, system, play: FULL_DUPLEX, expected: '2000000 2000000\n' },
  { name: `${system}-two-accept`, system, play: TWO_ACCEPT, expected: '4 5 3 4\n' },
  { name: `${system}-closed-while-waiting`, system, play: CLOSED_WHILE_WAITING, expected: 'true\nEBADF EBADF EBADF\n' },
])

describe('the examples of the documents', () => {
  let folder: string | undefined

  beforeAll(() => {
    folder = compile({
      ...Object.fromEntries(EXAMPLES.map(({ name, text }) => [name, text])),
      ...Object.fromEntries(PLAYS.map(({ name, system, play }) => [name, machineOn(system) + TWO + play])),
    })
  })
  afterAll(() => {
    if (folder !== undefined) rmSync(folder, { recursive: true })
  })

  test.each(EXAMPLES)('$document prints what stands below it: $nth', ({ name, text, expected }) => {
    expect(text).toContain("from 'lastack")
    expect(run(folder as string, name)).toBe(expected)
  })

  test.each(PLAYS)('the machine plays $name', ({ name, expected }) => {
    expect(run(folder as string, name)).toBe(expected)
  })
})
