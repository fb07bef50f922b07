import { Host, type Socket } from '../../../stack/index.ts'
import type { StackLoop } from '../../device/stack-loop.ts'
import { type StackSocket, StackSockets, tellReady } from '../sockets.ts'

const TURN_US = 1000
const TURNS_MAX = 2000

/** A stack whose programs talk to each other, over its loopback; its time passes by `turn`. */
export class LoneStack {
  readonly host = new Host({ name: 'alone', seed: 1 })
  readonly sockets: StackSockets
  readonly #sockets = new Map<Socket, StackSocket>()

  constructor() {
    this.host.onReady = tellReady(this.#sockets)
    this.sockets = new StackSockets(this as unknown as StackLoop, this.#sockets)
  }

  /** Does what a program wants of the stack; what is done within one call is one batch. */
  run<T>(work: () => T): T {
    this.host.enter()
    try {
      return work()
    } finally {
      this.host.leave()
    }
  }

  /** Turns until that holds. */
  async until(isSo: () => boolean): Promise<void> {
    for (let turn = 0; turn < TURNS_MAX && !isSo(); turn++) await this.turn()
  }

  /** One turn of time, and of Node's loop. */
  async turn(): Promise<void> {
    this.host.advance(this.host.now + TURN_US)
    await new Promise((resolve) => setTimeout(resolve, 0))
  }

  /** A connection to a port that somebody listens on, as text goes in and comes out. */
  async client(port: number): Promise<LoneClient> {
    const socket = this.sockets.connect('client', { address: '127.0.0.1', port })
    if (typeof socket === 'string') throw new Error(socket)
    const client = new LoneClient(this, socket)
    for (let turn = 0; turn < 5; turn++) await this.turn()
    return client
  }
}

/** The far end of a connection to a service. */
export class LoneClient {
  readonly socket: StackSocket
  /** What has come. */
  heard = ''
  /** Whether the peer has ended its direction or the connection. */
  isOver = false
  readonly #stack: LoneStack

  constructor(stack: LoneStack, socket: StackSocket) {
    this.#stack = stack
    this.socket = socket
    const into = new Uint8Array(65_536)
    socket.onReady = () => {
      while (!this.isOver && socket.isOpen) {
        const got = socket.receive(into)
        if (socket.isAgain(got)) return
        if (got <= 0) this.isOver = true
        else this.heard += Buffer.from(into.subarray(0, got)).toString('latin1')
      }
    }
  }

  /** Says that. */
  say(text: string): void {
    this.socket.send(Buffer.from(text, 'latin1'))
  }

  /** Waits until all that was heard ends with that, which is forgotten then, or the peer says no more. Returns what was heard. */
  async hear(text: string): Promise<string> {
    await this.#stack.until(() => this.heard.endsWith(text) || this.isOver)
    const { heard } = this
    this.heard = ''
    return heard
  }
}
