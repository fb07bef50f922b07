import { errnoName, type Micros } from '../base/index.ts'
import {
  AF_INET,
  AF_INET6,
  Level,
  Msg,
  type OptionValue,
  Poll,
  type Process,
  SHUT_RD,
  SHUT_RDWR,
  SHUT_WR,
  SOCK_DGRAM,
  SOCK_STREAM,
  So,
} from '../stack/index.ts'
import { dataText, optionNumbers, type SocketOptionName } from './call-words.ts'
import type { SimHost } from './host.ts'
import { copyOfOctets } from './octet-slab.ts'

/** What a waiting program waits for: the first of a time and readiness of a descriptor. */
export interface Pause {
  /** −1: no descriptor. */
  readonly fd: number
  readonly until: Micros
}

/** A piece of a program: it runs until it has to wait, and yields what for. Used with `yield*`. */
export type Running<T> = Generator<Pause, T, void>

/** What a program does. When it returns, the process exits. */
export type ProgramBody = (p: Program) => Running<void>

/** What recv() got. */
export interface Received {
  /** Octets, 0 at the end of file, or −errno. */
  readonly result: number
  readonly data: Uint8Array
  /** The same as text, one character per octet. */
  readonly text: string
}

/** How recv() reads. */
export interface ReceiveOptions {
  /** MSG_WAITALL: wait until everything asked for is there, or the end is. A peek does not wait for more. */
  readonly waitAll?: boolean
  /** MSG_PEEK: leave it where it is. */
  readonly peek?: boolean
}

interface Thread {
  readonly running: Running<void>
  pause: Pause | null
  /** Counts its pauses, so that a wake-up that comes too late is known as such. */
  pauses: number
}

/** Thrown by `exit` to leave the body. */
class Exit extends Error {}

const NEVER = Number.POSITIVE_INFINITY
/** How often a lingering close looks whether the peer has everything. */
const LINGER_POLL: Micros = 10_000

/**
 * A program on a host: a process of the stack and what it does, written as a coroutine. Calls are those of the socket interface
 * and return −errno in the host's own numbers; those that wait are for `yield*`. Everything is traced as strace would show it,
 * waiting calls as `<unfinished ...>` first and with their result when they are done.
 */
export class Program {
  readonly host: SimHost
  readonly process: Process
  readonly body: ProgramBody
  private readonly threads: Thread[] = []
  private buffer: Uint8Array = new Uint8Array(0)
  private stopped = false
  private frozen = false
  /** Threads that would have gone on while it was frozen. */
  private held: (() => void)[] = []

  /** Made by `SimHost.run`; begins at the next step of the world. */
  constructor(host: SimHost, process: Process, body: ProgramBody) {
    this.host = host
    this.process = process
    this.body = body
  }

  get name(): string {
    return this.process.name
  }

  get pid(): number {
    return this.process.pid
  }

  /** False once it has exited, was killed, or its host has crashed. */
  get alive(): boolean {
    return !this.stopped && this.process.alive && !this.process.host.crashed
  }

  /** Its open descriptors. */
  descriptors(): readonly number[] {
    return this.process.descriptors
  }

  // ---- calls that do not wait

  /** A TCP or UDP socket. */
  socket(kind: 'tcp' | 'udp' = 'tcp', family: 4 | 6 = 4): number {
    const type = kind === 'tcp' ? SOCK_STREAM : SOCK_DGRAM
    return this.call('socket()', () => this.process.socket(family === 4 ? AF_INET : AF_INET6, type))
  }

  /** `address` may be a host's name. */
  bind(fd: number, address: string, port: number): number {
    const to = { address: this.host.resolve(address), port }
    return this.call(`bind(${fd})`, () => this.process.bind(fd, to))
  }

  listen(fd: number, backlog: number): number {
    return this.call(`listen(${fd}, ${backlog})`, () => this.process.listen(fd, backlog))
  }

  setsockopt(fd: number, option: SocketOptionName, value: OptionValue): number {
    const [level, name] = optionNumbers(option)
    return this.call(`setsockopt(${fd})`, () => this.process.setsockopt(fd, level, name, value))
  }

  shutdown(fd: number, how: 'read' | 'write' | 'both'): number {
    const number = how === 'read' ? SHUT_RD : how === 'write' ? SHUT_WR : SHUT_RDWR
    return this.call(`shutdown(${fd})`, () => this.process.shutdown(fd, number))
  }

  close(fd: number): number {
    return this.call(`close(${fd})`, () => this.process.close(fd))
  }

  /** One send(), which does not wait: the octets taken, or −errno. */
  sendSome(fd: number, data: Uint8Array | string): number {
    const octets = toOctets(data)
    return this.call(`send(${fd})`, () => this.process.send(fd, octets), dataText(octets, octets.length))
  }

