import { access } from 'node:fs/promises'
import { createServer, type IncomingMessage, type ServerResponse } from 'node:http'
import { join } from 'node:path'
import { errorCode, HostError, reasonOf } from '../errors.ts'
import { connectionMessage } from './connection.ts'
import { FrameStream } from './frame-stream.ts'
import { refusal, SECURITY_HEADERS } from './guard.ts'
import { Healer, RefusedAction } from './healer.ts'
import { type HostReaderOptions, hostReader } from './host-reader.ts'
import { close, listen, reachable } from './listen.ts'
import { MoveRecorder } from './move-recorder.ts'
import { type ReadHost, snapshotMessage } from './reading.ts'
import { ReadingFeed } from './reading-feed.ts'
import { jsonBody } from './request-body.ts'
import { StaticFiles } from './static-files.ts'

/** Where the console is served when nobody says otherwise. */
export const DEFAULT_PORT = 7788
export const DEFAULT_HOST = '127.0.0.1'

/** Streams that may be open at once. */
const STREAMS_MAX = 64

/** What to serve, and where. */
export interface ServerOptions extends HostReaderOptions {
  /** The built console: the directory that has its index.html. */
  readonly directory: string
  /** 7788 when left out; 0: any that is free. */
  readonly port?: number | undefined
  /** 127.0.0.1 when left out. Any other that this machine has shows its connections to those who can reach that. */
  readonly host?: string | undefined
  /** True: whoever knows the token may end connections from the page. */
  readonly allowHeal?: boolean | undefined
  /** Another reader than this machine's. */
  readonly read?: ReadHost | undefined
}

/** A server that runs. */
export interface RunningServer {
  /** `http://127.0.0.1:7788` */
  readonly url: string
  readonly port: number
  /** What actions need, when they are allowed. */
  readonly token?: string | undefined
  /** Ends it at once, whatever is still being answered. */
  close(): Promise<void>
}

/**
 * Serve the console and the sockets of this host.
 * @throws HostError (a rejection) with one line: the port is taken or not allowed, the address is not this machine's, the
 *   directory has no console
 */
export async function startServer(options: ServerOptions): Promise<RunningServer> {
  const { port = DEFAULT_PORT, host = DEFAULT_HOST, directory } = options
  await requireConsole(directory)
  const healer = options.allowHeal === true ? new Healer(options.namespaces) : undefined
  const recorder = new MoveRecorder()
  const feed = new ReadingFeed(telling(options.read ?? hostReader(options, recorder), healer !== undefined))
  const answers = new ConsoleServer(new StaticFiles(directory), feed, host, { healer, recorder })
  const server = createServer((request, response) => void answers.answer(request, response))
  const boundPort = await listen(server, port, host)
  return {
    url: `http://${reachable(host)}:${boundPort}`,
    port: boundPort,
    token: healer?.token,
    close: async () => {
      await close(server)
      recorder.close()
    },
  }
}

/** Readings that tell the page whether it may act. */
function telling(read: ReadHost, mayHeal: boolean): ReadHost {
  if (!mayHeal) return read
  return async () => {
    const reading = await read()
    return { ...reading, facts: { ...reading.facts, mayHeal } }
  }
}

async function requireConsole(directory: string): Promise<void> {
  const index = join(directory, 'index.html')
  try {
    await access(index)
  } catch (error) {
    throw new HostError(`the console is not built: ${index}: ${errorCode(error) ?? reasonOf(error)}`)
  }
}

interface Helpers {
  /** Undefined: there are no actions. */
  readonly healer: Healer | undefined
  readonly recorder: MoveRecorder
}

/** What the server answers. */
class ConsoleServer {
  readonly #files: StaticFiles
  readonly #feed: ReadingFeed
  readonly #servedName: string
  readonly #healer: Healer | undefined
  readonly #recorder: MoveRecorder
  #streams = 0

  constructor(files: StaticFiles, feed: ReadingFeed, servedName: string, { healer, recorder }: Helpers) {
    this.#files = files
    this.#feed = feed
    this.#servedName = servedName
    this.#healer = healer
    this.#recorder = recorder
  }

