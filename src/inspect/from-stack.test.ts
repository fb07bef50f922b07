import { expect, test } from 'vitest'
import {
  AF_INET,
  AF_INET6,
  Host,
  type Process,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
} from '../stack/index.ts'
import { rowsFromStack } from './from-stack.ts'
import { parseSs } from './ss/arguments.ts'
import { printSs } from './ss/print.ts'

/** A host whose programs talk over its loopback. */
class Alone {
  readonly host = new Host({ name: 'alone', seed: 1 })
  readonly program: Process = this.host.spawn('program')

  settle(): void {
    for (let turn = 0; turn < 10; turn++) this.host.advance(this.host.now + 1000)
  }

  /** Both ends of a connection. */
  connect(): [client: number, server: number] {
    const { program } = this
    const listener = program.socket(AF_INET6, SOCK_STREAM)
    program.bind(listener, { address: '::', port: 80 })
    program.listen(listener, 5)
    const client = program.socket(AF_INET6, SOCK_STREAM)
    program.connect(client, { address: '::1', port: 80 })
    this.settle()
    return [client, program.accept(listener)]
  }

  /** What `ss -e` prints of each state behind the cookie. */
  details(): Record<string, string> {
    const lines = printSs(parseSs(['-tuaenH']), rowsFromStack(this.host)).split('\n')
    const words = lines.flatMap((line) => {
      const [, state, behind] = /^\w+ +([\w-]+) .* sk:[0-9a-f]+(.*?) *$/.exec(line) ?? []
      return state === undefined ? [] : [[state, behind?.trim()]]
    })
    return Object.fromEntries(words) as Record<string, string>
  }
}

// What Linux answers: v6only of what listens or does nothing (inet_diag gives it in LISTEN and CLOSE alone), and of each whole socket
// the directions that are shut.
test('ss -e: v6only of sockets that take what comes, and the directions that are shut', () => {
  const alone = new Alone()
  const { program } = alone
  const [client, server] = alone.connect()
  program.bind(program.socket(AF_INET6, SOCK_DGRAM), { address: '::', port: 53 })
  expect(alone.details()).toEqual({ LISTEN: 'v6only:0 <->', ESTAB: '<->', UNCONN: 'v6only:0 <->' })
  program.shutdown(client, SHUT_WR)
  alone.settle()
  expect(alone.details()).toMatchObject({ 'FIN-WAIT-2': '<--', 'CLOSE-WAIT': '-->' })
  program.close(client)
  expect(alone.details()).toMatchObject({ 'FIN-WAIT-2': '', 'CLOSE-WAIT': '-->' })
  program.close(server)
  alone.settle()
  expect(alone.details()).toMatchObject({ 'TIME-WAIT': '' })
})

test('ss -e: reading alone that is shut', () => {
  const alone = new Alone()
  const [client] = alone.connect()
  alone.program.shutdown(client, SHUT_RD)
  const rows = rowsFromStack(alone.host).filter(({ peer }) => peer.port === 80)
  expect(rows.map(({ shutdown, v6only }) => [shutdown, v6only])).toEqual([[1, undefined]])
})

test('ss -e: what is bound and does nothing, or has been shut meanwhile', () => {
  const alone = new Alone()
  const { program } = alone
  const idle = program.socket(AF_INET, SOCK_STREAM)
  program.bind(idle, { address: '0.0.0.0', port: 81 })
  const datagrams = program.socket(AF_INET, SOCK_DGRAM)
  program.bind(datagrams, { address: '0.0.0.0', port: 82 })
  const shut = (): unknown => rowsFromStack(alone.host).map(({ local, shutdown }) => [local.port, shutdown])
  expect(shut()).toEqual([
    [81, 0],
    [82, 0],
  ])
  program.shutdown(idle, SHUT_RDWR)
  program.shutdown(datagrams, SHUT_WR)
  expect(shut()).toEqual([
    [81, 3],
    [82, 2],
  ])
})
