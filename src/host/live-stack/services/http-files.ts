import { createReadStream } from 'node:fs'
import { opendir, realpath, stat } from 'node:fs/promises'
import { createServer, type IncomingMessage, type Server, type ServerResponse, STATUS_CODES } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { pipeline, Transform, type TransformCallback } from 'node:stream'
import { errorCode } from '../../errors.ts'
import { contentType, safeParts } from '../../serve/static-files.ts'
import { SocketStream } from '../socket-stream.ts'
import type { StackSocket } from '../sockets.ts'

const INDEX = 'index.html'
const READ_AHEAD = 1 << 18

/** A part of a file: `first` to `last`, both included. */
interface Range {
  readonly first: number
  readonly last: number
}

/**
 * Serves the files below a directory, read-only: GET and HEAD, ranges, conditional requests, keep-alive. Node's own HTTP server
 * speaks; only its connections are the stack's.
 */
export class HttpFiles {
  readonly #directory: string
  readonly #server: Server

  constructor(directory: string) {
    this.#directory = directory
    const server = createServer((request, response) => {
      this.#answer(request, response).catch((error: unknown) => {
        fail(response, errorCode(error) === undefined ? 500 : statusOf(errorCode(error)))
      })
    })
    // A client that has ended its direction still wants what it has asked for. Node's types do not have it.
    this.#server = Object.assign(server, { httpAllowHalfOpen: true })
  }

  /** Takes a connection. */
  connected(socket: StackSocket): void {
    const stream = new SocketStream(socket)
    // Resets are reported to the request that they cut off; a connection between requests just ends.
    stream.on('error', () => undefined)
    this.#server.emit('connection', stream)
  }

  async #answer(request: IncomingMessage, response: ServerResponse): Promise<void> {
    if (request.method !== 'GET' && request.method !== 'HEAD') {
      response.setHeader('Allow', 'GET, HEAD')
      fail(response, 405)
      return
    }
    const path = (request.url ?? '/').replace(/[?#].*$/s, '')
    const parts = safeParts(path.replace(/\/$/, '') || '/')
    if (parts === undefined && path !== '/') {
      fail(response, 404)
      return
    }
    const name = await this.#inside(join(this.#directory, ...(parts ?? [])))
    if (name === undefined) {
      fail(response, 404)
      return
    }
    const found = await stat(name)
    if (found.isDirectory()) await this.#directoryAnswer(name, path, request, response)
    else if (found.isFile() && !path.endsWith('/')) sendFile(name, found, request, response)
    else fail(response, 404)
  }

  /** The file that a name leads to, if that lies in the directory when every symbolic link is followed. */
  async #inside(name: string): Promise<string | undefined> {
    const found = await realpath(name)
    const way = relative(await realpath(this.#directory), found)
    return way === '..' || way.startsWith(`..${sep}`) ? undefined : found
  }

  async #directoryAnswer(
    name: string,
    path: string,
    request: IncomingMessage,
    response: ServerResponse,
  ): Promise<void> {
    if (!path.endsWith('/')) {
      // Never a path that begins with two slashes: a browser would take its first part for a host.
      response.writeHead(301, { Location: `/${path.replace(/^\/+/, '')}/`, 'Content-Length': 0 }).end()
      return
    }
    const index = join(name, INDEX)
    const found = await stat(index).catch(() => undefined)
    if (found?.isFile() && (await this.#inside(index)) !== undefined) {
      sendFile(index, found, request, response)
      return
    }
    const page = listing(await this.#entries(name), path)
    const headers = { 'Content-Type': 'text/html; charset=utf-8', 'Content-Length': Buffer.byteLength(page) }
    response.writeHead(200, headers).end(request.method === 'HEAD' ? undefined : page)
  }

  /** The names in a directory that lead to something, folders with a slash behind them. */
  async #entries(directory: string): Promise<readonly string[]> {
    const names: string[] = []
    for await (const { name } of await opendir(directory)) {
      if (name.startsWith('.')) continue
      // What leads nowhere, or out of the directory, is answered with 404.
      const target = await this.#inside(join(directory, name)).catch(() => undefined)
      const found = target === undefined ? undefined : await stat(target).catch(() => undefined)
      if (found?.isDirectory()) names.push(`${name}/`)
      else if (found?.isFile()) names.push(name)
    }
    return names.sort()
  }
}

function sendFile(
  name: string,
  { size, mtimeMs }: { readonly size: number; readonly mtimeMs: number },
  request: IncomingMessage,
  response: ServerResponse,
): void {
  const etag = `"${size.toString(36)}-${Math.floor(mtimeMs).toString(36)}"`
  const modified = new Date(mtimeMs).toUTCString()
  const headers = {
    'Accept-Ranges': 'bytes',
    ETag: etag,
    'Last-Modified': modified,
    'Content-Type': contentType(extname(name)),
  }
  if (isUnchanged(request, etag, mtimeMs)) {
    response.writeHead(304, headers).end()
    return
  }
  const condition = request.headers['if-range']
  const isMeant = condition === undefined || condition === etag || condition === modified
  // RFC 9110 §14.2: ranges are defined for GET alone.
  const wanted = isMeant && request.method === 'GET' ? request.headers.range : undefined
  const range = wanted === undefined ? undefined : parseRange(wanted, size)
  if (range === 'unsatisfiable') {
    response.setHeader('Content-Range', `bytes */${size}`)
    fail(response, 416)
    return
  }
  const { first, last } = range ?? { first: 0, last: size - 1 }
  const part = range === undefined ? {} : { 'Content-Range': `bytes ${first}-${last}/${size}` }
  response.writeHead(range === undefined ? 200 : 206, { ...headers, ...part, 'Content-Length': last - first + 1 })
  if (request.method === 'HEAD' || size === 0) {
    response.end()
    return
  }
  // A reader that goes away, or a file that shrinks meanwhile, breaks the connection off: its length was promised.
  const file = createReadStream(name, { start: first, end: last, highWaterMark: READ_AHEAD })
  pipeline(file, new Promised(last - first + 1), response, (error) => {
    if (error) response.destroy()
  })
}

/** Passes on so many octets; fewer are an error. */
class Promised extends Transform {
  #missing: number

  constructor(octets: number) {
    super({ highWaterMark: READ_AHEAD })
    this.#missing = octets
  }

  override _transform(chunk: Uint8Array, _encoding: BufferEncoding, done: TransformCallback): void {
    this.#missing -= chunk.length
    done(null, chunk)
  }

  override _flush(done: TransformCallback): void {
    done(this.#missing === 0 ? null : new Error(`${this.#missing} octets are missing`))
  }
}

/** RFC 9110 §13.2.2: If-None-Match, or else If-Modified-Since. */
function isUnchanged({ headers }: IncomingMessage, etag: string, mtimeMs: number): boolean {
  const tags = headers['if-none-match']
  if (tags !== undefined) return tags.split(',').some((tag) => [etag, '*', `W/${etag}`].includes(tag.trim()))
  const since = Date.parse(headers['if-modified-since'] ?? '')
  return Math.floor(mtimeMs / 1000) * 1000 <= since
}

/** RFC 9110 §14.1.2, of one range; several, and what is malformed, are ignored, as a server may. */
export function parseRange(text: string, size: number): Range | 'unsatisfiable' | undefined {
  const match = /^bytes=(\d*)-(\d*)$/.exec(text.trim())
  if (match === null || match[0] === 'bytes=-') return undefined
  const [, from = '', to = ''] = match
  if (from === '') {
    const length = Number(to)
    return length === 0 || size === 0 ? 'unsatisfiable' : { first: Math.max(0, size - length), last: size - 1 }
  }
  const first = Number(from)
  const last = to === '' ? size - 1 : Math.min(Number(to), size - 1)
  if (to !== '' && Number(to) < first) return undefined
  return first >= size ? 'unsatisfiable' : { first, last }
}

function listing(names: readonly string[], path: string): string {
  const title = escaped(decodeURIComponent(path))
  const items = names.map(
    (one) => `<li><a href="./${one.split('/').map(encodeURIComponent).join('/')}">${escaped(one)}</a>`,
  )
  return `<!doctype html>\n<meta charset="utf-8">\n<title>${title}</title>\n<h1>${title}</h1>\n<ul>\n${items.join('\n')}\n</ul>\n`
}

function escaped(text: string): string {
  return text.replace(/[&<>"]/g, (character) => `&#${character.charCodeAt(0)};`)
}

function statusOf(code: string | undefined): number {
  switch (code) {
    case 'ENOENT':
    case 'ENOTDIR':
    case 'ENAMETOOLONG':
    case 'ELOOP':
      return 404
    case 'EACCES':
    case 'EPERM':
      return 403
    default:
      return 500
  }
}

function fail(response: ServerResponse, status: number): void {
  if (response.headersSent) {
    response.destroy()
    return
  }
  const text = `${status} ${STATUS_CODES[status]}\n`
  response.writeHead(status, { 'Content-Type': 'text/plain; charset=utf-8', 'Content-Length': text.length }).end(text)
}