  /** Answer one request, whatever happens. */
  async answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    for (const [name, value] of Object.entries(SECURITY_HEADERS)) response.setHeader(name, value)
    const refused = refusal(request.headers, this.#servedName)
    if (refused !== undefined) return sendError(response, 403, refused)
    const [path = '', query = ''] = (request.url ?? '').split('?', 2)
    try {
      if (path.startsWith('/api/heal/')) return await this.#heal(path, request, response)
      if (request.method !== 'GET' && request.method !== 'HEAD') return refuseMethod(request, response, 'GET, HEAD')
      if (path === '/api/sockets') await this.#sockets(response)
      else if (path === '/api/connection') await this.#connection(query, response)
      else if (path === '/api/stream') this.#stream(request, response)
      else await this.#file(path, request, response)
    } catch (error) {
      // The connection may be gone, or the answer begun: then there is nobody to tell.
      if (response.headersSent) response.destroy()
      else sendError(response, error instanceof HostError ? 503 : 500, reasonOf(error))
    }
  }

  async #sockets(response: ServerResponse): Promise<void> {
    sendJson(response, 200, snapshotMessage(await this.#feed.read()))
  }

  async #connection(query: string, response: ServerResponse): Promise<void> {
    const cookie = new URLSearchParams(query).get('cookie') ?? ''
    if (!/^\d{1,20}$/.test(cookie))
      return sendError(response, 400, 'cookie: expected the cookie of a socket, in decimal')
    sendJson(response, 200, connectionMessage(await this.#feed.latest(), BigInt(cookie), this.#recorder.lives))
  }

  #stream(request: IncomingMessage, response: ServerResponse): void {
    if (this.#streams >= STREAMS_MAX)
      return sendError(response, 503, `${STREAMS_MAX} streams are open, which is the most`)
    response.writeHead(200, { 'Content-Type': 'application/octet-stream', 'Cache-Control': 'no-store' })
    if (request.method === 'HEAD') {
      response.end()
      return
    }
    const stream = new FrameStream(response)
    this.#streams++
    response.once('close', () => {
      this.#streams--
      this.#feed.remove(stream)
    })
    response.flushHeaders()
    this.#feed.add(stream)
  }

  /** Actions: there are none unless they were allowed, and none for whoever does not know the token. */
  async #heal(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const healer = this.#healer
    const act = path === '/api/heal/plan' ? 'plan' : path === '/api/heal/apply' ? 'apply' : undefined
    if (healer === undefined || act === undefined) return sendError(response, 404, 'there is no such page')
    if (request.method !== 'POST') return refuseMethod(request, response, 'POST')
    if (!healer.knows(request.headers['x-lastack-token'])) {
      return sendError(response, 401, 'that is not the token that the terminal printed')
    }
    const body = await jsonBody(request)
    if (body === undefined) return sendError(response, 400, 'the request is no JSON, or too long')
    try {
      sendJson(response, 200, await healer[act](body))
    } catch (error) {
      if (!(error instanceof RefusedAction)) throw error
      sendError(response, 409, error.message)
    }
  }

  async #file(path: string, request: IncomingMessage, response: ServerResponse): Promise<void> {
    const answer = await this.#files.answer(path, request.headers)
    if (answer === undefined) return sendError(response, 404, 'there is no such page')
    response.writeHead(answer.status, answer.headers)
    response.end(request.method === 'HEAD' ? undefined : answer.body)
  }
}

/** Node leaves the body of an answer to HEAD away by itself. */
function sendJson(response: ServerResponse, status: number, value: unknown): void {
  const body = Buffer.from(JSON.stringify(value))
  response.writeHead(status, {
    'Content-Type': 'application/json; charset=utf-8',
    'Content-Length': String(body.length),
    'Cache-Control': 'no-store',
  })
  response.end(body)
}

function refuseMethod(request: IncomingMessage, response: ServerResponse, allowed: 'POST' | 'GET, HEAD'): void {
  response.setHeader('Allow', allowed)
  sendError(response, 405, `${request.method}: only ${allowed.replace(', ', ' and ')} is answered here`)
}

function sendError(response: ServerResponse, status: number, error: string): void {
  sendJson(response, status, { error })
}
