/** The two kinds of end: a real kernel, whose calls a Python program makes, and our stack. Both answer the same calls in the same words. */
import type { ChildProcessWithoutNullStreams } from 'node:child_process'
import { createInterface } from 'node:readline'
import { type ErrnoName, errnoNumbers } from '../../../src/base/index.ts'
import {
  AF_INET,
  type Host,
  Level,
  Msg,
  type OptionBox,
  type Process,
  SOCK_STREAM,
  So,
} from '../../../src/stack/index.ts'
import { nowUs } from './wire.ts'

/** What a call takes. */
export type Argument = string | number | readonly (readonly [number, number])[]

/** Who makes calls. A result is a number as text, or the errno's name behind a minus. */
export interface End {
  call(key: string, call: string, ...args: readonly Argument[]): Promise<string>
  /** The states of connections, by their ports at this end and at the other; `none` for those that are in no table. */
  states(pairs: readonly (readonly [number, number])[]): Promise<readonly string[]>
}

/** A kernel, by way of test/kernel/support/socket-agent.py. */
export class KernelEnd implements End {
  readonly #agent: ChildProcessWithoutNullStreams
  readonly #waiting = new Map<number, (result: string) => void>()
  #id = 0

  readonly #addresses: readonly [here: string, there: string]

  /** @param agent has written its first line */
  constructor(agent: ChildProcessWithoutNullStreams, here: string, there: string) {
    this.#agent = agent
    this.#addresses = [here, there]
    agent.stderr.pipe(process.stderr)
    createInterface(agent.stdout).on('line', (line) => {
      if (!line.startsWith('{')) return
      const { id, result } = JSON.parse(line) as { readonly id: number; readonly result: string }
      this.#waiting.get(id)?.(result)
      this.#waiting.delete(id)
    })
  }

  call(key: string, call: string, ...args: readonly Argument[]): Promise<string> {
    const id = ++this.#id
    this.#agent.stdin.write(`${JSON.stringify({ id, key, call, args })}\n`)
    return new Promise((resolve) => this.#waiting.set(id, resolve))
  }

  async states(pairs: readonly (readonly [number, number])[]): Promise<readonly string[]> {
    return (await this.call('', 'states', ...this.#addresses, pairs)).split(' ')
  }
}

const HERE = '0.0.0.0'

/** Our stack. */
export class StackEnd implements End {
  readonly #host: Host
  readonly #process: Process
  readonly #fds = new Map<string, number>()

  constructor(host: Host) {
    this.#host = host
    this.#process = host.spawn('calls', { nofile: 10_000 })
  }

  async call(key: string, call: string, ...args: readonly Argument[]): Promise<string> {
    this.#host.advance(nowUs())
    const result = this.#do(key, call, args as readonly (string & number)[])
    return result < 0 ? `-${nameOf(-result)}` : String(result)
  }

  async states(pairs: readonly (readonly [number, number])[]): Promise<readonly string[]> {
    const rows = this.#host.describeSockets()
    return pairs.map(
      ([here, there]) => rows.find((row) => row.local.port === here && row.peer.port === there)?.state ?? 'none',
    )
  }

  #do(key: string, call: string, args: readonly (string & number)[]): number {
    const process = this.#process
    const fd = this.#fds.get(key) ?? -1
    const [a = 0 as string & number, b = 0 as string & number, c = 0 as string & number] = args
    switch (call) {
      case 'make':
        return this.#make(key, a, b)
      case 'bind':
        return process.bind(fd, { address: HERE, port: a })
      case 'listen':
        return process.listen(fd, a)
      case 'accept':
        return this.#keep(a, process.accept(fd))
      case 'connect':
        return process.connect(fd, { address: a, port: b })
      case 'disconnect':
        return process.connect(fd, null)
      case 'send':
        return process.send(fd, new Uint8Array(a), Msg.NOSIGNAL)
      case 'send_urgent':
        return process.send(fd, new Uint8Array(1), Msg.OOB)
      case 'recv':
        return process.recv(fd, new Uint8Array(a))
      case 'shutdown':
        return process.shutdown(fd, a)
      case 'close':
        // The number may soon be somebody else's.
        this.#fds.delete(key)
        return process.close(fd)
      case 'dup':
        return this.#keep(a, process.dup(fd))
      case 'linger':
        return process.setsockopt(fd, Level.SOL_SOCKET, So.LINGER, { on: Boolean(a), seconds: b })
      case 'option':
        return process.setsockopt(fd, a, b, c)
      case 'error': {
        const box: OptionBox = { value: 0 }
        const failed = process.getsockopt(fd, Level.SOL_SOCKET, So.ERROR, box)
        return failed < 0 ? failed : (box.value as number)
      }
      default:
        throw new Error(`no such call: ${call}`)
    }
  }

  #make(key: string, port: number, reuse: number): number {
    const fd = this.#process.socket(AF_INET, SOCK_STREAM)
    this.#fds.set(key, fd)
    if (reuse) this.#process.setsockopt(fd, Level.SOL_SOCKET, So.REUSEADDR, 1)
    return port === 0 ? 0 : this.#process.bind(fd, { address: HERE, port })
  }

  /** Python's keys stand for what a descriptor is here. */
  #keep(key: string, result: number): number {
    if (result < 0) return result
    this.#fds.set(key, result)
    return 0
  }
}

function nameOf(errno: number): string {
  const numbers = errnoNumbers.linux
  return (Object.keys(numbers) as ErrnoName[]).find((name) => numbers[name] === errno) ?? String(errno)
}
