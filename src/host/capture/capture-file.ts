/** A capture file as pieces of octets: a file, standard input, either of them compressed by gzip. */
import { once } from 'node:events'
import { createReadStream, statSync } from 'node:fs'
import type { Readable } from 'node:stream'
import { createGunzip } from 'node:zlib'
import { errorCode, HostError } from '../errors.ts'

/** A file that is being read. */
export interface CaptureFile {
  /** Octets that it has in all; undefined for what has no end yet. */
  readonly size: number | undefined
  /** Octets that have been read of it, before they were uncompressed. */
  readonly read: number
  /**
   * Its octets, uncompressed, in pieces that are whole only until the next is asked for.
   * @throws HostError (a rejection) with one line: it cannot be read any further
   */
  readonly pieces: AsyncIterable<Uint8Array>
}

const PIECE = 1 << 20
const GZIP = [0x1f, 0x8b]

/**
 * Opens a capture file; `-` is standard input.
 * @throws HostError with one line: there is none, it is a directory, it may not be read
 */
export async function openCaptureFile(path: string): Promise<CaptureFile> {
  if (path === '-') return new OpenFile(process.stdin, '-', undefined)
  try {
    const status = statSync(path)
    if (status.isDirectory()) throw new HostError(`${path} is a directory: expected a pcap or pcapng file`)
    const stream = createReadStream(path, { highWaterMark: PIECE })
    await once(stream, 'open')
    return new OpenFile(stream, path, status.isFile() ? status.size : undefined)
  } catch (error) {
    if (error instanceof HostError) throw error
    throw new HostError(`${path}: ${whyNot(error)}: expected a pcap or pcapng file that may be read`)
  }
}

function whyNot(error: unknown): string {
  const words: Readonly<Record<string, string>> = { ENOENT: 'there is no such file', EACCES: 'it may not be read' }
  const code = errorCode(error)
  return (code === undefined ? undefined : words[code]) ?? (error as Error).message
}

class OpenFile implements CaptureFile {
  readonly #stream: Readable
  readonly #name: string
  readonly size: number | undefined
  read = 0

  constructor(stream: Readable, name: string, size: number | undefined) {
    this.#stream = stream
    this.#name = name
    this.size = size
  }

  get pieces(): AsyncIterable<Uint8Array> {
    return this.#readPieces()
  }

  async *#readPieces(): AsyncGenerator<Uint8Array> {
    try {
      const counted = this.#counted()
      const first = await counted.next()
      if (first.done === true) return
      const isZipped = GZIP.every((octet, i) => first.value[i] === octet)
      if (isZipped) yield* this.#unzipped(first.value, counted)
      else {
        yield first.value
        yield* counted
      }
    } catch (error) {
      throw new HostError(`${this.#name}: cannot be read any further: ${(error as Error).message}`)
    } finally {
      this.#stream.destroy()
    }
  }

  async *#counted(): AsyncGenerator<Uint8Array, undefined> {
    for await (const piece of this.#stream as AsyncIterable<Buffer>) {
      this.read += piece.length
      yield piece
    }
    return undefined
  }

  async *#unzipped(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const gunzip = createGunzip({ chunkSize: PIECE })
    const feeding = (async (): Promise<void> => {
      gunzip.write(first)
      for await (const piece of rest) if (!gunzip.write(piece)) await once(gunzip, 'drain')
      gunzip.end()
    })()
    feeding.catch((error: Error) => gunzip.destroy(error))
    yield* gunzip as AsyncIterable<Buffer>
    await feeding
  }
}
