import { Duplex } from 'node:stream'
import type { StackSocket } from './sockets.ts'

/** Octets of one read. */
const CHUNK = 65_536

/**
 * A connected socket of the stack as a stream of Node, so that what Node has for streams (pipes, its HTTP server) runs over it. Both
 * directions end by themselves; the socket is closed when both have ended, or on `destroy`.
 */
export class SocketStream extends Duplex {
  readonly #socket: StackSocket
  #wantsMore = false
  /** What is still to be sent of the chunk being written, and whom to tell then. */
  #rest: Uint8Array | null = null
  #written: ((error?: Error | null) => void) | null = null

  /** @param socket is the stream's own from now on */
  constructor(socket: StackSocket) {
    super({ allowHalfOpen: true, readableHighWaterMark: CHUNK, writableHighWaterMark: 4 * CHUNK })
    this.#socket = socket
    socket.onReady = () => this.#ready()
  }

  /** `10.91.0.1:40000`. */
  get peer(): string {
    return this.#socket.peer
  }

  override _read(): void {
    this.#wantsMore = true
    this.#readMore()
  }

  override _write(chunk: Uint8Array, _encoding: BufferEncoding, written: (error?: Error | null) => void): void {
    this.#rest = chunk
    this.#written = written
    this.#writeMore()
  }

  override _final(done: (error?: Error | null) => void): void {
    // A connection that is over meanwhile has nothing to be ended.
    if (this.#socket.isOpen) this.#socket.end()
    done()
  }

  override _destroy(error: Error | null, done: (error?: Error | null) => void): void {
    this.#socket.close()
    done(error)
  }

  #ready(): void {
    if (this.#rest !== null) this.#writeMore()
    this.#readMore()
  }

  #readMore(): void {
    while (this.#wantsMore && this.#socket.isOpen) {
      const chunk = Buffer.allocUnsafe(CHUNK)
      const got = this.#socket.receive(chunk)
      if (this.#socket.isAgain(got)) return
      if (got < 0) {
        this.#fail(got)
        return
      }
      this.#wantsMore = got > 0 && this.push(chunk.subarray(0, got))
      if (got === 0) this.push(null)
    }
  }

  #writeMore(): void {
    while (this.#rest !== null && this.#socket.isOpen) {
      const chunk = this.#rest
      // The call may bring word that the socket is ready: that must not send the same octets.
      this.#rest = null
      const sent = this.#socket.send(chunk)
      if (this.#socket.isAgain(sent)) {
        this.#rest = chunk
        return
      }
      if (sent < 0) {
        this.#fail(sent)
        return
      }
      if (sent < chunk.length) this.#rest = chunk.subarray(sent)
    }
    const written = this.#written
    this.#written = null
    written?.()
  }

  #fail(result: number): void {
    const code = this.#socket.errorName(result)
    this.destroy(Object.assign(new Error(`${code} on a socket of the stack`), { code }))
  }
}
