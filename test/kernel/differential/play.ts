/** One scenario, played at two ends: what is called, what was answered, and where both connections stood after each step. */
import { setTimeout as sleep } from 'node:timers/promises'
import type { Argument, End } from './ends.ts'
import type { LossRule, Role, Wire, WireSegment } from './wire.ts'

/** Longer than a delayed ACK and both ways of the wire. */
const SETTLE_MS = 130
const SERVER_PORTS = 2000
const CLIENT_PORTS = 20_000

/** Two ends and the wire between them. The subject is who is compared, the judge a real kernel. */
export interface World {
  readonly name: string
  readonly wire: Wire
  readonly subject: End
  readonly judge: End
}

/** Addresses on the wire, of every world. */
export const ADDRESS = { subject: '10.81.0.1', judge: '10.81.0.2' } as const

/** A step: a call and its answer, or what a step led to. */
export interface Step {
  readonly at: number
  readonly role: Role
  /** `close(sock)`. */
  readonly call: string
  readonly result: string
  readonly client: string
  readonly server: string
}

/** What came of it. */
export interface Outcome {
  readonly steps: readonly Step[]
  readonly segments: readonly WireSegment[]
}

/** A way to end a connection. */
export interface Scenario {
  readonly name: string
  readonly play: (stage: Stage) => Promise<void>
}

let plays = 0

/** What a scenario says. Keys: `sock` is the connection at either end, `listener` the server's listener. */
export class Stage {
  readonly steps: Step[] = []
  readonly serverPort: number
  clientPort: number
  readonly #world: World
  readonly #subject: Role
  readonly #prefix: string

  constructor(world: World, subject: Role) {
    const number = ++plays
    this.#world = world
    this.#subject = subject
    this.#prefix = `${number}.`
    this.serverPort = SERVER_PORTS + number
    this.clientPort = CLIENT_PORTS + number
  }

  /** The client connects, the server accepts. */
  async open(options: { readonly reuse?: boolean; readonly accept?: boolean } = {}): Promise<void> {
    await this.listen(options.reuse)
    await this.client('make', this.clientPort, options.reuse === true ? 1 : 0)
    await this.connect()
    if (options.accept !== false) await this.server('accept:listener', this.key('sock'))
  }

  /** The server listens. */
  async listen(reuse = false): Promise<void> {
    await this.server('make:listener', this.serverPort, reuse ? 1 : 0)
    await this.server('listen:listener', 5)
  }

  connect(): Promise<string> {
    const address = this.#subject === 'client' ? ADDRESS.judge : ADDRESS.subject
    return this.client('connect', address, this.serverPort)
  }

  /** A key as the ends know it. */
  key(name: string): string {
    return `${this.#prefix}${name}`
  }

  client(call: string, ...args: readonly Argument[]): Promise<string> {
    return this.#step('client', call, args)
  }

  server(call: string, ...args: readonly Argument[]): Promise<string> {
    return this.#step('server', call, args)
  }

  /** The same call at both ends at once: what it sends crosses on the wire. */
  async both(call: string, ...args: readonly Argument[]): Promise<void> {
    const results = await Promise.all([this.#call('client', call, args), this.#call('server', call, args)])
    await sleep(SETTLE_MS)
    await this.#note('client', call, args, results[0])
    await this.#note('server', call, args, results[1])
  }

  /** The next segment with just these control bits (and PSH or not) is lost. */
  lose(from: Role, ctl: number): void {
    const rule: LossRule = { serverPort: this.serverPort, from, ctl }
    this.#world.wire.rules.push(rule)
  }

  /** Time passes. */
  async wait(ms: number): Promise<void> {
    await sleep(ms)
    await this.#note('client', 'wait', [ms], '0')
  }

  outcome(): Outcome {
    const { segments } = this.#world.wire
    return { steps: this.steps, segments: segments.filter((one) => one.serverPort === this.serverPort) }
  }

  async #step(role: Role, call: string, args: readonly Argument[]): Promise<string> {
    const result = await this.#call(role, call, args)
    await sleep(SETTLE_MS)
    await this.#note(role, call, args, result)
    return result
  }

  /** `call` may name another key than `sock` behind a colon. */
  #call(role: Role, call: string, args: readonly Argument[]): Promise<string> {
    const [name = '', key = 'sock'] = call.split(':')
    return this.#end(role).call(this.key(key), name, ...args)
  }

  async #note(role: Role, call: string, args: readonly Argument[], result: string): Promise<void> {
    const here = [this.clientPort, this.serverPort] as const
    const there = [this.serverPort, this.clientPort] as const
    const [[client = ''], [server = '']] = await Promise.all([
      this.#end('client').states([here]),
      this.#end('server').states([there]),
    ])
    const [name = '', key = 'sock'] = call.split(':')
    const words = [key, ...args.map(String)].map((one) => this.#plain(one))
    this.steps.push({
      at: performance.now() * 1000,
      role,
      call: `${name}(${words.join(', ')})`,
      result,
      client,
      server,
    })
  }

  /** Ports and addresses by their part in the story: they differ from play to play. */
  #plain(word: string): string {
    if (word === String(this.serverPort)) return 'server port'
    if (word === String(this.clientPort)) return 'client port'
    if (Object.values<string>(ADDRESS).includes(word)) return 'server'
    return word.startsWith(this.#prefix) ? word.slice(this.#prefix.length) : word
  }

  #end(role: Role): End {
    return role === this.#subject ? this.#world.subject : this.#world.judge
  }
}
