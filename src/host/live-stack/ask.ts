/** The client's side: what a command asks of a running stack. */
import type { Socket } from 'node:net'
import type { Readable, Writable } from 'node:stream'
import type { SocketRow } from '../../inspect/index.ts'
import { HostError } from '../errors.ts'
import { type ControlQuestion, Frame, FrameChannel, parseFrameJson } from './control-frames.ts'
import { dialStack } from './runtime-folder.ts'

/**
 * The socket table of a running stack.
 * @param name undefined: of the one that runs
 * @throws HostError (a rejection) when there is none
 */
export async function readStackSockets(
  name: string | undefined,
): Promise<{ readonly name: string; readonly rows: readonly SocketRow[] }> {
  const stack = await dialStack(name)
  const { body } = await ask(stack.socket, stack.name, { ask: 'rows' })
  return { name: stack.name, rows: parseFrameJson(body) as readonly SocketRow[] }
}

interface Conversation {
  readonly channel: FrameChannel
  readonly body: Buffer
}

/** @param seconds how long to wait for an answer; undefined: as long as it takes */
function ask(socket: Socket, name: string, question: ControlQuestion, seconds?: number): Promise<Conversation> {
  let patience: NodeJS.Timeout | undefined
  return new Promise<Conversation>((resolve, reject) => {
    const channel = new FrameChannel(socket)
    if (seconds !== undefined && question.ask === 'connect') {
      const { address, port } = question
      const giveUp = (): void => {
        reject(new HostError(`${address} port ${port}: no connection after ${seconds} s`))
        // The stack gives the attempt up when nobody wants it any more.
        socket.destroy()
      }
      patience = setTimeout(giveUp, 1000 * seconds)
    }
    socket.once('close', () => reject(new HostError(`stack ${name}: it has ended`)))
    socket.on('error', (error) => reject(new HostError(`stack ${name}: ${error.message}`)))
    channel.onFrame = (kind, body) => {
      channel.onFrame = null
      if (kind === Frame.ANSWER) resolve({ channel, body })
      else reject(new HostError(body.toString()))
    }
    channel.sendJson(Frame.QUESTION, question)
  }).finally(() => clearTimeout(patience))
}

/** What `connectThroughStack` is asked for. */
export interface NcOptions {
  /** undefined: the one that runs. */
  readonly stack: string | undefined
  readonly question: Exclude<ControlQuestion, { readonly ask: 'rows' }>
  /** Seconds that a connection may take to open; undefined: as long as the stack tries. */
  readonly patience?: number | undefined
  readonly input: Readable
  readonly output: Writable
  /** The end of input closes our direction of the connection. */
  readonly shutdown: boolean
  /** Told when there is something to say: that the listener listens, whom a connection is with. */
  readonly said: (line: string) => void
}

/**
 * Opens a connection on a running stack, or waits for one, and carries input to it and what comes to output. Ends when input and
 * the peer have ended, or when nobody reads output any more.
 * @throws HostError (a rejection) when there is no connection, or it fails
 */
export async function connectThroughStack(options: NcOptions): Promise<void> {
  const { question, input, output, said } = options
  const { name, socket } = await dialStack(options.stack)
  const { channel, body } = await ask(socket, name, question, options.patience)
  await new Promise<void>((resolve, reject) => {
    const over = { input: false, peer: false }
    const end = (which: 'input' | 'peer'): void => {
      over[which] = true
      if (over.peer && over.input) resolve()
    }
    const answered = (octets: Buffer): void => {
      const { listening, peer } = parseFrameJson(octets) as { readonly listening?: number; readonly peer?: string }
      said(listening === undefined ? `connected with ${peer}` : `listens on port ${listening} of ${name}`)
      if (listening === undefined) sendInput(channel, options, () => end('input'))
    }
    channel.onFrame = (kind, octets) => {
      if (kind === Frame.ANSWER) answered(octets)
      else if (kind === Frame.ERROR) reject(new HostError(`the connection failed: ${octets.toString()}`))
      else if (kind === Frame.END) end('peer')
      else if (kind === Frame.DATA && !output.write(octets)) {
        socket.pause()
        output.once('drain', () => socket.resume())
      }
    }
    // A connection that is closed has told the end of the peer's direction before: if it has not, the stack itself has gone.
    const gone = (): void => (over.peer ? resolve() : reject(new HostError(`stack ${name}: it has ended`)))
    socket.once('end', gone)
    socket.once('close', gone)
    // Nobody reads what comes (`| head -1`): to wait for it to be read would be to wait for ever.
    output.once('error', () => {
      channel.onFrame = () => undefined
      // It was held back for the output. What comes now is thrown away, up to the end, which a socket tells that is read.
      socket.resume()
      resolve()
    })
    answered(body)
  })
    .catch((error: unknown) => {
      socket.destroy()
      throw error
    })
    .finally(() => input.destroy())
  // What was sent last has to leave before the program does.
  await new Promise<void>((resolve) => {
    if (socket.closed) resolve()
    socket.once('close', () => resolve())
    socket.end()
  })
}

function sendInput(channel: FrameChannel, { input, shutdown }: NcOptions, ended: () => void): void {
  input.on('data', (chunk: Buffer) => {
    if (channel.send(Frame.DATA, chunk)) return
    input.pause()
    channel.drained(() => input.resume())
  })
  input.once('end', () => {
    if (shutdown) channel.send(Frame.END)
    ended()
  })
}