  /** Ends the program here. */
  exit(code = 0): never {
    this.host.end(this, (process) => process.exit(code))
    throw new Exit()
  }

  // ---- calls that wait

  /** Connects and waits until it is done. `to` may be a host's name. */
  *connect(fd: number, to: string, port: number): Running<number> {
    const address = this.host.resolve(to)
    const words = `connect(${fd}, ${address}:${port})`
    const first = this.attempt(words, () => this.process.connect(fd, { address, port }))
    if (this.errno(first) !== 'EINPROGRESS') return first
    while (!this.polled(fd, Poll.OUT | Poll.ERR | Poll.HUP)) yield { fd, until: NEVER }
    const { result, report } = this.host.trace.capture(() => this.connected(fd))
    this.host.trace.call(this.host.now, report?.conn ?? 0, this.name, words, result, this.errno(result))
    return result
  }

  /** Accepts the next connection. */
  *accept(fd: number): Running<number> {
    return yield* this.blocking(fd, `accept(${fd})`, () => this.process.accept(fd))
  }

  /** Sends everything. The octets taken, or −errno if none was. */
  *send(fd: number, data: Uint8Array | string): Running<number> {
    const octets = toOctets(data)
    let sent = 0
    while (sent < octets.length) {
      const rest = octets.subarray(sent)
      const words = dataText(rest, rest.length)
      const result = yield* this.blocking(fd, `send(${fd})`, () => this.process.send(fd, rest), words)
      if (result < 0) return sent > 0 ? sent : result
      sent += result
    }
    return sent
  }

  /** Receives up to `max` octets, waiting for the first, or for all of them if asked to. */
  *recv(fd: number, max: number, options: ReceiveOptions = {}): Running<Received> {
    const parts: Uint8Array[] = []
    let length = 0
    const flags = options.peek === true ? Msg.PEEK : 0
    for (;;) {
      // One buffer for all calls: what was received is copied out of it before anybody else takes a step.
      if (this.buffer.length < max) this.buffer = new Uint8Array(max)
      const into = this.buffer.subarray(0, max - length)
      const receive = (): number => this.process.recv(fd, into, flags)
      const result = yield* this.blocking(fd, `recv(${fd})`, receive, (got) => dataText(into, got))
      if (result > 0) {
        parts.push(copyOfOctets(into, 0, result))
        length += result
      }
      if (result <= 0 || length === max || options.waitAll !== true || options.peek === true) {
        return received(length > 0 ? length : result, parts, length)
      }
    }
  }

  /** Receives until the end of file, or an error. */
  *readAll(fd: number): Running<Uint8Array> {
    const parts: Uint8Array[] = []
    let length = 0
    for (;;) {
      const { result, data } = yield* this.recv(fd, 65_536)
      if (result <= 0) return received(length, parts, length).data
      parts.push(data)
      length += result
    }
  }

  /** close() of a blocking socket with SO_LINGER {1, seconds}: waits until the peer has everything, or the time is over. */
  *lingeringClose(fd: number, seconds: number): Running<number> {
    this.setsockopt(fd, 'SO_LINGER', { on: true, seconds })
    const finished = this.host.watchFin(this.process, fd)
    const result = this.close(fd)
    const end = this.host.now + seconds * 1_000_000
    while (result === 0 && !finished() && this.host.now < end) {
      yield { fd: -1, until: Math.min(end, this.host.now + LINGER_POLL) }
    }
    return result
  }

  /** Lets time pass. */
  *sleep(us: Micros): Running<void> {
    yield* this.sleepUntil(this.host.now + us)
  }

  /** Waits until that time of the world. */
  *sleepUntil(time: Micros): Running<void> {
    while (this.host.now < time) yield { fd: -1, until: time }
  }

  /** Does nothing more, until it is ended from outside. */
  *forever(): Running<void> {
    for (;;) yield { fd: -1, until: NEVER }
  }

  // ---- more than one thing at a time

  /** Starts a thread: it shares the descriptors and ends with the process. */
  start(body: () => Running<void>): void {
    const thread: Thread = { running: body(), pause: null, pauses: 0 }
    this.threads.push(thread)
    this.host.plan(this.host.now, () => this.resume(thread, 0))
  }

  /** A child process with the same descriptors; a connection closes when both have closed it. */
  fork(name: string, body: ProgramBody): Program {
    return this.host.adopt(this.process.fork(name), body)
  }

  /** @internal Wakes whoever waits for that descriptor. */
  ready(fd: number): void {
    for (const thread of this.threads) {
      if (thread.pause?.fd !== fd) continue
      const { pauses } = thread
      this.host.plan(this.host.now, () => this.resume(thread, pauses))
    }
  }

  /** @internal SIGSTOP: it takes no step until it is thawed; the system goes on for it. */
  freeze(): void {
    this.frozen = true
  }

