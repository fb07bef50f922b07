import type { FailureMessage, TableFacts } from 'lastack/host'

/** What the server says once a reading. */
export type Frame =
  | { readonly kind: 'table'; readonly facts: TableFacts; readonly rows: Uint8Array }
  | { readonly kind: 'failure'; readonly failure: FailureMessage }

const TABLE = 1
const LENGTH = 4
/** The kind and the length of the JSON text. */
const HEAD = 5

/** Octets as they come, cut into stretches of the length that is asked for. */
class Chunks {
  private readonly reader: ReadableStreamDefaultReader<Uint8Array>
  private chunk = new Uint8Array(0)

  constructor(stream: ReadableStream<Uint8Array>) {
    this.reader = stream.getReader()
  }

  /** @throws Error when the stream ends before */
  async take(length: number): Promise<Uint8Array> {
    const taken = new Uint8Array(length)
    for (let at = 0; at < length; ) {
      if (this.chunk.length === 0) {
        const { done, value } = await this.reader.read()
        if (done) throw new Error('the stream has ended')
        this.chunk = new Uint8Array(value)
      }
      const part = this.chunk.subarray(0, length - at)
      taken.set(part, at)
      at += part.length
      this.chunk = this.chunk.subarray(part.length)
    }
    return taken
  }
}

function numberOf(octets: Uint8Array, at: number): number {
  return new DataView(octets.buffer, octets.byteOffset).getUint32(at)
}

function frameOf(octets: Uint8Array): Frame {
  const rowsAt = HEAD + numberOf(octets, 1)
  const message: unknown = JSON.parse(new TextDecoder().decode(octets.subarray(HEAD, rowsAt)))
  if (octets[0] === TABLE) return { kind: 'table', facts: message as TableFacts, rows: octets.subarray(rowsAt) }
  return { kind: 'failure', failure: message as FailureMessage }
}

/**
 * The frames of the server's stream, until it breaks or is given up.
 *
 * @throws Error when it cannot be had, ends, or is given up.
 */
export async function* frames(url: string, signal: AbortSignal): AsyncGenerator<Frame, never, void> {
  const response = await fetch(url, { signal, cache: 'no-store' })
  if (!response.ok || response.body === null) throw new Error(`the server answers ${response.status}`)
  const chunks = new Chunks(response.body)
  for (;;) yield frameOf(await chunks.take(numberOf(await chunks.take(LENGTH), 0)))
}
