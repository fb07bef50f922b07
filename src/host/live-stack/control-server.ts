import { existsSync, linkSync, rmSync } from 'node:fs'
import { createServer, type Server, type Socket } from 'node:net'
import { dirname } from 'node:path'
import { rowsFromStack } from '../../inspect/index.ts'
import { errorCode, HostError, reasonOf } from '../errors.ts'
import { connectSocket } from './connect.ts'
import { type ControlQuestion, Frame, FrameChannel, parseFrameJson } from './control-frames.ts'
import type { RunningStack } from './running-stack.ts'
import { claimSocketPath, releaseSocketPath, runsAlready } from './runtime-folder.ts'
import { SocketStream } from './socket-stream.ts'
import type { StackSocket } from './sockets.ts'

/** How often a folder is made that goes at once. */
const ATTEMPTS = 5

/** Answers those who ask a running stack over its unix socket. Close it. */
export class ControlServer {
  readonly #stack: RunningStack
  readonly #server: Server
  readonly #path: string
  readonly #clients = new Set<Socket>()

  private constructor(stack: RunningStack, path: string) {
    this.#stack = stack
    this.#path = path
    this.#server = createServer((socket) => this.#client(socket))
  }

  /** @throws HostError (a rejection) when a stack of that name runs already */
  static async open(stack: RunningStack): Promise<ControlServer> {
    for (let attempt = 1; ; attempt++) {
      const path = await claimSocketPath(stack.name)
      try {
        return await ControlServer.#listening(stack, path)
      } catch (error) {
        // Another stack that ended meanwhile has taken the folder along.
        const isGone = !existsSync(dirname(path))
        if (!isGone || attempt === ATTEMPTS)
          throw error instanceof HostError ? error : new HostError(`${path}: ${reasonOf(error)}`)
      }
    }
  }

  static async #listening(stack: RunningStack, path: string): Promise<ControlServer> {
    const control = new ControlServer(stack, path)
    const before = `${path}.${process.pid}`
    await new Promise<void>((resolve, reject) => {
      control.#server.once('error', reject)
      // It gets its name once it listens: others take one that does not for a dead stack's, and remove it.
      control.#server.listen(before, resolve)
    })
    try {
      linkSync(before, path)
    } catch (error) {
      control.#server.close()
      // Another stack has taken the name meanwhile.
      throw errorCode(error) === 'EEXIST' ? runsAlready(stack.name) : error
    }
    rmSync(before)
    return control
  }

  async close(): Promise<void> {
    for (const client of this.#clients) client.destroy()
    await new Promise((resolve) => this.#server.close(resolve))
    releaseSocketPath(this.#path)
  }

  #client(socket: Socket): void {
    this.#clients.add(socket)
    socket.once('close', () => this.#clients.delete(socket))
    // A client that goes away has no more questions.
    socket.on('error', () => undefined)
    const channel = new FrameChannel(socket)
    channel.onFrame = (kind, body) => {
      channel.onFrame = null
      if (kind !== Frame.QUESTION) {
        socket.destroy()
        return
      }
      this.#answer(channel, body).catch((error: unknown) => {
        channel.send(Frame.ERROR, error instanceof Error ? error.message : String(error))
        socket.end()
      })
    }
  }

  async #answer(channel: FrameChannel, body: Buffer): Promise<void> {
    const question = parseFrameJson(body) as ControlQuestion
    switch (question.ask) {
      case 'rows': {
        channel.sendJson(
          Frame.ANSWER,
          this.#stack.run(() => rowsFromStack(this.#stack.host)),
        )
        channel.socket.end()
        return
      }
      case 'connect': {
        const gone = new Promise<void>((resolve) => channel.socket.once('close', () => resolve()))
        join(channel, await connectSocket(this.#stack.sockets, 'nc', question, gone))
        return
      }
      case 'listen':
        this.#listen(channel, question.port)
        return
      default:
        throw new HostError('no such question')
    }
  }

  /** Takes one connection, as nc does, and hears no more after it. */
  #listen(channel: FrameChannel, port: number): void {
    const listeners = this.#stack.sockets.listen('nc', port, (socket) => {
      for (const listener of listeners) listener.close()
      if (taken) {
        socket.close()
        return
      }
      taken = true
      join(channel, socket)
    })
    let taken = false
    channel.socket.once('close', () => {
      for (const listener of listeners) listener.close()
    })
    channel.sendJson(Frame.ANSWER, { listening: port })
  }
}

/** Carries octets between a client and a connection of the stack, both ways, until both have ended. */
function join(channel: FrameChannel, socket: StackSocket): void {
  const { socket: client } = channel
  const stream = new SocketStream(socket)
  channel.sendJson(Frame.ANSWER, { peer: stream.peer })
  stream.on('data', (chunk: Buffer) => {
    if (channel.send(Frame.DATA, chunk)) return
    stream.pause()
    channel.drained(() => stream.resume())
  })
  stream.once('end', () => channel.send(Frame.END))
  stream.once('error', (error: NodeJS.ErrnoException) => channel.send(Frame.ERROR, error.code ?? error.message))
  stream.once('close', () => client.end())
  let ended = false
  channel.onFrame = (kind, body) => {
    if (kind === Frame.END) {
      ended = true
      stream.end()
    } else if (kind === Frame.DATA && !stream.write(body)) {
      client.pause()
      stream.once('drain', () => client.resume())
    }
  }
  // A client that has said all it had may go before all of it has left.
  client.once('close', () => {
    if (ended) stream.end(() => stream.destroy())
    else stream.destroy()
  })
}
