/** A capture file as pieces of octets: a file, standard input, either of them compressed by gzip. */
import { once } from 'node:events'
import { statSync } from 'node:fs'
import { type FileHandle, open } from 'node:fs/promises'
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

/** How long the program that writes into our standard input has to bring what it still holds, once both have been told to end. */
const LAST_WORDS_MS = 1000

/**
 * Opens a capture file; `-` is standard input.
 * @param stop ends standard input, a moment after what writes there may have been told the same; files are read to their end
 * @throws HostError with one line: there is none, it is a directory, it may not be read
 */
export async function openCaptureFile(path: string, stop?: AbortSignal): Promise<CaptureFile> {
  if (path === '-') return new OpenFile(readStandardInput(stop), '-', undefined)
  try {
    const status = statSync(path)
    if (status.isDirectory()) throw new HostError(`${path} is a directory: expected a pcap or pcapng file`)
    const handle = await open(path)
    return new OpenFile(readAgain(handle), path, status.isFile() ? status.size : undefined)
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

/** Reads into one buffer, again and again. */
async function* readAgain(handle: FileHandle): AsyncGenerator<Uint8Array> {
  const buffer = new Uint8Array(PIECE)
  try {
    for (;;) {
      const { bytesRead } = await handle.read(buffer, 0, PIECE)
      if (bytesRead === 0) return
      yield buffer.subarray(0, bytesRead)
    }
  } finally {
    await handle.close()
  }
}

/** Ctrl-C reaches every program of a pipeline: what the one before us has captured until then is on its way. */
async function* readStandardInput(stop: AbortSignal | undefined): AsyncGenerator<Uint8Array> {
  const { stdin } = process
  const pieces = (stdin as AsyncIterable<Uint8Array>)[Symbol.asyncIterator]()
  const isOver = new Promise<undefined>((resolve) => {
    stop?.addEventListener('abort', () => setTimeout(resolve, LAST_WORDS_MS, undefined).unref(), { once: true })
  })
  try {
    for (;;) {
      const piece = await Promise.race([pieces.next(), isOver])
      if (piece === undefined || piece.done === true) return
      yield piece.value
    }
  } finally {
    stdin.destroy()
  }
}

class OpenFile implements CaptureFile {
  readonly #source: AsyncIterable<Uint8Array>
  readonly #name: string
  readonly size: number | undefined
  read = 0

  constructor(source: AsyncIterable<Uint8Array>, name: string, size: number | undefined) {
    this.#source = source
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
    }
  }

  async *#counted(): AsyncGenerator<Uint8Array, undefined> {
    for await (const piece of this.#source) {
      this.read += piece.length
      yield piece
    }
    return undefined
  }

  async *#unzipped(first: Uint8Array, rest: AsyncIterable<Uint8Array>): AsyncGenerator<Uint8Array> {
    const gunzip = createGunzip({ chunkSize: PIECE })
    const feeding = (async (): Promise<void> => {
      // Copies: what is handed in is read later, and the piece is only whole until the next is asked for.
      gunzip.write(first.slice())
      for await (const piece of rest) if (!gunzip.write(piece.slice())) await once(gunzip, 'drain')
      gunzip.end()
    })()
    feeding.catch((error: Error) => gunzip.destroy(error))
    yield* gunzip as AsyncIterable<Buffer>
    await feeding
  }
}