  /** @internal SIGCONT. */
  thaw(): void {
    this.frozen = false
    for (const resume of this.held.splice(0)) this.host.plan(this.host.now, resume)
  }

  /** @internal It takes no further step. */
  stop(): void {
    this.stopped = true
  }

  /** Takes a thread up again, unless it has gone on meanwhile. */
  private resume(thread: Thread, pauses: number): void {
    if (!this.alive || thread.pauses !== pauses) return
    if (this.frozen) {
      this.held.push(() => this.resume(thread, pauses))
      return
    }
    thread.pauses++
    thread.pause = null
    this.host.advance(this.host.now)
    let step: IteratorResult<Pause, void>
    try {
      step = thread.running.next()
    } catch (error) {
      if (error instanceof Exit) return
      throw this.host.broken(this, error)
    }
    if (step.done === true) this.ended(thread)
    else this.pause(thread, step.value)
  }

  private pause(thread: Thread, pause: Pause): void {
    thread.pause = pause
    const { pauses } = thread
    if (pause.until !== NEVER) this.host.plan(pause.until, () => this.resume(thread, pauses))
  }

  private ended(thread: Thread): void {
    this.threads.splice(this.threads.indexOf(thread), 1)
    if (this.threads.length === 0 && this.alive) this.host.end(this, (process) => process.exit(0))
  }

  // ---- how calls are made and traced

  /** A call that does not wait: traced before what it causes, with its result. */
  private call(name: string, call: () => number, words?: string | ((result: number) => string)): number {
    const trace = this.host.trace
    const number = trace.beginCall(this.host.now, this.name, name)
    const { result, report } = trace.capture(call)
    trace.endCall(
      number,
      report?.conn ?? 0,
      this.words(report?.text ?? name, words, result),
      result,
      report?.errno ?? '',
    )
    return result
  }

  /** The same; a result that means "wait" is traced as unfinished. */
  private attempt(name: string, call: () => number, words?: string | ((result: number) => string)): number {
    const trace = this.host.trace
    const number = trace.beginCall(this.host.now, this.name, name)
    const { result, report } = trace.capture(call)
    const waits = WAITING.has(this.errno(result))
    const text = this.words(report?.text ?? name, words, result)
    const shown = waits ? `${text} <unfinished ...>` : text
    trace.endCall(number, report?.conn ?? 0, shown, waits ? 0 : result, waits ? '' : (report?.errno ?? ''))
    return result
  }

  private *blocking(
    fd: number,
    name: string,
    call: () => number,
    words?: string | ((result: number) => string),
  ): Running<number> {
    const first = this.attempt(name, call, words)
    if (!WAITING.has(this.errno(first))) return first
    for (;;) {
      yield { fd, until: NEVER }
      const { result, report } = this.host.trace.capture(call)
      if (WAITING.has(this.errno(result))) continue
      const text = this.words(report?.text ?? name, words, result)
      this.host.trace.call(this.host.now, report?.conn ?? 0, this.name, text, result, report?.errno ?? '')
      return result
    }
  }

  /** What was sent or received stands in the call's text, as strace shows it. */
  private words(text: string, words: string | ((result: number) => string) | undefined, result: number): string {
    const data = typeof words === 'function' ? (result > 0 ? words(result) : '') : (words ?? '')
    return data === '' ? text : text.replace(', ', `, ${data}, `)
  }

  private errno(result: number): string {
    return result < 0 ? errnoName(result, this.host.personality.errno) : ''
  }

  private polled(fd: number, events: number): boolean {
    const entry = { fd, events, revents: 0 }
    this.process.poll([entry])
    return entry.revents !== 0
  }

  /** How a connect() came out: 0 or −errno. */
  private connected(fd: number): number {
    const box = { value: 0 as OptionValue }
    const result = this.process.getsockopt(fd, Level.SOL_SOCKET, So.ERROR, box)
    return result < 0 ? result : -Number(box.value)
  }
}

const WAITING: ReadonlySet<string> = new Set(['EAGAIN', 'EINPROGRESS', 'EALREADY'])

function toOctets(data: Uint8Array | string): Uint8Array {
  return typeof data === 'string' ? Uint8Array.from(data, (character) => character.charCodeAt(0) & 0xff) : data
}

function joined(parts: readonly Uint8Array[], length: number): Uint8Array {
  const [only] = parts
  if (parts.length === 1 && only !== undefined) return only
  const data = new Uint8Array(length)
  let at = 0
  for (const part of parts) {
    data.set(part, at)
    at += part.length
  }
  return data
}

function received(result: number, parts: readonly Uint8Array[], length: number): Received {
  const data = joined(parts, length)
  return {
    result,
    data,
    get text(): string {
      let text = ''
      for (const octet of data) text += String.fromCharCode(octet)
      return text
    },
  }
}
