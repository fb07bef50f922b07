/**
 * How a running stack and the commands that ask it talk over a unix socket: frames of a kind (one octet), a length (u32, big
 * endian) and so many octets. The first frame is the client's question; data and ends of direction follow where it asked for a
 * connection.
 */
import type { Socket } from 'node:net'

/** Kinds of frames. */
export const Frame = {
  /** JSON: a `ControlQuestion`. */
  QUESTION: 0x51,
  /** JSON: what was asked for. */
  ANSWER: 0x41,
  /** Text: one line that says why not, or how the connection failed. */
  ERROR: 0x45,
  DATA: 0x44,
  /** Nothing more comes in this direction. */
  END: 0x46,
} as const

/** What a client may ask. */
export type ControlQuestion =
  | { readonly ask: 'rows' }
  | { readonly ask: 'connect'; readonly address: string; readonly port: number }
  | { readonly ask: 'listen'; readonly port: number }

const HEADER = 5
const LENGTH_MAX = 1 << 28
const NOTHING = new Uint8Array(0)

/** One end of such a conversation. */
export class FrameChannel {
  readonly socket: Socket
  readonly #early: [kind: number, body: Buffer][] = []
  #listener: ((kind: number, body: Buffer) => void) | null = null
  #pending: Buffer = Buffer.alloc(0)

  constructor(socket: Socket) {
    this.socket = socket
    socket.on('data', (chunk) => this.#take(chunk as Buffer))
  }

  /** Told of each frame, in order. Frames wait while it is null. */
  set onFrame(listener: ((kind: number, body: Buffer) => void) | null) {
    this.#listener = listener
    while (this.#listener !== null) {
      const next = this.#early.shift()
      if (next === undefined) return
      this.#listener(...next)
    }
  }

  #tell(kind: number, body: Buffer): void {
    if (this.#listener === null) this.#early.push([kind, body])
    else this.#listener(kind, body)
  }

  /** @returns false when it is time to wait for `drained` */
  send(kind: number, body: Uint8Array | string = NOTHING): boolean {
    const octets = typeof body === 'string' ? Buffer.from(body) : body
    const header = Buffer.alloc(HEADER)
    header[0] = kind
    header.writeUInt32BE(octets.length, 1)
    if (!this.socket.writable) return true
    this.socket.write(header)
    return this.socket.write(octets)
  }

  sendJson(kind: number, value: unknown): boolean {
    return this.send(kind, JSON.stringify(value, withBigints))
  }

  /** Calls once what was sent has left. */
  drained(then: () => void): void {
    this.socket.once('drain', then)
  }

  #take(chunk: Buffer): void {
    let rest = this.#pending.length === 0 ? chunk : Buffer.concat([this.#pending, chunk])
    while (rest.length >= HEADER) {
      const length = rest.readUInt32BE(1)
      if (length > LENGTH_MAX) {
        this.socket.destroy()
        return
      }
      if (rest.length < HEADER + length) break
      const frame = rest.subarray(0, HEADER + length)
      rest = rest.subarray(HEADER + length)
      this.#tell(frame[0] as number, frame.subarray(HEADER))
    }
    this.#pending = rest
  }
}

/** What `sendJson` has written. */
export function parseFrameJson(body: Buffer): unknown {
  return JSON.parse(body.toString(), (_, value: unknown) => (isBigint(value) ? BigInt(value.bigint) : value))
}

/** JSON has no bigint: `{ "bigint": "12" }`. */
function withBigints(_key: string, value: unknown): unknown {
  return typeof value === 'bigint' ? { bigint: value.toString() } : value
}

function isBigint(value: unknown): value is { readonly bigint: string } {
  return typeof value === 'object' && value !== null && 'bigint' in value && typeof value.bigint === 'string'
}
