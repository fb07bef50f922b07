import { createHash } from 'node:crypto'
import { readFile, realpath, stat } from 'node:fs/promises'
import type { IncomingHttpHeaders } from 'node:http'
import { extname, join, relative, sep } from 'node:path'
import { promisify } from 'node:util'
import { gzip } from 'node:zlib'
import { errorCode } from '../errors.ts'

const TYPES: Readonly<Record<string, string>> = {
  '.css': 'text/css; charset=utf-8',
  '.html': 'text/html; charset=utf-8',
  '.ico': 'image/x-icon',
  '.js': 'text/javascript; charset=utf-8',
  '.json': 'application/json; charset=utf-8',
  '.map': 'application/json; charset=utf-8',
  '.mjs': 'text/javascript; charset=utf-8',
  '.png': 'image/png',
  '.svg': 'image/svg+xml',
  '.txt': 'text/plain; charset=utf-8',
  '.wasm': 'application/wasm',
  '.webmanifest': 'application/manifest+json; charset=utf-8',
  '.woff2': 'font/woff2',
}

/** Types that are compressed already. */
const DENSE: ReadonlySet<string> = new Set(['.ico', '.png', '.woff2'])
/** Below this a packet carries the file either way. */
const GZIP_MIN = 1024

/** A file as it is to be answered. */
export interface StaticAnswer {
  readonly status: 200 | 304
  readonly headers: Readonly<Record<string, string>>
  readonly body: Uint8Array
}

interface CachedFile {
  readonly modified: number
  readonly size: number
  readonly etag: string
  readonly body: Uint8Array
  /** undefined: not worth it. */
  readonly compressed: Uint8Array | undefined
}

const compress = promisify(gzip)
const NOTHING = new Uint8Array(0)

/** The files below a directory, kept in memory until they change on disk. */
export class StaticFiles {
  readonly #directory: string
  readonly #cache = new Map<string, CachedFile>()

  constructor(directory: string) {
    this.#directory = directory
  }

  /**
   * The file that a URL's path names, `/` being `/index.html`.
   * @param path as the request has it, still percent-encoded
   * @returns undefined when there is no such file below the directory
   */
  async answer(path: string, headers: IncomingHttpHeaders): Promise<StaticAnswer | undefined> {
    const parts = safeParts(path === '/' ? '/index.html' : path)
    if (parts === undefined) return undefined
    const name = join(this.#directory, ...parts)
    const file = await this.#file(name)
    if (file === undefined) return undefined
    const zipped = file.compressed !== undefined && acceptsGzip(headers)
    const etag = zipped ? `"${file.etag}-gz"` : `"${file.etag}"`
    const answerHeaders: Record<string, string> = {
      ETag: etag,
      // Vite puts a hash of the content into the names of assets: those never change.
      'Cache-Control': parts[0] === 'assets' ? 'public, max-age=31536000, immutable' : 'no-cache',
      Vary: 'Accept-Encoding',
    }
    if (matches(headers['if-none-match'], etag)) return { status: 304, headers: answerHeaders, body: NOTHING }
    answerHeaders['Content-Type'] = contentType(extname(name))
    if (zipped) answerHeaders['Content-Encoding'] = 'gzip'
    const body = zipped ? (file.compressed ?? file.body) : file.body
    answerHeaders['Content-Length'] = String(body.length)
    return { status: 200, headers: answerHeaders, body }
  }

  async #file(name: string): Promise<CachedFile | undefined> {
    try {
      const found = await stat(name)
      if (!found.isFile() || !(await this.#isBelow(name))) return undefined
      const cached = this.#cache.get(name)
      if (cached !== undefined && cached.modified === found.mtimeMs && cached.size === found.size) return cached
      const file = await load(name, found.mtimeMs, found.size)
      this.#cache.set(name, file)
      return file
    } catch (error) {
      const code = errorCode(error)
      if (code === 'ENOENT' || code === 'ENOTDIR' || code === 'ENAMETOOLONG') return undefined
      throw error
    }
  }

  /** Whether the file lies below the directory when every symbolic link is followed. */
  async #isBelow(name: string): Promise<boolean> {
    const way = relative(await realpath(this.#directory), await realpath(name))
    return way !== '' && way !== '..' && !way.startsWith(`..${sep}`)
  }
}

/** The media type of a file with that extension (`.html`). */
export function contentType(extension: string): string {
  return TYPES[extension] ?? 'application/octet-stream'
}

/** The parts of a path, decoded; undefined when one of them leads elsewhere, is hidden, or is no name. */
export function safeParts(path: string): string[] | undefined {
  const parts: string[] = []
  for (const encoded of path.split('/').slice(1)) {
    const part = decoded(encoded)
    if (part === undefined || part === '' || part.startsWith('.') || /[/\\\0]/.test(part)) return undefined
    parts.push(part)
  }
  return parts
}

function decoded(text: string): string | undefined {
  try {
    return decodeURIComponent(text)
  } catch (error) {
    if (error instanceof URIError) return undefined
    throw error
  }
}

async function load(name: string, modified: number, size: number): Promise<CachedFile> {
  const body = await readFile(name)
  const etag = createHash('sha256').update(body).digest('base64url').slice(0, 22)
  const compressed = DENSE.has(extname(name)) || body.length < GZIP_MIN ? undefined : await compress(body)
  const worthIt = compressed !== undefined && compressed.length < body.length
  return { modified, size, etag, body, compressed: worthIt ? compressed : undefined }
}

/** Whether `Accept-Encoding` names gzip (or anything) without a weight of zero. */
function acceptsGzip(headers: IncomingHttpHeaders): boolean {
  const accepted = headers['accept-encoding']
  if (typeof accepted !== 'string') return false
  return accepted.split(',').some((item) => {
    const [coding = '', ...parameters] = item.split(';').map((part) => part.trim().toLowerCase())
    const refused = parameters.some((parameter) => /^q=0(\.0*)?$/.test(parameter))
    return (coding === 'gzip' || coding === '*') && !refused
  })
}

/** RFC 9110 §13.1.2: a list of tags, compared without regard to weakness, or a star. */
function matches(ifNoneMatch: string | undefined, etag: string): boolean {
  if (ifNoneMatch === undefined) return false
  return ifNoneMatch.split(',').some((tag) => tag.trim() === '*' || tag.trim().replace(/^W\//, '') === etag)
}
